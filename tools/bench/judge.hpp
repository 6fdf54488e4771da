// judge.hpp: what may be said about two entrants of a cell: faster, slower, or nothing.
//
// Figures are divided within a round only. The interval is that of the median of these ratios, from their order alone:
// no distribution is assumed. It covers at least 98 % where there are rounds enough, and never less than 93 %: fewer
// rounds than five claim nothing. A difference is claimed only when the interval leaves out 1, and is worth a word.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/results.hpp"

namespace tidegate::bench {

struct interval {
  std::size_t count = 0;
  double median = 0;
  double low = 0;
  double high = 0;
};

/// All zero when there are no values.
[[nodiscard]] interval median_interval(std::vector<double> values);

inline constexpr std::size_t fewest_rounds = 5;
inline constexpr double least_difference = 0.05;  ///< the same program differs by this much from run to run

enum class outcome { ahead, level, behind, unknown };  ///< unknown: too few rounds, or nobody to compare with

[[nodiscard]] std::string_view to_string(outcome of) noexcept;

/// Of ratios for which more is better.
[[nodiscard]] outcome judge(const interval& ratio, double least = least_difference) noexcept;

/// Figures of one entrant in one mode.
[[nodiscard]] interval figures_in(const entry& one, char mode);

/// How many times better `one` is than `other`, in the same rounds and that mode: above 1 is better, whatever the unit.
[[nodiscard]] std::vector<double> paired_ratios(const entry& one, const entry& other, char mode, bool higher_is_better);

/// Our best entrant beside the best peer.
struct duel {
  const suite* of = nullptr;
  const cell* where = nullptr;
  char mode = no_mode;
  const entry* ours = nullptr;
  const entry* peer = nullptr;
  const entry* limit = nullptr;  ///< the reference of the cell, when it was timed
  interval ours_value = {};
  interval peer_value = {};
  interval limit_value = {};
  interval ratio = {};  ///< above 1: ours is better
  outcome verdict = outcome::unknown;
};

/// By the medians in the cell's main mode; without `ours` or `peer` when there is none.
[[nodiscard]] duel duel_in(const suite& of, const cell& where);

/// One for each cell that has an entrant of ours, in order.
[[nodiscard]] std::vector<duel> duels_of(const results& found);

}  // namespace tidegate::bench
