// budget.hpp: how long a sample may be, so that all cells that are left end in the time that is left.
//
// A sample costs more than its length: threads are made, the canary is read, and each entrant is calibrated and tested
// once. Cells that watch for a time say themselves what a sample takes (cell_info::cost).
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "bench/harness/cell.hpp"

namespace tidegate::bench {

inline constexpr double shortest_sample_s = 0.015;
inline constexpr double longest_sample_s = 0.3;

/// What comes with each sample, and once with each entrant of a cell.
inline constexpr double overhead_of_sample_s = 0.006;
inline constexpr double overhead_of_entrant_s = 0.04;

/// Lengths of a sample that an entrant of the cell takes: its rounds, and about half of one to calibrate.
[[nodiscard]] inline double samples_of(const cell_info& info, unsigned rounds) noexcept {
  const bool calibrates = info.count == 0 && info.count_per_s == 0;
  return info.cost * (rounds + (calibrates ? 0.6 : 0.0));
}

/// What all entrants of a cell take: so many lengths of a sample, and so many seconds beside.
struct expense {
  double lengths = 0;
  double overhead_s = 0;
};

[[nodiscard]] inline expense expense_of(const cell& one, unsigned rounds) noexcept {
  const auto entrants = static_cast<double>(one.entries.size());
  return {entrants * samples_of(one.info, rounds), entrants * (overhead_of_entrant_s + rounds * overhead_of_sample_s)};
}

/// The length that ends cells[first] and all behind it in `left_s`; within the limits whatever is left.
[[nodiscard]] inline double sample_length_s(const std::vector<cell>& cells, std::size_t first, unsigned rounds,
                                            double left_s) noexcept {
  expense all;
  for (std::size_t i = first; i < cells.size(); ++i) {
    const expense one = expense_of(cells[i], rounds);
    all.lengths += one.lengths;
    all.overhead_s += one.overhead_s;
  }
  if (all.lengths <= 0) return longest_sample_s;
  return std::clamp((left_s - all.overhead_s) / all.lengths, shortest_sample_s, longest_sample_s);
}

}  // namespace tidegate::bench
