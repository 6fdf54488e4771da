// compare.hpp: two files of results beside each other: what has become faster, and what slower.
//
// Two runs share no rounds. So each figure is first divided by a yardstick of its own round: the measure of the cell,
// or else the best peer, that both files have. A change is told only where the intervals of these ratios do not touch.
#pragma once

#include <string>
#include <vector>

#include "bench/judge.hpp"
#include "bench/results.hpp"

namespace tidegate::bench {

struct change {
  std::string suite;
  std::string cell;
  std::string entrant;
  std::string yardstick = {};  ///< empty: none in common, figures as they are
  char mode = no_mode;
  interval before, after;  ///< by the yardstick; more is better
  double factor = 1;       ///< after by before: below 1 is worse
  outcome verdict = outcome::unknown;
};

struct comparison {
  std::vector<change> changes = {};        ///< the worst first
  std::vector<std::string> left_out = {};  ///< what cannot be compared, and why
};

/// Entrants of ours that both files have; peers, too, if `all`.
[[nodiscard]] comparison compare(const results& before, const results& after, bool all, double least);

[[nodiscard]] std::string to_text(const comparison& found, const results& before, const results& after);
[[nodiscard]] std::string to_json(const comparison& found);

/// True when something is worse beyond its spread.
[[nodiscard]] bool has_regression(const comparison& found) noexcept;

}  // namespace tidegate::bench
