// scripted_sync.hpp: a Sync policy whose clock and futex do what a test says: waiting is tested without waiting.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "tidegate/base/sync.hpp"

namespace tidegate::test {

struct scripted_sync : native_sync {
  /// Counts read-modify-writes.
  template <class T>
  class atomic : public std::atomic<T> {
   public:
    using std::atomic<T>::atomic;
    T fetch_add(T amount, std::memory_order how) noexcept {
      ++machine::current()->read_modify_writes;
      return std::atomic<T>::fetch_add(amount, how);
    }
  };
  using word_type = atomic<std::uint64_t>;

  /// What happens on the machine. One at a time, for one thread.
  struct machine {
    deadline::time_point now{std::chrono::hours(1)};
    std::function<futex_outcome(const word_type&, std::uint32_t, deadline)> sleep;  // empty: a spurious return
    unsigned sleeps = 0;
    unsigned wakes = 0;       // calls
    unsigned last_woken = 0;  // count of the last call
    unsigned heavy_fences = 0;
    unsigned read_modify_writes = 0;
    std::function<void()> at_heavy_fence = [] {};
    std::function<void()> at_wake = [] {};  // before it counts
    unsigned asleep = 1000;                 // threads that a wake finds asleep
    bool asymmetric = true;
    bool heavy_fence_works = true;
    std::string relaxations;  // p: pause, y: yield, z: sleep

    machine() noexcept { current() = this; }
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    ~machine() { current() = nullptr; }
    static machine*& current() noexcept {
      static machine* the = nullptr;
      return the;
    }
  };

  [[nodiscard]] static bool asymmetric_fences() noexcept { return machine::current()->asymmetric; }
  [[nodiscard]] static bool heavy_fence() noexcept {
    ++machine::current()->heavy_fences;
    machine::current()->at_heavy_fence();
    return machine::current()->heavy_fence_works;
  }
  static futex_outcome futex_wait(const word_type& word, std::uint32_t expected, deadline until) noexcept {
    machine& the = *machine::current();
    ++the.sleeps;
    the.relaxations += 'z';
    return the.sleep ? the.sleep(word, expected, until) : futex_outcome::interrupted;
  }
  static unsigned futex_wake(const word_type&, unsigned count) noexcept {
    machine::current()->at_wake();
    ++machine::current()->wakes;
    machine::current()->last_woken = count;
    return std::min(count, machine::current()->asleep);
  }
  [[nodiscard]] static deadline::time_point now() noexcept { return machine::current()->now; }
  static void pause() noexcept { machine::current()->relaxations += 'p'; }
  static void yield() noexcept { machine::current()->relaxations += 'y'; }
};

}  // namespace tidegate::test
