// record_ends.hpp: where the records that are not wholly written end. Four bytes a record, a fixed number of records.
//
// A ring of positions cut to 32 bits: at most 1 GiB is in flight, so differences to a known position are exact.
// Counting the records that end at or before a position is a binary search, done once per completion and not per
// record.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace tidegate::detail {

class record_ends {
 public:
  /// False: no memory.
  [[nodiscard]] bool allocate(std::size_t capacity_records) noexcept {
    const std::size_t slots = std::bit_ceil(capacity_records);
    ends_.reset(new (std::nothrow) std::uint32_t[slots]);
    mask_ = slots - 1;
    return ends_ != nullptr;
  }

  /// Records `number` (numbers count from 0 for the sink's life) ends at `position`.
  void set(std::uint64_t number, std::uint64_t position) noexcept {
    ends_[number & mask_] = static_cast<std::uint32_t>(position);
  }

  /// The end of record `number`, given any position at or before it and less than 4 GiB away.
  [[nodiscard]] std::uint64_t end_of(std::uint64_t number, std::uint64_t before) const noexcept {
    return before + (ends_[number & mask_] - static_cast<std::uint32_t>(before));
  }

  /// The number of the first record in [first, last) that ends behind `position`; `before` as in end_of().
  [[nodiscard]] std::uint64_t first_behind(std::uint64_t first, std::uint64_t last, std::uint64_t position,
                                           std::uint64_t before) const noexcept {
    while (first < last) {
      const std::uint64_t middle = first + (last - first) / 2;
      if (end_of(middle, before) <= position) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return first;
  }

  [[nodiscard]] std::size_t max_bytes() const noexcept { return (mask_ + 1) * sizeof(std::uint32_t); }

 private:
  std::unique_ptr<std::uint32_t[]> ends_;
  std::uint64_t mask_ = 0;
};

}  // namespace tidegate::detail
