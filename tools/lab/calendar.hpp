// calendar.hpp: when a server stands still, and when it is slow.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "lab/clock.hpp"
#include "lab/scenario.hpp"

namespace tidegate::lab {

class calendar {
 public:
  explicit calendar(const row& of) : stalls_(of.stalls), slowdowns_(of.slowdowns) {}

  /// Until when nobody begins new work; 0: it is not standing still.
  [[nodiscard]] nanoseconds stalled_until(nanoseconds now) const noexcept {
    for (const stall& each : stalls_) {
      const double begins_s = last_begin(each, to_seconds(now));
      const nanoseconds ends = from_seconds(begins_s + each.span_s);
      if (begins_s >= 0 && now < ends) return ends;
    }
    return nanoseconds{0};
  }

  /// When it stands still for the next time.
  [[nodiscard]] nanoseconds next_stall(nanoseconds now) const noexcept {
    nanoseconds soonest = nanoseconds::max();
    for (const stall& each : stalls_) {
      const double begins_s = last_begin(each, to_seconds(now));
      if (begins_s >= 0 && each.every_s <= 0) continue;
      const double next_s = begins_s < 0 ? each.from_s : begins_s + each.every_s;
      soonest = std::min(soonest, from_seconds(next_s));
    }
    return soonest;
  }

  [[nodiscard]] double slowness(nanoseconds now) const noexcept {
    double factor = 1;
    for (const slowdown& each : slowdowns_) {
      if (to_seconds(now) >= each.from_s && to_seconds(now) < each.to_s) factor *= each.factor;
    }
    return factor;
  }

 private:
  /// Of the stall that began last; below 0: none has.
  [[nodiscard]] static double last_begin(const stall& of, double now_s) noexcept {
    constexpr double rounding_s = 1e-9;
    if (now_s + rounding_s < of.from_s) return -1;
    if (of.every_s <= 0) return of.from_s;
    return of.from_s + std::floor((now_s + rounding_s - of.from_s) / of.every_s) * of.every_s;
  }

  const std::vector<stall> stalls_;
  const std::vector<slowdown> slowdowns_;
};

}  // namespace tidegate::lab
