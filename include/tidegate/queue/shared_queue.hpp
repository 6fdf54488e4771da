// shared_queue: the class behind mpmc_queue, mpsc_queue and spmc_queue: a ring with several threads on a side, waiting
// with deadlines, an overflow policy and counters.
//
// Progress: try_ calls as the ring; a wake is lock-free and happens only when the other side sleeps. Blocking calls
// return by their deadline plus scheduling delay.  Order: FIFO.  Capacity: exact.
// A waiter that is woken is meant for one element (or one place); if it leaves without, it wakes the next one. Every
// push wakes for itself, a run for each of its elements, so that a woken thread that gets no core keeps one element
// waiting, not those that come later.
// Callbacks run after those who wait were told.
// close(): pushes answer `closed`; pops deliver what was accepted, then `closed` for ever; all waiters wake.
// Calls: queue/shared_calls.hpp.  Tests: tests/contract, tests/model.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/queue/detail/queue_ring.hpp"
#include "tidegate/queue/detail/shared_core.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/shared_calls.hpp"

namespace tidegate {

/// A producer's handle: a row of its own, for its lifetime. One thread at a time; must not outlive the queue.
template <class Core, class T, queue_options Options, class Sync, bool CanEvict>
class shared_producer
    : public shared_push_calls<shared_producer<Core, T, Options, Sync, CanEvict>, T, Options, Sync, CanEvict> {
  friend shared_push_calls<shared_producer, T, Options, Sync, CanEvict>;
  using ring_handle = typename Core::ring_type::producer;

 public:
  using value_type = T;
  static constexpr bool can_evict = CanEvict;

  shared_producer() noexcept = default;
  shared_producer(Core& core, ring_handle&& row) noexcept : core_(&core), row_(std::move(row)) {}

  /// True when it has a row; the calls need one.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(row_); }

 private:
  [[nodiscard]] Core& core() noexcept { return *core_; }
  [[nodiscard]] auto push_port() noexcept { return row_.push_port(); }

  Core* core_ = nullptr;
  ring_handle row_;
};

/// A consumer's handle: likewise.
template <class Core, class T, queue_options Options, class Sync>
class shared_consumer : public shared_pop_calls<shared_consumer<Core, T, Options, Sync>, T, Options, Sync> {
  friend shared_pop_calls<shared_consumer, T, Options, Sync>;
  using ring_handle = typename Core::ring_type::consumer;

 public:
  using value_type = T;

  shared_consumer() noexcept = default;
  shared_consumer(Core& core, ring_handle&& row) noexcept : core_(&core), row_(std::move(row)) {}

  /// True when it has a row; the calls need one.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(row_); }

 private:
  [[nodiscard]] Core& core() noexcept { return *core_; }
  [[nodiscard]] auto pop_port() noexcept { return row_.pop_port(); }

  Core* core_ = nullptr;
  ring_handle row_;
};

template <queue_element T, side_count Sides, queue_options Options, class Sync>
class shared_queue : public shared_push_calls<shared_queue<T, Sides, Options, Sync>, T, Options, Sync,
                                              detail::queue_ring<T, Sides, Options, Sync>::type::can_evict>,
                     public shared_pop_calls<shared_queue<T, Sides, Options, Sync>, T, Options, Sync> {
  using ring_type = typename detail::queue_ring<T, Sides, Options, Sync>::type;
  friend shared_push_calls<shared_queue, T, Options, Sync, ring_type::can_evict>;
  friend shared_pop_calls<shared_queue, T, Options, Sync>;
  using core_type = detail::shared_core<T, ring_type, Options, Sync>;
  static_assert(Options.overflow != overflow_kind::drop_oldest || ring_type::can_evict,
                "drop_oldest: this ring does not evict; use ring_choice::exact");
  static constexpr bool spills_in_order = Sides == side_count::many_to_one && !ring_type::may_fail_falsely;
  static_assert(Options.overflow != overflow_kind::spill || spills_in_order,
                "spill: order behind the queue needs one consumer and a ring whose `empty` is true: spsc_queue, or "
                "mpsc_queue with ring_choice::exact or block");
  static_assert(Options.overflow != overflow_kind::conflate,
                "conflate: use conflating_queue (the newest value of each key) or latest_queue (of all)");

 public:
  using value_type = T;
  using time_point = deadline::time_point;

  /// True when push_evict() may be called.
  static constexpr bool can_evict = ring_type::can_evict;
  /// True when `full` and `empty` are never false, whatever others are in the middle of.
  static constexpr bool is_exact = Options.many != ring_choice::ticketed;

  using producer = shared_producer<core_type, T, Options, Sync, can_evict>;
  using consumer = shared_consumer<core_type, T, Options, Sync>;

  static constexpr std::size_t max_capacity = ring_type::max_capacity;

  /// Reserves all memory now. Throws as the ring.
  explicit shared_queue(queue_config config) : core_(std::move(config)) {}

  shared_queue(const shared_queue&) = delete;
  shared_queue& operator=(const shared_queue&) = delete;

  /// Destroys the elements that are left. No other thread may use the queue any more, and no handle may be left.
  ~shared_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<shared_queue> make(queue_config config, std::error_code& error) noexcept {
    if (!core_type::overflow_type::accepts(config, error)) return nullptr;
    auto reserved = ring_type::prepare(config.capacity, config.rows, config.memory, error);
    if (error) return nullptr;
    std::unique_ptr<shared_queue> queue(new (std::nothrow) shared_queue(std::move(config), std::move(reserved)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  // Handles. O(rows). Errors as the ring's.

  [[nodiscard]] producer make_producer() { return {core_, core_.ring().make_producer()}; }
  [[nodiscard]] consumer make_consumer() { return {core_, core_.ring().make_consumer()}; }
  [[nodiscard]] producer try_make_producer() noexcept { return {core_, core_.ring().try_make_producer()}; }
  [[nodiscard]] consumer try_make_consumer() noexcept { return {core_, core_.ring().try_make_consumer()}; }

  // Any thread.

  /// No more pushes; what is inside is still delivered. Wakes every waiter of both sides. Idempotent.
  void close() noexcept { core_.close(); }
  [[nodiscard]] bool closed() const noexcept { return core_.ring().closed(); }

  /// Waits until every element accepted before the call has been taken out: true; false when `when` came first.
  bool wait_drained(time_point when) noexcept { return core_.wait_drained(when); }

  /// What happened so far. O(rows).
  [[nodiscard]] queue_stats stats() const noexcept { return core_.stats(); }

  [[nodiscard]] const std::string& name() const noexcept { return core_.config().name; }
  [[nodiscard]] std::size_t capacity() const noexcept { return core_.ring().capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return core_.ring().depth_hint(); }
  [[nodiscard]] std::size_t credits_hint() const noexcept { return core_.ring().credits_hint(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return sizeof(*this) - sizeof(ring_type) + core_.ring().max_bytes();
  }

  /// Lets another thread take the role of a side that has one thread only. The caller orders the hand-over.
  void rebind_producer() noexcept { core_.ring().rebind_producer(); }
  void rebind_consumer() noexcept { core_.ring().rebind_consumer(); }

 private:
  shared_queue(queue_config&& config, typename ring_type::prepared&& reserved) noexcept
      : core_(std::move(config), std::move(reserved)) {}

  [[nodiscard]] core_type& core() noexcept { return core_; }
  [[nodiscard]] auto push_port() noexcept { return core_.ring().push_port(); }
  [[nodiscard]] auto pop_port() noexcept { return core_.ring().pop_port(); }

  core_type core_;
};

}  // namespace tidegate
