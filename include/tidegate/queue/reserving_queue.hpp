// reserving_queue: a queue in which room can be reserved before there is anything to push.
//
//   reserving_queue<mpsc_queue<order>> orders({.capacity = 1024});
//   auto room = orders.reserve(3);                 // waits; or try_reserve, reserve_until, reserve_some
//   ... work that cannot be undone ...
//   room.push(first); room.push(second);           // cannot be full; the third place comes back at its end
//
// Every element, reserved or not, takes a credit before it goes in, and gives it back when it was popped: reserved,
// queued and just being popped together are never more than `capacity`. A reservation holds credits, not slots.
// Roles, order, elements: as the queue within.  Exact: `full` only if at some instant during the call as many credits
// as the capacity were taken; `empty` as the queue within.
// Progress: as the queue within and flow/credits.hpp; a thread that is stopped costs the room that it has reserved.
// close(): no more reservations and unreserved pushes; reservations that are out may still push, or give back; when the
// last one is used up or gone, the queue within is closed. Until then pops of the empty queue answer `empty`.
// Source: Tokio's reserve() and its bugs 8074, 8075, 8260.  Tests: tests/contract/reserving,
// tests/model/clients/reserving.hpp.
//
// Protocol: [resolve] who resolves a reservation → who closes the queue within: all of its pushes are inside.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "tidegate/flow/credits.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/reservation.hpp"
#include "tidegate/queue/waiting_calls.hpp"

namespace tidegate {

/// Queue: spsc_queue, mpsc_queue, spmc_queue or mpmc_queue, but for ring_choice::ticketed. Room: of those who wait.
template <class Queue, credit_options Room = credit_options{}, class Sync = native_sync>
class reserving_queue
    : public waiting_push_calls<reserving_queue<Queue, Room, Sync>, Sync, typename Queue::value_type&&>,
      public waiting_pop_calls<reserving_queue<Queue, Room, Sync>, Sync, typename Queue::value_type> {
  friend reservation<reserving_queue>;
  using T = typename Queue::value_type;
  static_assert(Queue::is_exact, "the queue within must not say `full` falsely: no ticketed ring");

 public:
  using value_type = T;
  using queue_type = Queue;
  using reservation_type = reservation<reserving_queue>;
  using time_point = deadline::time_point;

  /// Throws as the queue within. `max_waiters`: of those who wait for room.
  explicit reserving_queue(queue_config config, std::size_t max_waiters = any_number)
      : room_({.total = config.capacity, .max_waiters = max_waiters, .budget = config.budget}),
        queue_(std::move(config)) {}

  reserving_queue(const reserving_queue&) = delete;
  reserving_queue& operator=(const reserving_queue&) = delete;

  /// No other thread may use it any more, and no reservation may be left.
  ~reserving_queue() = default;

  // Reservations: of `count` elements, or empty, with a status that tells why: as credits.

  reservation_type try_reserve(std::size_t count = 1) noexcept { return reserved(room_.try_acquire(count), count); }
  reservation_type reserve(std::size_t count = 1, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return reserved(room_.acquire(count, stop...), count);
  }
  template <class Rep, class Period>
  reservation_type reserve_for(std::size_t count, std::chrono::duration<Rep, Period> span,
                               const std::same_as<std::stop_token> auto&... stop) noexcept {
    return reserved(room_.acquire_for(count, span, stop...), count);
  }
  reservation_type reserve_until(std::size_t count, time_point when,
                                 const std::same_as<std::stop_token> auto&... stop) noexcept {
    return reserved(room_.acquire_until(count, when, stop...), count);
  }
  /// As many as there is room for, up to `most`; at least one, or none.
  reservation_type try_reserve_some(std::size_t most) noexcept {
    std::size_t count = 0;
    const acquire_status status = room_.try_acquire_some(most, count);
    return reserved(status, count);
  }

  // Pushes: a reservation of one, used up at once. push(), push_for(), push_until() wait for room.

  push_status try_push(T&& value) noexcept {
    acquire_status status = acquire_status::contended;
    while (status == acquire_status::contended) status = room_.try_acquire();
    return push_into(reserved(status, 1), std::move(value));
  }
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) {
    T copy(value);
    return try_push(std::move(copy));
  }
  push_status push_until(T&& value, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return push_into(reserve_until(1, when, stop...), std::move(value));
  }

  // Pops: as the queue within; then the room comes back. pop(), pop_for(), pop_until() wait for an element.

