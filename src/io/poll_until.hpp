// poll_until.hpp: ppoll(2) with a deadline.
#pragma once

#include <poll.h>

#include <chrono>
#include <ctime>
#include <span>

#include "io/sink_target.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

/// Sleeps until one of them is ready (a negative descriptor never is), a signal, or the deadline.
inline void poll_until(std::span<pollfd> all, deadline until) noexcept {
  const std::chrono::nanoseconds span = time_left(until, native_sync::now());
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(span);
  const timespec left{static_cast<time_t>(whole.count()), static_cast<long>((span - whole).count())};
  if (::ppoll(all.data(), all.size(), &left, nullptr) > 0) return;
  for (pollfd& one : all) one.revents = 0;  // an interrupted call leaves what was there
}

}  // namespace tidegate::detail
