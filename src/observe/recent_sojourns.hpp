// recent_sojourns.hpp: the sojourn times of what left within a window, exact and by weight, in bounded memory: of so
// many groups that left together and had come together.
//
// Threads: one.  Cost: a group is put in and taken out at its place among all by size; a report goes through them once.
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
    if (groups_.size() == most_) forget_oldest();
    groups_.push_back({left_at, sojourn, count});
    const auto place = place_of(sojourn);
    if (place != sizes_.end() && place->sojourn == sojourn) {
      place->count += count;
    } else {
      sizes_.insert(place, {sojourn, count});
    }
    all_ += count;
  }

  /// What left before the window is forgotten.
  void expire(time_point now) noexcept {
    while (!groups_.empty() && now - groups_.front().left_at > window_) forget_oldest();
  }

  [[nodiscard]] sojourn_estimate estimate() const noexcept {
    if (all_ == 0) return {};
    return {all_, percentile(0.5), percentile(0.99), percentile(0.999), sizes_.back().sojourn};
  }

 private:
  struct group {
    time_point left_at;
    nanoseconds sojourn;
    std::uint64_t count;
  };
  struct size {
    nanoseconds sojourn;
    std::uint64_t count;
  };

  [[nodiscard]] std::vector<size>::iterator place_of(nanoseconds sojourn) noexcept {
    return std::ranges::lower_bound(sizes_, sojourn, {}, &size::sojourn);
  }

  void forget_oldest() noexcept {
    const group& oldest = groups_.front();
    const auto place = place_of(oldest.sojourn);
    place->count -= oldest.count;
    all_ -= oldest.count;
    if (place->count == 0) sizes_.erase(place);
    groups_.pop_front();
  }

  /// Nearest rank: the smallest that so large a part does not exceed.
  [[nodiscard]] nanoseconds percentile(double part) const noexcept {
    const auto rank = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(all_)));
    std::uint64_t below = 0;
    for (const size& one : sizes_) {
      below += one.count;
      if (below >= rank) return one.sojourn;
    }
    return sizes_.back().sojourn;
  }

  const std::size_t most_;
  const nanoseconds window_;
  std::deque<group> groups_;  // in the order in which they left
  std::vector<size> sizes_;   // the same, by size
  std::uint64_t all_ = 0;
};

}  // namespace tidegate::detail
