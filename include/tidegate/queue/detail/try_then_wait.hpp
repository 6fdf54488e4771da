// try_then_wait.hpp: what every waiting call of a queue does once its first try was in vain.
//
// Order of outcomes when several are ready: stop requested, then what the try answers, then the timeout. A deadline
// that has passed by then adds no try. A wait is counted when it begins to wait, with its time; its end always.
#pragma once

#include <stop_token>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate::detail {

/// What a try answers that is worth a wait.
template <class Status>
inline constexpr Status in_vain{};
template <>
inline constexpr push_status in_vain<push_status> = push_status::full;
template <>
inline constexpr pop_status in_vain<pop_status> = pop_status::empty;

/// How long, and until what else, a call waits.
struct wait_terms {
  deadline until;
  const std::stop_token& stop;
  wait_budget budget;
};

/// A wait that nothing but its deadline cuts into slices.
struct one_slice {
  [[nodiscard]] static deadline next(deadline until, deadline::time_point) noexcept { return until; }
  [[nodiscard]] static bool is_stale() noexcept { return false; }
};

/// Waits at `at` until `attempt()` answers something else than full or empty. `slices` tells at each begin until when
/// to sleep, and after a look in vain whether that is still right.
template <class Sync, class Wait, class Counters, class Try, class Slices = one_slice>
auto wait_and_try(Wait& at, Counters& counters, const wait_terms& terms, Try&& attempt,
                  Slices&& slices = {}) noexcept(noexcept(attempt())) {
  using status_type = decltype(attempt());
  status_type status = in_vain<status_type>;
  const auto look = [&]() noexcept(noexcept(attempt())) {
    status = terms.stop.stop_requested() ? status_type::cancelled : attempt();
    return status != in_vain<status_type> || slices.is_stale();
  };
  const deadline::time_point start = Sync::now();
  deadline::time_point now = start;
  while (status == in_vain<status_type> && !terms.until.reached(now)) {
    static_cast<void>(at.wait(look, slices.next(terms.until, now), terms.stop, terms.budget));  // the status tells
    now = Sync::now();
  }
  if (!terms.until.reached(start)) counters.count_wait(now - start);
  if (status == in_vain<status_type>) status = status_type::timed_out;
  counters.count(status);
  return status;
}

/// Looks, and waits until `holds()` does: true; false when `until` came first.
template <class Sync, class Wait, class Look>
[[nodiscard]] bool wait_until_it_holds(Wait& at, const Look& holds, deadline until, wait_budget budget) noexcept {
  if (holds()) return true;
  return !until.reached(Sync::now()) && at.wait(holds, until, {}, budget);
}

}  // namespace tidegate::detail
