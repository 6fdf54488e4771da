// broadcast_queue: broadcast_ring + waiting with deadlines + an overflow policy + counters.
//
// Roles: one publisher thread; readers by make_reader(), each one thread at a time; close() and stats() from any
// thread.
// Progress: try_ calls as the ring (wait-free; a wake is lock-free and happens only when somebody sleeps). Blocking
// calls return by their deadline plus scheduling delay. Order: all readers see the publisher's order.
// Every push wakes all readers that sleep: each of them wants the element. In gate mode a read, and a reader that
// leaves, wakes the publisher; a publisher that waits tries again when a reader's grace ends.
// Order of outcomes when several are ready: stop requested, closed, element or credit, timeout. What was accepted is
// never undone. A deadline in the past is one try.
// close(): pushes answer `closed`; readers get what was accepted, then `closed` for ever; both sides wake.
// Cost: while nobody sleeps, a push or pop adds one load and one predicted branch to the ring's.
// Tests: tests/contract/broadcast, tests/model/clients/broadcast_queue.hpp.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/queue/broadcast_queue_reader.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/ring/broadcast_ring.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
class broadcast_queue : public waiting_push_calls<broadcast_queue<T, Options, Sync>, Sync, T&&> {
  friend waiting_push_calls<broadcast_queue, Sync, T&&>;
  friend class broadcast_queue_reader<broadcast_queue>;
  using ring_type = broadcast_ring<T, Options.broadcast, Sync>;
  using sync_type = Sync;
  using wait_type = wait_point<Options.wait, Sync>;
  static_assert(Options.broadcast.publishers == publisher_count::one, "a broadcast_queue has one publisher");
  static constexpr bool is_gate = Options.broadcast.mode == broadcast_mode::gate;

 public:
  using value_type = T;
  static constexpr bool can_park = parks(Options.wait);
  using time_point = deadline::time_point;
  using reader = broadcast_queue_reader<broadcast_queue>;

  static constexpr std::size_t max_capacity = ring_type::max_capacity;

  /// Reserves all memory now; config.rows.consumers is the number of readers. Throws as broadcast_ring.
  explicit broadcast_queue(queue_config config)
      : config_(std::move(config)), ring_(config_.capacity, rows_of(config_), config_.memory) {}

  broadcast_queue(const broadcast_queue&) = delete;
  broadcast_queue& operator=(const broadcast_queue&) = delete;

  /// Destroys the elements that are left. No other thread may use the queue any more, and no reader may be left.
  ~broadcast_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<broadcast_queue> make(queue_config config, std::error_code& error) noexcept {
    auto reserved = ring_type::prepare(config.capacity, rows_of(config), config.memory, error);
    if (error) return nullptr;
    std::unique_ptr<broadcast_queue> queue(new (std::nothrow) broadcast_queue(std::move(config), std::move(reserved)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  // Publishing without waiting: as the ring's, and readers are woken if they sleep.

  push_status try_push(T&& value) noexcept { return try_emplace(std::move(value)); }
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const push_status status = attempt_push(std::forward<Args>(args)...);
    if (status == push_status::full) [[unlikely]]
      pushing_.count_rejected();
    return status;
  }

  // Publishing that waits: push() and its forms (queue/waiting_calls.hpp). In lap mode there is nothing to wait for.

  /// Applies the queue's overflow policy when full: see overflow_kind.
  push_status offer(T&& value) noexcept {
    if constexpr (Options.overflow == overflow_kind::reject) return try_push(std::move(value));
    const push_status status = attempt_push(std::move(value));
    if (status != push_status::full) [[likely]]
      return status;
    if constexpr (Options.overflow == overflow_kind::drop_newest) {
      pushing_.count_dropped();
      return push_status::dropped;
    }
    const bool unlimited = config_.offer_for == std::chrono::nanoseconds::max();
    return wait_to_push(std::move(value),
                        unlimited ? deadline::never() : deadline::after(Sync::now(), config_.offer_for), {});
  }

  /// False only if at some instant during the call a push would have answered `full`. No effect but that of such a push
  /// on readers that are too slow. Publisher's thread only.
  [[nodiscard]] bool push_ready() noexcept { return ring_.push_ready(); }

  /// To wait for room together with other things: wait_any(), selector, event_fd. Only with strategies that sleep. The
  /// end of a reader's grace wakes nobody: give a deadline.
  [[nodiscard]] wait_source<Sync> push_source() noexcept requires(parks(Options.wait)) {
    return {not_full_.sleepers(), *this, [](broadcast_queue& queue) noexcept { return queue.push_ready(); }};
  }

  // Readers. Any thread; O(rows). Errors as the ring's.

  [[nodiscard]] reader make_reader(const reader_options& asked = {}) { return {*this, ring_.make_reader(asked)}; }
  [[nodiscard]] reader try_make_reader(const reader_options& asked = {}) noexcept {
    return {*this, ring_.try_make_reader(asked)};
  }

  // Any thread.

  /// No more pushes; what was accepted is still delivered to every reader. Wakes every waiter. Idempotent.
  void close() noexcept {
    ring_.close();
    not_empty_.notify(everyone);
    not_full_.notify(everyone);
  }

  [[nodiscard]] bool closed() const noexcept { return ring_.closed(); }

  /// What happened so far; how far readers are, they tell themselves: depth and popped are 0.
  [[nodiscard]] queue_stats stats() const noexcept {
    queue_stats stats;
    stats.capacity = capacity();
    stats.pushed = distance(Sync::first_position, ring_.pushed_hint());
    pushing_.report_to(stats);
    popping_.report_to(stats);
    return stats;
  }

  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) - sizeof(ring_) + ring_.max_bytes(); }

