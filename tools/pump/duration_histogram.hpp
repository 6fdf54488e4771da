// duration_histogram.hpp: counts durations in buckets whose width grows with the value: bounded memory, bounded error.
//
// Log-linear: 16 buckets for each power of two, from 1 ns to about 39 hours (longer counts as that), so a quantile is
// at most 1/16 too large, and never too small. Threads: one adds, any looks.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pump/progress.hpp"

namespace tidegate::pump {

class duration_histogram {
 public:
  static constexpr unsigned sub_bits = 4;
  static constexpr unsigned value_bits = 47;
  static constexpr std::size_t buckets = std::size_t{value_bits - sub_bits + 1} << sub_bits;

  /// How often each bucket was hit. Fractions, so that old counts can fade.
  using counts = std::array<double, buckets>;

  void add(std::chrono::nanoseconds duration) noexcept;

  [[nodiscard]] counts snapshot() const noexcept;

 private:
  std::array<gauge, buckets> hits_;
};

/// The sum of all counts.
[[nodiscard]] double total(const duration_histogram::counts& of) noexcept;

/// What `part` of the durations (0.99: 99 %) did not exceed, rounded up to a bucket's end. Nothing when there are none.
[[nodiscard]] std::optional<std::chrono::nanoseconds> quantile(const duration_histogram::counts& of,
                                                               double part) noexcept;

/// Counts of the last seconds: what is older fades away.
class fading_counts {
 public:
  using clock = std::chrono::steady_clock;

  explicit fading_counts(clock::time_point start) noexcept : last_(start) {}

  /// Takes in what was counted since the last call.
  const duration_histogram::counts& update(const duration_histogram::counts& all, clock::time_point now) noexcept;

 private:
  clock::time_point last_;
  duration_histogram::counts seen_{};
  duration_histogram::counts recent_{};
};

}  // namespace tidegate::pump
