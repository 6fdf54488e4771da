// mutex_ring.hpp: what one writes first: a ring under std::mutex with two condition variables, notified only when
// somebody waits.
#pragma once

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace tidegate::bench {

template <class T, std::size_t Capacity>
class mutex_ring {
 public:
  bool try_push(const T& value) { return try_push_n(&value, 1) == 1; }
  bool try_pop(T& out) { return try_pop_n(&out, 1) == 1; }

  std::size_t try_push_n(const T* items, std::size_t n) {
    const std::lock_guard lock(mutex_);
    const std::size_t accepted = std::min(n, Capacity - depth_);
    for (std::size_t i = 0; i < accepted; ++i) put(items[i]);
    return accepted;
  }
  std::size_t try_pop_n(T* out, std::size_t n) {
    const std::lock_guard lock(mutex_);
    const std::size_t got = std::min(n, depth_);
    for (std::size_t i = 0; i < got; ++i) take(out[i]);
    return got;
  }

  void push(const T& value) {
    bool wake = false;
    {
      std::unique_lock lock(mutex_);
      ++pushers_waiting_;
      not_full_.wait(lock, [&] { return depth_ < Capacity; });
      --pushers_waiting_;
      put(value);
      wake = poppers_waiting_ != 0;
    }
    if (wake) not_empty_.notify_one();
  }
  void pop(T& out) {
    bool wake = false;
    {
      std::unique_lock lock(mutex_);
      ++poppers_waiting_;
      not_empty_.wait(lock, [&] { return depth_ > 0; });
      --poppers_waiting_;
      take(out);
      wake = pushers_waiting_ != 0;
    }
    if (wake) not_full_.notify_one();
  }

 private:
  void put(const T& value) {
    slots_[(head_ + depth_) % Capacity] = value;
    ++depth_;
  }
  void take(T& out) {
    out = slots_[head_];
    head_ = (head_ + 1) % Capacity;
    --depth_;
  }

  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::size_t head_ = 0;
  std::size_t depth_ = 0;
  unsigned pushers_waiting_ = 0;
  unsigned poppers_waiting_ = 0;
  std::array<T, Capacity> slots_;
};

}  // namespace tidegate::bench
