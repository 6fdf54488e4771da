// judge.hpp: what was measured, held against what theory, the simulation of the same row and the scenario file say.
#pragma once

#include <string>
#include <vector>

#include "lab/engine.hpp"
#include "lab/scenario.hpp"

namespace tidegate::lab {

enum class verdict : std::uint8_t { passed, failed, reported };

[[nodiscard]] std::string_view to_string(verdict of) noexcept;

/// One number and what it was expected to be.
struct finding {
  std::string measure;
  relation holds = relation::about;
  double expected = 0;
  double measured = 0;
  double tolerance = 0;  ///< of an `about`, absolute
  std::string basis;     ///< the formula, or where the expected value comes from
  std::string why;
  verdict judged = verdict::reported;

  /// Of the expected value; not a number when that is 0.
  [[nodiscard]] double difference() const noexcept { return (measured - expected) / expected; }
};

/// A row that was run.
struct row_result {
  row what;
  outcome ran;
  measures simulated;  ///< of the same row in simulated time; empty when that is what ran
  std::vector<finding> findings;
  double took_s = 0;

  [[nodiscard]] bool holds() const noexcept;
};

/// Fills `findings`. Throws formula_error, which names the row.
void judge(row_result& of);

/// Before anything is run: whether its formulas can be worked out, once there are measures. Throws formula_error, which
/// names the row.
void check_formulas(const row& of);

/// What formulas may name: lambda, mu, workers, service, capacity, ...; measured.NAME and simulated.NAME.
[[nodiscard]] std::vector<std::string> formula_names(const row& of);

}  // namespace tidegate::lab
