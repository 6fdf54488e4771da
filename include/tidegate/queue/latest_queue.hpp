// latest_queue: latest + waiting for a fresh value with deadlines + counters.
//
// Roles: one producer thread, one consumer thread; close(), stats() and wait_drained() from any thread.
// Progress: try_ calls and push() as latest (wait-free; a wake is lock-free and happens only when the consumer sleeps).
// Waiting pops return by their deadline plus scheduling delay.
// Order of outcomes when several are ready: stop requested, closed, value, timeout: `closed` only when nothing fresh is
// inside. A deadline in the past is one try.
// close(): pushes answer `closed`; a pop delivers what is inside, then `closed` for ever; the consumer wakes.
// Cost: while nobody sleeps, a push or pop adds one load and one predicted branch to those of latest. A push that
// replaces a value wakes no consumer: the push before it has.
// Tests: tests/contract/latest, tests/model/clients/latest.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/ring/latest.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

/// Options of a latest_queue, a template argument.
struct latest_queue_options {
  wait_kind wait = wait_kind::spin_park;
  stats_kind stats = stats_kind::counters;
  latest_options place = {};

  bool operator==(const latest_queue_options&) const = default;
};

/// Numbers of a latest_queue, a constructor argument.
struct latest_queue_config {
  wait_budget budget = {};  ///< how long waits stay awake
  std::string name = {};    ///< for reports
};

template <queue_element T, latest_queue_options Options = latest_queue_options{}, class Sync = native_sync>
class latest_queue : public waiting_pop_calls<latest_queue<T, Options, Sync>, Sync, T> {
  friend waiting_pop_calls<latest_queue, Sync, T>;
  using place_type = latest<T, Options.place, Sync>;
  using wait_type = wait_point<Options.wait, Sync>;

 public:
  using value_type = T;
  using time_point = deadline::time_point;
  static constexpr overflow_kind overflow_policy = overflow_kind::conflate;

  explicit latest_queue(latest_queue_config config = {}) noexcept : config_(std::move(config)) {}

  latest_queue(const latest_queue&) = delete;
  latest_queue& operator=(const latest_queue&) = delete;

  /// Destroys the values that are left. No other thread may use the queue any more.
  ~latest_queue() = default;

  // Producer operations: as those of latest, and the consumer is woken if it sleeps. None of them waits.

