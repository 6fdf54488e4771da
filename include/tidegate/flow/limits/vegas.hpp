// vegas: a limit that keeps a short queue, estimated from how much longer a round trip takes than without load.
//
// queue = limit * (1 - rtt_min / rtt). With l = log10(limit), at least 1: up to l it grows by 6 l, below 3 l by l,
// above 6 l, or when something was dropped, it shrinks by l. It stays while less than half of it is used, and every so
// many samples rtt_min is measured anew behind half of the limit: see flow/detail/baseline_probe.hpp.  Threads: one
// writer.
// Origin: Brakmo, O'Malley & Peterson, "TCP Vegas", SIGCOMM 1994; Netflix concurrency-limits, VegasLimit. Ours: the
// probe that drains first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tidegate/flow/detail/baseline_probe.hpp"
#include "tidegate/flow/limits/limit_sample.hpp"

namespace tidegate {

struct vegas_config {
  limit_range range = {};
  std::size_t probe_every = 100;  ///< samples in which the limit bound, before rtt_min is measured again
  std::uint64_t seed = 1;         ///< of the jitter
};

class vegas_limit {
 public:
  explicit vegas_limit(vegas_config config = {})
      : range_(detail::checked_range(config.range)),
        limit_(static_cast<double>(config.range.first)),
        probe_(config.probe_every, config.seed) {
    detail::require(config.probe_every > 0, "vegas_limit: probe_every is 0; accepted: 1 or more");
  }

  std::size_t update(const limit_sample& sample) noexcept {
    const auto rtt_ns = static_cast<double>(sample.rtt.count());
    if (sample.dropped) limit_ = detail::within(range_, limit_ - step());
    if (sample.dropped || !(rtt_ns > 0)) return limit();  // of what was lost no time is known
    const bool binds = detail::binds(limit_, sample.in_flight);
    const detail::probe_phase phase = probe_.next(limit_, binds);
    if (phase == detail::probe_phase::measured || rtt_min_ns_ == 0 || rtt_ns < rtt_min_ns_) rtt_min_ns_ = rtt_ns;
    if (phase == detail::probe_phase::none) limit_ = detail::within(range_, moved(rtt_ns, binds));
    return limit();
  }

  [[nodiscard]] std::size_t limit() const noexcept {
    return static_cast<std::size_t>(probe_.is_probing() ? detail::within(range_, limit_ / 2) : limit_);
  }
  /// The round trip without load, as far as is known.
  [[nodiscard]] std::chrono::nanoseconds rtt_min() const noexcept { return detail::saturated_ns(rtt_min_ns_); }

 private:
  [[nodiscard]] double step() const noexcept { return std::max(1.0, std::log10(limit_)); }
  [[nodiscard]] double moved(double rtt_ns, bool binds) const noexcept {
    if (!binds) return limit_;
    const double queue = std::ceil(limit_ * (1 - rtt_min_ns_ / rtt_ns));
    if (queue <= step()) return limit_ + 6 * step();
    if (queue < 3 * step()) return limit_ + step();
    return queue > 6 * step() ? limit_ - step() : limit_;
  }

  limit_range range_;
  double limit_;
  double rtt_min_ns_ = 0;
  detail::baseline_probe probe_;
};

}  // namespace tidegate
