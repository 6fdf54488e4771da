// record.hpp: the records of the sink benchmarks, and the check of a stream of them.
//
// A record of any size >= 24, a multiple of 8: its number in the first and in the last 8 bytes, little endian; in
// between byte i is i modulo 256. Where latency is measured, bytes 8 to 15 are the time of its making. Numbers count
// from 1, so a stream is checked for loss, order, repetition and tears at the price of two words a record.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "bench/harness/clock.hpp"

namespace tidegate::bench::sink_bench {

static_assert(std::endian::native == std::endian::little, "records are little endian, and made by plain copies");

template <std::size_t Bytes>
struct alignas(8) sized_record {
  static_assert(Bytes >= 24 && Bytes % 8 == 0);
  std::array<std::byte, Bytes> bytes;
};

/// Everything of a record but its number.
inline void fill_pattern(std::span<std::byte> record) noexcept {
  for (std::size_t i = 0; i < record.size(); ++i) record[i] = static_cast<std::byte>(i & 0xff);
}

/// Numbers a record that has its pattern.
inline void number_record(std::span<std::byte> record, std::uint64_t number) noexcept {
  std::memcpy(record.data(), &number, sizeof number);
  std::memcpy(record.data() + record.size() - sizeof number, &number, sizeof number);
}

/// Marks the time of making, for latency.
inline void stamp_record(std::span<std::byte> record) noexcept {
  const std::uint64_t made_ns = now_ns();
  std::memcpy(record.data() + 8, &made_ns, sizeof made_ns);
}

/// Makes records 1, 2, 3...; with a pause it sleeps before each, and stamps it.
template <std::size_t Bytes>
class record_source {
 public:
  explicit record_source(std::chrono::microseconds pause = {}) noexcept : pause_(pause) { fill_pattern(record_.bytes); }

  /// Valid until the next call.
  [[nodiscard]] const sized_record<Bytes>& next() {
    if (pause_.count() != 0) wait_and_stamp();
    number_record(record_.bytes, ++number_);
    return record_;
  }

 private:
  void wait_and_stamp() {
    std::this_thread::sleep_for(pause_);
    stamp_record(record_.bytes);
  }

  sized_record<Bytes> record_;
  std::uint64_t number_ = 0;
  std::chrono::microseconds pause_;
};

enum class check_depth : std::uint8_t {
  ends,   ///< number at both ends of every record
  whole,  ///< and every byte in between
  times,  ///< number at both ends, and how long ago it was made
};

/// Takes a stream in pieces of any size.
class record_checker {
 public:
  record_checker(std::size_t record_bytes, check_depth depth) : bytes_(record_bytes), depth_(depth) {}

  void take(std::span<const std::byte> piece) {
    piece = complete_partial(piece);
    const std::size_t whole = piece.size() / bytes_;
    if (depth_ == check_depth::ends && ends_are_right(piece.data(), whole)) {
      records_ += whole;
    } else {
      for (std::size_t i = 0; i < whole; ++i) look(piece.data() + i * bytes_);
    }
    piece = piece.subspan(whole * bytes_);
    partial_.insert(partial_.end(), piece.begin(), piece.end());
  }

  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  [[nodiscard]] const std::vector<double>& latencies_us() const noexcept { return latencies_us_; }

  /// Empty when exactly `expected` whole records came, in order.
  [[nodiscard]] std::string problem_after(std::uint64_t expected) const {
    if (first_wrong_ != 0) return "record " + std::to_string(first_wrong_) + " is not what was sent";
    if (records_ != expected) {
      return std::to_string(records_) + " of " + std::to_string(expected) + " records arrived";
    }
    return partial_.empty() ? "" : std::to_string(partial_.size()) + " bytes too many arrived";
  }

 private:
  std::span<const std::byte> complete_partial(std::span<const std::byte> piece) {
    if (partial_.empty()) return piece;
    const std::size_t wanted = std::min(bytes_ - partial_.size(), piece.size());
    partial_.insert(partial_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(wanted));
    if (partial_.size() == bytes_) {
      look(partial_.data());
      partial_.clear();
    }
    return piece.subspan(wanted);
  }

  /// The cheap look at `count` whole records.
  [[nodiscard]] bool ends_are_right(const std::byte* at, std::size_t count) const noexcept {
    std::uint64_t number = records_;
    std::uint64_t difference = 0;
    for (const std::byte* end = at + count * bytes_; at != end; at += bytes_) {
      std::uint64_t first = 0;
      std::uint64_t last = 0;
      std::memcpy(&first, at, sizeof first);
      std::memcpy(&last, at + bytes_ - sizeof last, sizeof last);
      ++number;
      difference |= (first ^ number) | (last ^ number);
    }
    return difference == 0;
  }

  void look(const std::byte* record) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::memcpy(&first, record, sizeof first);
    std::memcpy(&last, record + bytes_ - sizeof last, sizeof last);
    ++records_;
    const bool differs = first != records_ || last != records_;
    if ((differs || !inside_is_right(record)) && first_wrong_ == 0) first_wrong_ = records_;
  }

  bool inside_is_right(const std::byte* record) {
    if (depth_ == check_depth::ends) return true;
    if (depth_ == check_depth::times) {
      std::uint64_t made_ns = 0;
      std::memcpy(&made_ns, record + 8, sizeof made_ns);
      const std::uint64_t seen_ns = now_ns();
      latencies_us_.push_back(static_cast<double>(seen_ns - made_ns) * 1e-3);
      return seen_ns >= made_ns;
    }
    for (std::size_t i = 8; i < bytes_ - 8; ++i) {
      if (record[i] != static_cast<std::byte>(i & 0xff)) return false;
    }
    return true;
  }

  std::size_t bytes_;
  check_depth depth_;
  std::uint64_t records_ = 0;
  std::uint64_t first_wrong_ = 0;  // 0: none
  std::vector<std::byte> partial_;
  std::vector<double> latencies_us_;
};

}  // namespace tidegate::bench::sink_bench
