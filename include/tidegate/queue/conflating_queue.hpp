// conflating_queue: at most one value for each key, the newest; keys leave in the order of their first arrival.
//
// Roles: one producer thread, one consumer thread; close(), stats() and wait_drained() from any thread.
// A push of a key that is inside replaces its value, always, and keeps its place in the order: `evicted`. A push of
// another key takes a new place, or is told `full`.
// Capacity: exact, in distinct keys, any value >= 1.  Exact answers: `full` only if at some instant during the call
// `capacity` keys were inside and this one was not; `empty` only if none was; a stopped thread changes nothing in this.
// Two failures seen by the two threads may have no common order (store buffering).
// Progress: try_ calls wait-free (a search in a table of the producer's own, and at most three exchanges); waiting
// calls return by their deadline plus scheduling delay. No allocation after construction.
// Order of outcomes when several are ready: stop requested, closed, element or credit, timeout. A deadline in the past
// is one try.
// close(): any thread, exact: an accepted push came before it, and its value is delivered or replaced. Pushes answer
// `closed`; pops deliver what is inside, then `closed` for ever; both sides wake. O(capacity).
// Key: copied and destroyed without throwing; Hash and Equal do not throw. Value: as any element.
// Callbacks may use the other side; never their own one, whose slot they are using.
// Memory: capacity + 2 values and keys, and a table of capacity keys.
// Cells: ring/detail/conflating/conflating_core.hpp.  Tests: tests/contract/conflating, tests/model/clients/conflating.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/role_guard.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/ring/detail/conflating/conflating_core.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

/// What may be a key.
template <class Key>
concept queue_key = queue_element<Key> && std::is_nothrow_copy_constructible_v<Key>;

/// Options of a conflating_queue, a template argument.
struct conflating_options {
  wait_kind wait = wait_kind::spin_park;
  stats_kind stats = stats_kind::counters;
  bool check_roles = checks_enabled;  ///< abort when a second thread plays a role

  bool operator==(const conflating_options&) const = default;
};

/// Numbers of a conflating_queue, a constructor argument. There is no default capacity.
struct conflating_config {
  std::size_t capacity;        ///< distinct keys, exact, >= 1
  memory_options memory = {};  ///< where it lives
  wait_budget budget = {};     ///< how long waits stay awake
  std::string name = {};       ///< for reports
};

template <queue_key Key, queue_element T, conflating_options Options = conflating_options{},
          class Hash = std::hash<Key>, class Equal = std::equal_to<Key>, class Sync = native_sync>
