#include "pump/residence.hpp"

#include <cmath>
#include <numeric>
#include <utility>

namespace tidegate::pump {

std::optional<std::chrono::nanoseconds> quantile(const histogram_snapshot& of, double part) noexcept {
  if (of.is_empty()) return std::nullopt;
  return of.percentile(100 * part);
}

void fading_counts::update(histogram_snapshot all, clock::time_point now) {
  constexpr double fading_s = 2;
  constexpr double forgotten = 1e-3;  // of a duration: without it, the last ones before a pause would stay for ever
  const double kept = std::exp(-std::chrono::duration<double>(now - last_).count() / fading_s);
  for (std::size_t i = 0; i < recent_.size(); ++i) {
    recent_[i] = recent_[i] * kept + static_cast<double>(all.counts()[i] - seen_.counts()[i]);
    if (recent_[i] < forgotten) recent_[i] = 0;
  }
  seen_ = std::move(all);
  last_ = now;
}

std::optional<std::chrono::nanoseconds> fading_counts::quantile(double part) const noexcept {
  const double all = std::accumulate(recent_.begin(), recent_.end(), 0.0);
  if (all <= 0) return std::nullopt;
  double below = 0;
  std::size_t last = 0;
  for (std::size_t cell = 0; cell < recent_.size() && below < part * all; ++cell) {
    if (recent_[cell] > 0) last = cell;  // rounding must not lead beyond the largest
    below += recent_[cell];
  }
  const histogram_shape& shape = seen_.shape();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(shape.begin_of(last) + shape.width_of(last) - 1));
}

}  // namespace tidegate::pump
