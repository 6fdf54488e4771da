// wrong_queue.hpp: queues that are wrong on purpose, each in one way, to see that the checks find it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "tidegate/base/status.hpp"

namespace tidegate::test {

enum class defect : std::uint8_t {
  none,
  swaps_two_pops,
  loses_one,
  delivers_twice,
  invents_one,
  says_empty,
  says_full,
  takes_one_too_many,
  closes_early,      ///< pops answer `closed` before the rest was delivered
  opens_again,       ///< a push after the close is accepted
  forgets_to_close,  ///< a pop from the closed and empty queue answers `empty`, now and then
};

/// A locked queue that makes its mistake at every `period`-th chance.
class wrong_queue {
 public:
  wrong_queue(std::size_t capacity, defect mistake, std::size_t period = 1)
      : capacity_(capacity), mistake_(mistake), period_(period) {}

  push_status try_push(std::uint64_t value) {
    const std::lock_guard lock(mutex_);
    if (closed_ && !(mistake_ == defect::opens_again && now_and_then())) return push_status::closed;
    if (items_.size() >= capacity_ && !(mistake_ == defect::takes_one_too_many && items_.size() == capacity_))
      return push_status::full;
    if (mistake_ == defect::says_full && items_.empty() && capacity_ > 1 && now_and_then()) return push_status::full;
    if (mistake_ == defect::loses_one && now_and_then()) return push_status::ok;
    items_.push_back(value);
    return push_status::ok;
  }

  pop_status try_pop(std::uint64_t& out) {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return answer_nothing();
    if (mistake_ == defect::closes_early && closed_) return pop_status::closed;
    if (mistake_ == defect::says_empty && items_.size() > 1 && now_and_then()) return pop_status::empty;
    if (mistake_ == defect::swaps_two_pops && items_.size() > 1 && now_and_then()) std::swap(items_[0], items_[1]);
    out = items_.front();
    if (mistake_ == defect::invents_one && now_and_then()) out += 1'000'000'000;
    if (!(mistake_ == defect::delivers_twice && now_and_then())) items_.pop_front();
    return pop_status::ok;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

  [[nodiscard]] bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  [[nodiscard]] bool now_and_then() noexcept { return ++chances_ % period_ == 0; }

  [[nodiscard]] pop_status answer_nothing() noexcept {
    if (!closed_) return pop_status::empty;
    return mistake_ == defect::forgets_to_close && chances_++ < 3 ? pop_status::empty : pop_status::closed;
  }

  std::size_t capacity_;
  defect mistake_;
  std::size_t period_;
  std::size_t chances_ = 0;
  mutable std::mutex mutex_;
  std::deque<std::uint64_t> items_;
  bool closed_ = false;
};

/// The bounded queue of Dmitry Vyukov (1024cores.net, 2010) for several producers and consumers: a cell is claimed
/// first and published later. While a producer stands between the two, what others push behind it cannot be popped,
/// and the queue answers `empty`. That is what it promises, but not what a bounded FIFO with exact answers does.
template <std::size_t Capacity>
class vyukov_ring {
 public:
  vyukov_ring() {
    for (std::size_t i = 0; i < Capacity; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);  // not shared yet
  }

  /// `claimed()` runs in the middle: that long the producer is stopped there.
  template <class Claimed>
  push_status try_push(std::uint64_t value, Claimed&& claimed) {
    std::size_t position = tail_.load(std::memory_order_relaxed);  // the exchange below checks it
    for (;;) {
      cell& slot = cells_[position % Capacity];
      const auto ahead = static_cast<std::ptrdiff_t>(slot.turn.load(std::memory_order_acquire) - position);
      if (ahead < 0) return push_status::full;
      if (ahead == 0 &&
          tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed, std::memory_order_relaxed)) {
        std::forward<Claimed>(claimed)();
        slot.value = value;
        slot.turn.store(position + 1, std::memory_order_release);
        return push_status::ok;
      }
      if (ahead > 0) position = tail_.load(std::memory_order_relaxed);
    }
  }

  pop_status try_pop(std::uint64_t& out) {
    std::size_t position = head_.load(std::memory_order_relaxed);  // the exchange below checks it
    for (;;) {
      cell& slot = cells_[position % Capacity];
      const auto ahead = static_cast<std::ptrdiff_t>(slot.turn.load(std::memory_order_acquire) - (position + 1));
      if (ahead < 0) return pop_status::empty;
      if (ahead == 0 &&
          head_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed, std::memory_order_relaxed)) {
        out = slot.value;
        slot.turn.store(position + Capacity, std::memory_order_release);
        return pop_status::ok;
      }
      if (ahead > 0) position = head_.load(std::memory_order_relaxed);
    }
  }

 private:
  struct cell {
    std::atomic<std::size_t> turn;
    std::uint64_t value = 0;
  };
  std::array<cell, Capacity> cells_;
  std::atomic<std::size_t> tail_ = 0;
  std::atomic<std::size_t> head_ = 0;
};

}  // namespace tidegate::test
