// block_options.hpp: what changes the code or the layout of block_ring.
#pragma once

#include <algorithm>
#include <cstddef>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/ring/exchange_options.hpp"

namespace tidegate {

/// Options of a block ring, a template argument: `block_ring<tick, block_options{.longest_run = 4}>`.
struct block_options {
  std::size_t longest_run = 0;  ///< elements that one exchange moves, 1 to 16; 0: as many as fit a cache line
  entry_layout entries = entry_layout::packed;  ///< long runs use every so many entries: they spread by themselves

  bool operator==(const block_options&) const = default;
};

/// The most elements that a run can have.
inline constexpr std::size_t most_elements_a_run = 16;

/// How many elements of type T a run has at most.
template <plain_element T>
[[nodiscard]] constexpr std::size_t longest_run_of(block_options options) noexcept {
  if (options.longest_run != 0) return options.longest_run;
  return std::clamp(cache_line_bytes / sizeof(T), std::size_t{1}, most_elements_a_run);
}

}  // namespace tidegate
