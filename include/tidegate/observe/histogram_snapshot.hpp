// histogram_snapshot.hpp: counted durations as a value: percentiles, sums and differences, and text for other tools.
//
// Of a snapshot, count(), max() and min() are exact; what else it tells is right to `digits` significant digits.
// Threads: as any value.  Errors: add() and subtract() of another shape throw std::invalid_argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tidegate/observe/histogram_shape.hpp"

namespace tidegate {

enum class recorder_count : std::uint8_t;
template <recorder_count Recorders, class Sync>
class basic_histogram;

class histogram_snapshot {
 public:
  /// Empty. Throws as histogram_shape, and std::bad_alloc.
  explicit histogram_snapshot(histogram_config config = {});

  /// Counts `times` of one duration, as histogram::record().
  void record(std::chrono::nanoseconds duration, std::uint64_t times = 1) noexcept;

  /// All that `other` has counted, too. Of the same shape.
  void add(const histogram_snapshot& other);
  /// Takes away an earlier snapshot of the same histogram: what was recorded in between is left. max() and min() are
  /// then right to `digits` digits.
  void subtract(const histogram_snapshot& earlier);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }

  /// What `percent` of the durations did not exceed, rounded up to the end of its cell, and never above max(); 0 to
  /// 100. Zero when there are none.
  [[nodiscard]] std::chrono::nanoseconds percentile(double percent) const noexcept;
  /// How many lie at or below `duration`, as far as cells tell: those of its own cell count.
  [[nodiscard]] std::uint64_t count_up_to(std::chrono::nanoseconds duration) const noexcept;
  [[nodiscard]] std::chrono::nanoseconds max() const noexcept;  ///< zero when there are none
  [[nodiscard]] std::chrono::nanoseconds min() const noexcept;  ///< zero when there are none
  [[nodiscard]] double mean_ns() const noexcept;                ///< of the middles of the cells
  [[nodiscard]] double deviation_ns() const noexcept;           ///< the standard deviation, likewise
  /// All durations together, of the middles of the cells: for the sum of a summary.
  [[nodiscard]] double sum_ns() const noexcept { return mean_ns() * static_cast<double>(count_); }

  /// The percentile distribution in HdrHistogram's text form (.hgrm), which its plotters read. `ticks`: lines for each
  /// halving of the distance to 100 %; `unit`: a value is printed as so many of it.
  [[nodiscard]] std::string to_hgrm(unsigned ticks = 5,
                                    std::chrono::nanoseconds unit = std::chrono::nanoseconds(1)) const;
  /// {"count", "min_ns", "max_ns", "mean_ns", "percentiles_ns": {"50", "90", "99", "99.9", "99.99"}, "highest_ns",
  /// "digits", "cells": [[index, count], ...]}: without cells that are empty.
  [[nodiscard]] std::string to_json() const;

  [[nodiscard]] const histogram_config& config() const noexcept { return shape_.config(); }
  [[nodiscard]] const histogram_shape& shape() const noexcept { return shape_; }
  /// By cell of shape().
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const noexcept { return counts_; }

 private:
  template <recorder_count Recorders, class Sync>
  friend class basic_histogram;

  /// Counts were written: sums them up.
  void adopt(std::uint64_t longest, std::uint64_t shortest) noexcept;
  void require_same_shape(const histogram_snapshot& other) const;

  histogram_shape shape_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t longest_ = 0;
  std::uint64_t shortest_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace tidegate
