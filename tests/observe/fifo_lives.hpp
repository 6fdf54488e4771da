// fifo_lives.hpp: when each element of a simulated FIFO came and went: what a sampler's estimates are compared with.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <vector>

#include "tidegate/base/deadline.hpp"

namespace tidegate::test {

using std::chrono::nanoseconds;
using time_point = deadline::time_point;

inline time_point at(nanoseconds since_start) { return time_point(std::chrono::hours(1)) + since_start; }

struct life {
  time_point came;
  time_point went = time_point::max();
};

/// One server takes elements in order, or the oldest is evicted when there is no place.
struct fifo_pattern {
  const char* name;
  std::function<nanoseconds(std::mt19937_64&, nanoseconds now)> next_arrival;  // after this one
  std::function<nanoseconds(std::mt19937_64&, nanoseconds now)> service;       // of the element taken at `now`
  std::size_t capacity = 1'000'000;
};

inline nanoseconds exponential(std::mt19937_64& random, nanoseconds mean) {
  return nanoseconds(std::llround(std::exponential_distribution<>(1)(random) * static_cast<double>(mean.count())));
}

/// Lives in order of arrival, which is also the order of departure.
inline std::vector<life> live(const fifo_pattern& pattern, std::uint64_t seed, nanoseconds until) {
  std::mt19937_64 random(seed);
  std::vector<life> all;
  std::deque<std::size_t> inside;
  nanoseconds arrival = pattern.next_arrival(random, nanoseconds(0));
  nanoseconds free = nanoseconds(0);  // when the server takes the next one
  while (std::min(arrival, inside.empty() ? arrival : free) <= until) {
    if (!inside.empty() && free <= arrival) {
      all[inside.front()].went = at(free);
      inside.pop_front();
      free += pattern.service(random, free);
      continue;
    }
    if (inside.size() == pattern.capacity) {
      all[inside.front()].went = at(arrival);
      inside.pop_front();
    }
    all.push_back({at(arrival)});
    inside.push_back(all.size() - 1);
    free = std::max(free, arrival);
    arrival += pattern.next_arrival(random, arrival);
  }
  return all;
}

/// Counters as they stand at an instant.
struct counted {
  std::uint64_t entered = 0;
  std::uint64_t left = 0;
};
inline counted count(const std::vector<life>& all, time_point now) {
  const auto came = std::ranges::upper_bound(all, now, {}, &life::came);
  const auto went = std::ranges::upper_bound(all, now, {}, &life::went);
  return {static_cast<std::uint64_t>(came - all.begin()), static_cast<std::uint64_t>(went - all.begin())};
}

/// The smallest of the values that so large a part does not exceed.
inline nanoseconds nearest_rank(std::vector<nanoseconds> all, double part) {
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(all.size())));
  std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(rank - 1));
  return all[rank - 1];
}

}  // namespace tidegate::test
