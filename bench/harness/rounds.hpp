// rounds.hpp: measures one cell: every entrant once a round, in an order that rotates from round to round.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/harness/canary.hpp"
#include "bench/harness/cell.hpp"

namespace tidegate::bench {

struct plan {
  cpu_pair cpus;
  unsigned rounds = 7;
  double sample_s = 0.1;
  canary_limits limits = {};
  std::vector<int> team = {};  ///< CPUs for more threads than two; begins with `cpus`
  bool quick = false;          ///< shows that everything works; the figures are no measurement
  unsigned watchdog_s = 120;   ///< a call that takes longer has no end
};

struct sample {
  unsigned round = 0;
  measurement result;
  double canary_before_ns = 0;
  double canary_after_ns = 0;
  distance mode = distance::unknown;
  long preemptions = 0;  ///< times the kernel took a CPU away from this process meanwhile

  [[nodiscard]] bool kept() const noexcept { return mode != distance::disturbed; }
};

struct entry_result {
  entrant who;
  std::vector<sample> samples = {};
  std::string failure = {};  ///< why it was not, or no longer, timed
};

struct cell_result {
  cell_info info;
  std::vector<entry_result> entries;
};

/// Which entry is measured `step`-th in `round`: everyone comes first equally often.
[[nodiscard]] constexpr std::size_t rotated(std::size_t step, unsigned round, std::size_t entries) noexcept {
  return (step + round) % entries;
}

/// Called before every sample, and once at the end with nobody: how many of how many are done, and whose is next.
using progress_report = std::function<void(std::size_t done, std::size_t all, const std::string& next)>;

/// Smoke tests, calibrates, then measures. An entry that fails is reported, and out from then on.
[[nodiscard]] cell_result run_cell(const cell& asked, const plan& how, const progress_report& progress);

}  // namespace tidegate::bench