  pop_status try_pop(T& out) noexcept {
    const pop_status status = queue_.try_pop(out);
    if (status == pop_status::ok) room_.release();
    return status;
  }
  pop_status pop_until(T& out, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    const pop_status status = queue_.pop_until(out, when, stop...);
    if (status == pop_status::ok) room_.release();
    return status;
  }
  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const giving_back after{room_};  // also when `use` throws: its element has left
    const pop_status status = queue_.try_consume([&](T&& value) noexcept(noexcept(use(std::declval<T&&>()))) {
      after.count = 1;
      use(std::move(value));
    });
    return status;
  }
  std::size_t try_pop_n(T* out, std::size_t count) noexcept {
    const std::size_t popped = queue_.try_pop_n(out, count);
    if (popped != 0) room_.release(popped);
    return popped;
  }
  std::size_t pop_n_until(T* out, std::size_t count, time_point when,
                          const std::same_as<std::stop_token> auto&... stop) noexcept {
    const std::size_t popped = queue_.pop_n_until(out, count, when, stop...);
    if (popped != 0) room_.release(popped);
    return popped;
  }

  // To wait for it together with other things.

  [[nodiscard]] wait_source<Sync> pop_source() noexcept { return queue_.pop_source(); }
  [[nodiscard]] wait_source<Sync> push_source() noexcept { return room_.acquire_source(); }

  // Any thread.

  /// Wakes those who wait for room at once, and all others when the last reservation is resolved. Idempotent.
  void close() noexcept {
    room_.close();
    // [resolve] pairs with resolve()
    if (reserved_.fetch_or(closing_bit, order::acq_rel) < one_reserved) queue_.close();
  }
  /// No more is reserved.
  [[nodiscard]] bool closed() const noexcept { return room_.closed(); }

  /// Tells `callback` when reserved and queued places rise to `marks.high`, and when they have then fallen to
  /// `marks.low`: exact, once for each crossing, see flow/watermark.hpp. Before other threads use the queue.
  watermark<Sync>& on_watermark(watermarks marks,
                                typename watermark<Sync>::callback callback = {}) requires(Room.watermarks) {
    return room_.on_watermark(marks, std::move(callback));
  }

  /// As the queue within: reservations that are not used yet are not waited for.
  bool wait_drained(time_point when) noexcept { return queue_.wait_drained(when); }

  [[nodiscard]] queue_stats stats() const noexcept { return queue_.stats(); }
  /// Who waits for room, and what they were told. `in_use`: reserved and queued.
  [[nodiscard]] credit_stats room_stats() const noexcept { return room_.stats(); }
  /// Places that are reserved and not used yet.
  [[nodiscard]] std::size_t reserved_hint() const noexcept {
    return static_cast<std::size_t>(reserved_.load(order::relaxed) / one_reserved);  // observation
  }
  [[nodiscard]] const std::string& name() const noexcept { return queue_.name(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return queue_.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return queue_.depth_hint(); }
  [[nodiscard]] std::size_t credits_hint() const noexcept {
    const std::int64_t free = room_.free_hint();
    return free < 0 ? 0 : static_cast<std::size_t>(free);
  }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) - sizeof(queue_) + queue_.max_bytes(); }

  /// Lets another thread take the role of a side that has one thread only. The caller orders the hand-over.
  void rebind_producer() noexcept { queue_.rebind_producer(); }
  void rebind_consumer() noexcept { queue_.rebind_consumer(); }

 private:
  static constexpr std::uint64_t closing_bit = 1;
  static constexpr std::uint64_t one_reserved = 2;

  struct giving_back {
    credits<Room, Sync>& room;
    mutable std::size_t count = 0;
    ~giving_back() {
      if (count != 0) room.release(count);
    }
  };

  [[nodiscard]] reservation_type reserved(acquire_status status, std::size_t count) noexcept {
    if (status == acquire_status::ok && count != 0 && !enter(count)) status = acquire_status::closed;
    return status == acquire_status::ok ? reservation_type(*this, count) : reservation_type(status);
  }

  /// Counts what was acquired, unless it was closed meanwhile: then it goes back.
  [[nodiscard]] bool enter(std::size_t count) noexcept {
    std::uint64_t now = reserved_.load(order::relaxed);
    do {
      if ((now & closing_bit) != 0) {
        room_.release(count);
        return false;
      }
      // relaxed: only the numbers count
    } while (!reserved_.compare_exchange_weak(now, now + count * one_reserved, order::relaxed, order::relaxed));
    return true;
  }

  /// So many places are used up or given back; the last one after close() closes the queue within.
  void resolve(std::size_t count) noexcept {
    // [resolve] release: what was pushed; acquire: what the others have pushed
    const std::uint64_t before = reserved_.fetch_sub(count * one_reserved, order::acq_rel);
    if (before - count * one_reserved == closing_bit) queue_.close();
  }

  push_status push_reserved(T&& value) noexcept {
    const push_status status = queue_.try_push(std::move(value));
    if (status == push_status::ok) resolve(1);
    return status;
  }

  void give_back(std::size_t count) noexcept {
    room_.release(count);
    resolve(count);
  }

  push_status push_into(reservation_type&& one, T&& value) noexcept {
    return one ? one.push(std::move(value)) : to_push_status(one.status());
  }

  credits<Room, Sync> room_;
  typename Sync::template atomic<std::uint64_t> reserved_{0};  // places, doubled; the lowest bit: closing
  Queue queue_;
};

}  // namespace tidegate
