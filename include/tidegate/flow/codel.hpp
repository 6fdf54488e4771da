// codel: sheds what has waited too long, but only while the queue is never short: a burst passes, a standing queue does
// not.
//
// In windows of `interval` the least sojourn time is kept. If it was above `target`, the queue did not drain even once:
// while that is so, what has waited more than 2 * `target` is shed at the exit. Accepted work then waits at most about
// 2 * target. A window in which nobody came ends the overload.
//
// Threads: any number of consumers share one; window, minimum and state lie in one word. Progress: lock-free; a sample
// that is no new minimum of a running window costs two loads.  Limit: it sheds at the exit, so that what sheds costs a
// pop; at a few microseconds of service refuse at the door (credits, client_throttle) instead.
// Origin: Nichols & Jacobson, "Controlling queue delay", 2012, RFC 8289 (target, interval, window minimum); the rule
// for services, without its drop sequence, after folly::Codel and Maurer, "Fail at scale", ACM Queue 13, 2015. The
// control law of the RFC itself: flow/packet_codel.hpp.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/detail/tally.hpp"
#include "tidegate/flow/stamped.hpp"

namespace tidegate {

struct codel_config {
  std::chrono::nanoseconds target = std::chrono::milliseconds(5);
  std::chrono::nanoseconds interval = std::chrono::milliseconds(100);
};

namespace detail {

/// Both forms ask the same of their numbers.
constexpr codel_config checked_codel(codel_config config) {
  require(config.target.count() > 0, "codel: target is not above 0");
  require(config.interval >= config.target, "codel: interval is below target; accepted: target <= interval");
  require(config.interval <= std::chrono::minutes(10), "codel: interval is above 10 minutes");
  return config;
}

}  // namespace detail

template <class Sync = native_sync>
class alignas(cache_line_bytes) codel {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = deadline::time_point;

  explicit codel(codel_config config = {}) : config_(detail::checked_codel(config)) {}
  codel(const codel&) = delete;
  codel& operator=(const codel&) = delete;

  /// Notes that an element left after `waited`, and says whether it is to be shed; what is shed is counted.
  [[nodiscard]] bool sheds(nanoseconds waited, time_point now = Sync::now()) noexcept {
    if (!note(waited, now) || waited <= 2 * config_.target) return false;
    shed_.add();
    return true;
  }

  /// Pops until `pop(out)` answers something else than `ok`, or gives an element that is not shed.
  template <carries_arrival E, std::invocable<E&> Pop>
  pop_status pop_fresh_by(Pop&& pop, E& out) noexcept(noexcept(pop(out))) {
    for (;;) {
      const pop_status status = pop(out);
      if (status != pop_status::ok) return status;
      const time_point now = Sync::now();
      if (!sheds(sojourn(out, now), now)) return status;
    }
  }
  template <class Queue, carries_arrival E>
  pop_status pop_fresh(Queue& queue, E& out) noexcept {
    return pop_fresh_by([&queue](E& into) noexcept { return queue.try_pop(into); }, out);
  }

  /// True while the last complete window had no short wait. Observation.
  [[nodiscard]] bool overloaded_hint() const noexcept {
    return (word_.load(order::relaxed) & overloaded_bit) != 0;  // observation
  }

  /// The least wait of the running window by 2 * target, at most 1: how near the queue is to shedding. Observation.
  [[nodiscard]] double load_hint() const noexcept {
    const std::uint64_t least = word_.load(order::relaxed) & most_wait;  // observation
    const double load = static_cast<double>(least) / (2 * static_cast<double>(config_.target.count()));
    return least == most_wait ? 0 : load < 1 ? load : 1;
  }

  [[nodiscard]] std::uint64_t shed_count() const noexcept { return shed_.read(); }

 private:
  // The word: least wait of the window in ns (40 bits: 18 minutes); number of the window (23 bits); overloaded.
  static constexpr unsigned window_at = 40;
  static constexpr std::uint64_t most_wait = (std::uint64_t{1} << window_at) - 1;  // also: no sample in this window
  static constexpr std::uint64_t window_mask = (std::uint64_t{1} << 23) - 1;
  static constexpr std::uint64_t most_late = 1024;  // windows by which a thread's clock may be behind another's
  static constexpr std::uint64_t overloaded_bit = std::uint64_t{1} << 63;

  /// Whether the queue is overloaded, with this sample.
  [[nodiscard]] bool note(nanoseconds waited, time_point now) noexcept {
    const std::uint64_t window = static_cast<std::uint64_t>(detail::elapsed(began_, now) / config_.interval);
    const std::uint64_t sample =
        waited.count() <= 0 ? 0 : least_of(static_cast<std::uint64_t>(waited.count()), most_wait - 1);
    std::uint64_t word = word_.load(order::relaxed);  // one word holds everything: nothing else to see
    for (;;) {
      const std::uint64_t next = following(word, window & window_mask, sample);
      // relaxed: as above; a failure is somebody else's sample
      if (next == word || word_.compare_exchange_weak(word, next, order::relaxed, order::relaxed)) {
        return (next & overloaded_bit) != 0;
      }
    }
  }

  [[nodiscard]] std::uint64_t following(std::uint64_t word, std::uint64_t window, std::uint64_t sample) const noexcept {
    const std::uint64_t ahead = (window - (word >> window_at)) & window_mask;
    const std::uint64_t least = word & most_wait;
    const bool is_running = ahead == 0 || ahead > window_mask - most_late;  // a clock that was read earlier
    if (is_running) return (word & ~most_wait) | least_of(least, sample);
    const bool was_overloaded =
        ahead == 1 && least != most_wait && least > static_cast<std::uint64_t>(config_.target.count());
    return (was_overloaded ? overloaded_bit : 0) | window << window_at | sample;
  }

  [[nodiscard]] static constexpr std::uint64_t least_of(std::uint64_t one, std::uint64_t other) noexcept {
    return one < other ? one : other;
  }

  const codel_config config_;
  const time_point began_ = Sync::now();
  typename Sync::template atomic<std::uint64_t> word_{most_wait};
  detail::tally<Sync> shed_;
};

}  // namespace tidegate
