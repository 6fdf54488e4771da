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
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/conservation.hpp"

namespace tidegate {

/// A snapshot; fields are read one after another while the queue runs. Counters are 0 with stats_kind::off.
struct queue_stats {
  std::size_t capacity = 0;
  std::size_t depth = 0;
  std::uint64_t pushed = 0;       ///< elements accepted
  std::uint64_t popped = 0;       ///< elements taken out by pops
  std::uint64_t evicted = 0;      ///< elements taken out by push_evict()
  std::uint64_t rejected = 0;     ///< pushes answered `full`
  std::uint64_t turned_away = 0;  ///< of those, because max_waiters others waited
  std::uint64_t dropped = 0;      ///< pushes answered `dropped`, but for those that were
  std::uint64_t sampled_out = 0;  ///< left out by sampling
  std::uint64_t timed_out = 0;    ///< pushes answered `timed_out`
  std::uint64_t cancelled = 0;    ///< pushes answered `cancelled`
  std::uint64_t closed = 0;       ///< pushes answered `closed`
  std::uint64_t redirected = 0;   ///< offered to another queue
  std::uint64_t without_row = 0;  ///< pushes answered `no_row`
  std::uint64_t spilled = 0;      ///< pushes answered `spilled`
  std::uint64_t unspilled = 0;    ///< of those, popped
  std::uint64_t push_waits = 0;
  std::uint64_t pop_waits = 0;
  std::chrono::nanoseconds push_wait_time{0};
  std::chrono::nanoseconds pop_wait_time{0};
};

/// What a queue has counted, as an account; it balances when nothing moves. What is inside counts as queued. Of a
/// broadcast_queue only the offers balance: its readers keep their own accounts. A try_push_n() offers what it accepts.
[[nodiscard]] inline conservation account_of(const queue_stats& stats) noexcept {
  conservation account;
  account.accepted = stats.pushed + stats.spilled;
  account.rejected = stats.rejected;
  account.dropped = stats.dropped;
  account.sampled_out = stats.sampled_out;
  account.timed_out = stats.timed_out;
  account.cancelled = stats.cancelled;
  account.closed = stats.closed;
  account.redirected = stats.redirected;
  account.without_row = stats.without_row;
  account.offered = account.accepted + stats.rejected + stats.dropped + stats.sampled_out + stats.timed_out +
                    stats.cancelled + stats.closed + stats.redirected + stats.without_row;
  account.completed = stats.popped + stats.unspilled;
  account.evicted = stats.evicted;
  account.spilled_unread = stats.spilled - stats.unspilled;
  account.queued = stats.depth;
  return account;
}

namespace detail {

/// What producers count. Counter: by how many threads.
template <bool Counted, class Sync, class Counter = counter<Sync>>
struct alignas(cache_line_bytes) push_counters {
  Counter rejected, dropped, timed_out, cancelled, closed, waits, wait_time_ns;
  Counter evicted, turned_away, sampled_out, redirected, without_row, spilled;

  /// An answer; those that the ring's positions tell of are not counted.
  void count(push_status answer) noexcept {
    switch (answer) {
      case push_status::full: return rejected.add(1);
      case push_status::dropped: return dropped.add(1);
      case push_status::timed_out: return timed_out.add(1);
      case push_status::cancelled: return cancelled.add(1);
      case push_status::closed: return closed.add(1);
      case push_status::no_row: return without_row.add(1);
      case push_status::spilled: return spilled.add(1);
      default: return;
    }
  }
  void count_evicted() noexcept { evicted.add(1); }
  void count_sampled_out() noexcept { sampled_out.add(1); }
  void count_redirected() noexcept { redirected.add(1); }
  void count_turned_away() noexcept {
    rejected.add(1);
    turned_away.add(1);
  }
  void count_wait(std::chrono::nanoseconds spent) noexcept {
    waits.add(1);
    wait_time_ns.add(static_cast<std::uint64_t>(spent.count()));
  }
  void report_to(queue_stats& stats) const noexcept {
    stats.rejected = rejected.read();
    stats.turned_away = turned_away.read();
    stats.dropped = dropped.read();
    stats.sampled_out = sampled_out.read();
    stats.timed_out = timed_out.read();
    stats.cancelled = cancelled.read();
    stats.closed = closed.read();
    stats.redirected = redirected.read();
    stats.without_row = without_row.read();
    stats.spilled = spilled.read();
    stats.evicted = evicted.read();
    stats.push_waits = waits.read();
    stats.push_wait_time = std::chrono::nanoseconds(wait_time_ns.read());
  }
};

/// What consumers count.
template <bool Counted, class Sync, class Counter = counter<Sync>>
struct alignas(cache_line_bytes) pop_counters {
  Counter waits, wait_time_ns, unspilled;

  void count(pop_status) noexcept {}  // a pop that found nothing has lost nothing
  void count_unspilled() noexcept { unspilled.add(1); }
  void count_wait(std::chrono::nanoseconds spent) noexcept {
    waits.add(1);
    wait_time_ns.add(static_cast<std::uint64_t>(spent.count()));
  }
  void report_to(queue_stats& stats) const noexcept {
    stats.unspilled = unspilled.read();
    stats.pop_waits = waits.read();
    stats.pop_wait_time = std::chrono::nanoseconds(wait_time_ns.read());
  }
};

/// stats_kind::off: nothing is stored, nothing is compiled.
template <class Sync, class Counter>
struct push_counters<false, Sync, Counter> {
  void count(push_status) noexcept {}
  void count_evicted() noexcept {}
  void count_sampled_out() noexcept {}
  void count_redirected() noexcept {}
  void count_turned_away() noexcept {}
  void count_wait(std::chrono::nanoseconds) noexcept {}
  void report_to(queue_stats&) const noexcept {}
};
template <class Sync, class Counter>
struct pop_counters<false, Sync, Counter> {
  void count(pop_status) noexcept {}
  void count_unspilled() noexcept {}
  void count_wait(std::chrono::nanoseconds) noexcept {}
  void report_to(queue_stats&) const noexcept {}
};

}  // namespace detail
}  // namespace tidegate
