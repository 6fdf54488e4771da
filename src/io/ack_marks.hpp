// ack_marks.hpp: how much of what was written the peer has confirmed, in bytes and in records.
//
// The kernel tells bytes, and long after the sink has forgotten where its records ended. So of every step of `written`
// a pair (bytes, records) is kept, in a table of fixed size: when it is full, every second pair is dropped. Bytes are
// exact; records are those up to the last pair that is confirmed, which is never too many, and all when the bytes are.
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
    if (count_ > 0 && pairs_[count_ - 1].bytes == bytes) --count_;
    if (count_ == pairs_.size()) thin_out();
    pairs_[count_++] = {bytes, records};
    if (bytes == bytes_) move_to(bytes);
  }

  /// Confirmed up to `bytes`, at most what was written. A smaller value than before is an older truth: ignored.
  void move_to(std::uint64_t bytes) noexcept {
    if (bytes < bytes_) return;
    bytes_ = bytes;
    std::size_t passed = 0;
    while (passed < count_ && pairs_[passed].bytes <= bytes) records_ = pairs_[passed++].records;
    for (std::size_t i = passed; i < count_; ++i) pairs_[i - passed] = pairs_[i];
    count_ -= passed;
  }

 private:
  struct pair {
    std::uint64_t bytes;
    std::uint64_t records;
  };

  /// The last one stays: it is where bytes and records are both known to be complete.
  void thin_out() noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < count_; i += 2) pairs_[kept++] = pairs_[i];
    count_ = kept;
  }

  std::array<pair, 64> pairs_;  // written and not confirmed, oldest first
  std::size_t count_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
};

}  // namespace tidegate::detail
