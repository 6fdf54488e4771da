// statistics.hpp: medians, ranges, percentiles and paired ratios. No means: one interrupted sample would own them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tidegate::bench {

/// The value below which `fraction` of the sorted values lie, by linear interpolation. Values must be sorted, not none.
[[nodiscard]] inline double quantile_of_sorted(const std::vector<double>& sorted, double fraction) noexcept {
  const double at = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double share = at - static_cast<double>(below);
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

struct summary {
  std::size_t count = 0;
  double median = 0;
  double min = 0;
  double max = 0;
};

/// All zero when there are no values.
[[nodiscard]] inline summary summarize(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {values.size(), quantile_of_sorted(values, 0.5), values.front(), values.back()};
}

/// A value that belongs to one round; only values of the same round are ever divided.
struct round_value {
  unsigned round = 0;
  double value = 0;
};

/// own / other for every round in which both have a value.
[[nodiscard]] inline summary paired_ratio(const std::vector<round_value>& own, const std::vector<round_value>& other) {
  std::vector<double> ratios;
  for (const round_value& mine : own) {
    for (const round_value& theirs : other) {
      if (mine.round == theirs.round && theirs.value > 0) ratios.push_back(mine.value / theirs.value);
    }
  }
  return summarize(std::move(ratios));
}

/// p50, p90, p99 and p99.9 of single operations.
struct percentiles {
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
};

[[nodiscard]] inline percentiles percentiles_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {quantile_of_sorted(values, 0.5), quantile_of_sorted(values, 0.9), quantile_of_sorted(values, 0.99),
          quantile_of_sorted(values, 0.999)};
}

}  // namespace tidegate::bench
