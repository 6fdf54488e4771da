// summary.hpp: where tidegate is ahead, level or behind, as plain as the results are: for terminals and for README.
#pragma once

#include <string>
#include <vector>

#include "bench/judge.hpp"
#include "bench/results.hpp"

namespace tidegate::bench {

struct tally {
  std::size_t ahead = 0;
  std::size_t level = 0;
  std::size_t behind = 0;
  std::size_t unknown = 0;
};

[[nodiscard]] tally tally_of(const std::vector<duel>& duels) noexcept;

/// One sentence on the whole: "ahead in 41 of 70 questions, level in 12, behind in 17".
[[nodiscard]] std::string sentence(const tally& counts);

/// "2.31x [2.25..2.40]".
[[nodiscard]] std::string ratio_text(const interval& ratio);

/// A table with one line for each question, and what was not timed.
[[nodiscard]] std::string to_text(const results& found);

/// The table of README: the questions that users ask first, those that were measured of them.
[[nodiscard]] std::string readme_table(const results& found);

}  // namespace tidegate::bench
