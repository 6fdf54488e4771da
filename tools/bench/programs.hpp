// programs.hpp: the suites are programs of their own (decision record 0013); where they are, and what they can measure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/request.hpp"

namespace tidegate::bench {

/// In the order in which they are run.
inline constexpr std::string_view suite_names[] = {"spsc", "mpmc", "broadcast", "newest", "bytes", "sink"};

struct planned_cell {
  std::string id;
  std::string regime;
  std::string title;
  double lengths = 0;     ///< what its entrants take, in lengths of a sample
  double overhead_s = 0;  ///< and beside
  std::vector<std::string> entrants = {};
};

struct program {
  std::string suite;
  std::string path;
  std::vector<planned_cell> cells = {};  ///< that were asked for
};

/// Those that are there and have something to measure. Throws pump::failure when a folder, a suite, a regime, a cell or
/// a queue was named that there is not.
[[nodiscard]] std::vector<program> find_programs(const request& asked);

/// Lines for --list.
[[nodiscard]] std::string list_of(const std::vector<program>& programs);

/// What a suite says about itself. Throws pump::failure when it says nothing that can be read.
[[nodiscard]] std::vector<planned_cell> parse_plan(const std::string& line, const std::string& path);

}  // namespace tidegate::bench
