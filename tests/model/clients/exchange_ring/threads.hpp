// threads.hpp: whether the threads of a client live for ever, or end and begin anew where the client says so.
#pragma once

#include <array>
#include <cstddef>

#include "tidegate/base/living_threads.hpp"

namespace tidegate::model {

/// Threads live for ever.
struct lasting_threads {
  template <class Sync>
  using sync = Sync;
  template <class Sync>
  struct population {};
};

/// A policy whose threads end; there are numbers for `Numbers` of them at a time.
template <class Sync, std::size_t Numbers>
struct mortal : Sync {
  using table_type = living_threads<Sync::template atomic, Numbers>;
  static inline table_type* table = nullptr;  // of the execution
  static inline std::array<thread_key, 16> keys;

  [[nodiscard]] static thread_key this_thread() noexcept {
    thread_key& mine = keys[Sync::thread_token() % keys.size()];
    if (mine == 0) mine = table->join();
    return mine;
  }
  [[nodiscard]] static bool lives(thread_key key) noexcept { return table->lives(key); }
  [[nodiscard]] static bool may_live(thread_key part, thread_key kept) noexcept { return table->may_live(part, kept); }

  /// What the model thread does from here on is done by another thread.
  static void end_thread() noexcept { end_thread(Sync::thread_token()); }
  static void end_thread(std::uintptr_t token) noexcept {
    thread_key& mine = keys[token % keys.size()];
    if (mine != 0) table->leave(mine);
    mine = 0;
  }
};

template <std::size_t Numbers>
struct mortal_threads {
  template <class Sync>
  using sync = mortal<Sync, Numbers>;
  /// Of one execution; before the ring.
  template <class Sync>
  struct population {
    population() noexcept {
      sync<Sync>::table = &living;
      sync<Sync>::keys.fill(0);
    }
    typename sync<Sync>::table_type living;
  };
};

}  // namespace tidegate::model
