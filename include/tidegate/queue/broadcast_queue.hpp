// broadcast_queue: broadcast_ring + waiting with deadlines + an overflow policy + counters.
//
// Roles: one publisher thread, on the queue itself, or with publisher_count::many any number, each by a handle of
// make_publisher(); readers by make_reader(), each one thread at a time; close() and stats() from any thread.
// Progress: try_ calls as the ring (wait-free, or with several publishers a lock-free push; a wake is lock-free and
// happens only when somebody sleeps). Blocking calls return by their deadline plus scheduling delay. Order: all readers
// see one order, which keeps that of each publisher.
// Every push wakes all readers that sleep: each of them wants the element. In gate mode a read, and a reader that
// leaves, wakes all publishers that sleep: there may be room for more than one of them, and each must look whose grace
// it waits for; a publisher that waits tries again when a reader's grace ends.
// Order of outcomes when several are ready: stop requested, closed, element or credit, timeout. What was accepted is
// never undone. A deadline in the past is one try.
// close(): pushes answer `closed`; readers get what was accepted, then `closed` for ever; both sides wake. With several
// publishers a publisher that is stopped between its element and the wake leaves readers asleep until the next push,
// or the close.
// Cost: while nobody sleeps, a push or pop adds one load and one predicted branch to the ring's.
// Calls: queue/broadcast_push_calls.hpp, queue/broadcast_queue_reader.hpp.
// Tests: tests/contract/broadcast, tests/model/clients/broadcast_queue.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/queue/broadcast_push_calls.hpp"
#include "tidegate/queue/broadcast_queue_publisher.hpp"
#include "tidegate/queue/broadcast_queue_reader.hpp"
#include "tidegate/queue/detail/overflow_state.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/ring/broadcast_ring.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate {

namespace detail {

/// The queue itself publishes, or only the handles of its publishers do.
template <publisher_count Count, class Calls>
struct calls_without_handle : Calls {};
template <class Calls>
struct calls_without_handle<publisher_count::many, Calls> {};

}  // namespace detail

template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
class broadcast_queue
    : public detail::calls_without_handle<Options.broadcast.publishers,
                                          broadcast_push_calls<broadcast_queue<T, Options, Sync>, T, Options, Sync>> {
  template <class, class, queue_options, class>
  friend class broadcast_push_calls;
  friend class broadcast_queue_reader<broadcast_queue>;
  friend class broadcast_queue_publisher<broadcast_queue>;
  using ring_type = broadcast_ring<T, Options.broadcast, Sync>;
  using sync_type = Sync;
  using wait_type = wait_point<Options.wait, Sync>;
  using overflow_type = detail::overflow_state<Options, Sync>;
  static_assert(is_one_of<Options.overflow, overflow_kind::block, overflow_kind::reject, overflow_kind::drop_newest,
                          overflow_kind::redirect>,
                "broadcast_queue: block, reject, drop_newest or redirect; readers that are too slow have their own "
                "policy (slow_reader), and broadcast_mode::lap drops the oldest elements");
  static constexpr bool one_publisher = Options.broadcast.publishers == publisher_count::one;
  static constexpr bool is_gate = Options.broadcast.mode == broadcast_mode::gate;

 public:
  using value_type = T;
  static constexpr queue_options options = Options;
  static constexpr overflow_kind overflow_policy = is_gate ? Options.overflow : overflow_kind::drop_oldest;
  static constexpr bool can_park = parks(Options.wait);
  using time_point = deadline::time_point;
  using reader = broadcast_queue_reader<broadcast_queue>;
  using publisher = broadcast_queue_publisher<broadcast_queue>;  ///< with several

  static constexpr std::size_t max_capacity = ring_type::max_capacity;

  /// Reserves all memory now; config.rows.consumers is the number of readers, and config.rows.producers that of
  /// publishers, if there may be several. Throws as broadcast_ring.
  explicit broadcast_queue(queue_config config)
      : config_(overflow_type::checked(std::move(config))), ring_(config_.capacity, rows_of(config_), config_.memory) {}

  broadcast_queue(const broadcast_queue&) = delete;
  broadcast_queue& operator=(const broadcast_queue&) = delete;

  /// Destroys the elements that are left. No other thread may use the queue any more, and no handle may be left.
  ~broadcast_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<broadcast_queue> make(queue_config config, std::error_code& error) noexcept {
    if (!overflow_type::accepts(config, error)) return nullptr;
    auto reserved = ring_type::prepare(config.capacity, rows_of(config), config.memory, error);
    if (error) return nullptr;
    std::unique_ptr<broadcast_queue> queue(new (std::nothrow) broadcast_queue(std::move(config), std::move(reserved)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  // Several publishers. Any thread; O(rows). Errors as the ring's.

  [[nodiscard]] publisher make_publisher() requires(!one_publisher) { return {*this, ring_.make_publisher()}; }
  [[nodiscard]] publisher try_make_publisher() noexcept requires(!one_publisher) {
    return {*this, ring_.try_make_publisher()};
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
  static constexpr bool is_counted = Options.stats == stats_kind::counters;
  using push_counter = std::conditional_t<one_publisher, detail::counter<Sync>, detail::shared_counter<Sync>>;

  broadcast_queue(queue_config&& config, typename ring_type::prepared&& reserved) noexcept
      : config_(std::move(config)), ring_(std::move(reserved)) {}

  [[nodiscard]] static broadcast_rows rows_of(const queue_config& config) noexcept {
    if constexpr (one_publisher) return {.readers = config.rows.consumers};
    return {.readers = config.rows.consumers, .publishers = config.rows.producers};
  }

  [[nodiscard]] broadcast_queue& queue() noexcept { return *this; }
  [[nodiscard]] ring_type& place() noexcept { return ring_; }

  void tell_of_room() noexcept {
    if constexpr (is_gate) not_full_.notify(everyone);
  }

  queue_config config_;
  ring_type ring_;
  [[no_unique_address]] overflow_type overflow_{config_};
  [[no_unique_address]] wait_type not_full_;   // publishers wait here
  [[no_unique_address]] wait_type not_empty_;  // readers wait here
  [[no_unique_address]] detail::push_counters<is_counted, Sync, push_counter> pushing_;
  [[no_unique_address]] detail::pop_counters<is_counted, Sync, detail::shared_counter<Sync>> popping_;
};

/// broadcast_queue without exceptions: null and `error` set when it cannot be had.
template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<broadcast_queue<T, Options, Sync>> make_broadcast_queue(queue_config config,
                                                                                      std::error_code& error) noexcept {
  return broadcast_queue<T, Options, Sync>::make(std::move(config), error);
}

}  // namespace tidegate
