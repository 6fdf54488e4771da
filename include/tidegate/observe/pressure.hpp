// pressure.hpp: what a sampler says about one watched queue, limiter or sink. Plain values, no behaviour.
//
// Everything here is either read from counters that exist anyway, or derived from two of them: how much has entered and
// how much has left, over time. For a FIFO these two are its cumulative arrival and departure curves, so depth, rates,
// ages and sojourn times follow from them; nobody stamps an element. See docs/design/observe.md.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

namespace tidegate {

/// What is watched, and so in which unit it is counted.
enum class watched_kind : std::uint8_t {
  queue,       ///< elements
  byte_queue,  ///< bytes of room, headers and padding included
  limiter,     ///< permits
  sink,        ///< records; its weight is bytes
  log,         ///< records; its weight is bytes
};

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(watched_kind kind) noexcept {
  constexpr std::string_view names[] = {"queue", "byte_queue", "limiter", "sink", "log"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(names) ? names[index] : "invalid watched_kind";
}

/// Why something that was offered did not come out at the other end.
enum class loss_kind : std::uint8_t {
  rejected,     ///< not admitted: full
  turned_away,  ///< not admitted: too many waited already; part of `rejected`
  timed_out,    ///< not admitted by the deadline
  cancelled,    ///< not admitted: a stop was requested
  closed,       ///< not admitted: closed
  dropped,      ///< not admitted: the newest is dropped
  sampled_out,  ///< not admitted: left out by sampling
  redirected,   ///< went to another queue
  evicted,      ///< admitted, and taken out for a newer one
  spilled,      ///< went to the spill hook
  expired,      ///< admitted, and dropped because it had waited for too long
  lost,         ///< admitted by a sink that failed or was cut short
};
inline constexpr std::size_t loss_kinds = static_cast<std::size_t>(loss_kind::lost) + 1;

/// The enumerator's name, for logs, messages and labels.
[[nodiscard]] constexpr std::string_view to_string(loss_kind kind) noexcept {
  constexpr std::string_view names[loss_kinds] = {"rejected", "turned_away", "timed_out",   "cancelled",
                                                  "closed",   "dropped",     "sampled_out", "redirected",
                                                  "evicted",  "spilled",     "expired",     "lost"};
  const auto index = static_cast<std::size_t>(kind);
  return index < loss_kinds ? names[index] : "invalid loss_kind";
}

/// Threads that wait on one side, and what waiting has cost so far.
struct waiting_side {
  std::uint64_t waiters = 0;  ///< now; only where somebody counts them (limiters)
  std::uint64_t waits = 0;    ///< calls that slept, so far
  std::chrono::nanoseconds waited{0};
};

/// How long elements stayed inside, from the curves; each value is exact up to one sampling period.
struct sojourn_estimate {
  std::uint64_t count = 0;  ///< elements that the estimate rests on; 0: nothing has left yet
  std::chrono::nanoseconds p50{0};
  std::chrono::nanoseconds p99{0};
  std::chrono::nanoseconds p999{0};
  std::chrono::nanoseconds longest{0};
};

/// What only sinks and logs have.
struct sink_pressure {
  std::uint64_t buffered_bytes = 0;  ///< accepted and not yet written
  std::uint64_t written_bytes = 0;
  std::uint64_t unsent_bytes = 0;  ///< written, and not yet confirmed by the peer or the disk
  std::uint64_t short_writes = 0;
  std::uint64_t drain_waits = 0;
  std::uint64_t stalls = 0;
  bool stalled = false;
};

/// One watched thing at one instant. Counters are cumulative; rates, trend and ages belong to the sampler's window.
struct pressure {
  static constexpr std::chrono::nanoseconds never = std::chrono::nanoseconds::max();

  std::string name;
  watched_kind kind = watched_kind::queue;
  std::string policy;                          ///< what happens when it is full: "block", "drop_oldest", ...
  std::size_t max_bytes = 0;                   ///< worst case of memory, known at construction
  std::chrono::steady_clock::time_point at{};  ///< when it was sampled

  std::uint64_t capacity = 0;      ///< in the kind's unit; 0: bounded by weight alone
  std::uint64_t depth = 0;         ///< inside; of a limiter: permits in use
  std::uint64_t peak = 0;          ///< highest depth sampled since the last read
  std::uint64_t weight = 0;        ///< bytes inside, where the kind has a weight
  std::uint64_t weight_limit = 0;  ///< 0: has no weight

  std::uint64_t entered = 0;  ///< cumulative arrivals; 0 where nobody counts them (limiters)
  std::uint64_t left = 0;     ///< cumulative departures, evictions among them; 0 where nobody counts them
  std::array<std::uint64_t, loss_kinds> losses{};

  double arrival_rate = 0;                        ///< per second
  double drain_rate = 0;                          ///< per second
  double slope = 0;                               ///< of the depth, per second
  double slope_error = 0;                         ///< its standard error
  std::chrono::nanoseconds time_to_full = never;  ///< never: no rise that is more than noise
  /// depth / drain_rate; never: something is inside, and nothing leaves; 0 where departures are not counted.
  std::chrono::nanoseconds drain_time{0};
  std::chrono::nanoseconds oldest_age{0};  ///< of what is inside
  sojourn_estimate sojourn;

  std::uint64_t full_events = 0;          ///< times it became full, so far
  std::chrono::nanoseconds full_time{0};  ///< time spent full, so far, as sampled
  waiting_side push_side;
  waiting_side pop_side;
  sink_pressure sink;  ///< zeros for queues and limiters

  /// Depth over capacity, or weight over its limit: whichever is nearer to full. 0 to 1.
  [[nodiscard]] double saturation() const noexcept {
    const double items = capacity == 0 ? 0 : static_cast<double>(depth) / static_cast<double>(capacity);
    const double bytes = weight_limit == 0 ? 0 : static_cast<double>(weight) / static_cast<double>(weight_limit);
    return items < bytes ? bytes : items;
  }
  [[nodiscard]] std::uint64_t lost_by(loss_kind why) const noexcept { return losses[static_cast<std::size_t>(why)]; }
};

}  // namespace tidegate
