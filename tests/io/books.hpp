// books.hpp: the account of one run of a sink, kept by whoever writes to it and not by the sink.
//
// Offered = refused + accepted, and accepted = delivered + handed back + reported lost, to the record. What a peer that
// goes away had in its kernel is written and not delivered: then delivered <= written, and nothing else may differ.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/io/support.hpp"

namespace tidegate::test {

/// How the peer ended.
enum class peer_end : bool { read_everything, went_away };

class books {
 public:
  explicit books(sink& out) : out_(out) {}

  /// Offers the next record of the endless stream.
  sink_status offer(std::size_t length) { return note(length, out_.write(stream_bytes(accepted_bytes(), length))); }

  /// Offers one record until it is taken; false when the sink failed.
  bool offer_patiently(std::size_t length) {
    for (;;) {
      const sink_status answer = offer(length);
      if (answer == sink_status::ok) return true;
      if (answer == sink_status::pause) return out_.drain(eventually()) == wait_status::ok;
      if (answer != sink_status::full || out_.wait_progress(eventually()) != wait_status::ok) return false;
    }
  }

  /// Notes what write() answered for a record of that length.
  sink_status note(std::size_t length, sink_status answer) {
    ++offered_;
    if (accepted(answer)) {
      ends_.push_back(accepted_bytes() + length);
    } else {
      ++refused_;
    }
    return answer;
  }

  /// Closes the sink; what the reader got (and has checked byte by byte) is asked for afterwards.
  template <class Delivered>
  handed_back close(deadline until, peer_end how, Delivered delivered) {
    handed_back closed = close_and_check(out_, until);
    const sink_position& at = closed.report.position;
    EXPECT_EQ(offered_, refused_ + ends_.size());
    EXPECT_EQ(at.records.accepted, ends_.size());
    EXPECT_EQ(at.bytes.accepted, accepted_bytes());
    EXPECT_EQ(ends_.size(), at.records.written + closed.records.size());
    const std::uint64_t bytes = delivered();
    const std::uint64_t whole = whole_records(bytes);
    if (how == peer_end::read_everything) {
      EXPECT_EQ(bytes, at.bytes.written);
      EXPECT_EQ(whole + closed.records.size(), ends_.size()) << "delivered + handed back";
    } else {
      EXPECT_LE(bytes, at.bytes.written);
      EXPECT_LE(whole, at.records.written);
    }
    return closed;
  }

  [[nodiscard]] std::uint64_t accepted_bytes() const { return ends_.empty() ? 0 : ends_.back(); }
  [[nodiscard]] std::uint64_t accepted_records() const { return ends_.size(); }
  [[nodiscard]] std::uint64_t whole_records(std::uint64_t bytes) const {
    return static_cast<std::uint64_t>(std::upper_bound(ends_.begin(), ends_.end(), bytes) - ends_.begin());
  }

 private:
  sink& out_;
  std::uint64_t offered_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<std::uint64_t> ends_;  // of the records that were accepted
};

}  // namespace tidegate::test