  /// Lets another thread publish (checked builds remember who does). The caller orders the hand-over.
  void rebind_publisher() noexcept { ring_.rebind_publisher(); }

 private:
  static constexpr bool counted = Options.stats == stats_kind::counters;

  broadcast_queue(queue_config&& config, typename ring_type::prepared&& reserved) noexcept
      : config_(std::move(config)), ring_(std::move(reserved)) {}

  [[nodiscard]] static broadcast_rows rows_of(const queue_config& config) noexcept {
    return {.readers = config.rows.consumers};
  }

  template <class... Args>
  push_status attempt_push(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const push_status status = ring_.try_emplace(std::forward<Args>(args)...);
    if (status == push_status::ok) [[likely]]
      not_empty_.notify(everyone);  // each reader wants it
    return status;
  }

  /// Sleeps until the grace of a reader ends, which then may be overtaken.
  struct grace_slices {
    const ring_type& ring;
    deadline slice = deadline::never();
    [[nodiscard]] deadline next(deadline until, time_point) noexcept {
      return slice = earlier(until, ring.grace_end());
    }
    [[nodiscard]] bool is_stale() const noexcept { return ring.grace_end().when() < slice.when(); }
  };

  [[gnu::noinline]] push_status wait_to_push(T&& value, deadline until, const std::stop_token& stop) noexcept {
    const auto attempt = [&]() noexcept { return attempt_push(std::move(value)); };
    const detail::wait_terms terms{until, stop, config_.budget};
    return detail::wait_and_try<Sync>(not_full_, pushing_, terms, attempt, grace_slices{ring_});
  }

  void tell_of_room() noexcept {
    if constexpr (is_gate) not_full_.notify();
  }

  queue_config config_;
  ring_type ring_;
  [[no_unique_address]] wait_type not_full_;   // the publisher waits here
  [[no_unique_address]] wait_type not_empty_;  // readers wait here
  [[no_unique_address]] detail::push_counters<counted, Sync> pushing_;
  [[no_unique_address]] detail::pop_counters<counted, Sync, detail::shared_counter<Sync>> popping_;
};

/// broadcast_queue without exceptions: null and `error` set when it cannot be had.
template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<broadcast_queue<T, Options, Sync>> make_broadcast_queue(queue_config config,
                                                                                      std::error_code& error) noexcept {
  return broadcast_queue<T, Options, Sync>::make(std::move(config), error);
}

}  // namespace tidegate
