// wait_point: where one side of a queue waits for the other, with the chosen strategy.
//
// Kinds that sleep hold an event_count; kinds that do not hold nothing, and their notify() compiles to nothing.
// Threads: any number of waiters and notifiers.  Progress of notify(): as event_count.
#pragma once

#include <stop_token>

#include "tidegate/base/sync.hpp"
#include "tidegate/wait/event_count.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {

template <wait_kind Kind, class Sync = native_sync, bool Parks = parks(Kind)>
class wait_point;

/// Strategies that stay awake.
template <wait_kind Kind, class Sync>
class wait_point<Kind, Sync, false> {
 public:
  void notify(unsigned = 1) noexcept {}

  /// True once `attempt()` holds, false after the deadline. `attempt` watches the stop token itself.
  template <class Attempt>
  [[nodiscard]] bool wait(Attempt&& attempt, deadline until, const std::stop_token&,
                          wait_budget budget) noexcept(noexcept(attempt())) {
    if constexpr (Kind == wait_kind::spin_yield) {
      if (detail::try_times<Sync>(budget.spins, &Sync::pause, attempt, until)) return true;
      budget.spins = 0;
    }
    return detail::stay_awake<Sync>(budget.spins, attempt, until);
  }
};

/// Strategies that end in sleep.
template <wait_kind Kind, class Sync>
class wait_point<Kind, Sync, true> {
 public:
  /// Wakes up to `count` waiters; call it after the change they wait for. Waiters for different things: everyone.
  void notify(unsigned count = 1) noexcept { sleepers_.notify(count); }

  /// For those who wait at several places at once.
  [[nodiscard]] event_count<Sync>& sleepers() noexcept { return sleepers_; }

  /// True once `attempt()` holds, false after the deadline. `attempt` watches the stop token itself; a request to stop
  /// wakes the waiter so that it looks.
  template <class Attempt>
  [[nodiscard]] bool wait(Attempt&& attempt, deadline until, const std::stop_token& stop,
                          wait_budget budget) noexcept(noexcept(attempt())) {
    if constexpr (Kind == wait_kind::spin_park) {
      if (detail::try_times<Sync>(budget.spins, &Sync::pause, attempt, until)) return true;
      if (detail::try_times<Sync>(budget.yields, &Sync::yield, attempt, until)) return true;
    }
    if (!stop.stop_possible()) return sleepers_.wait_until(attempt, until);
    const std::stop_callback wake(stop, [this]() noexcept { sleepers_.notify(everyone); });
    return sleepers_.wait_until(attempt, until);
  }

 private:
  event_count<Sync> sleepers_;
};

}  // namespace tidegate
