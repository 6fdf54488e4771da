// limited_queue: a queue behind a capacity_limiter: one budget over what is queued and what is worked on.
//
//   capacity_limiter memory(megabytes(512));
//   limited_queue<mpsc_queue<admitted<job>>> jobs({.capacity = 1024}, memory);
//   jobs.try_push(std::move(next), weight);  // reserves first: `full` when the budget is used up, or the queue
//   admitted<job> work;
//   jobs.pop(work); run(work.value); work = {};  // the budget has it back when the work is gone, on every way out
//
// A permit is taken in one step before the element goes in, and travels with it. release_on::done: pops hand it out
// with the element. release_on::pop: pops hand out the element alone, and give the permit back: the budget then bounds
// what is queued, over all queues of one limiter.
// Several queues may have one limiter, which must outlive them and everything that was popped.
// Order of outcomes: stop, closed, then the permit, then room in the queue; both waits end by one deadline, or close().
// An `admitted` that is kept has its permit still, also while its owner waits for the next one.
// Threads, order, progress: as the queue within and flow/capacity_limiter.hpp.
// close(): of the queue; the limiter stays open. A closed limiter refuses pushes with `closed`, too.
// Tests: tests/contract/reserving/limited_test.cpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate {

/// When the permit of an element comes back.
enum class release_on : std::uint8_t {
  done,  ///< when whoever popped it is done with it
  pop,   ///< when it is popped
};

/// An element with its permit, which comes back when the value is gone: at its end, or when another one is moved in.
template <class T, class Limiter = capacity_limiter>
struct admitted {
  using permit_type = typename Limiter::permit_type;

  admitted() = default;
  admitted(T&& held, permit_type&& held_room) noexcept : room(std::move(held_room)), value(std::move(held)) {}
  admitted(admitted&&) = default;
  admitted& operator=(admitted&& other) noexcept {
    value = std::move(other.value);  // before the permit that the old one was held by
    room = std::move(other.room);
    return *this;
  }
  ~admitted() = default;

  permit_type room{};  // destroyed behind the value
  T value{};
};

template <class Queue, release_on When = release_on::done, class Limiter = capacity_limiter>
class limited_queue {
  using element = typename Queue::value_type;

 public:
  using value_type = decltype(element::value);
  /// What pops hand out.
  using popped_type = std::conditional_t<When == release_on::done, element, value_type>;
  using time_point = deadline::time_point;
  static_assert(std::same_as<element, admitted<value_type, Limiter>>,
                "the queue within is one of admitted<T>, with permits of this limiter");

  /// Throws as the queue within.
  limited_queue(queue_config config, Limiter& limiter) : limiter_(&limiter), queue_(std::move(config)) {}

  limited_queue(const limited_queue&) = delete;
  limited_queue& operator=(const limited_queue&) = delete;

  /// Elements that are left give their permits back. No other thread may use it any more.
  ~limited_queue() = default;

  // Pushes. Unless accepted, `value` has its value still, and no permit is held.

  /// `ok`, `full`, `too_heavy`, `closed`, or what else the queue within answers.
  push_status try_push(value_type&& value, std::size_t weight = 1) noexcept {
    if (queue_.closed()) return push_status::closed;
    auto room = limiter_->try_acquire(weight);
    while (room.status() == acquire_status::contended) room = limiter_->try_acquire(weight);
    return push_with(std::move(room), value,
                     [&](element&& whole) noexcept { return queue_.try_push(std::move(whole)); });
  }

  /// Waits for the permit and for room until `when`: as well `timed_out` and `cancelled`.
  push_status push_until(value_type&& value, std::size_t weight, time_point when,
                         const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return push_status::cancelled;
    if (queue_.closed()) return push_status::closed;
    const auto gone = [this]() noexcept { return queue_.closed(); };
    return push_with(limiter_->acquire_unless(gone, weight, when, stop...), value,
                     [&](element&& whole) noexcept { return queue_.push_until(std::move(whole), when, stop...); });
  }
  push_status push(value_type&& value, std::size_t weight = 1,
                   const std::same_as<std::stop_token> auto&... stop) noexcept {
    return push_until(std::move(value), weight, time_point::max(), stop...);
  }

  // Pops: as the queue within.

  pop_status try_pop(popped_type& out) noexcept {
    return hand_out(out, [&](element& whole) noexcept { return queue_.try_pop(whole); });
  }
  pop_status pop_until(popped_type& out, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return hand_out(out, [&](element& whole) noexcept { return queue_.pop_until(whole, when, stop...); });
  }
  pop_status pop(popped_type& out, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return pop_until(out, time_point::max(), stop...);
  }

  // Any thread.

  /// Wakes every waiter of both sides, also those who wait for a permit. Idempotent.
  void close() noexcept {
    queue_.close();
    limiter_->account().look_again();
  }
  [[nodiscard]] bool closed() const noexcept { return queue_.closed(); }
  bool wait_drained(time_point when) noexcept { return queue_.wait_drained(when); }
  [[nodiscard]] queue_stats stats() const noexcept { return queue_.stats(); }
  [[nodiscard]] const std::string& name() const noexcept { return queue_.name(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return queue_.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return queue_.depth_hint(); }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return sizeof(*this) - sizeof(queue_) + queue_.max_bytes(); }
  [[nodiscard]] Limiter& limiter() noexcept { return *limiter_; }

 private:
  template <class Push>
  push_status push_with(typename Limiter::permit_type&& room, value_type& value, Push&& push) noexcept {
    if (room.status() != acquire_status::ok) return to_push_status(room.status());
    element whole{std::move(value), std::move(room)};
    const push_status status = push(std::move(whole));
    if (!accepted(status)) value = std::move(whole.value);
    return status;
  }

  template <class Pop>
  pop_status hand_out(popped_type& out, Pop&& pop) noexcept {
    if constexpr (When == release_on::done) {
      return pop(out);
    } else {
      element whole;
      const pop_status status = pop(whole);
      if (status == pop_status::ok) out = std::move(whole.value);
      return status;
    }
  }

  Limiter* limiter_;
  Queue queue_;
};

}  // namespace tidegate
