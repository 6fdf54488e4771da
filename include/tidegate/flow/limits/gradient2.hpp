// gradient2: a limit that shrinks in proportion to how much longer a round trip takes than it used to.
//
// gradient = tolerance * long / short, from 1/2 to 1; limit = smoothed(limit * gradient + headroom). Short is the
// sample, long an average. Headroom is added only when the gradient is 1: added always, it outweighs a gradient below 1
// and the limit creeps up under modest overload (Netflix/concurrency-limits#134). That is not enough: an average that
// follows round trips which contain our own queue creeps itself. So it learns longer times only while the limit does
// not bind, or from a probe behind half of the limit (flow/detail/baseline_probe.hpp), and shorter ones always. While
// less than half of the limit is used it stays.  Threads: one writer.
// Origin: Netflix concurrency-limits, Gradient2Limit. Ours: what the average learns from.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/flow/detail/baseline_probe.hpp"
#include "tidegate/flow/limits/limit_sample.hpp"

namespace tidegate {

struct gradient2_config {
  limit_range range = {};
  double tolerance = 1.5;         ///< how much longer than usual a round trip may be
  double headroom = 4;            ///< queue that is allowed while nothing is slower
  double smoothing = 0.2;         ///< share of the new limit
  double long_samples = 100;      ///< length of the average
  std::size_t probe_every = 100;  ///< samples in which the limit bound, before the average is measured again
  std::uint64_t seed = 1;         ///< of the jitter
};

class gradient2_limit {
 public:
  explicit constexpr gradient2_limit(gradient2_config config = {})
      : config_(config),
        limit_(static_cast<double>(detail::checked_range(config.range).first)),
        probe_(config.probe_every, config.seed) {
    detail::require(config.tolerance >= 1 && config.tolerance <= 10, "gradient2_limit: tolerance is not from 1 to 10");
    detail::require(config.headroom >= 1 && config.headroom <= 1e6, "gradient2_limit: headroom is not from 1 to 10^6");
    detail::require(config.smoothing > 0 && config.smoothing <= 1, "gradient2_limit: smoothing is not up to 1");
    detail::require(config.long_samples >= 1 && config.long_samples <= 1e6,
                    "gradient2_limit: long_samples is not from 1 to 10^6");
    detail::require(config.probe_every > 0, "gradient2_limit: probe_every is 0; accepted: 1 or more");
  }

  constexpr std::size_t update(const limit_sample& sample) noexcept {
    const auto short_ns = static_cast<double>(sample.rtt.count());
    if (sample.dropped) move_to(limit_ * least_gradient);
    if (sample.dropped || !(short_ns > 0)) return limit();  // of what was lost no time is known
    const bool binds = detail::binds(limit_, sample.in_flight);
    const detail::probe_phase phase = probe_.next(limit_, binds);
    learn(short_ns, binds, phase);
    if (phase == detail::probe_phase::none && binds) {
      const double gradient = gradient_of(short_ns);
      move_to(limit_ * gradient + (gradient == 1 ? config_.headroom : 0));
    }
    return limit();
  }

  [[nodiscard]] constexpr std::size_t limit() const noexcept {
    return static_cast<std::size_t>(probe_.is_probing() ? detail::within(config_.range, limit_ / 2) : limit_);
  }
  /// The usual round trip, as far as is known.
  [[nodiscard]] constexpr std::chrono::nanoseconds rtt_long() const noexcept { return detail::saturated_ns(long_ns_); }

 private:
  static constexpr double least_gradient = 0.5;

  constexpr void move_to(double wanted) noexcept {
    limit_ = detail::within(config_.range, limit_ * (1 - config_.smoothing) + wanted * config_.smoothing);
  }
  constexpr void learn(double short_ns, bool binds, detail::probe_phase phase) noexcept {
    if (long_ns_ == 0 || phase == detail::probe_phase::measured) {
      long_ns_ = short_ns;
    } else if (short_ns < long_ns_ || !binds) {
      long_ns_ += (short_ns - long_ns_) * 2 / (config_.long_samples + 1);
    }
    if (long_ns_ > 2 * short_ns) long_ns_ *= 0.95;  // after a slow time: back faster than the average
  }
  [[nodiscard]] constexpr double gradient_of(double short_ns) const noexcept {
    const double gradient = config_.tolerance * long_ns_ / short_ns;
    return gradient < least_gradient ? least_gradient : gradient > 1 ? 1 : gradient;
  }

  gradient2_config config_;
  double limit_;
  double long_ns_ = 0;
  detail::baseline_probe probe_;
};

}  // namespace tidegate
