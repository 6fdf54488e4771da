// collector.hpp: turns the lines of the suites into results.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/results.hpp"

namespace tidegate::bench {

/// What a suite has just said.
struct event {
  enum class kind { begin, next, cell, other };
  kind what = kind::other;  ///< other: nothing that we asked for, such as an error message
  std::string cell = {};
  std::string entrant = {};  ///< whose sample comes next; empty behind the last one
  std::size_t done = 0;
  std::size_t all = 0;
};

class collector {
 public:
  explicit collector(results& into) noexcept : into_(into) {}

  event take(std::string_view line);

  /// An entrant with which the program did not come to an end: told beside the others when its cell is there.
  void blame(const std::string& cell, const std::string& entrant, const std::string& why);

 private:
  results& into_;
  std::map<std::pair<std::string, std::string>, std::vector<entry>> blamed_ = {};  // by suite and cell
};

}  // namespace tidegate::bench
