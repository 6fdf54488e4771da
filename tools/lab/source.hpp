// source.hpp: where requests come from: open loop, at instants that were fixed before anything was answered.
//
// A request that is offered late keeps the instant at which it was to come, and its latency counts from there: waiting
// that a slow system causes before its door is not lost from the measurement (Tene, "coordinated omission").
// Clients that ask again (retry) are the exception that the world has: their next attempt depends on an answer.
#pragma once

#include <memory>

#include "lab/job.hpp"
#include "lab/scenario.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::lab {

class source {
 public:
  static constexpr nanoseconds never = nanoseconds::max();

  source() = default;
  source(const source&) = delete;
  source& operator=(const source&) = delete;
  virtual ~source() = default;

  /// When something happens next, from the start of the run on.
  [[nodiscard]] virtual nanoseconds next() = 0;

  /// Lets it happen. True: `out` is to be offered now, as flow, service and attempt say.
  [[nodiscard]] virtual bool fire(job& out) = 0;

  /// What became of the offer.
  virtual void answered(push_status) {}

  /// Work on it has ended after `latency`: whether somebody has waited for it. Any thread.
  [[nodiscard]] virtual bool completed(const job& one, nanoseconds latency) = 0;
};

[[nodiscard]] std::unique_ptr<source> make_source(const row& of);

}  // namespace tidegate::lab
