// spill_calls.hpp: a queue that goes on elsewhere when it is full (overflow_kind::spill), and stays in order.
//
// The hook is an object of the caller's: a file, a list, a larger and slower queue. offer(value, hook) gives it what
// the queue has no room for, and then *everything* until it is drained; the consumer takes what is in the queue first,
// and then what was spilled. So one FIFO goes through both.
// What the hook must do, for any number of producers and one consumer:
//   spill(T&&)     takes the value behind all that it holds: true. False, and the value untouched: there is no room.
//   is_spilling()  true from the first accepted spill() on until unspill() has taken the last one out. Whoever asks
//                  sees what the other side did before it changed (release and acquire, or a lock).
//   unspill(T&)    moves the oldest one that it holds out: true. Only the consumer calls it.
// Why this keeps the order: the consumer looks at is_spilling() before it looks into the queue. Told true, and the
// queue then found empty, it has popped all that was in the queue when the oldest spilled element was spilled; and
// whoever began to offer after that has spilled, too, as long as that element is there, which only the consumer takes
// out.
// After close() what is in both is still delivered. Closed by another thread than the producers', what is spilled
// beside the close may be found by no pop: it stays with the hook, whose owner has it.
// wait_drained() and wait_any() know of the queue only.
#pragma once

#include <concepts>
#include <stop_token>
#include <type_traits>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/queue_options.hpp"

namespace tidegate {

template <class Hook, class T>
concept spill_hook = requires(Hook& hook, const Hook& seen, T value) {
  { hook.spill(static_cast<T&&>(value)) }
  noexcept->std::same_as<bool>;
  { seen.is_spilling() }
  noexcept->std::same_as<bool>;
  { hook.unspill(value) }
  noexcept->std::same_as<bool>;
};

/// Of queues that do not spill: nothing.
template <class Self, class T, overflow_kind Policy>
class unspilling_calls {};

/// The consumer's side. `Self` offers try_pop(), wait_to_pop() and pop_counting().
template <class Self, class T>
class unspilling_calls<Self, T, overflow_kind::spill> {
  using time_point = deadline::time_point;

 public:
  /// As try_pop(), of the queue and of what was spilled behind it.
  template <spill_hook<T> Hook>
  pop_status try_pop_spilled(T& out, Hook& hook) noexcept {
    bool is_spilling = hook.is_spilling();  // first: see above
    const pop_status status = self().try_pop(out);
    if (status == pop_status::closed) is_spilling = hook.is_spilling();  // the last ones may have come since
    if (status != pop_status::empty && status != pop_status::closed) return status;
    if (!is_spilling || !hook.unspill(out)) return status;
    self().pop_counting().count_unspilled();
    return pop_status::ok;
  }

  /// The same, and waits: without limit, or until `when`.
  template <spill_hook<T> Hook>
  pop_status pop_spilled(T& out, Hook& hook, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return pop_spilled_until(out, hook, time_point::max(), stop...);
  }
  template <spill_hook<T> Hook>
  pop_status pop_spilled_until(T& out, Hook& hook, time_point when,
                               const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return pop_status::cancelled;
    const auto attempt = [&]() noexcept { return try_pop_spilled(out, hook); };
    const pop_status status = attempt();
    return status != pop_status::empty ? status : self().wait_to_pop(attempt, when, std::stop_token(stop...));
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace tidegate
