#include "report/scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

namespace tidegate::report {
namespace {

constexpr unsigned few_ticks = 5;
constexpr unsigned many_ticks = 8;
constexpr double most_decades = 12;  // what lies lower is drawn at the bottom

/// How far apart round values are, at least `rough`.
double round_step(double rough, unit in) {
  if (!(rough > 0) || !std::isfinite(rough)) return 1;
  if (in == unit::bytes || in == unit::bytes_per_second) return std::exp2(std::ceil(std::log2(rough) - 1e-9));
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

/// Marks of a logarithmic axis: 1, 2 and 5 of each decade, powers of two for bytes; `index` counts them through.
double log_mark(int index, unit in) {
  if (in == unit::bytes || in == unit::bytes_per_second) return std::exp2(index);
  constexpr std::array<double, 3> factors{1, 2, 5};
  const int decade = static_cast<int>(std::floor(index / 3.0));
  return factors[static_cast<std::size_t>(index - 3 * decade)] * std::pow(10, decade);
}

/// The largest mark that is not above the value.
int log_index(double value, unit in) {
  const bool binary = in == unit::bytes || in == unit::bytes_per_second;
  int index = static_cast<int>(std::floor(binary ? std::log2(value) : 3 * std::log10(value))) - 2;
  while (log_mark(index + 1, in) <= value * (1 + 1e-9)) ++index;
  return index;
}

range least_and_most(const axis& of, std::span<const double> values) {
  range found{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const double value : values) {
    if (!has_place(value, of.scale)) continue;
    found.least = std::min(found.least, value);
    found.most = std::max(found.most, value);
  }
  if (found.least > found.most) return of.scale == axis_scale::logarithmic ? range{1, 10} : range{0, 1};
  return found;
}

range with_own_ends(const axis& of, range ends) {
  if (of.least && has_place(*of.least, of.scale)) ends.least = *of.least;
  if (of.most && has_place(*of.most, of.scale)) ends.most = *of.most;
  if (ends.least < ends.most) return ends;
  if (of.scale == axis_scale::logarithmic) return {ends.least / 2, ends.least * 2};
  const double beside = ends.least == 0 ? 1 : std::abs(ends.least) / 2;
  return {ends.least - beside, ends.least + beside};
}

range round_log_range(const axis& of, range found) {
  found.least = std::max(found.least, found.most * std::pow(10, -most_decades));
  const int low = log_index(found.least, of.in);
  int high = log_index(found.most, of.in);
  if (log_mark(high, of.in) < found.most * (1 - 1e-9) || high == low) ++high;
  return {log_mark(low, of.in), log_mark(high, of.in)};
}

std::vector<double> log_marks(const axis& of, range within, unsigned about) {
  const bool binary = of.in == unit::bytes || of.in == unit::bytes_per_second;
  const int low = log_index(within.least * (1 + 1e-9), of.in);
  const int high = log_index(within.most, of.in);
  const int decade = binary ? 1 : 3;
  int stride = 1;
  if (high - low > static_cast<int>(about) + 1) stride = decade;
  while ((high - low) / stride > static_cast<int>(about) + 2) stride += decade;
  std::vector<double> all;
  for (int index = low; index <= high; ++index) {
    const double value = log_mark(index, of.in);
    if (index % stride == 0 && value >= within.least * (1 - 1e-9)) all.push_back(value);
  }
  return all;
}

fixed_axis fixed(axis what, range ends, unsigned ticks) {
  std::vector<double> at = marks(what, ends, ticks);
  return {std::move(what), ends, std::move(at)};
}

void append(std::vector<double>& to, const std::vector<reference_line>& limits) {
  for (const reference_line& one : limits) to.push_back(one.value);
}

std::vector<double> values_of(const panel& part) {
  std::vector<double> all;
  for (const series& line : part.lines) {
    for (const point& one : line.points) all.push_back(one.y);
  }
  append(all, part.limits);
  return all;
}

fixed_axis fixed_x(const axis& x, std::span<const panel> panels, std::span<const stretch> shaded) {
  std::vector<double> all;
  for (const panel& part : panels) {
    for (const series& line : part.lines) {
      for (const point& one : line.points) all.push_back(one.x);
    }
  }
  for (const stretch& one : shaded) all.insert(all.end(), {one.begin, one.end});
  return fixed(x, tight_range(x, all), many_ticks);
}

/// Ours first, the others after them.
template <class Named>
void enter(colour_slots& slots, const std::vector<Named>& all, bool ours) {
  for (const Named& one : all) {
    if (one.ours == ours) slots.try_emplace(one.name, slots.size());
  }
}

}  // namespace

bool has_place(double value, axis_scale scale) noexcept {
  constexpr double largest = 1e300;  // differences of such values are still numbers
  if (!(std::abs(value) < largest)) return false;
  return scale == axis_scale::linear || value > 1 / largest;
}

range round_range(const axis& of, std::span<const double> values) {
  range found = least_and_most(of, values);
  if (of.scale == axis_scale::logarithmic) return with_own_ends(of, round_log_range(of, found));
  found = {std::min(found.least, 0.0), std::max(found.most, 0.0)};
  if (found.least == found.most) found.most = 1;
  const double step = round_step((found.most - found.least) / few_ticks, of.in);
  const auto up = [step](double value) { return std::ceil(value / step - 1e-9) * step; };
  return with_own_ends(of, {-up(-found.least) + 0.0, up(found.most)});
}

range tight_range(const axis& of, std::span<const double> values) {
  return with_own_ends(of, least_and_most(of, values));
}

std::vector<double> marks(const axis& of, range within, unsigned about) {
  if (of.scale == axis_scale::logarithmic) return log_marks(of, within, about);
  const double step = round_step((within.most - within.least) / about, of.in);
  const double first = std::ceil(within.least / step - 1e-9);
  std::vector<double> all;
  for (unsigned i = 0; i <= 3 * about; ++i) {
    const double value = (first + i) * step + 0.0;  // no minus before zero
    if (value > within.most + step * 1e-9) break;
    if (all.empty() || value > all.back()) all.push_back(value);  // far from zero, a step may be too small to be one
  }
  return all;
}

double fixed_axis::place(double value) const noexcept {
  if (what.scale == axis_scale::linear) return (value - ends.least) / (ends.most - ends.least);
  return std::log(value / ends.least) / std::log(ends.most / ends.least);
}

fixed_axis x_axis_of(const line_chart& chart) { return fixed_x(chart.x, chart.panels, chart.shaded); }
fixed_axis x_axis_of(const small_multiples& chart) {
  fixed_axis one = fixed_x(chart.x, chart.panels, {});
  one.ticks = marks(one.what, one.ends, few_ticks);
  return one;
}

fixed_axis x_axis_of(const percentile_curves& chart) {
  double most = 100;
  for (const percentile_curve& curve : chart.curves) {
    for (const percentile& one : curve.points) {
      if (one.quantile < 1) most = std::max(most, nines(one.quantile));
    }
  }
  fixed_axis x{{.title = "percentile", .scale = axis_scale::logarithmic}, {1, most}, {1, 2}};
  for (double tick = 10; tick <= most * (1 + 1e-6); tick *= 10) x.ticks.push_back(tick);
  return x;
}

fixed_axis y_axis_of(const panel& part) { return fixed(part.y, round_range(part.y, values_of(part)), few_ticks); }

fixed_axis y_axis_of(const small_multiples& chart) {
  std::vector<double> all;
  for (const panel& part : chart.panels) {
    const std::vector<double> own = values_of(part);
    all.insert(all.end(), own.begin(), own.end());
  }
  return fixed(chart.y, round_range(chart.y, all), few_ticks);
}

fixed_axis value_axis_of(const ranking_bars& chart) {
  std::vector<double> all;
  for (const bar& one : chart.bars) {
    all.push_back(one.value);
    if (one.low) all.push_back(*one.low);
    if (one.high) all.push_back(*one.high);
  }
  append(all, chart.limits);
  range ends = round_range(chart.value, all);
  if (chart.value.scale == axis_scale::logarithmic && !chart.value.least) {
    ends.least = log_mark(log_index(ends.least, chart.value.in) - 1, chart.value.in);  // the shortest bar has a length
  }
  return fixed(chart.value, ends, few_ticks);
}

fixed_axis value_axis_of(const percentile_curves& chart) {
  std::vector<double> all;
  for (const percentile_curve& curve : chart.curves) {
    for (const percentile& one : curve.points) {
      if (one.quantile < 1) all.push_back(one.value);
    }
  }
  append(all, chart.limits);
  return fixed(chart.value, round_range(chart.value, all), few_ticks);
}

double nines(double quantile) noexcept { return 1 / (1 - std::clamp(quantile, 0.0, 1.0)); }

std::string format_nines(double nines) { return format_quantile(1 - 1 / nines); }

std::string format_quantile(double quantile) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.9g %%", quantile * 100);
  return text.data();
}

std::vector<bar> in_order(const ranking_bars& chart) {
  std::vector<std::size_t> order(chart.bars.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&chart](std::size_t one, std::size_t other) {
    const double left = chart.bars[one].value;
    const double right = chart.bars[other].value;
    if (std::isnan(left) != std::isnan(right)) return std::isnan(right);
    if (std::isnan(left) || left == right) return one < other;
    return chart.less_is_better ? left < right : left > right;
  });
  std::vector<bar> bars;
  for (const std::size_t at : order) bars.push_back(chart.bars[at]);
  return bars;
}

colour_slots slots_of(std::span<const panel> panels) {
  colour_slots slots;
  for (const bool ours : {true, false}) {
    for (const panel& part : panels) enter(slots, part.lines, ours);
  }
  return slots;
}

colour_slots slots_of(const percentile_curves& chart) {
  colour_slots slots;
  for (const bool ours : {true, false}) enter(slots, chart.curves, ours);
  return slots;
}

}  // namespace tidegate::report
