// sampler: keeps every Nth of what is offered while a place is nearly full, and says how many each kept one stands for.
//
// The weights lose nothing: at any time between two calls, the weights handed out and not given back, and what is left
// out and not yet stood for, add up to the number of calls, whatever threads called, and however often sampling began
// and ended meanwhile.
// Progress: lock-free (a lost exchange is somebody else's judgement).  Threads: any number.
// Origin: systematic sampling, as packet samplers do it (RFC 5475).
#pragma once

#include <cstdint>

#include "tidegate/base/order.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate {

/// Numbers of a sampler.
struct sampling {
  std::uint32_t every = 10;  ///< while it samples, one of so many is kept; 0 and 1: all
  double above = 0.5;        ///< saturation (depth / capacity) from which it samples
};

template <class Sync = native_sync>
class sampler {
 public:
  explicit sampler(std::uint32_t every) noexcept : every_(every) {}

  /// What the one in hand stands for, itself included; 0: it is left out. While nobody samples all are kept, and the
  /// first of them stands for what was left out at the end.
  [[nodiscard]] std::uint64_t judge(bool samples) noexcept {
    std::uint64_t left_out = left_out_.load(order::relaxed);  // a number that guards no data, here and below
    for (;;) {
      const bool is_kept = !samples || left_out + 1 >= every_;
      if (is_kept && left_out == 0) return 1;
      const std::uint64_t next = is_kept ? 0 : left_out + 1;
      // relaxed: as above
      if (left_out_.compare_exchange_weak(left_out, next, order::relaxed, order::relaxed)) {
        return is_kept ? left_out + 1 : 0;
      }
    }
  }

  /// One that was to be kept has found no place: so many of what it stood for are stood for by one that comes later.
  void give_back(std::uint64_t weight) noexcept {
    if (weight != 0) left_out_.fetch_add(weight, order::relaxed);  // as above
  }

  /// Left out and not yet stood for, a moment ago.
  [[nodiscard]] std::uint64_t left_out_hint() const noexcept { return left_out_.load(order::relaxed); }  // observation

 private:
  const std::uint64_t every_;
  typename Sync::template atomic<std::uint64_t> left_out_{0};
};

}  // namespace tidegate
