// suite.hpp: the command around a suite: options, choice of cells, progress, report.
#pragma once

#include <string>
#include <vector>

namespace tidegate::bench {

struct suite_description {
  std::string name;                  ///< of the suite, and of its executable after "tidegate_bench_"
  std::string summary;               ///< one line for --help
  std::vector<std::string> regimes;  ///< values of --regime
  bool teams = false;                ///< has cells with more than two threads
};

/// Runs what enlisted itself. Exit status: 0 done; 1 a rival moved wrong elements; 2 bad usage; 77 fewer than two CPUs.
[[nodiscard]] int run_suite(const suite_description& suite, int argc, char** argv);

}  // namespace tidegate::bench
