// range_maximum.hpp: the greatest of consecutive numbers. A sparse table: O(n log n) to build, constant time to ask.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tidegate::test {

class range_maximum {
 public:
  explicit range_maximum(std::vector<std::int64_t> numbers) {
    const std::size_t count = numbers.size();
    levels_.push_back(std::move(numbers));
    for (std::size_t half = 1; 2 * half <= count; half *= 2) {  // the next level: the greatest of 2 * half numbers
      const std::vector<std::int64_t>& below = levels_.back();
      std::vector<std::int64_t> level(count - 2 * half + 1);
      for (std::size_t i = 0; i < level.size(); ++i) level[i] = std::max(below[i], below[i + half]);
      levels_.push_back(std::move(level));
    }
  }

  /// The greatest number of [first, last), which is not empty.
  [[nodiscard]] std::int64_t of(std::size_t first, std::size_t last) const noexcept {
    const auto level = static_cast<std::size_t>(std::bit_width(last - first)) - 1;
    return std::max(levels_[level][first], levels_[level][last - (std::size_t{1} << level)]);
  }

 private:
  std::vector<std::vector<std::int64_t>> levels_;
};

}  // namespace tidegate::test
