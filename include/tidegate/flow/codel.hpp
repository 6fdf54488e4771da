// codel: sheds what has waited too long, but only while the queue is never short: a burst passes, a standing queue does
// not.
//
// In windows of `interval` the least sojourn time is kept. If it was above `target`, the queue did not drain even once:
// in the next window what has waited more than 2 * `target` is shed at the exit. Accepted work then waits at most about
// 2 * target; overload is seen one to two intervals after it began. A window begins with the first sample after the
// last one; when nobody came for a whole interval, there is no overload.
//
// Threads: any number of consumers share one; window, minimum and state lie in one word. Progress: lock-free; a sample
// that is no new minimum of a running window costs one load.  Limit: it sheds at the exit, so that what sheds costs a
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
  require(config.interval >= std::chrono::microseconds(1), "codel: interval is below 1 us");
  require(config.interval >= config.target, "codel: interval is below target; accepted: target or more");
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
    const std::uint64_t least = word_.load(order::relaxed) & no_wait;  // observation
    const double load = static_cast<double>(least) / (2 * static_cast<double>(parts));
    return least == no_wait ? 0 : load < 1 ? load : 1;
  }

  [[nodiscard]] std::uint64_t shed_count() const noexcept { return shed_.read(); }

 private:
  // The word: least wait of the window in parts of target, rounded up (16 bits); overloaded; end of the window in ticks
  // of 64 ns (47 bits: 104 days).
  static constexpr std::uint64_t parts = 64;  // of target: above 64 is above target
  static constexpr std::uint64_t no_wait = 0xffff;
  static constexpr std::uint64_t overloaded_bit = no_wait + 1;
  static constexpr unsigned end_at = 17;
  static constexpr std::uint64_t tick_mask = (std::uint64_t{1} << 47) - 1;
  static constexpr std::int64_t ns_per_tick = 64;
  /// A thread may act so long after it has read its clock; what lies further ahead is long past.
  static constexpr std::uint64_t most_late = 100'000'000'000 / ns_per_tick;

  /// Whether the queue is overloaded, with this sample.
  [[nodiscard]] bool note(nanoseconds waited, time_point now) noexcept {
    const auto tick = static_cast<std::uint64_t>(detail::elapsed(began_, now).count() / ns_per_tick) & tick_mask;
    const std::uint64_t sample = parts_of(waited);
    std::uint64_t word = word_.load(order::relaxed);  // one word holds everything: nothing else to see
    for (;;) {
      const std::uint64_t next = following(word, tick, sample);
      // relaxed: as above; a failure is somebody else's sample
      if (next == word || word_.compare_exchange_weak(word, next, order::relaxed, order::relaxed)) {
        return (next & overloaded_bit) != 0;
      }
    }
  }

  [[nodiscard]] std::uint64_t following(std::uint64_t word, std::uint64_t tick, std::uint64_t sample) const noexcept {
    const std::uint64_t left = ((word >> end_at) - tick) & tick_mask;
    const std::uint64_t least = word & no_wait;
    if (left != 0 && left <= interval_ticks_ + most_late) return sample < least ? word - least + sample : word;
    const bool follows = ((tick - (word >> end_at)) & tick_mask) < interval_ticks_;
    const bool was_slow = least != no_wait && least > parts;
    return ((tick + interval_ticks_) & tick_mask) << end_at | (follows && was_slow ? overloaded_bit : 0) | sample;
  }

  /// Rounded up, so that above target is above 64; at most one less than `no_wait`.
  [[nodiscard]] std::uint64_t parts_of(nanoseconds waited) const noexcept {
    if (waited.count() <= 0) return 0;
    const auto target = static_cast<std::uint64_t>(config_.target.count());
    const auto wait = static_cast<std::uint64_t>(waited.count());
    if (wait / target >= (no_wait - 1) / parts) return no_wait - 1;
    return (wait * parts - 1) / target + 1;
  }

  const codel_config config_;
  const std::uint64_t interval_ticks_ = static_cast<std::uint64_t>(config_.interval.count() / ns_per_tick);
  const time_point began_ = Sync::now();
  typename Sync::template atomic<std::uint64_t> word_{no_wait};
  detail::tally<Sync> shed_;
};

}  // namespace tidegate
