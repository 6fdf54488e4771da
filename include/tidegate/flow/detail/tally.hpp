// tally.hpp: counters of what a part of flow/ refused or dropped, with one writing thread or several.
#pragma once

#include <cstdint>

#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

/// Counted by any thread, read by any.
template <class Sync>
class tally {
 public:
  void add(std::uint64_t amount = 1) noexcept { value_.fetch_add(amount, order::relaxed); }  // guards no data
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(order::relaxed); }  // observation

 private:
  typename Sync::template atomic<std::uint64_t> value_{0};
};

/// Counted by one thread, read by any.
template <class Sync>
class own_tally {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(order::relaxed) + amount, order::relaxed);  // one writer: nothing is lost
  }
  [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(order::relaxed); }  // observation

 private:
  typename Sync::template atomic<std::uint64_t> value_{0};
};

}  // namespace tidegate::detail
