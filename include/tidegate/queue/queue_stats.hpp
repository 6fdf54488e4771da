// queue_stats.hpp: what happened to a queue so far, and the counters behind it.
//
// Pushed and popped come from the ring's positions and cost nothing. The rest is counted when something already went
// wrong: a refusal, a wait. A counter with one writing thread is counted by a plain load and store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/counter.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate {

/// A snapshot; fields are read one after another while the queue runs. Counters are 0 with stats_kind::off.
struct queue_stats {
  std::size_t capacity = 0;
  std::size_t depth = 0;
  std::uint64_t pushed = 0;     ///< elements accepted
  std::uint64_t popped = 0;     ///< elements taken out by pops
  std::uint64_t evicted = 0;    ///< elements taken out by push_evict()
  std::uint64_t rejected = 0;   ///< pushes answered `full`
  std::uint64_t dropped = 0;    ///< pushes answered `dropped`
  std::uint64_t timed_out = 0;  ///< pushes answered `timed_out`
  std::uint64_t push_waits = 0;
  std::uint64_t pop_waits = 0;
  std::chrono::nanoseconds push_wait_time{0};
  std::chrono::nanoseconds pop_wait_time{0};
};

namespace detail {

/// What producers count. Counter: by how many threads.
template <bool Counted, class Sync, class Counter = counter<Sync>>
struct alignas(cache_line_bytes) push_counters {
  Counter rejected, dropped, timed_out, evicted, waits, wait_time_ns;

  void count_rejected() noexcept { rejected.add(1); }
  void count_evicted() noexcept { evicted.add(1); }
  void count_dropped() noexcept { dropped.add(1); }
  void count_timed_out() noexcept { timed_out.add(1); }
  void count_wait(std::chrono::nanoseconds spent) noexcept {
    waits.add(1);
    wait_time_ns.add(static_cast<std::uint64_t>(spent.count()));
  }
  void report_to(queue_stats& stats) const noexcept {
    stats.rejected = rejected.read();
    stats.dropped = dropped.read();
    stats.timed_out = timed_out.read();
    stats.evicted = evicted.read();
    stats.push_waits = waits.read();
    stats.push_wait_time = std::chrono::nanoseconds(wait_time_ns.read());
  }
};

/// What consumers count.
template <bool Counted, class Sync, class Counter = counter<Sync>>
struct alignas(cache_line_bytes) pop_counters {
  Counter waits, wait_time_ns;

  void count_wait(std::chrono::nanoseconds spent) noexcept {
    waits.add(1);
    wait_time_ns.add(static_cast<std::uint64_t>(spent.count()));
  }
  void count_timed_out() noexcept {}  // a pop that found nothing has lost nothing
  void report_to(queue_stats& stats) const noexcept {
    stats.pop_waits = waits.read();
    stats.pop_wait_time = std::chrono::nanoseconds(wait_time_ns.read());
  }
};

/// stats_kind::off: nothing is stored, nothing is compiled.
template <class Sync, class Counter>
struct push_counters<false, Sync, Counter> {
  void count_rejected() noexcept {}
  void count_evicted() noexcept {}
  void count_dropped() noexcept {}
  void count_timed_out() noexcept {}
  void count_wait(std::chrono::nanoseconds) noexcept {}
  void report_to(queue_stats&) const noexcept {}
};
template <class Sync, class Counter>
struct pop_counters<false, Sync, Counter> {
  void count_timed_out() noexcept {}
  void count_wait(std::chrono::nanoseconds) noexcept {}
  void report_to(queue_stats&) const noexcept {}
};

}  // namespace detail
}  // namespace tidegate
