// results.hpp: what `tidegate lab run` has found out, and its forms: lines, JSON and CSV. The page: page.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/judge.hpp"

namespace tidegate::lab {

struct scenario_result {
  scenario what;  ///< its rows as they were asked for
  std::vector<row_result> rows;

  [[nodiscard]] bool holds() const noexcept;
};

/// A whole run of the command.
struct results {
  bool simulated = false;
  bool interrupted = false;
  double scale = 1;
  std::vector<scenario_result> scenarios;

  [[nodiscard]] bool holds() const noexcept;
  [[nodiscard]] std::size_t count(verdict of) const noexcept;
};

/// Tables for people. Each ends with a newline.
[[nodiscard]] std::string to_text(const scenario_result& of);
[[nodiscard]] std::string closing_line(const results& of);

/// Everything, as one JSON object on one line; values that are no numbers are null. Ends with a newline.
[[nodiscard]] std::string to_json(const results& of);

/// The points over time: scenario, row, at_s, depth, ... Ends with a newline.
[[nodiscard]] std::string to_csv(const results& of);

}  // namespace tidegate::lab
