// tables.hpp: the numbers of a chart as tables, for readers who want them and for those who cannot see the chart.
#pragma once

#include <vector>

#include "report/items.hpp"

namespace tidegate::report {

/// One for each panel: a row for each x. More than some sixty: a row for each of as many stretches of x, with the
/// smallest and the largest value in it.
[[nodiscard]] std::vector<table> tables_of(const line_chart& chart);
[[nodiscard]] std::vector<table> tables_of(const small_multiples& chart);

[[nodiscard]] std::vector<table> tables_of(const ranking_bars& chart);

/// A row for each quantile that a curve has.
[[nodiscard]] std::vector<table> tables_of(const percentile_curves& chart);

}  // namespace tidegate::report
