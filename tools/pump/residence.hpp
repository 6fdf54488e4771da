// residence.hpp: how long records stayed in the queue: all of them, and those of the last seconds.
//
// Threads: one records, any looks; fading_counts is the main thread's.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "tidegate/observe/histogram.hpp"
#include "tidegate/observe/histogram_snapshot.hpp"

namespace tidegate::pump {

/// Up to 40 hours, to one percent.
inline constexpr histogram_config residence_config{.highest = std::chrono::hours(40), .digits = 2};

/// What `part` of the durations (0.99: 99 %) did not exceed. Nothing when there are none.
[[nodiscard]] std::optional<std::chrono::nanoseconds> quantile(const histogram_snapshot& of, double part) noexcept;

/// Counts of the last seconds: what is older fades away.
class fading_counts {
 public:
  using clock = std::chrono::steady_clock;

  explicit fading_counts(clock::time_point start) : last_(start), seen_(residence_config) {}

  /// Takes in what was counted since the last call; `all` is of residence_config.
  void update(histogram_snapshot all, clock::time_point now);

  /// As above, of what has not faded.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> quantile(double part) const noexcept;

 private:
  clock::time_point last_;
  histogram_snapshot seen_;
  std::vector<double> recent_ = std::vector<double>(seen_.shape().cells());
};

}  // namespace tidegate::pump