  push_status try_push(T&& value) noexcept {
    return push_evict(std::move(value), [](T&&) noexcept {});
  }
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const push_status status = place_.try_emplace(std::forward<Args>(args)...);
    if (status == push_status::ok) not_empty_.notify();
    if (status == push_status::evicted) drained_.notify(everyone);
    return status;
  }

  /// Those who wait are told before `use` is called: it may take its time, or throw.
  template <class Use>
  push_status push_evict(T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const push_status status =
        place_.push_evict(std::move(value), [&](T&& replaced) noexcept(noexcept(use(std::declval<T&&>()))) {
          drained_.notify(everyone);
          use(std::move(replaced));
        });
    if (status == push_status::ok) not_empty_.notify();
    return status;
  }

  /// As try_push(), for code that pushes into any queue; `cancelled` when a stop was requested.
  push_status push(T&& value, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return (stop.stop_requested() || ...) ? push_status::cancelled : try_push(std::move(value));
  }
  push_status offer(T&& value) noexcept { return try_push(std::move(value)); }

  // Consumer operations that do not wait: as those of latest.

  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return try_consume([&out](T&& value) noexcept { out = std::move(value); });
  }

  /// Those who wait for the drain are told before `use` is called.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    return place_.try_consume([&](T&& value) noexcept(noexcept(use(std::declval<T&&>()))) {
      drained_.notify(everyone);
      use(std::move(value));
    });
  }

  pop_status try_hold() noexcept {
    const pop_status status = place_.try_hold();
    if (status == pop_status::ok) drained_.notify(everyone);
    return status;
  }

  /// What try_hold() and hold() keep; how many values were skipped before the one taken last: see latest.
  [[nodiscard]] T* held() noexcept { return place_.held(); }
  void release() noexcept { place_.release(); }
  [[nodiscard]] std::uint64_t skipped() const noexcept { return place_.skipped(); }

  // Consumer operations that wait for a fresh value: pop() and its forms (queue/waiting_calls.hpp), and hold().

  /// Takes the newest value and keeps it in place, as try_hold(); waits likewise.
  pop_status hold(const std::same_as<std::stop_token> auto&... stop) noexcept {
    return hold_until(time_point::max(), stop...);
  }
  template <class Rep, class Period>
  pop_status hold_for(std::chrono::duration<Rep, Period> span,
                      const std::same_as<std::stop_token> auto&... stop) noexcept {
    return hold_until(deadline::after(Sync::now(), span).when(), stop...);
  }
  pop_status hold_until(time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return pop_status::cancelled;
    const pop_status status = try_hold();
    if (status != pop_status::empty) return status;
    return wait_to_pop([this]() noexcept { return try_hold(); }, when, std::stop_token(stop...));
  }

  /// True once closed and everything was delivered or replaced. Consumer's thread only.
  [[nodiscard]] bool ended() const noexcept { return place_.ended(); }

  /// To wait for a fresh value together with other things: wait_any(), selector, event_fd. Only with strategies that
  /// sleep.
  [[nodiscard]] wait_source<Sync> pop_source() noexcept requires(parks(Options.wait)) {
    return {not_empty_.sleepers(), *this, [](latest_queue& queue) noexcept { return queue.pop_ready(); }};
  }

  // Any thread.

  /// False only if at some instant during the call a pop would have answered `empty`.
  [[nodiscard]] bool pop_ready() const noexcept { return place_.pop_ready(); }
  /// A push never waits.
  [[nodiscard]] static constexpr bool push_ready() noexcept { return true; }

  /// No more pushes; what is inside is still delivered. Wakes the consumer. Idempotent.
  void close() noexcept {
    place_.close();
    not_empty_.notify(everyone);
  }
  [[nodiscard]] bool closed() const noexcept { return place_.closed(); }

  /// Waits until every value accepted before the call was taken or replaced: true; false when `when` came first.
  bool wait_drained(time_point when) noexcept {
    const std::uint64_t target = place_.pushed_hint();
    const auto drained = [&]() noexcept { return place_.popped_hint() + place_.evicted_hint() >= target; };
    return detail::wait_until_it_holds<Sync>(drained_, drained, when, config_.budget);
  }

  /// What happened so far. `evicted`: values replaced before they were taken.
  [[nodiscard]] queue_stats stats() const noexcept {
    queue_stats stats;
    stats.capacity = capacity();
    stats.pushed = place_.pushed_hint();
    stats.depth = depth_hint();  // after `pushed`: what enters in between must not look as if it had left
    stats.popped = place_.popped_hint();
    stats.evicted = place_.evicted_hint();
    popping_.report_to(stats);
    return stats;
  }

  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return 1; }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return place_.depth_hint(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] static constexpr std::size_t max_bytes() noexcept { return sizeof(latest_queue); }

  /// Lets another thread take the role (checked builds remember who plays it). The caller orders the hand-over.
  void rebind_producer() noexcept { place_.rebind_producer(); }
  void rebind_consumer() noexcept { place_.rebind_consumer(); }

 private:
  static constexpr bool counted = Options.stats == stats_kind::counters;

  template <class Take>
  [[gnu::noinline]] pop_status wait_to_pop(Take&& take, deadline until, const std::stop_token& stop) noexcept {
    return detail::wait_and_try<Sync>(not_empty_, popping_, {until, stop, config_.budget}, take);
  }

  latest_queue_config config_;
  place_type place_;
  [[no_unique_address]] wait_type not_empty_;  // the consumer waits here
  [[no_unique_address]] wait_type drained_;    // wait_drained() waits here
  [[no_unique_address]] detail::pop_counters<counted, Sync> popping_;
};

}  // namespace tidegate
