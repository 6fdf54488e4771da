#include "pump/record_credits.hpp"

#include <algorithm>
#include <limits>

namespace tidegate::pump {

std::size_t record_credits::try_take(std::size_t most) noexcept {
  std::uint64_t out = out_.load(order::relaxed);  // a guess, which the exchange checks
  for (;;) {
    const std::size_t taken = std::min<std::size_t>(most, capacity_ - static_cast<std::size_t>(out));
    if (taken == 0) return 0;
    // [return] acquire, pairs with give_back(): the places are free; relaxed on failure: a guess again
    if (out_.compare_exchange_weak(out, out + taken, order::acquire, order::relaxed)) return taken;
  }
}

std::size_t record_credits::take_until(std::size_t most, deadline until, const std::stop_token& stop) noexcept {
  std::size_t taken = 0;
  const auto attempt = [&]() noexcept {
    if (stop.stop_requested()) return true;
    taken = try_take(most);
    return taken != 0;
  };
  const auto start = native_sync::now();
  const bool stopped_or_taken = not_full_.wait(attempt, until, stop, {});
  waits_.add(1);
  wait_time_ns_.add(static_cast<std::uint64_t>((native_sync::now() - start).count()));
  if (!stopped_or_taken || taken == 0) not_full_.notify();  // what it may have been woken for is somebody else's now
  return taken;
}

void record_credits::give_back(std::size_t count) noexcept {
  out_.fetch_sub(count, order::release);       // [return] pairs with try_take()
  returned_.fetch_add(count, order::relaxed);  // an observation
  not_full_.notify(static_cast<unsigned>(std::min<std::size_t>(count, everyone)));
}

queue_stats record_credits::stats() const noexcept {
  queue_stats stats;
  stats.capacity = capacity_;
  stats.depth = depth_hint();
  stats.popped = returned_.load(order::relaxed);  // an observation
  stats.pushed = stats.popped + stats.depth;
  stats.push_waits = waits_.read();
  stats.push_wait_time = std::chrono::nanoseconds(wait_time_ns_.read());
  return stats;
}

}  // namespace tidegate::pump
