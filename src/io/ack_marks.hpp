// ack_marks.hpp: how much of what was written the peer has confirmed, in bytes and in records.
//
// The kernel tells bytes, and long after the sink has forgotten where its records ended. So of every step of `written`
// a pair (bytes, records) is kept in a table of fixed size, and when that is full, only of every second step, then of
// every fourth. Bytes are exact; records are those up to the last pair that is confirmed: never too many, and all of
// them when the bytes are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tidegate::detail {

class ack_marks {
 public:
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

  /// So much is written now. Both never decrease.
  void note_written(std::uint64_t bytes, std::uint64_t records) noexcept {
    newest_ = {bytes, records};
    if (bytes == bytes_) return move_to(bytes);
    if (++steps_ < stride_) return;
    if (count_ == pairs_.size()) thin_out();
    pairs_[count_++] = newest_;
    steps_ = 0;
  }

  /// Confirmed up to `bytes`, at most what was written. A smaller value than before is an older truth: ignored.
  void move_to(std::uint64_t bytes) noexcept {
    if (bytes < bytes_) return;
    bytes_ = bytes;
    std::size_t passed = 0;
    while (passed < count_ && pairs_[passed].bytes <= bytes) records_ = pairs_[passed++].records;
    for (std::size_t i = passed; i < count_; ++i) pairs_[i - passed] = pairs_[i];
    count_ -= passed;
    if (count_ < pairs_.size() / 4 && stride_ > 1) stride_ /= 2;
    if (bytes < newest_.bytes) return;
    records_ = newest_.records;
    stride_ = 1;
  }

 private:
  struct pair {
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
  };

  void thin_out() noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < count_; i += 2) pairs_[kept++] = pairs_[i];
    count_ = kept;
    stride_ *= 2;
  }

  std::array<pair, 64> pairs_{};  // written and not confirmed, oldest first
  pair newest_;
  std::size_t count_ = 0;
  std::uint64_t stride_ = 1;  // steps between two pairs
  std::uint64_t steps_ = 0;   // since the last pair
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace tidegate::detail
