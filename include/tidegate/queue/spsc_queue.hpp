// spsc_queue: spsc_ring + waiting with deadlines + an overflow policy + counters.
//
// Roles: one producer thread, one consumer thread; close(), stats() and wait_drained() from any thread.
// Progress: try_ calls as the ring (wait-free; a wake is lock-free and happens only when the other side sleeps).
// Blocking calls return by their deadline plus scheduling delay.  Order: FIFO.  Capacity: exact.
// Order of outcomes when several are ready: stop requested, closed, element or credit, timeout. What was accepted is
// never undone. A deadline in the past is one try.
// close(): pushes answer `closed`; pops deliver what was accepted, then `closed` for ever; both sides wake.
// Waiting calls, push() and pop() with their forms: queue/waiting_calls.hpp; offer(): queue/offering_calls.hpp.
// Cost: while nobody sleeps, a push or pop adds one load and one predicted branch to the ring's.
// Tests: tests/contract.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "tidegate/queue/detail/overflow_state.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/queue/detail/waiter_limit.hpp"
#include "tidegate/queue/offering_calls.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/spill_calls.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/ring/spsc_ring.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
class spsc_queue : public offering_calls<spsc_queue<T, Options, Sync>, T, Options, Sync>,
                   public waiting_pop_calls<spsc_queue<T, Options, Sync>, Sync, T>,
                   public unspilling_calls<spsc_queue<T, Options, Sync>, T, Options.overflow> {
  friend waiting_push_calls<spsc_queue, Sync, T&&>;
  friend offering_calls<spsc_queue, T, Options, Sync>;
  friend waiting_pop_calls<spsc_queue, Sync, T>;
  friend unspilling_calls<spsc_queue, T, Options.overflow>;
  static_assert(Options.overflow != overflow_kind::drop_oldest,
                "drop_oldest: of spsc_queue only the consumer pops; use mpsc_queue, spmc_queue or mpmc_queue");
  static_assert(Options.overflow != overflow_kind::conflate,
                "conflate: use conflating_queue (the newest value of each key) or latest_queue (of all)");
  using ring_type = spsc_ring<T, Options.ring, Sync>;
  using wait_type = wait_point<Options.wait, Sync>;
  using overflow_type = detail::overflow_state<Options, Sync>;

 public:
  using value_type = T;
  using time_point = deadline::time_point;

  /// The ring's claim; publishing also wakes the consumer.
  class claim_type : private ring_type::claim_type {
    using base = typename ring_type::claim_type;

   public:
    using base::count;
    using base::spans;
    using base::operator bool;
    using base::abandon;
    using base::emplace;
    claim_type(typename ring_type::claim_type&& inner, wait_type& not_empty) noexcept
        : ring_type::claim_type(std::move(inner)), not_empty_(&not_empty) {}
    void publish(std::size_t published) noexcept {
      ring_type::claim_type::publish(published);
      if (published != 0) not_empty_->notify();
    }

   private:
    wait_type* not_empty_;
  };

  /// The ring's peek; releasing also wakes the producer.
  class peek_type : private ring_type::peek_type {
    using base = typename ring_type::peek_type;

   public:
    using base::count;
    using base::spans;
    using base::operator bool;
    using base::operator[];
    peek_type(typename ring_type::peek_type&& inner, wait_type& not_full) noexcept
        : ring_type::peek_type(std::move(inner)), not_full_(&not_full) {}
    void release(std::size_t released) noexcept {
      ring_type::peek_type::release(released);
      if (released != 0) not_full_->notify(everyone);
    }

   private:
    wait_type* not_full_;
  };

  static constexpr std::size_t max_capacity = ring_type::max_capacity;
  /// `full` and `empty` are never false.
  static constexpr bool is_exact = true;

  /// Reserves all memory now. Throws as spsc_ring.
  explicit spsc_queue(queue_config config)
      : config_(overflow_type::checked(std::move(config))), ring_(config_.capacity, config_.memory) {}

  spsc_queue(const spsc_queue&) = delete;
  spsc_queue& operator=(const spsc_queue&) = delete;

  /// Destroys the elements that are left. No other thread may use the queue any more.
  ~spsc_queue() = default;

  /// The same without exceptions: null and `error` set when it cannot be had.
  [[nodiscard]] static std::unique_ptr<spsc_queue> make(queue_config config, std::error_code& error) noexcept {
    if (!overflow_type::accepts(config, error)) return nullptr;
    auto reserved = ring_type::prepare(config.capacity, config.memory, error);
    if (error) return nullptr;
    std::unique_ptr<spsc_queue> queue(new (std::nothrow) spsc_queue(std::move(config), std::move(reserved)));
    if (!queue) error = std::make_error_code(std::errc::not_enough_memory);
    return queue;
  }

  // Producer operations that do not wait: as the ring's, and the consumer is woken if it sleeps.

  push_status try_push(T&& value) noexcept { return try_emplace(std::move(value)); }
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const push_status status = attempt_push(std::forward<Args>(args)...);
    if (status != push_status::ok) [[unlikely]]
      pushing_.count(status);
    return status;
  }

  std::size_t try_push_n(T* first, std::size_t count) noexcept {
    const std::size_t pushed = ring_.try_push_n(first, count);
    if (pushed != 0) not_empty_.notify();
    return pushed;
  }

  [[nodiscard]] claim_type try_claim(std::size_t count) noexcept { return {ring_.try_claim(count), not_empty_}; }

  // Consumer operations that do not wait: as the ring's, and the producer is woken if it sleeps.

  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return try_consume([&out](T&& value) noexcept { out = std::move(value); });
  }

  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    if constexpr (noexcept(use(std::declval<T&&>()))) {
      const pop_status status = ring_.try_consume(use);
      if (status == pop_status::ok) not_full_.notify(everyone);  // the producer, and who waits for the drain
      return status;
    } else {
      const notifying after{not_full_};  // also when `use` throws: its element has left; a spare look does no harm
      return ring_.try_consume(use);
    }
  }

  std::size_t try_pop_n(T* out, std::size_t count) noexcept requires std::is_nothrow_move_assignable_v<T> {
    const std::size_t popped = ring_.try_pop_n(out, count);
    if (popped != 0) not_full_.notify(everyone);  // the producer, and who waits for the drain
    return popped;
  }

  [[nodiscard]] peek_type try_peek(std::size_t count) noexcept { return {ring_.try_peek(count), not_full_}; }

  /// Moves 1 to `count` elements into `out`, as many as are there; 0 when closed, cancelled or nothing came until
  /// `when`.
  std::size_t pop_n_until(T* out, std::size_t count, time_point when,
                          const std::same_as<std::stop_token> auto&... stop) noexcept {
    if (count == 0 || (stop.stop_requested() || ...)) return 0;
    std::size_t popped = try_pop_n(out, count);
    if (popped != 0) return popped;
    const auto attempt = [&]() noexcept {
      popped = try_pop_n(out, count);
      return popped != 0 ? pop_status::ok : ended() ? pop_status::closed : pop_status::empty;
    };
    static_cast<void>(wait_to_pop(attempt, when, std::stop_token(stop...)));
    return popped;
  }

  /// True once closed and everything was delivered. Consumer's thread only.
  [[nodiscard]] bool ended() const noexcept { return ring_.ended(); }

  // To wait for this queue together with other things: wait_any(), selector, event_fd. Only with strategies that sleep.

  /// Ready when a push would not be `full`. Producer's thread only.
  [[nodiscard]] wait_source<Sync> push_source() noexcept requires(parks(Options.wait)) {
    const auto is_ready = [](spsc_queue& queue) noexcept { return queue.ring_.push_ready(); };
    return {not_full_.sleepers(), *this, is_ready, everyone};  // those who wait for the drain wait there, too
  }

  /// Ready when a pop would not be `empty`. Consumer's thread only.
  [[nodiscard]] wait_source<Sync> pop_source() noexcept requires(parks(Options.wait)) {
    const auto is_ready = [](spsc_queue& queue) noexcept { return queue.ring_.pop_ready(); };
    return {not_empty_.sleepers(), *this, is_ready};
  }

  // Any thread.

  /// No more pushes; what is inside is still delivered. Wakes every waiter of both sides. Idempotent.
  void close() noexcept {
    ring_.close();
    not_empty_.notify(everyone);
    not_full_.notify(everyone);
  }

  [[nodiscard]] bool closed() const noexcept { return ring_.closed(); }

  /// Waits until every element accepted before the call has been popped: true; false when `when` came first. Elements
  /// that a close() by a third thread left to the destructor are never popped.
  bool wait_drained(time_point when) noexcept {
    const auto target = ring_.pushed_hint();
    const auto start = ring_.popped_hint();
    const std::size_t depth = distance(start, target);
    if (depth > capacity()) return true;  // popped beyond the target in between
    const auto drained = [&]() noexcept { return distance(start, ring_.popped_hint()) >= depth; };
    return detail::wait_until_it_holds<Sync>(not_full_, drained, when, config_.budget);
  }

  /// What happened so far.
  [[nodiscard]] queue_stats stats() const noexcept {
    queue_stats stats;
    stats.capacity = capacity();
    stats.pushed = distance(Sync::first_position, ring_.pushed_hint());
    stats.depth = depth_hint();  // after `pushed`: what enters in between must not look as if it had left
    stats.popped = distance(Sync::first_position, ring_.popped_hint());
    pushing_.report_to(stats);
    popping_.report_to(stats);
    return stats;
  }

  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  [[nodiscard]] std::size_t capacity() const noexcept { return ring_.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return ring_.depth_hint(); }
  [[nodiscard]] std::size_t credits_hint() const noexcept { return ring_.credits_hint(); }

  /// All memory this queue will ever use, in bytes, its name excepted.
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) - sizeof(ring_) + ring_.max_bytes(); }

  /// Lets another thread take the role (checked builds remember who plays it). The caller orders the hand-over.
  void rebind_producer() noexcept { ring_.rebind_producer(); }
  void rebind_consumer() noexcept { ring_.rebind_consumer(); }

 private:
  struct notifying {
    wait_type& whom;
    ~notifying() { whom.notify(everyone); }
  };

  static constexpr bool is_counted = Options.stats == stats_kind::counters;

  spsc_queue(queue_config&& config, typename ring_type::prepared&& reserved) noexcept
      : config_(std::move(config)), ring_(std::move(reserved)) {}

  template <class... Args>
  push_status attempt_push(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const push_status status = ring_.try_emplace(std::forward<Args>(args)...);
    if (status == push_status::ok) [[likely]]
      not_empty_.notify();
    return status;
  }

  [[gnu::noinline]] push_status wait_to_push(T&& value, deadline until, const std::stop_token& stop) noexcept {
    const auto attempt = [&]() noexcept { return attempt_push(std::move(value)); };
    return detail::wait_in_place<Sync>(overflow_.waiters, not_full_, pushing_, {until, stop, config_.budget}, attempt);
  }

  template <class Pop>
  [[gnu::noinline]] pop_status wait_to_pop(Pop&& pop, deadline until, const std::stop_token& stop) noexcept {
    return detail::wait_and_try<Sync>(not_empty_, popping_, {until, stop, config_.budget}, pop);
  }

  // For offer().
  push_status counted(push_status status) noexcept {
    pushing_.count(status);
    return status;
  }
  [[nodiscard]] auto& push_counting() noexcept { return pushing_; }
  [[nodiscard]] auto& pop_counting() noexcept { return popping_; }
  [[nodiscard]] const queue_config& numbers() const noexcept { return config_; }
  [[nodiscard]] overflow_type& overflow() noexcept { return overflow_; }
  [[nodiscard]] std::size_t depth() const noexcept { return depth_hint(); }
  [[nodiscard]] bool is_closed() const noexcept { return closed(); }
  void tell_of_spilled() noexcept { not_empty_.notify(); }

  queue_config config_;
  ring_type ring_;
  [[no_unique_address]] overflow_type overflow_{config_};
  [[no_unique_address]] wait_type not_full_;   // the producer waits here
  [[no_unique_address]] wait_type not_empty_;  // the consumer waits here
  [[no_unique_address]] detail::push_counters<is_counted, Sync> pushing_;
  [[no_unique_address]] detail::pop_counters<is_counted, Sync> popping_;
};

/// spsc_queue without exceptions: null and `error` set when it cannot be had.
template <queue_element T, queue_options Options = queue_options{}, class Sync = native_sync>
[[nodiscard]] std::unique_ptr<spsc_queue<T, Options, Sync>> make_spsc_queue(queue_config config,
                                                                            std::error_code& error) noexcept {
  return spsc_queue<T, Options, Sync>::make(std::move(config), error);
}

}  // namespace tidegate
