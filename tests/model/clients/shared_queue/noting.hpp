// noting.hpp: what each thread has done so far, for clients that must know who was due to wake whom.
#pragma once

#include <array>
#include <cstdint>

#include "tests/model/explorer/engine.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::model {

/// What a thread has done.
struct deeds {
  unsigned exchanges = 0;  // entries that it completed
  bool registers = false;  // it is or was about to sleep
  bool claims = false;     // it has claimed a sleeper, and has not woken it yet
};

/// The policy of the explorer, and a note of these deeds: completed exchanges are the only sequentially consistent
/// compare-exchanges, and the only weak ones that change the low half of a word are claims.
struct noting_sync : model_sync {
  static inline std::array<deeds, max_threads> of{};
  [[nodiscard]] static deeds& mine() { return of[execution::here().thread()]; }

  template <class T>
  struct atomic : model_atomic<T> {
    using model_atomic<T>::model_atomic;
    T fetch_add(T amount, std::memory_order how, site at = site::here()) noexcept {
      const T old = model_atomic<T>::fetch_add(amount, how, at);
      if (how == order::acquire) mine().registers = true;
      return old;
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order how, std::memory_order on_failure,
                                 site at = site::here()) noexcept {
      if (!model_atomic<T>::compare_exchange_strong(expected, value, how, on_failure, at)) return false;
      if (how == order::seq_cst) ++mine().exchanges;
      return true;
    }
    bool compare_exchange_weak(T& expected, T value, std::memory_order how, std::memory_order on_failure,
                               site at = site::here()) noexcept {
      const bool moves_epoch = static_cast<std::uint32_t>(expected) != static_cast<std::uint32_t>(value);
      if (!model_atomic<T>::compare_exchange_weak(expected, value, how, on_failure, at)) return false;
      if (moves_epoch) mine().claims = true;
      return true;
    }
  };

  static unsigned futex_wake(const model_atomic<std::uint64_t>& word, unsigned count, site at = site::here()) noexcept {
    const unsigned woken = model_sync::futex_wake(word, count, at);
    mine().claims = false;
    return woken;
  }
};
using noting_explorer = explorer_engine<noting_sync>;

/// What a client asks of it.
struct done_so_far {
  done_so_far() noexcept { forget(); }
  void forget() noexcept { noting_sync::of = {}; }

  [[nodiscard]] static unsigned completed_by(unsigned thread) noexcept { return noting_sync::of[thread].exchanges; }

  /// A thread may have stopped between its claim and its wake: that delays the sleeper, see event_count.hpp.
  [[nodiscard]] static bool is_claimed() noexcept { return noting_sync::of[0].claims || noting_sync::of[1].claims; }
};

/// Behind a wait: when a thread has stopped, it was ended by a wake, not by its deadline, which comes when nobody can
/// go on. To be explored without surprises.
template <class Engine>
void check_woken_before(deadline::time_point until) {
  const bool in_time = Engine::sync::now() < until;
  Engine::check(in_time || !Engine::frozen() || done_so_far::is_claimed(), "a sleeper is left to its deadline");
}

/// Goes on once that thread is on its way to sleep.
template <class Engine>
void await_sleeper(unsigned thread) {
  while (!noting_sync::of[thread].registers) Engine::pause();
}

}  // namespace tidegate::model
