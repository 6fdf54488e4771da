// report.hpp: the results for people and for programs.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "bench/harness/machine_card.hpp"
#include "bench/harness/rounds.hpp"

namespace tidegate::bench {

struct suite_result {
  std::string suite;
  std::string started_at;  ///< UTC, ISO 8601
  machine_card machine;
  machine_card peers;
  plan how;
  std::vector<cell_result> cells;
};

/// Machine, method, and who takes part and how.
void print_heading(std::FILE* out, const suite_result& suite, const std::vector<cell>& cells);

/// One table for each distance mode that was met.
void print_cell(std::FILE* out, const cell_result& cell);

/// Our headline against the best peer, one line a cell, losses and ties included; then what failed.
void print_closing(std::FILE* out, const suite_result& suite);

/// Every sample, every verdict and the machine card; false when the file cannot be written.
[[nodiscard]] bool write_json(const std::string& path, const suite_result& suite);

/// For a program that runs this one: the cells that would be measured and what they take, as JSON on one line.
[[nodiscard]] std::string plan_line(const std::string& suite, const std::vector<cell>& cells, unsigned rounds);

/// For a program that runs this one, likewise: how the run begins, whose sample comes next, and what a cell has given.
[[nodiscard]] std::string heading_line(const suite_result& suite, const std::vector<cell>& cells);
[[nodiscard]] std::string progress_line(const cell_info& info, std::size_t done, std::size_t all,
                                        const std::string& next);
[[nodiscard]] std::string cell_line(const cell_result& cell, double sample_s);

/// Entries that failed a smoke test or a timed run's own check, as "cell: entrant: why".
[[nodiscard]] std::vector<std::string> failures_of(const suite_result& suite);

}  // namespace tidegate::bench
