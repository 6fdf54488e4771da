// counter.hpp: counters of what happened, for statistics. They guard no data.
#pragma once

#include <cstdint>

#include "tidegate/base/order.hpp"

namespace tidegate {

/// Whether a part counts what its state does not tell. Counting happens on cold paths only.
enum class stats_kind : std::uint8_t { off, counters };

namespace detail {

/// Counted by one thread, read by any. relaxed everywhere: an observation that guards no data.
template <class Sync>
class counter {
 public:
  void add(std::uint64_t amount) noexcept {
    value_.store(value_.load(order::relaxed) + amount, order::relaxed);  // one writer: nothing is lost
  }
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(order::relaxed); }  // observation

 private:
  typename Sync::template atomic<std::uint64_t> value_{0};
};

/// Counted by several threads.
template <class Sync>
class shared_counter {
 public:
  void add(std::uint64_t amount) noexcept { value_.fetch_add(amount, order::relaxed); }      // guards no data
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(order::relaxed); }  // observation

 private:
  typename Sync::template atomic<std::uint64_t> value_{0};
};

}  // namespace detail
}  // namespace tidegate
