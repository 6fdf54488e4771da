// seqlock_ring.hpp: how fast a publisher that never waits can be: one seqlock a cell, two fences, no account of losses.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

template <std::size_t Capacity>
class seqlock_ring {
 public:
  void publish(std::uint64_t value) noexcept {
    cell& to = cells_[tail_ % Capacity];
    to.version.store(2 * tail_ + 1, order::relaxed);  // odd: being written
    std::atomic_thread_fence(order::release);         // [seqlock] pairs with the acquire fence in read()
    to.value.store(value, order::relaxed);
    to.version.store(2 * tail_ + 2, order::release);  // [seqlock] pairs with the acquire in read()
    ++tail_;
  }

  /// False: nothing new. A reader that was overtaken goes on with what it finds.
  bool read(std::uint64_t& next, std::uint64_t& value) const noexcept {
    const cell& from = cells_[next % Capacity];
    const std::uint64_t before = from.version.load(order::acquire);  // [seqlock] pairs with publish()
    if (before < 2 * next + 2 || before % 2 != 0) return false;
    value = from.value.load(order::relaxed);
    std::atomic_thread_fence(order::acquire);  // [seqlock] as above
    if (from.version.load(order::relaxed) != before) return false;
    next = before / 2;
    return true;
  }

 private:
  struct cell {
    std::atomic<std::uint64_t> version{0};
    std::atomic<std::uint64_t> value{0};
  };
  alignas(128) cell cells_[Capacity];
  alignas(128) std::uint64_t tail_ = 0;
};

}  // namespace tidegate::bench