class conflating_queue
    : public waiting_push_calls<conflating_queue<Key, T, Options, Hash, Equal, Sync>, Sync, const Key&, T&&>,
      public waiting_pop_calls<conflating_queue<Key, T, Options, Hash, Equal, Sync>, Sync, Key, T> {
  friend waiting_push_calls<conflating_queue, Sync, const Key&, T&&>;
  friend waiting_pop_calls<conflating_queue, Sync, Key, T>;
  using core_type = detail::conflating_core<Key, T, Hash, Equal, Sync>;
  using wait_type = wait_point<Options.wait, Sync>;

 public:
  using key_type = Key;
  using value_type = T;
  using time_point = deadline::time_point;

  static constexpr overflow_kind overflow_policy = overflow_kind::conflate;
  static constexpr std::size_t max_capacity = core_type::capacity_limit;

  /// Reserves all memory now. Throws std::invalid_argument (capacity 0 or above max_capacity, unusable span),
  /// std::bad_alloc, or std::system_error (something required in `memory` cannot be had).
  explicit conflating_queue(conflating_config config) : conflating_queue(std::move(config), throwing{}) {}

  conflating_queue(const conflating_queue&) = delete;
  conflating_queue& operator=(const conflating_queue&) = delete;

  /// Destroys the values that are left. No other thread may use the queue any more.
  ~conflating_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<conflating_queue> make(conflating_config config,
                                                              std::error_code& error) noexcept {
    region storage = reserve(config, error);
    if (error) return nullptr;
    std::unique_ptr<conflating_queue> queue(new (std::nothrow) conflating_queue(std::move(config), std::move(storage)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  // Producer operations. A push that is not accepted leaves `value` with its value.

  /// `ok`: a new key; `evicted`: the key was inside, and its value was replaced; `full`; `closed`.
  push_status try_push(const Key& key, T&& value) noexcept {
    const push_status status = attempt_push(key, std::move(value));
    return counted(status);
  }

  /// As try_push(); a value that is replaced goes to `use(T&&)`.
  template <class Use>
  push_status push_evict(const Key& key, T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    producer_.check("conflating_queue: two producer threads on a queue for one");
    const push_status status = core_.push(key, std::move(value), std::forward<Use>(use));
    if (status == push_status::ok) not_empty_.notify();
    return status;
  }

  // push() and its forms wait, with a new key: queue/waiting_calls.hpp.

  // Consumer operations.

  /// Moves the oldest key and its value out: `ok`, `empty` or `closed`.
  pop_status try_pop(Key& key, T& value) noexcept requires std::is_nothrow_move_assignable_v<Key> &&
      std::is_nothrow_move_assignable_v<T> {
    return try_consume([&](Key&& its_key, T&& its_value) noexcept {
      key = std::move(its_key);
      value = std::move(its_value);
    });
  }

  /// Calls `use(Key&&, T&&)` on the oldest key and its value, in place, then destroys both. The producer goes on.
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<Key&&>(), std::declval<T&&>()))) {
    consumer_.check("conflating_queue: two consumer threads on a queue for one");
    const pop_status status = core_.take();
    if (status != pop_status::ok) return status;
    not_full_.notify(everyone);  // the producer, and who waits for the drain
    constexpr bool calm = noexcept(use(std::declval<Key&&>(), std::declval<T&&>()));
    detail::consume_in(core_.value_slot(), [&](T&& value) noexcept(calm) {
      detail::consume_in(core_.key_slot(), [&](Key&& key) noexcept(calm) { use(std::move(key), std::move(value)); });
    });
    return status;
  }

  /// How many values of the key that was popped last were replaced while it was inside. Consumer's thread only.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return core_.replaced(); }

  // Each side's thread only.

  /// False only if at some instant during the call a pop would have answered `empty`; consumer's thread only.
  [[nodiscard]] bool pop_ready() const noexcept { return core_.pop_ready(); }
  /// False only if at some instant during the call the push of a new key would have answered `full`; producer's thread.
  [[nodiscard]] bool push_ready() const noexcept { return core_.push_ready(); }

  /// To wait for a value, or for room for a new key, together with other things: wait_any(), selector, event_fd. Only
  /// with strategies that sleep.
  [[nodiscard]] wait_source<Sync> pop_source() noexcept requires(parks(Options.wait)) {
    return {not_empty_.sleepers(), *this, [](conflating_queue& queue) noexcept { return queue.pop_ready(); }};
  }
  [[nodiscard]] wait_source<Sync> push_source() noexcept requires(parks(Options.wait)) {
    const auto is_ready = [](conflating_queue& queue) noexcept { return queue.push_ready(); };
    return {not_full_.sleepers(), *this, is_ready, everyone};  // those who wait for the drain wait there, too
  }

  // Any thread.

  /// No more pushes; what is inside is still delivered. Wakes every waiter of both sides. Idempotent.
  void close() noexcept {
    core_.close();
    not_empty_.notify(everyone);
    not_full_.notify(everyone);
  }
  [[nodiscard]] bool closed() const noexcept { return core_.closed(); }

  /// Waits until every key that arrived before the call has left: true; false when `when` came first.
  bool wait_drained(time_point when) noexcept {
    const std::uint64_t target = core_.arrived_hint();
    const auto drained = [&]() noexcept { return core_.popped_hint() >= target; };
    return detail::wait_until_it_holds<Sync>(not_full_, drained, when, config_.budget);
  }

  /// What happened so far. `pushed`: accepted pushes; `evicted`: values replaced before they were popped.
  [[nodiscard]] queue_stats stats() const noexcept {
    queue_stats stats;
    pushing_.report_to(stats);
    popping_.report_to(stats);
    stats.capacity = capacity();
    stats.popped = core_.popped_hint();
    stats.evicted = core_.replaced_hint();
    stats.pushed = core_.arrived_hint() + stats.evicted;
    stats.depth = depth_hint();
    return stats;
  }

  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  [[nodiscard]] std::size_t capacity() const noexcept { return core_.capacity(); }

  /// Keys inside, a moment ago: within [0, capacity].
  [[nodiscard]] std::size_t depth_hint() const noexcept {
    const std::uint64_t popped = core_.popped_hint();  // first: what has arrived by then is no less
    const std::uint64_t arrived = core_.arrived_hint();
    return arrived < popped ? 0 : std::min(static_cast<std::size_t>(arrived - popped), capacity());
  }
  [[nodiscard]] std::size_t credits_hint() const noexcept { return capacity() - depth_hint(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) + core_.storage().committed_bytes(); }

  /// Lets another thread take the role (checked builds remember who plays it). The caller orders the hand-over.
  void rebind_producer() noexcept { producer_.rebind(); }
  void rebind_consumer() noexcept { consumer_.rebind(); }

 private:
  static constexpr bool is_counted = Options.stats == stats_kind::counters;
  struct throwing {};

  conflating_queue(conflating_config&& config, throwing)
      : conflating_queue(std::move(config), reserve_or_fail(config)) {}
  conflating_queue(conflating_config&& config, region&& storage) noexcept
      : config_(std::move(config)), core_(std::move(storage), config_.capacity) {}

  [[nodiscard]] static region reserve(const conflating_config& config, std::error_code& error) noexcept {
    error = std::make_error_code(std::errc::invalid_argument);
    if (config.capacity == 0 || config.capacity > max_capacity) return {};
    error.clear();
    return region::make(core_type::storage_bytes(config.capacity), core_type::alignment, config.memory, error);
  }
  [[nodiscard]] static region reserve_or_fail(const conflating_config& config) {
    std::error_code error;
    region storage = reserve(config, error);
    if (error) {
      fail_construction(error, "conflating_queue: cannot hold " + std::to_string(config.capacity) +
                                   " keys (accepted: 1 to " + std::to_string(max_capacity) +
                                   ", and what memory allows)");
    }
    return storage;
  }

  push_status attempt_push(const Key& key, T&& value) noexcept {
    return push_evict(key, std::move(value), [](T&&) noexcept {});
  }

  push_status counted(push_status status) noexcept {
    pushing_.count(status);
    return status;
  }
  [[gnu::noinline]] push_status wait_to_push(const Key& key, T&& value, deadline until,
                                             const std::stop_token& stop) noexcept {
    const auto attempt = [&]() noexcept { return attempt_push(key, std::move(value)); };
    return detail::wait_and_try<Sync>(not_full_, pushing_, {until, stop, config_.budget}, attempt);
  }
  template <class Pop>
  [[gnu::noinline]] pop_status wait_to_pop(Pop&& pop, deadline until, const std::stop_token& stop) noexcept {
    return detail::wait_and_try<Sync>(not_empty_, popping_, {until, stop, config_.budget}, pop);
  }

  conflating_config config_;
  core_type core_;
  [[no_unique_address]] wait_type not_full_;   // the producer waits here, and who waits for the drain
  [[no_unique_address]] wait_type not_empty_;  // the consumer waits here
  [[no_unique_address]] detail::push_counters<is_counted, Sync> pushing_;
  [[no_unique_address]] detail::pop_counters<is_counted, Sync> popping_;
  [[no_unique_address]] role_guard<Options.check_roles, struct conflating_producer_role, Sync> producer_;
  [[no_unique_address]] role_guard<Options.check_roles, struct conflating_consumer_role, Sync> consumer_;
};

/// conflating_queue without exceptions: null and `error` set when it cannot be had.
template <queue_key Key, queue_element T, conflating_options Options = conflating_options{}>
[[nodiscard]] std::unique_ptr<conflating_queue<Key, T, Options>> make_conflating_queue(
    conflating_config config, std::error_code& error) noexcept {
  return conflating_queue<Key, T, Options>::make(std::move(config), error);
}

}  // namespace tidegate
