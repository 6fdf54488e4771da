// trend.hpp: the slope of a level over a window of time, and how sure it is.
//
// Least squares by running sums: O(1) a sample. The sums are taken anew, from where the window then begins, each time
// that all points have been replaced, so that rounding does not add up.
// Standard error: the textbook's holds for deviations that are independent, and those of a queue are not: its depth is
// a random walk, which drifts for a while for no reason. So it is multiplied by sqrt((1 + r) / (1 - r)), where r is the
// correlation of neighbouring deviations: what remains of n samples that go along with each other.
// Threads: one.
// Source: ordinary least squares; the effective number of samples of a first-order autoregression, e.g. Bayley &
// Hammersley, 1946.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "tidegate/base/deadline.hpp"

namespace tidegate::detail {

/// Per second.
struct slope_estimate {
  double slope = 0;
  double error = 0;  ///< 0: fewer than 3 samples, and no slope either

  /// A rise that is no noise.
  [[nodiscard]] bool rises(double significance) const noexcept { return slope > 0 && slope > significance * error; }
};

class trend {
 public:
  using time_point = deadline::time_point;

  trend(std::size_t most_points, std::chrono::nanoseconds window)
      : most_(most_points), window_(window), points_(most_points) {}

  /// Times do not go back; of two at the same time the later one counts.
  void add(time_point at, double level) {
    if (count() > 0 && at <= newest().at) return replace_newest(level);
    while (count() == most_ || (count() > 2 && at - oldest().at > window_)) drop_oldest();
    append({at, level});
    if (++since_rebase_ >= most_) rebase();
  }

  [[nodiscard]] slope_estimate estimate() const noexcept {
    const line fitted = fit();
    if (fitted.xx <= 0) return {};
    const double off = fitted.deviations;
    const double r = off > 0 ? std::clamp(neighbours(fitted.slope) / off, 0.0, most_correlated) : 0;
    return {fitted.slope, plain_error() * std::sqrt((1 + r) / (1 - r))};
  }

  /// The textbook's standard error of the slope: for comparison.
  [[nodiscard]] double plain_error() const noexcept {
    const line fitted = fit();
    return fitted.xx <= 0 ? 0 : std::sqrt(fitted.deviations / (static_cast<double>(count()) - 2) / fitted.xx);
  }

 private:
  static constexpr double most_correlated = 0.999;

  struct point {
    time_point at;
    double level;
  };
  struct sums {
    double x = 0, y = 0, xx = 0, xy = 0, yy = 0;
    void add(double a, double b, double times) noexcept {
      x += times * a;
      y += times * b;
      xx += times * a * a;
      xy += times * a * b;
      yy += times * b * b;
    }
  };
  /// Of each point (x, y) and the next one (u, v).
  struct neighbour_sums {
    double x = 0, y = 0, u = 0, v = 0, xu = 0, xv = 0, yu = 0, yv = 0;
    void add(double a, double b, double c, double d, double times) noexcept {
      x += times * a;
      y += times * b;
      u += times * c;
      v += times * d;
      xu += times * a * c;
      xv += times * a * d;
      yu += times * b * c;
      yv += times * b * d;
    }
  };

  struct line {
    double slope = 0;
    double xx = 0;          // 0: no line
    double deviations = 0;  // the sum of their squares
  };
  [[nodiscard]] line fit() const noexcept {
    const double n = static_cast<double>(count());
    if (count() < 3) return {};
    const double xx = all_.xx - all_.x * all_.x / n;
    const double xy = all_.xy - all_.x * all_.y / n;
    const double yy = all_.yy - all_.y * all_.y / n;
    return {xy / xx, xx, std::max(0.0, yy - xy * xy / xx)};
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] const point& at(std::size_t index) const noexcept { return points_[(first_ + index) % most_]; }
  [[nodiscard]] const point& oldest() const noexcept { return at(0); }
  [[nodiscard]] const point& newest() const noexcept { return at(count_ - 1); }
  [[nodiscard]] double x_of(const point& one) const noexcept {
    return std::chrono::duration<double>(one.at - origin_.at).count();
  }
  [[nodiscard]] double y_of(const point& one) const noexcept { return one.level - origin_.level; }

  void count_in(const point& one, double times) noexcept { all_.add(x_of(one), y_of(one), times); }
  void count_in(const point& one, const point& next, double times) noexcept {
    pairs_.add(x_of(one), y_of(one), x_of(next), y_of(next), times);
  }

  void append(const point& one) {
    if (count_ == 0) origin_ = one;
    if (count_ > 0) count_in(newest(), one, 1);
    count_in(one, 1);
    points_[(first_ + count_) % most_] = one;
    ++count_;
  }
  void drop_oldest() noexcept {
    count_in(oldest(), -1);
    if (count_ > 1) count_in(oldest(), at(1), -1);
    first_ = (first_ + 1) % most_;
    --count_;
  }
  void replace_newest(double level) noexcept {
    point& last = points_[(first_ + count_ - 1) % most_];
    count_in(last, -1);
    if (count_ > 1) count_in(at(count_ - 2), last, -1);
    last.level = level;
    count_in(last, 1);
    if (count_ > 1) count_in(at(count_ - 2), last, 1);
  }
  void rebase() noexcept {
    all_ = {};
    pairs_ = {};
    since_rebase_ = 0;
    origin_ = oldest();
    for (std::size_t i = 0; i < count_; ++i) {
      count_in(at(i), 1);
      if (i > 0) count_in(at(i - 1), at(i), 1);
    }
  }

  /// The sum of the products of neighbouring deviations from the line.
  [[nodiscard]] double neighbours(double slope) const noexcept {
    const double n = static_cast<double>(count_);
    const double level = (all_.y - slope * all_.x) / n;  // of the line at the origin
    const neighbour_sums& p = pairs_;
    return p.yv - slope * (p.yu + p.xv) - level * (p.y + p.v) + slope * slope * p.xu + level * slope * (p.x + p.u) +
           level * level * (n - 1);
  }

  const std::size_t most_;
  const std::chrono::nanoseconds window_;
  std::vector<point> points_;  // a ring
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::size_t since_rebase_ = 0;
  point origin_{};
  sums all_;
  neighbour_sums pairs_;
};

}  // namespace tidegate::detail
