// explore.hpp: runs a client through many executions and reports what was found, and how much was looked at.
#pragma once

#include <cstdint>
#include <string>

#include "tests/model/explorer/client.hpp"
#include "tests/model/explorer/execution.hpp"
#include "tests/model/explorer/probes.hpp"
#include "tests/model/explorer/search.hpp"

namespace tidegate::model {

struct exploration {
  search_mode mode = search_mode::exhaustive;
  bounds limits;                               ///< exhaustive only
  std::uint64_t most_executions = 50'000'000;  ///< an exhaustive search that needs more is not exhausted
  std::uint64_t least_executions = 3;          ///< an exhaustive search that finds fewer shows nothing: it fails
  std::uint64_t seed = 1;                      ///< random and pct
  unsigned pct_depth = 3;                      ///< pct: depth of the bugs that are looked for
  bool deepen = true;                          ///< smaller bounds first, so that a failure is found with few turns
};

/// What an exploration has shown.
struct report {
  std::string client;
  std::uint64_t executions = 0;  ///< that came to their end, at the last bounds
  std::uint64_t frozen = 0;      ///< of them, with a thread stopped for ever
  bool exhausted = false;        ///< every execution within the bounds was run
  bool failed = false;
  std::string failure;  ///< what was wrong
  std::string tape;     ///< replays it: see replay()
  std::string trace;    ///< the failing execution, step by step
  probe_counts probes;
  std::uint32_t most_steps = 0;  ///< of one execution

  /// Failure, how to replay it, and its trace.
  [[nodiscard]] std::string text() const;
};

/// Runs `client` until a failure, the end of the search, or most_executions.
[[nodiscard]] report explore(const client_type& client, const exploration& how);

/// Runs one execution from the tape of a report, with its trace. Reports a failure when the tape is malformed.
[[nodiscard]] report replay(const client_type& client, const std::string& tape);

/// Stops each thread that may_freeze for ever at each of its steps in turn, and explores what the others do: nobody may
/// be blocked by it. `executions` counts all of them together.
[[nodiscard]] report explore_frozen(const client_type& client, const exploration& how);

}  // namespace tidegate::model
