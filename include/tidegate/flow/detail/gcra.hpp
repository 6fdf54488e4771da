// gcra.hpp: the generic cell rate algorithm on one number: the instant at which everything admitted will have been
// earned (the theoretical arrival time).
//
// A bucket of `burst` that fills at `rate` and the leaky bucket are the same thing, told by this one instant. Time is
// counted in ticks of 1/16 ns, so that high rates are met closely; a permit's ticks are rounded up: never more is
// admitted than was configured.
// Origin: ITU-T I.371 (1993), ATM Forum traffic management 4.0: virtual scheduling.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/rate_limit.hpp"

namespace tidegate::detail {

class gcra {
 public:
  using ticks = std::uint64_t;  // differences only, so that it may wrap
  static constexpr std::uint64_t ticks_per_ns = 16;
  static constexpr std::uint64_t most_span = std::uint64_t{1} << 62;  // ticks: 9 years

  explicit constexpr gcra(const rate_limit& limit) : burst_(limit.burst) {
    require(limit.permits > 0, "rate_limit: permits is 0; accepted: 1 or more");
    require(limit.burst > 0, "rate_limit: burst is 0; accepted: 1 or more");
    require(limit.period.count() > 0, "rate_limit: period is not above 0");
    const auto period = static_cast<std::uint64_t>(limit.period.count());
    require(period <= most_span / ticks_per_ns, "rate_limit: period is above 9 years");
    require(limit.permits <= period * ticks_per_ns, "rate_limit: more than 16 permits a nanosecond");
    interval_ = (period * ticks_per_ns - 1) / limit.permits + 1;
    require(limit.burst <= most_span / interval_, "rate_limit: burst takes more than 9 years to earn");
  }

  /// The same with ticks of another length: `interval` of them earn a permit.
  [[nodiscard]] static constexpr gcra of_ticks(ticks interval, std::uint64_t burst) noexcept {
    return gcra(interval, burst);
  }

  struct step {
    rate_status status;
    ticks value;  // `ok`: the new instant; `limited`: ticks to wait
  };
  /// `count` permits, when `earned` is the instant and `now` the time. Half of all ticks lie ahead, half behind.
  [[nodiscard]] constexpr step try_step(ticks earned, ticks now, std::uint64_t count) const noexcept {
    if (count > burst_) return {rate_status::too_many, 0};
    const ticks lead = earned - now;
    const bool rested = lead == 0 || lead > ~ticks{0} / 2;
    const ticks debt = (rested ? 0 : lead) + count * interval_;
    if (debt > burst_ * interval_) return {rate_status::limited, debt - burst_ * interval_};
    return {rate_status::ok, now + debt};
  }

  [[nodiscard]] static constexpr std::chrono::nanoseconds wait_of(ticks span) noexcept {
    return std::chrono::nanoseconds(static_cast<std::int64_t>((span + ticks_per_ns - 1) / ticks_per_ns));
  }
  [[nodiscard]] constexpr ticks interval() const noexcept { return interval_; }
  [[nodiscard]] constexpr std::uint64_t burst() const noexcept { return burst_; }

 private:
  constexpr gcra(ticks interval, std::uint64_t burst) noexcept : burst_(burst), interval_(interval) {}

  std::uint64_t burst_;
  ticks interval_ = 1;  // of one permit
};

}  // namespace tidegate::detail
