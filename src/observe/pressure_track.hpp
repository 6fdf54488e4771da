// pressure_track.hpp: what a sampler keeps of one thing, from sample to sample, and what it derives.
//
// The counters that come in are read one after another, and some are hints: they are taken as never going back, and
// nothing as having left before it entered.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>

#include "observe/arrival_curve.hpp"
#include "observe/flow_rate.hpp"
#include "observe/recent_sojourns.hpp"
#include "observe/trend.hpp"
#include "tidegate/observe/observation.hpp"
#include "tidegate/observe/pressure.hpp"
#include "tidegate/observe/pressure_sampler.hpp"

namespace tidegate::detail {

class pressure_track {
 public:
  using time_point = deadline::time_point;
  using nanoseconds = std::chrono::nanoseconds;

  explicit pressure_track(const sampler_config& config)
      : significance_(config.significance),
        history_(config.history),
        arrivals_(config.half_life),
        departures_(config.half_life),
        sojourns_(2 * config.history, config.window),
        depths_(config.history, config.window),
        weights_(config.history, config.window) {}

  /// What was seen at `at`. A time before the last one counts as that one.
  void add(time_point at, const observation& seen);

  /// Everything but name and policy.
  [[nodiscard]] pressure report() const;

  void restart_peak() noexcept { peak_ = now_.depth; }

 private:
  void begin(time_point at, const observation& seen);
  void follow_flow(time_point at);
  void follow_level(time_point at);
  [[nodiscard]] nanoseconds time_to_full() const noexcept;
  [[nodiscard]] nanoseconds drain_time() const noexcept;

  const double significance_;
  const std::size_t history_;
  bool has_begun_ = false;
  time_point at_{};      // of the last sample
  time_point before_{};  // of the last one that was earlier
  observation now_;      // the last one, put right
  observation was_;      // and the one before
  flow_rate arrivals_;
  flow_rate departures_;
  std::uint64_t uncounted_in_ = 0;  // since `before_`, not in the rates yet: no time has passed
  std::uint64_t uncounted_out_ = 0;
  std::optional<arrival_curve> curve_;
  recent_sojourns sojourns_;
  trend depths_;
  trend weights_;
  std::uint64_t peak_ = 0;
  bool is_full_ = false;
  std::uint64_t full_events_ = 0;
  nanoseconds full_time_{0};
};

}  // namespace tidegate::detail
