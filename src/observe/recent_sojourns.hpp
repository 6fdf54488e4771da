// recent_sojourns.hpp: the sojourn times of what left within a window, exact and by weight, in bounded memory: of so
// many groups that left together and had come together.
//
// Threads: one.  Cost: O(1) a group; a report sorts the groups.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "tidegate/base/deadline.hpp"
#include "tidegate/observe/pressure.hpp"

namespace tidegate::detail {

class recent_sojourns {
 public:
  using time_point = deadline::time_point;
  using nanoseconds = std::chrono::nanoseconds;

  recent_sojourns(std::size_t most_groups, nanoseconds window) : most_(most_groups), window_(window) {}

  void add(time_point left_at, nanoseconds sojourn, std::uint64_t count) {
    if (groups_.size() == most_) groups_.pop_front();
    groups_.push_back({left_at, sojourn, count});
  }

  /// What left before the window is forgotten.
  void expire(time_point now) noexcept {
    while (!groups_.empty() && now - groups_.front().left_at > window_) groups_.pop_front();
  }

  [[nodiscard]] sojourn_estimate estimate() const {
    std::vector<group> sorted(groups_.begin(), groups_.end());
    std::ranges::sort(sorted, {}, &group::sojourn);
    sojourn_estimate told;
    for (const group& one : sorted) told.count += one.count;
    if (told.count == 0) return told;
    told.p50 = percentile(sorted, told.count, 0.5);
    told.p99 = percentile(sorted, told.count, 0.99);
    told.p999 = percentile(sorted, told.count, 0.999);
    told.longest = sorted.back().sojourn;
    return told;
  }

 private:
  struct group {
    time_point left_at;
    nanoseconds sojourn;
    std::uint64_t count;
  };

  /// Nearest rank: the smallest that so large a part does not exceed.
  [[nodiscard]] static nanoseconds percentile(const std::vector<group>& sorted, std::uint64_t all,
                                              double part) noexcept {
    const double rank = std::ceil(part * static_cast<double>(all));
    std::uint64_t below = 0;
    for (const group& one : sorted) {
      below += one.count;
      if (static_cast<double>(below) >= rank) return one.sojourn;
    }
    return sorted.back().sojourn;
  }

  const std::size_t most_;
  const nanoseconds window_;
  std::deque<group> groups_;
};

}  // namespace tidegate::detail
