// freeze.hpp: plays a scenario with its thread stopped before the first instruction, then the second, and so on.
#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/freeze/scenario.hpp"

namespace tidegate::test {

/// What was seen over all points of one or several operations.
struct census {
  std::size_t points = 0;               ///< instructions before which the thread was stopped, and the end
  std::size_t spinning = 0;             ///< points at which the others did not finish before the thread went on
  std::size_t denied = 0;               ///< points at which they finished, but were refused what was theirs
  std::vector<std::string> blocked_at;  ///< a line for each of both
  std::vector<std::string> broken;      ///< wrong results at the end, and what ended the run early

  [[nodiscard]] std::size_t blocked() const noexcept { return spinning + denied; }
  census& operator+=(const census& other);
};

/// The numbers, and the first of the lines.
std::ostream& operator<<(std::ostream& out, const census& found);

/// Stops the thread at every point of the scenario's operation. The others count as spinning once they have burnt
/// `cpu_limit` of CPU time, which must be far more than their work takes. Time for which the machine runs something
/// else does not count, so that load makes no failure.
[[nodiscard]] census freeze_everywhere(scenario& played, std::chrono::milliseconds cpu_limit);

}  // namespace tidegate::test
