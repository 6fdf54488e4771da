// for_programs.hpp: how a program drives a suite: `tidegate bench` asks what there is, says how long it may take, and
// reads progress and results as lines of JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/harness/choice.hpp"
#include "bench/harness/report.hpp"

namespace CLI {
class App;
}

namespace tidegate::bench {

struct program_wishes {
  bool describe = false;
  bool stream = false;
  double budget_s = 0;  ///< 0: none, every sample is as long as asked for
};

void describe_for_programs(CLI::App& app, program_wishes& wishes, choice& wanted, plan& how);

/// The plan of cells[at]: its samples fill their part of what is left of the budget, when there is one.
[[nodiscard]] plan plan_of(const program_wishes& wishes, const plan& how, const std::vector<cell>& cells,
                           std::size_t at, std::uint64_t begin_ns);

/// Measures, and says every result as soon as it is there: whoever reads that keeps what a crash would have lost. False
/// when an entrant failed.
[[nodiscard]] bool measure_and_stream(const suite_result& suite, const program_wishes& wishes,
                                      const std::vector<cell>& cells);

}  // namespace tidegate::bench
