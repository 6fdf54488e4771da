#include "report/still.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "report/picture.hpp"
#include "report/scale.hpp"
#include "report/thin.hpp"

namespace tidegate::report {
namespace {

constexpr double left_px = 74;  // room for the values of an axis
constexpr double right_px = 16;
constexpr double title_px = 26;  // above a plot
constexpr double ticks_px = 22;  // below it
constexpr double gap_px = 14;
constexpr double legend_row_px = 22;
constexpr double bar_px = 26;
constexpr std::size_t few_points = 40;  // drawn as dots too

/// Where a plot lies, and its axes.
struct frame {
  place corner;
  double wide;
  double high;
  const fixed_axis& x;
  const fixed_axis& y;
  std::size_t stretches;

  [[nodiscard]] double at_x(double value) const { return corner.x + std::clamp(x.place(value), -0.5, 1.5) * wide; }
  [[nodiscard]] double at_y(double value) const { return corner.y + (1 - std::clamp(y.place(value), 0.0, 1.0)) * high; }
};

using tick_text = std::function<std::string(double)>;

tick_text in_unit(const axis& of) {
  return [in = of.in](double value) { return format_value(value, in); };
}

void draw_shades(picture& on, const frame& in, const std::vector<stretch>& shaded, bool labelled) {
  for (const stretch& one : shaded) {
    if (!has_place(one.begin, in.x.what.scale) || !has_place(one.end, in.x.what.scale)) continue;
    const double begin = in.at_x(one.begin);
    on.box({begin, in.corner.y}, std::max(in.at_x(one.end) - begin, 0.0), in.high, ink::shade);
    if (labelled) on.text({begin + 5, in.corner.y + 14}, one.label, anchor::start, ink::faint);
  }
}

void draw_grid(picture& on, const frame& in, const tick_text& x_text, bool x_labelled) {
  for (const double tick : in.y.ticks) {
    const double y = in.at_y(tick);
    on.line({in.corner.x, y}, {in.corner.x + in.wide, y}, ink::grid);
    on.text({in.corner.x - 7, y + 4.5}, format_value(tick, in.y.what.in), anchor::end, ink::faint);
  }
  double free_from = -1e9;
  for (const double tick : in.x.ticks) {
    const double x = in.at_x(tick);
    on.line({x, in.corner.y + in.high}, {x, in.corner.y + in.high + 4}, ink::faint);
    const std::string words = x_text(tick);
    if (!x_labelled || x - width_of(words) / 2 < free_from) continue;
    on.text({x, in.corner.y + in.high + 18}, words, anchor::middle, ink::faint);
    free_from = x + width_of(words) / 2 + 6;
  }
  on.line({in.corner.x, in.corner.y + in.high}, {in.corner.x + in.wide, in.corner.y + in.high}, ink::faint);
}

void draw_limits(picture& on, const frame& in, const std::vector<reference_line>& limits) {
  for (const reference_line& one : limits) {
    if (!has_place(one.value, in.y.what.scale)) continue;
    const double y = in.at_y(one.value);
    on.line({in.corner.x, y}, {in.corner.x + in.wide, y}, ink::limit, 1.5, true);
    on.label({in.corner.x + in.wide - 4, y > in.corner.y + 16 ? y - 4 : y + 14}, one.label, anchor::end, ink::limit);
  }
}

void draw_line(picture& on, const frame& in, const series& line, std::size_t slot) {
  const double wide = line.ours ? 3 : 1.6;
  const std::vector<point> points = thin(line.points, in.stretches, in.x.what.scale);
  std::vector<place> along;
  for (const point& one : points) {
    if (has_place(one.y, in.y.what.scale)) {
      along.push_back({in.at_x(one.x), in.at_y(one.y)});
      if (points.size() <= few_points) on.dot(along.back(), slot, wide + 0.8);
      continue;
    }
    on.stroke(along, slot, wide, line.dashed);
    along.clear();
  }
  on.stroke(along, slot, wide, line.dashed);
}

/// Ours last, so that it lies on top.
void draw_lines(picture& on, const frame& in, const panel& part, const colour_slots& slots) {
  for (const bool ours : {false, true}) {
    for (const series& line : part.lines) {
      if (line.ours == ours) draw_line(on, in, line, slots.at(line.name));
    }
  }
}

bool dashed_in(std::span<const panel> panels, const std::string& name) {
  return std::any_of(panels.begin(), panels.end(), [&](const panel& part) {
    return std::any_of(part.lines.begin(), part.lines.end(),
                       [&](const series& line) { return line.name == name && line.dashed; });
  });
}

/// The names in the order of their colours, as many in a row as fit. Returns where the picture ends.
double draw_legend(picture& on, const colour_slots& slots, double top, double wide, std::span<const panel> panels) {
  std::vector<std::string> names(slots.size());
  for (const auto& [name, slot] : slots) names[slot] = name;
  if (names.size() < 2) return top;
  place at{left_px, top + legend_row_px - 6};
  for (std::size_t slot = 0; slot < names.size(); ++slot) {
    const double room = 34 + width_of(names[slot]) + 14;
    if (at.x > left_px && at.x + room > wide) at = {left_px, at.y + legend_row_px};
    on.stroke({{at.x, at.y - 4}, {at.x + 26, at.y - 4}}, slot, 3, dashed_in(panels, names[slot]));
    on.text({at.x + 34, at.y}, names[slot]);
    at.x += room;
  }
  return at.y + 12;
}

struct grid {
  unsigned columns;
  double panel_px;  // width of a plot
  double row_px;
};

grid layout(const still_options& how, unsigned columns, std::size_t panels) {
  columns = std::max(1U, std::min<unsigned>(columns, static_cast<unsigned>(std::max<std::size_t>(panels, 1))));
  const double wide = how.width_px / columns - left_px - right_px;
  return {columns, std::max(wide, 60.0), title_px + how.panel_px + ticks_px + gap_px};
}

struct plotted {
  const fixed_axis& x;
  std::span<const panel> panels;
  std::span<const fixed_axis> y;
  const std::vector<stretch>& shaded;
  const colour_slots& slots;
  tick_text x_text;
};

std::string draw_panels(const plotted& what, const std::string& label, const still_options& how, unsigned columns) {
  const grid cells = layout(how, columns, what.panels.size());
  picture on(how.width_px, how.colours);
  for (std::size_t i = 0; i < what.panels.size(); ++i) {
    const auto column = static_cast<double>(i % cells.columns);
    const auto row = static_cast<double>(i / cells.columns);
    const place corner{column * how.width_px / cells.columns + left_px, row * cells.row_px + title_px};
    const frame in{corner, cells.panel_px, how.panel_px, what.x, what.y[i], how.stretches};
    const bool lowest = i + cells.columns >= what.panels.size();
    on.text({corner.x, corner.y - 8}, what.panels[i].title, anchor::start, ink::text, true);
    draw_shades(on, in, what.shaded, i == 0);
    draw_grid(on, in, what.x_text, lowest || cells.columns > 1);
    draw_lines(on, in, what.panels[i], what.slots);
    draw_limits(on, in, what.panels[i].limits);
  }
  const std::size_t rows = (what.panels.size() + cells.columns - 1) / cells.columns;
  double end = static_cast<double>(rows) * cells.row_px;
  if (!what.x.what.title.empty()) {
    on.text({how.width_px / 2, end + 4}, what.x.what.title, anchor::middle, ink::faint);
    end += 12;
  }
  end = draw_legend(on, what.slots, end, how.width_px, what.panels);
  return on.finish(end, label);
}

std::vector<panel> panels_of(const percentile_curves& chart) {
  panel one{.y = chart.value, .limits = chart.limits};
  for (const percentile_curve& curve : chart.curves) {
    one.lines.push_back({.name = curve.name, .ours = curve.ours});
    for (const percentile& at : curve.points) {
      if (at.quantile < 1) one.lines.back().points.push_back({nines(at.quantile), at.value});
    }
  }
  one.title = chart.value.title;
  return {one};
}

void draw_bar(picture& on, const bar& one, double top, const fixed_axis& axis, double left, double wide) {
  const auto at = [&](double value) { return left + std::clamp(axis.place(value), 0.0, 1.0) * wide; };
  const std::size_t slot = one.ours ? 0 : 6;
  const double middle = top + bar_px / 2;
  on.text({left - 8, middle + 4.5}, shortened(one.label, left - 12), anchor::end, ink::text, one.ours);
  double end = left;
  if (has_place(one.value, axis.what.scale)) {
    const double zero = axis.what.scale == axis_scale::linear ? at(0) : left;
    end = at(one.value);
    on.bar({std::min(zero, end), top + 4}, std::abs(end - zero), bar_px - 8, slot, one.ours);
  }
  if (one.low && one.high && has_place(*one.low, axis.what.scale) && has_place(*one.high, axis.what.scale)) {
    on.line({at(*one.low), middle}, {at(*one.high), middle}, ink::text, 1.5);
    for (const double side : {at(*one.low), at(*one.high)})
      on.line({side, middle - 5}, {side, middle + 5}, ink::text, 1.5);
    end = std::max(end, at(*one.high));
  }
  on.label({end + 6, middle + 4.5}, format_value(one.value, axis.what.in), anchor::start, ink::text, one.ours);
}

}  // namespace

std::string draw_still(const line_chart& chart, const still_options& how) {
  std::vector<fixed_axis> y;
  for (const panel& part : chart.panels) y.push_back(y_axis_of(part));
  const fixed_axis x = x_axis_of(chart);
  const colour_slots slots = slots_of(chart.panels);
  return draw_panels({x, chart.panels, y, chart.shaded, slots, in_unit(chart.x)}, chart.title, how, how.columns);
}

std::string draw_still(const small_multiples& chart, const still_options& how) {
  const std::vector<fixed_axis> y(chart.panels.size(), y_axis_of(chart));
  const fixed_axis x = x_axis_of(chart);
  const colour_slots slots = slots_of(chart.panels);
  still_options small = how;
  small.panel_px = std::min(how.panel_px, 130.0);
  return draw_panels({x, chart.panels, y, {}, slots, in_unit(chart.x)}, chart.title, small, how.width_px < 600 ? 2 : 3);
}

std::string draw_still(const percentile_curves& chart, const still_options& how) {
  const std::vector<panel> panels = panels_of(chart);
  const std::vector<fixed_axis> y{value_axis_of(chart)};
  const fixed_axis x = x_axis_of(chart);
  const colour_slots slots = slots_of(chart);
  still_options large = how;
  large.panel_px = std::max(how.panel_px, 280.0);
  return draw_panels({x, panels, y, {}, slots, format_nines}, chart.title, large, 1);
}

std::string draw_still(const ranking_bars& chart, const still_options& how) {
  const fixed_axis axis = value_axis_of(chart);
  const std::vector<bar> bars = in_order(chart);
  double left = left_px;
  for (const bar& one : bars) left = std::max(left, std::min(width_of(one.label) + 16, how.width_px * 0.4));
  const double wide = how.width_px - left - 80;  // a value may stand behind the longest bar
  const double high = bar_px * static_cast<double>(bars.size());
  const fixed_axis none{{}, {0, 1}, {}};
  picture on(how.width_px, how.colours);
  const frame turned{{left, title_px}, wide, high, axis, none, how.stretches};
  draw_grid(on, turned, in_unit(chart.value), true);
  for (const reference_line& limit : chart.limits) {
    if (!has_place(limit.value, axis.what.scale)) continue;
    const double x = turned.at_x(limit.value);
    on.line({x, title_px - 4}, {x, title_px + high}, ink::limit, 1.5, true);
    on.text({x, title_px - 8}, limit.label, x > how.width_px / 2 ? anchor::end : anchor::start, ink::limit);
  }
  for (std::size_t i = 0; i < bars.size(); ++i) {
    draw_bar(on, bars[i], title_px + bar_px * static_cast<double>(i), axis, left, wide);
  }
  on.text({left + wide / 2, title_px + high + 36}, chart.value.title, anchor::middle, ink::faint);
  return on.finish(title_px + high + 44, chart.title);
}

}  // namespace tidegate::report
