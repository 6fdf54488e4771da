// scale.hpp: where an axis begins and ends, where its marks are, and which colour a series has.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "report/items.hpp"

namespace tidegate::report {

struct range {
  double least = 0;
  double most = 1;
};

/// A number with a place on the axis: finite (and below 1e300), and above zero if that is logarithmic.
[[nodiscard]] bool has_place(double value, axis_scale scale) noexcept;

/// All values have a place in it, and its ends are round; a linear one contains 0. What the axis says goes before.
[[nodiscard]] range round_range(const axis& of, std::span<const double> values);

/// From the smallest to the largest value, as they are.
[[nodiscard]] range tight_range(const axis& of, std::span<const double> values);

/// Round values within the range, about as many as asked for.
[[nodiscard]] std::vector<double> marks(const axis& of, range within, unsigned about);

/// An axis of which everything is decided.
struct fixed_axis {
  axis what{};
  range ends{};
  std::vector<double> ticks{};

  /// 0 at the beginning of the axis, 1 at its end; may lie outside.
  [[nodiscard]] double place(double value) const noexcept;
};

[[nodiscard]] fixed_axis x_axis_of(const line_chart& chart);
[[nodiscard]] fixed_axis x_axis_of(const small_multiples& chart);
[[nodiscard]] fixed_axis x_axis_of(const percentile_curves& chart);
[[nodiscard]] fixed_axis y_axis_of(const panel& part);
[[nodiscard]] fixed_axis y_axis_of(const small_multiples& chart);
[[nodiscard]] fixed_axis value_axis_of(const ranking_bars& chart);
[[nodiscard]] fixed_axis value_axis_of(const percentile_curves& chart);

/// Place on the x axis of percentile curves.
[[nodiscard]] double nines(double quantile) noexcept;

/// The other way: 1000 → "99.9 %".
[[nodiscard]] std::string format_nines(double nines);
[[nodiscard]] std::string format_quantile(double quantile);

/// The bars from the best to the worst; values that are no number last.
[[nodiscard]] std::vector<bar> in_order(const ranking_bars& chart);

/// Name of a series → which colour it has: ours first, then in order of appearance.
using colour_slots = std::map<std::string, std::size_t>;
[[nodiscard]] colour_slots slots_of(std::span<const panel> panels);
[[nodiscard]] colour_slots slots_of(const percentile_curves& chart);

}  // namespace tidegate::report
