// limit_sample.hpp: what a concurrency limit that adapts is told, and what every algorithm for it offers.
//
// A sample stands for a window of several round trips (adaptive_limit makes them): the algorithms assume that a change
// of the limit shows in the next sample but one.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>

#include "tidegate/flow/detail/require.hpp"

namespace tidegate {

struct limit_sample {
  std::chrono::nanoseconds rtt{0};  ///< from permit to completion, mean of the window
  std::size_t in_flight = 0;        ///< most at the same time
  bool dropped = false;             ///< something timed out or was shed behind the limit
};

/// Where a limit starts, and what it never leaves. `least` should be what the server does at the same time.
struct limit_range {
  std::size_t first = 20;
  std::size_t least = 1;
  std::size_t most = 1000;
};

/// One thread calls update(); it returns the new limit.
template <class A>
concept limit_algorithm = requires(A& algorithm, const A& seen, const limit_sample& sample) {
  { algorithm.update(sample) } -> std::same_as<std::size_t>;
  { seen.limit() } -> std::same_as<std::size_t>;
};

namespace detail {

constexpr limit_range checked_range(limit_range range) {
  require(range.least > 0, "limit: least is 0; accepted: 1 or more");
  require(range.most <= std::size_t{1} << 30, "limit: most is above 2^30");
  require(range.least <= range.first && range.first <= range.most, "limit: first is not between least and most");
  return range;
}

[[nodiscard]] constexpr double within(const limit_range& range, double limit) noexcept {
  const auto least = static_cast<double>(range.least), most = static_cast<double>(range.most);
  return limit < least ? least : limit > most ? most : limit;
}

/// Nothing may be concluded about a limit of which less than half is used.
[[nodiscard]] constexpr bool binds(double limit, std::size_t in_flight) noexcept {
  return static_cast<double>(in_flight) * 2 >= limit;
}

}  // namespace detail
}  // namespace tidegate
