// clock.hpp: the clock of the lab: the real one, or one that a simulation sets. Policies read it through the seam.
//
// One program for both: the very code that is simulated in milliseconds is measured in real time. Which clock it is, is
// chosen before the first policy is made and not changed while one lives.
#pragma once

#include <chrono>

#include "tidegate/base/sync.hpp"

namespace tidegate::lab {

using std::chrono::nanoseconds;
using time_point = deadline::time_point;

struct lab_sync : native_sync {
  [[nodiscard]] static time_point now() noexcept { return simulated ? instant : native_sync::now(); }

  static inline bool simulated = false;
  static inline time_point instant{std::chrono::hours(1)};
};

/// Simulated time as long as it lives.
class simulated_time {
 public:
  simulated_time() noexcept { lab_sync::simulated = true; }
  simulated_time(const simulated_time&) = delete;
  simulated_time& operator=(const simulated_time&) = delete;
  ~simulated_time() { lab_sync::simulated = false; }
};

[[nodiscard]] constexpr nanoseconds from_seconds(double seconds) noexcept {
  return nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}
[[nodiscard]] constexpr double to_seconds(nanoseconds span) noexcept { return static_cast<double>(span.count()) / 1e9; }
[[nodiscard]] constexpr double to_ms(nanoseconds span) noexcept { return static_cast<double>(span.count()) / 1e6; }

/// Sleeps until `when`, as exactly as the kernel can: see precise_timers().
void sleep_until(time_point when) noexcept;

/// The calling thread's timers fire when they are due, not up to 50 us later (PR_SET_TIMERSLACK).
void precise_timers() noexcept;

}  // namespace tidegate::lab
