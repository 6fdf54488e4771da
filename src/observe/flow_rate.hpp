// flow_rate.hpp: how many pass a point in a second, lately: what was counted over the time that it took, both weighed
// down by half for each half-life that has gone by since.
//
// Right for samples at any distance: a constant rate is told exactly from the second sample on. Threads: one.
// Source: exponentially weighted moving averages over unequal intervals (U. Eckner, 2012), as a ratio of two sums.
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

namespace tidegate::detail {

class flow_rate {
 public:
  explicit flow_rate(std::chrono::nanoseconds half_life) noexcept
      : half_life_s_(std::chrono::duration<double>(half_life).count()) {}

  /// So many passed within `span`, which has just ended.
  void add(std::uint64_t count, std::chrono::nanoseconds span) noexcept {
    const double seconds = std::chrono::duration<double>(span).count();
    const double kept = std::exp2(-seconds / half_life_s_);
    count_ = count_ * kept + static_cast<double>(count);
    seconds_ = seconds_ * kept + seconds;
  }

  [[nodiscard]] double per_second() const noexcept { return seconds_ > 0 ? count_ / seconds_ : 0; }

 private:
  double half_life_s_;
  double count_ = 0;
  double seconds_ = 0;
};

}  // namespace tidegate::detail
