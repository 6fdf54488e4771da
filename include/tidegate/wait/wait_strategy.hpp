// wait_strategy.hpp: how a thread waits for the other side. The kind is code, its numbers are run-time values.
//
// Every kind ends in a yield or in sleep, so that more threads than cores do not collapse.
//
//   kind        idle CPU   wake-up       the other side pays for it
//   spin        100 %      ~0.1 us       nothing
//   spin_yield  100 %      ~0.1-1 us     nothing
//   spin_park   ~0         ~20 us        one load per operation; ~7 us when it really wakes someone
//   park        ~0         ~20 us        the same
#pragma once

#include <cstdint>

#include "tidegate/base/deadline.hpp"

namespace tidegate {

enum class wait_kind : std::uint8_t {
  spin,        ///< pause; after `spins` tries one yield, and again
  spin_yield,  ///< `spins` tries with a pause, then a yield before every try
  spin_park,   ///< `spins` tries with a pause, `yields` tries with a yield, then sleep until woken
  park,        ///< sleep at once
};

/// How long a wait stays awake.
struct wait_budget {
  unsigned spins = 64;  ///< tries, each after a pause instruction (some 10 ns each)
  unsigned yields = 8;  ///< tries, each after giving up the core once
};

/// True for the kinds that sleep, and therefore need a notifier.
[[nodiscard]] constexpr bool parks(wait_kind kind) noexcept {
  return kind == wait_kind::spin_park || kind == wait_kind::park;
}

namespace detail {

/// Up to `tries` attempts, each after `relax()`; fewer when the deadline passes, which is looked at every so many
/// tries.
template <class Sync, class Relax, class Attempt>
[[nodiscard]] bool try_times(unsigned tries, Relax&& relax, Attempt&& attempt,
                             deadline until) noexcept(noexcept(attempt())) {
  constexpr unsigned tries_per_look = 256;
  for (unsigned i = 1; i <= tries; ++i) {
    relax();
    if (attempt()) return true;
    if (i % tries_per_look == 0 && until.reached(Sync::now())) return false;
  }
  return false;
}

/// Awake until success or deadline: `spins` tries, a yield, and again. A yield also lets the clock be read rarely.
template <class Sync, class Attempt>
[[nodiscard]] bool stay_awake(unsigned spins, Attempt&& attempt, deadline until) noexcept(noexcept(attempt())) {
  for (;;) {
    if (try_times<Sync>(spins, &Sync::pause, attempt, until)) return true;
    Sync::yield();
    if (attempt()) return true;
    if (until.reached(Sync::now())) return false;
  }
}

}  // namespace detail
}  // namespace tidegate
