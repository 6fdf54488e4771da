// aims.hpp: what the sinks are meant to reach, beside what they reached.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "bench/harness/rounds.hpp"

namespace tidegate::bench::sink_bench {

struct aim {
  std::string what;
  double wanted = 0;
  double reached = 0;   ///< median; 0: not measured
  std::string unit;     ///< "x" for a ratio
  std::string by = {};  ///< whose figure it is, and against whom

  [[nodiscard]] bool measured() const noexcept { return reached > 0; }
};

/// In the distance mode that most samples of a cell were taken in.
[[nodiscard]] std::vector<aim> aims_of(const std::vector<cell_result>& cells);

void print_aims(std::FILE* out, const std::vector<aim>& aims);

}  // namespace tidegate::bench::sink_bench
