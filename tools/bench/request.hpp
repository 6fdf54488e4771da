// request.hpp: what `tidegate bench` was asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::bench {

enum class action : std::uint8_t { run, list, compare, report, table };

struct request {
  action what = action::run;
  std::vector<std::string> suites = {};   ///< empty: all
  std::vector<std::string> regimes = {};  ///< likewise
  std::vector<std::string> cells = {};    ///< ids; likewise
  std::vector<std::string> queues = {};   ///< parts of names; likewise
  std::vector<std::string> cpus = {};
  bool quick = false;
  unsigned rounds = 0;
  std::chrono::duration<double> budget{0};
  std::string programs = {};           ///< folder; empty: beside the command
  std::string out = "tidegate-bench";  ///< of a run: OUT.json and OUT.html

  std::string first_file = {};  ///< results to compare with, or to show
  std::string second_file = {};
  std::string html = {};
  bool all = false;
  bool gate = false;
  bool json = false;
  double least = 0;
};

}  // namespace tidegate::bench
