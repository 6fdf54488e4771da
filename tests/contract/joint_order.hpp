// joint_order.hpp: trials in which two failures without a common order contradict each other.
//
// A trial: capacity 2 holding one element. One thread pops it and then finds the ring empty; the other pushes one and
// then finds it full. Each failure is true on its own, but in one common order they exclude each other.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {

template <class Kind>
class trial {
 public:
  void prepare() {
    hand_over_producer(queue_);
    hand_over_consumer(queue_);
    std::uint32_t out = 0;
    while (queue_.try_pop(out) == pop_status::ok) {
    }
    EXPECT_EQ(queue_.try_push(1U), push_status::ok);
    hand_over_producer(queue_);
    hand_over_consumer(queue_);
  }
  void pop_twice() {
    std::uint32_t out = 0;
    EXPECT_EQ(queue_.try_pop(out), pop_status::ok);
    found_empty_ = queue_.try_pop(out) == pop_status::empty;
  }
  void push_twice() {
    EXPECT_EQ(queue_.try_push(2U), push_status::ok);
    found_full_ = queue_.try_push(3U) == push_status::full;
  }
  [[nodiscard]] bool contradicts_itself() const noexcept { return found_empty_ && found_full_; }

 private:
  typename Kind::template type<std::uint32_t> queue_ = Kind::template make<std::uint32_t>(2);
  bool found_empty_ = false;
  bool found_full_ = false;
};

/// Two threads go through the same trials side by side.
class pace {
 public:
  void keep(std::size_t me, int step) noexcept {
    reached_[me].store(step, std::memory_order_release);
    for (int looks = 0; reached_[1 - me].load(std::memory_order_acquire) < step; ++looks) {
      if (looks > 1000) std::this_thread::yield();
    }
  }

 private:
  struct alignas(cache_line_bytes) mark : std::atomic<int> {};
  std::array<mark, 2> reached_{};
};

inline constexpr int trials_each = 300;

/// Runs `batches` times all trials; returns how many contradicted themselves.
template <class Kind>
[[nodiscard]] int contradictions(unsigned batches) {
  std::array<trial<Kind>, trials_each> trials;
  int found = 0;
  for (unsigned batch = 0; batch < batches; ++batch) {
    for (auto& one : trials) one.prepare();
    pace together;
    {
      std::jthread producer([&] {
        int step = 0;
        for (auto& one : trials) {
          together.keep(0, ++step);
          one.push_twice();
        }
      });
      int step = 0;
      for (auto& one : trials) {
        together.keep(1, ++step);
        one.pop_twice();
      }
    }
    for (const auto& one : trials) found += one.contradicts_itself() ? 1 : 0;
  }
  return found;
}

}  // namespace tidegate::test
