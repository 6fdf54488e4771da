// deadline.hpp: an absolute point in time until which a call may wait. One form for every blocking call.
//
// Absolute, so that a wait interrupted and resumed never drifts; on the monotonic clock, so that setting the wall clock
// changes nothing. Arithmetic saturates: a duration too long to represent means "for ever", one in the past means "one
// try".
#pragma once

#include <chrono>

namespace tidegate {

class deadline {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = time_point::duration;

  /// Until the given instant. `time_point::max()` waits for ever.
  constexpr deadline(time_point when) noexcept : when_(when) {}  // implicit: the public calls take time points

  /// Waits without limit.
  [[nodiscard]] static constexpr deadline never() noexcept { return {time_point::max()}; }

  /// Already over: the call makes exactly one try.
  [[nodiscard]] static constexpr deadline already_over() noexcept { return {time_point::min()}; }

  /// `span` after `now`; saturates to never() and already_over(). Fractions of a tick round up: a wait is never early.
  template <class Rep, class Period>
  [[nodiscard]] static constexpr deadline after(time_point now, std::chrono::duration<Rep, Period> span) noexcept {
    using wide = std::chrono::duration<long double, duration::period>;
    if (!(span > span.zero())) return already_over();  // not a number, too
    const wide room = wide(duration::max()) - wide(now.time_since_epoch());
    if (wide(span) >= room) return never();
    return {now + std::chrono::ceil<duration>(span)};
  }

  [[nodiscard]] constexpr time_point when() const noexcept { return when_; }
  [[nodiscard]] constexpr bool is_never() const noexcept { return when_ == time_point::max(); }
  [[nodiscard]] constexpr bool reached(time_point now) const noexcept { return !is_never() && now >= when_; }

 private:
  time_point when_;
};

/// The earlier of two deadlines.
[[nodiscard]] constexpr deadline earlier(deadline one, deadline other) noexcept {
  return one.when() < other.when() ? one : other;
}

}  // namespace tidegate
