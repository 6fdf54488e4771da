// budget.hpp: the time of a run, shared out to the suites so that all samples are equally long.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "bench/programs.hpp"

namespace tidegate::bench {

inline constexpr double shortest_sample_s = 0.015;  ///< as in the suites: shorter ones measure nothing
inline constexpr double longest_sample_s = 0.3;

struct expense {
  double lengths = 0;     ///< of samples
  double overhead_s = 0;  ///< beside

  [[nodiscard]] double seconds(double sample_s) const noexcept { return overhead_s + lengths * sample_s; }
};

[[nodiscard]] inline expense expense_of(const std::vector<planned_cell>& cells) noexcept {
  expense all;
  for (const planned_cell& one : cells) {
    all.lengths += one.lengths;
    all.overhead_s += one.overhead_s;
  }
  return all;
}

/// Of programs[first] and all behind it.
[[nodiscard]] inline expense expense_of(const std::vector<program>& programs, std::size_t first) noexcept {
  expense all;
  for (std::size_t i = first; i < programs.size(); ++i) {
    const expense one = expense_of(programs[i].cells);
    all.lengths += one.lengths;
    all.overhead_s += one.overhead_s;
  }
  return all;
}

/// The length of a sample with which `what` takes `left_s`.
[[nodiscard]] inline double sample_length_s(const expense& what, double left_s) noexcept {
  if (what.lengths <= 0) return longest_sample_s;
  return std::clamp((left_s - what.overhead_s) / what.lengths, shortest_sample_s, longest_sample_s);
}

/// What programs[at] gets of `left_s`.
[[nodiscard]] inline double share_s(const std::vector<program>& programs, std::size_t at, double left_s) noexcept {
  const double sample_s = sample_length_s(expense_of(programs, at), left_s);
  return expense_of(programs[at].cells).seconds(sample_s);
}

}  // namespace tidegate::bench
