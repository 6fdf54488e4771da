// addressed_pushes: the push calls of a queue that is told where to: a lane, or the key of the element. Each is the
// call of the same name of queue/shared_calls.hpp at that place.
#pragma once

#include <chrono>
#include <concepts>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::detail {

/// `Self` offers place_of(address), an object or a reference to one that has the calls.
template <class Self, class Address, class T>
class addressed_pushes {
  using time_point = deadline::time_point;

 public:
  // Without waiting: `ok`, `full`, `closed` or `no_row`; unless `ok`, `value` has its value still.

  push_status try_push(const Address& to, T&& value) noexcept { return place_of(to).try_push(std::move(value)); }
  push_status try_push(const Address& to, const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) {
    return place_of(to).try_push(value);
  }
  /// Applies the overflow policy when full.
  push_status offer(const Address& to, T&& value) noexcept { return place_of(to).offer(std::move(value)); }

  // Waiting: `ok`, `closed`, `timed_out`, `cancelled` or `no_row`, likewise. Each takes a std::stop_token as an
  // optional last argument.

  push_status push(const Address& to, T&& value, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return place_of(to).push(std::move(value), stop...);
  }
  template <class Rep, class Period>
  push_status push_for(const Address& to, T&& value, std::chrono::duration<Rep, Period> span,
                       const std::same_as<std::stop_token> auto&... stop) noexcept {
    return place_of(to).push_for(std::move(value), span, stop...);
  }
  push_status push_until(const Address& to, T&& value, time_point when,
                         const std::same_as<std::stop_token> auto&... stop) noexcept {
    return place_of(to).push_until(std::move(value), when, stop...);
  }

  /// False only if a push would have been `full` at some instant during the call.
  [[nodiscard]] bool push_ready(const Address& to) noexcept { return place_of(to).push_ready(); }

 private:
  [[nodiscard]] decltype(auto) place_of(const Address& to) noexcept { return static_cast<Self*>(this)->place_of(to); }
};

}  // namespace tidegate::detail
