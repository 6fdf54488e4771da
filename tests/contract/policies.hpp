// policies.hpp: Sync policies for tests: positions about to wrap, fences missing or refused, and a view of who waits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>

#include "tidegate/base/sync.hpp"

namespace tidegate::test {

/// Positions of 8 bits, six steps before their wrap.
struct narrow_sync : native_sync {
  using position = std::uint8_t;
  static constexpr position first_position = 250;
};

/// Positions that pass 2^32 and 2^64 within a few steps.
struct near_32_sync : native_sync {
  static constexpr position first_position = (position{1} << 32) - 3;
};
struct near_64_sync : native_sync {
  static constexpr position first_position = std::numeric_limits<position>::max() - 2;
};

/// A kernel without membarrier: the notifier falls back to a read-modify-write.
struct symmetric_sync : native_sync {
  [[nodiscard]] static bool asymmetric_fences() noexcept { return false; }
};

/// membarrier was granted and is refused later: nobody may sleep past a wake for long.
struct refused_sync : native_sync {
  [[nodiscard]] static bool asymmetric_fences() noexcept { return true; }
  [[nodiscard]] static bool heavy_fence() noexcept { return false; }
};

/// Runs an action before the `countdown`-th access to shared state, so that one call happens inside another one.
struct intruder {
  std::function<void()> action;
  int countdown = -1;  // negative: never

  void step() {
    if (countdown < 0 || countdown-- > 0) return;
    action();
  }
};

/// Counts every access to shared state, and lets the intruder in.
template <class Base>
struct stepped : Base {
  static inline intruder guest;

  template <class T>
  class atomic : public std::atomic<T> {
   public:
    using std::atomic<T>::atomic;
    [[nodiscard]] T load(std::memory_order how) const noexcept {
      guest.step();
      return std::atomic<T>::load(how);
    }
    void store(T value, std::memory_order how) noexcept {
      guest.step();
      std::atomic<T>::store(value, how);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order how, std::memory_order on_failure) noexcept {
      guest.step();
      return std::atomic<T>::compare_exchange_strong(expected, value, how, on_failure);
    }
    T fetch_add(T amount, std::memory_order how) noexcept {
      guest.step();
      return std::atomic<T>::fetch_add(amount, how);
    }
    T fetch_sub(T amount, std::memory_order how) noexcept {
      guest.step();
      return std::atomic<T>::fetch_sub(amount, how);
    }
    T fetch_or(T bits, std::memory_order how) noexcept {
      guest.step();
      return std::atomic<T>::fetch_or(bits, how);
    }
  };
};

/// The steps that only a waiting thread takes.
struct wait_steps {
  std::atomic<std::uint64_t> sleeps{0};
  std::atomic<std::uint64_t> yields{0};
};

/// Where the calling thread's steps are counted: by default a place that nobody looks at.
inline wait_steps unwatched_steps;
inline thread_local wait_steps* my_wait_steps = &unwatched_steps;

/// Lets a test tell that a thread waits.
template <class Base>
struct observed : Base {
  static futex_outcome futex_wait(const std::atomic<std::uint64_t>& word, std::uint32_t expected,
                                  deadline until) noexcept {
    ++my_wait_steps->sleeps;
    return Base::futex_wait(word, expected, until);
  }
  static void yield() noexcept {
    ++my_wait_steps->yields;
    Base::yield();
  }
};

}  // namespace tidegate::test
