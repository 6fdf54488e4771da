// baseline_probe.hpp: when a limit that adapts measures again how long a round trip takes without its own queue.
//
// A round trip that is measured while the limit binds contains the queue that the limit allows. Whoever takes such a
// time for the time without load lets the limit grow, then the time, then the limit (Netflix/concurrency-limits#134 and
// #165). So the limit is halved for a moment before it is measured: with a queue of q beside c in service, a baseline
// of (q + c) / 2 makes the next limit smaller, until half of it fits the server.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/flow/random.hpp"

namespace tidegate::detail {

/// How a sample is to be understood.
enum class probe_phase : std::uint8_t {
  none,      ///< as usual
  draining,  ///< the limit is halved; this sample is from before
  measured,  ///< this sample shows a round trip with half of the queue
};

class baseline_probe {
 public:
  constexpr baseline_probe(std::size_t every, std::uint64_t seed) noexcept
      : every_(every), span_(every), random_(seed) {
    plan();
  }

  /// `limit`: that of the algorithm, whether it binds. A probe is due after so many binding samples, jittered so that a
  /// fleet does not probe at once, and when the limit has fallen to half of what it was: then the baseline is doubted.
  /// Who begins under load has no baseline at all: it probes at once, and then after twice as many samples each time.
  constexpr probe_phase next(double limit, bool binds) noexcept {
    if (!has_begun_ && binds) {
      span_ = 1;
      plan();
    }
    has_begun_ = true;
    if (left_ != 0) {
      if (--left_ != 0) return probe_phase::draining;
      limit_at_probe_ = limit;
      span_ = span_ < every_ / 2 ? span_ * 2 : every_;
      plan();
      return probe_phase::measured;
    }
    if (limit > limit_at_probe_) limit_at_probe_ = limit;
    if (!binds) return probe_phase::none;
    const bool doubted = limit * 2 <= limit_at_probe_;
    if (until_due_ > 1 && !doubted) {
      --until_due_;
      return probe_phase::none;
    }
    left_ = 2;
    return probe_phase::draining;
  }

  [[nodiscard]] constexpr bool is_probing() const noexcept { return left_ != 0; }

 private:
  constexpr void plan() noexcept {
    until_due_ = static_cast<std::size_t>(static_cast<double>(span_) * (0.5 + 0.5 * random_())) + 1;
  }

  std::size_t every_;
  std::size_t span_;  // samples until the next probe, before jitter
  own_random random_;
  std::size_t until_due_ = 0;
  bool has_begun_ = false;
  unsigned left_ = 0;          // samples until the probe has measured
  double limit_at_probe_ = 0;  // the highest limit since the last one
};

}  // namespace tidegate::detail
