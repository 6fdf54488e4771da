// bell_word: who rings wakes a parked owner, exactly one of them, and nobody when the owner is awake.
//
// Two bits of one word: rung, parked. Both sides change it by read-modify-writes, of which one comes first: either
// ring() finds the owner parked, or park() finds the ring.
// Progress: wait-free.  Threads: one parks, any ring.
//
// Protocol: [ring] what was done before ring() → the owner that finds the ring.
#pragma once

#include <cstdint>

#include "tidegate/base/order.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

template <class Sync = native_sync>
class bell_word {
 public:
  /// True: the caller, and nobody else, has to wake the owner.
  [[nodiscard]] bool ring() noexcept {
    const std::uint64_t before = word_.fetch_or(rung, order::release);  // [ring] pairs with take()
    if ((before & parked) == 0) return false;
    // relaxed: decides among those who ring; the change is published above
    return (word_.fetch_and(~parked, order::relaxed) & parked) != 0;
  }

  /// False: it has been rung since; that is now taken, and the owner is not parked.
  [[nodiscard]] bool park() noexcept {
    // relaxed: a ring that it finds is taken below
    if ((word_.fetch_or(parked, order::relaxed) & rung) == 0) return true;
    static_cast<void>(take());
    return false;
  }

  /// True: it has been rung since the last time. The owner is not parked any more.
  [[nodiscard]] bool take() noexcept {
    return (word_.exchange(0, order::acquire) & rung) != 0;  // [ring] pairs with ring()
  }

 private:
  static constexpr std::uint64_t rung = 1;
  static constexpr std::uint64_t parked = 2;

  typename Sync::template atomic<std::uint64_t> word_{0};
};

}  // namespace tidegate::detail
