// waiter_limit: how many producers may wait at the same time.
//
// A place to wait is had by one compare-exchange, never by a look and a later step: a producer is refused only if at
// that instant so many others had one.  Progress: lock-free.
#pragma once

#include <cstddef>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/order.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"

namespace tidegate::detail {

/// No limit: nothing is stored, nothing is compiled.
template <bool Limited, class Sync>
class waiter_limit {
 public:
  static constexpr bool is_limited = false;
  explicit waiter_limit(std::size_t) noexcept {}
};

template <class Sync>
class waiter_limit<true, Sync> {
 public:
  static constexpr bool is_limited = true;
  explicit waiter_limit(std::size_t most) noexcept : most_(most) {}

  /// A place, for as long as this lives; or none.
  class place {
   public:
    explicit place(waiter_limit& of) noexcept : of_(of.enter() ? &of : nullptr) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() {
      if (of_ != nullptr) of_->waiting_.fetch_sub(1, order::relaxed);  // only the number counts
    }
    [[nodiscard]] explicit operator bool() const noexcept { return of_ != nullptr; }

   private:
    waiter_limit* of_;
  };

 private:
  [[nodiscard]] bool enter() noexcept {
    std::size_t waiting = waiting_.load(order::relaxed);  // compared only
    while (waiting < most_) {
      // relaxed: only the number counts
      if (waiting_.compare_exchange_weak(waiting, waiting + 1, order::relaxed, order::relaxed)) return true;
    }
    return false;
  }

  const std::size_t most_;
  typename Sync::template atomic<std::size_t> waiting_{0};
};

/// wait_and_try() of a push, for whoever gets a place to wait; `full` at once for others. Where the deadline has passed
/// already nobody waits, and nobody needs a place.
template <class Sync, class Waiters, class Wait, class Counters, class Try, class Slices = one_slice>
push_status wait_in_place(Waiters& waiters, Wait& at, Counters& counters, const wait_terms& terms, Try&& attempt,
                          Slices&& slices = {}) noexcept {
  if constexpr (Waiters::is_limited) {
    if (!terms.until.reached(Sync::now())) {
      const typename Waiters::place mine(waiters);
      if (mine) return wait_and_try<Sync>(at, counters, terms, attempt, slices);
      counters.count_turned_away();
      return push_status::full;
    }
  }
  return wait_and_try<Sync>(at, counters, terms, attempt, slices);
}

}  // namespace tidegate::detail
