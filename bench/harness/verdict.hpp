// verdict.hpp: from samples to what is printed: medians with their range, and ratios paired within a round.
//
// Every distance mode is judged by itself. The best peer is the one with the best median; everybody's headline is the
// median of its per-round ratios to that peer, because absolute figures drift with the host and ratios do not.
#pragma once

#include <string>
#include <vector>

#include "bench/harness/rounds.hpp"
#include "bench/harness/statistics.hpp"

namespace tidegate::bench {

struct standing {
  entrant who;
  summary value;
  summary vs_best_peer;  ///< count 0: no peer in this cell
  summary vs_reference;  ///< count 0: no reference in this cell
  std::vector<named_value> extras = {};
};

struct mode_verdict {
  distance mode = distance::unknown;
  summary canary_ns;
  std::string best_peer;
  std::vector<standing> standings;  ///< best first
};

/// One verdict for each mode that was met.
[[nodiscard]] std::vector<mode_verdict> judge(const cell_result& cell);

/// How far the figures of a cell can be trusted.
struct disturbance {
  std::size_t samples = 0;
  std::size_t dropped = 0;    ///< fell on a change of distance
  std::size_t preempted = 0;  ///< shared their CPUs with somebody
  long preemptions = 0;       ///< how often, in all
};

[[nodiscard]] disturbance disturbance_of(const cell_result& cell) noexcept;

}  // namespace tidegate::bench
