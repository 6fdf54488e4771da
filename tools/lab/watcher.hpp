// watcher.hpp: what the library's own observation says while a row runs: a sampler from outside, alerts, readiness.
//
// The alerts are those of the rule file for Prometheus, without the time for which they must hold: the slope is three
// standard errors above 0 and the queue will be full within five minutes; it is 95 % full; the p99 of what leaves it is
// above what the row calls slow.
#pragma once

#include <cmath>
#include <vector>

#include "lab/policy.hpp"
#include "lab/recorder.hpp"
#include "tidegate/observe/pressure_sampler.hpp"
#include "tidegate/observe/readiness.hpp"
#include "tidegate/observe/registry.hpp"

namespace tidegate::lab {

class watcher {
 public:
  /// Of a row that is watched, and a policy that can be.
  watcher(const row& of, const policy& what, time_point began);

  /// Every millisecond.
  void tick(nanoseconds now);

  /// What it has seen, beside the row's other measures.
  void report_to(measures& all) const;

 private:
  void look(const pressure& at, nanoseconds now);

  const row of_;
  const time_point began_;
  registry things_;
  watching watched_;
  pressure_sampler sampler_;
  readiness ready_;
  nanoseconds next_{0};
  bool was_ready_ = true;
  bool was_full_ = false;
  double slope_s_ = std::nan("");  // when each alert was first raised
  double full_s_ = std::nan("");
  double slow_s_ = std::nan("");
  double not_ready_s_ = std::nan("");
  double ready_again_s_ = std::nan("");
  double retry_after_s_ = std::nan("");
  std::uint64_t downs_ = 0, ups_ = 0, raw_turns_ = 0;
  double sampled_p50_ms_ = std::nan("");
  double sampled_p99_ms_ = std::nan("");
};

}  // namespace tidegate::lab
