#include "lab/clock.hpp"

#include <sys/prctl.h>
#include <time.h>

#include <cerrno>

namespace tidegate::lab {

void sleep_until(time_point when) noexcept {
  constexpr std::int64_t ns_per_second = 1'000'000'000;
  const std::int64_t due = std::chrono::duration_cast<nanoseconds>(when.time_since_epoch()).count();
  const timespec at{.tv_sec = due / ns_per_second, .tv_nsec = due % ns_per_second};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

void precise_timers() noexcept { ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

}  // namespace tidegate::lab
