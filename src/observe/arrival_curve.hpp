// arrival_curve.hpp: when the elements that are inside entered: the part of the cumulative arrival curve that has not
// left yet, in bounded memory.
//
// A point says: what entered up to here was first seen at `at`, and not yet at `from`, one sample before. Elements are
// numbered by arrival; a FIFO lets them out in that order. So the element that is next to leave belongs to the first
// point.
// Bounded: when there is no place for one more point, two that follow each other become one, and of them those whose
// common gap is the smallest part of their age. With n points, what has entered within the last n samples is known to
// one period; an age of 10^6 periods to about 6/n of it.
// Threads: one.  Cost: O(1) a sample; O(n) when nearly all n are in use.
// Origin: Newell's cumulative curves; the thinning is our own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tidegate/base/deadline.hpp"
#include "tidegate/flow/detail/require.hpp"

namespace tidegate::detail {

class arrival_curve {
 public:
  using time_point = deadline::time_point;
  using nanoseconds = std::chrono::nanoseconds;

  /// From now on; of the first `entered` elements nobody knows when they came.
  arrival_curve(std::size_t most_points, time_point start, std::uint64_t entered)
      : most_(most_points), unknown_(entered), entered_(entered), start_(start) {
    points_.reserve(most_);
  }

  /// So many have entered by `at`; the sample before was taken at `from`.
  void add(time_point from, time_point at, std::uint64_t entered) {
    if (entered <= entered_) return;
    entered_ = entered;
    if (points_.size() - first_ == most_) merge_two(at);
    if (points_.size() == most_) drop_front();
    points_.push_back({from, at, entered});
  }

  /// So many have left by `at`. Calls `tell(sojourn, count)` for those whose arrival is known, the oldest first.
  template <class Tell>
  void leave(time_point at, std::uint64_t left, Tell&& tell) {
    left = std::min(left, entered_);
    left_ = std::max(left_, std::min(left, unknown_));
    while (first_ != points_.size() && left_ < left) {
      const point& oldest = points_[first_];
      const std::uint64_t until = std::min(left, oldest.entered);
      tell(elapsed(oldest.at, at), until - left_);
      left_ = until;
      if (until == oldest.entered) ++first_;
    }
  }

  /// How long the next one to leave has been inside; zero when nothing is. At least so long, if it was there already
  /// when the curve began.
  [[nodiscard]] nanoseconds oldest_age(time_point now) const noexcept {
    if (left_ == entered_) return {};
    if (left_ < unknown_) return elapsed(start_, now);
    const point& oldest = points_[first_];
    return (elapsed(oldest.at, now) + elapsed(oldest.from, now)) / 2;
  }

  [[nodiscard]] std::size_t points() const noexcept { return points_.size() - first_; }

 private:
  struct point {
    time_point from;
    time_point at;
    std::uint64_t entered;
  };

  /// Of all neighbours those two that lose least, the newest excepted.
  void merge_two(time_point now) noexcept {
    std::size_t best = first_;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = first_; i + 2 < points_.size(); ++i) {
      const auto gap = static_cast<double>(elapsed(points_[i].from, points_[i + 1].at).count());
      const auto age = static_cast<double>(elapsed(points_[i + 1].at, now).count()) + 1;
      if (gap / age < least) {
        least = gap / age;
        best = i;
      }
    }
    points_[best + 1].from = points_[best].from;
    points_.erase(points_.begin() + static_cast<std::ptrdiff_t>(best));
  }

  void drop_front() noexcept {
    points_.erase(points_.begin(), points_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  const std::size_t most_;
  const std::uint64_t unknown_;  // elements that were there, or had left, before the first point
  std::uint64_t entered_;
  std::uint64_t left_ = 0;
  time_point start_;
  std::vector<point> points_;  // [first_, end): those that are inside
  std::size_t first_ = 0;
};

}  // namespace tidegate::detail
