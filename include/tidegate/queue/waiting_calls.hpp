// waiting_calls.hpp: the waiting calls of the queues, by two private ones: a try, and a wait after a try in vain.
//
// Order of outcomes when several are ready: stop requested, closed, element or credit, timeout. What was accepted is
// never undone. A deadline in the past is one try. Each call takes a std::stop_token as an optional last argument: a
// request to stop ends the wait with `cancelled`.
// `Self` offers what its calls are made of to its base as a friend; or a push_until() or pop_until() of its own.
#pragma once

#include <chrono>
#include <concepts>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate {

/// Value: what a push takes, as the types of its parameters: T&&, or a key and a value.
template <class Self, class Sync, class... Value>
class waiting_push_calls {
  using time_point = deadline::time_point;

 public:
  // `ok` (or `evicted`, where a push replaces), `closed`, `timed_out` or `cancelled`, or `full` where as many wait as
  // may (queue_config::max_waiters); unless accepted, the value is untouched.

  /// Waits for room without limit.
  push_status push(Value... value, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return self().push_until(std::forward<Value>(value)..., time_point::max(), stop...);
  }

  /// Waits for room at most `span`, measured from now.
  template <class Rep, class Period>
  push_status push_for(Value... value, std::chrono::duration<Rep, Period> span,
                       const std::same_as<std::stop_token> auto&... stop) noexcept {
    return self().push_until(std::forward<Value>(value)..., deadline::after(Sync::now(), span).when(), stop...);
  }

  /// Waits for room until `when`.
  push_status push_until(Value... value, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return self().counted(push_status::cancelled);
    const push_status status = self().attempt_push(std::forward<Value>(value)...);
    if (status != push_status::full) return self().counted(status);
    return self().wait_to_push(std::forward<Value>(value)..., when, std::stop_token(stop...));
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

/// Out: what a pop fills, as the types of its parameters without the reference.
template <class Self, class Sync, class... Out>
class waiting_pop_calls {
  using time_point = deadline::time_point;

 public:
  // `ok`, `closed`, `timed_out` or `cancelled`.

  /// Waits for an element without limit.
  pop_status pop(Out&... out, const std::same_as<std::stop_token> auto&... stop) noexcept
      requires(std::is_nothrow_move_assignable_v<Out>&&...) {
    return self().pop_until(out..., time_point::max(), stop...);
  }

  /// Waits for an element at most `span`, measured from now.
  template <class Rep, class Period>
  pop_status pop_for(Out&... out, std::chrono::duration<Rep, Period> span,
                     const std::same_as<std::stop_token> auto&... stop) noexcept
      requires(std::is_nothrow_move_assignable_v<Out>&&...) {
    return self().pop_until(out..., deadline::after(Sync::now(), span).when(), stop...);
  }

  /// Waits for an element until `when`.
  pop_status pop_until(Out&... out, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept
      requires(std::is_nothrow_move_assignable_v<Out>&&...) {
    if ((stop.stop_requested() || ...)) return pop_status::cancelled;
    const pop_status status = self().try_pop(out...);
    if (status != pop_status::empty) return status;
    return self().wait_to_pop([&]() noexcept { return self().try_pop(out...); }, when, std::stop_token(stop...));
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace tidegate
