// preempted_sync.hpp: a Sync policy whose threads give their core away before some accesses to shared state.
//
// Calls of different threads then overlap at every step, also on a machine that has one core to spare.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "tidegate/base/sync.hpp"

namespace tidegate::test {

/// Yields before about one access in eight; each thread by its own random numbers (xorshift, Marsaglia 2003).
inline void yield_now_and_then() noexcept {
  thread_local std::uint64_t state = reinterpret_cast<std::uintptr_t>(&state) | 1;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  if (state % 8 == 0) std::this_thread::yield();
}

/// For the rings.
struct preempted_sync : native_sync {
  template <class T>
  class atomic : public std::atomic<T> {
   public:
    using std::atomic<T>::atomic;
    [[nodiscard]] T load(std::memory_order how) const noexcept {
      yield_now_and_then();
      return std::atomic<T>::load(how);
    }
    void store(T value, std::memory_order how) noexcept {
      yield_now_and_then();
      std::atomic<T>::store(value, how);
    }
    T exchange(T value, std::memory_order how) noexcept {
      yield_now_and_then();
      return std::atomic<T>::exchange(value, how);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order how, std::memory_order on_failure) noexcept {
      yield_now_and_then();
      return std::atomic<T>::compare_exchange_strong(expected, value, how, on_failure);
    }
  };
};

}  // namespace tidegate::test
