// The page as JSON: what "report-data" holds, and what page.js draws.
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/budget.hpp"
#include "report/page.hpp"
#include "report/scale.hpp"
#include "report/thin.hpp"
#include "report/words.hpp"

namespace tidegate::report {
namespace {

using json = nlohmann::ordered_json;

/// Seven digits: more than any screen has, and half of the bytes.
json short_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 7).ptr;
  double rounded = value;
  std::from_chars(text.data(), end, rounded);
  return rounded;
}

json exact_number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json to_data(const fixed_axis& of) {
  return {{"title", of.what.title}, {"unit", to_string(of.what.in)}, {"log", of.what.scale == axis_scale::logarithmic},
          {"min", of.ends.least},   {"max", of.ends.most},           {"ticks", of.ticks}};
}

json to_data(const std::vector<reference_line>& limits) {
  json all = json::array();
  for (const reference_line& one : limits) all.push_back({{"value", exact_number(one.value)}, {"label", one.label}});
  return all;
}

json to_data(const series& line, const colour_slots& slots, const fixed_axis& x, axis_scale y, std::size_t stretches) {
  json at = json::array();
  json values = json::array();
  for (const point& one : thin(line.points, stretches, x.what.scale)) {
    at.push_back(short_number(one.x));
    values.push_back(has_place(one.y, y) ? short_number(one.y) : json(nullptr));
  }
  return {{"name", line.name},           {"ours", line.ours},  {"dashed", line.dashed},
          {"slot", slots.at(line.name)}, {"x", std::move(at)}, {"y", std::move(values)}};
}

json to_data(const panel& part, const colour_slots& slots, const fixed_axis& x, const fixed_axis& y,
             std::size_t stretches) {
  json lines = json::array();
  for (const series& line : part.lines) lines.push_back(to_data(line, slots, x, y.what.scale, stretches));
  return {{"title", part.title}, {"y", to_data(y)}, {"lines", std::move(lines)}, {"limits", to_data(part.limits)}};
}

json to_data(const paragraph& of, std::size_t) { return {{"kind", "paragraph"}, {"text", of.text}}; }
json to_data(const verbatim& of, std::size_t) { return {{"kind", "verbatim"}, {"text", of.text}}; }

json to_data(const cell& of, unit usual) {
  json value = nullptr;
  if (const auto* text = std::get_if<std::string>(&of.value)) value = *text;
  if (const auto* number = std::get_if<double>(&of.value)) value = exact_number(*number);
  if (!of.in && !of.mark) return value;
  json whole{{"value", std::move(value)}};
  if (of.in && *of.in != usual) whole["unit"] = to_string(*of.in);
  if (of.mark) whole["verdict"] = to_string(*of.mark);
  return whole;
}

json to_data(const table& of, std::size_t) {
  json columns = json::array();
  for (const column& one : of.columns) columns.push_back({{"title", one.title}, {"unit", to_string(one.in)}});
  json rows = json::array();
  for (const table_row& row : of.rows) {
    json cells = json::array();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      cells.push_back(to_data(row.cells[i], i < of.columns.size() ? of.columns[i].in : unit::number));
    }
    rows.push_back({{"cells", std::move(cells)}, {"ours", row.ours}});
  }
  return {{"kind", "table"},
          {"title", of.title},
          {"caption", of.caption},
          {"columns", std::move(columns)},
          {"rows", std::move(rows)}};
}

json to_data(const line_chart& of, std::size_t stretches) {
  const colour_slots slots = slots_of(of.panels);
  const fixed_axis x = x_axis_of(of);
  json panels = json::array();
  for (const panel& part : of.panels) panels.push_back(to_data(part, slots, x, y_axis_of(part), stretches));
  json shaded = json::array();
  for (const stretch& one : of.shaded) {
    shaded.push_back({{"begin", exact_number(one.begin)}, {"end", exact_number(one.end)}, {"label", one.label}});
  }
  return {{"kind", "lines"}, {"title", of.title},           {"caption", of.caption},
          {"x", to_data(x)}, {"panels", std::move(panels)}, {"shaded", std::move(shaded)}};
}

json to_data(const small_multiples& of, std::size_t stretches) {
  const colour_slots slots = slots_of(of.panels);
  const fixed_axis x = x_axis_of(of);
  const fixed_axis y = y_axis_of(of);
  json panels = json::array();
  for (const panel& part : of.panels) panels.push_back(to_data(part, slots, x, y, stretches));
  return {{"kind", "multiples"}, {"title", of.title},           {"caption", of.caption},
          {"x", to_data(x)},     {"panels", std::move(panels)}, {"shaded", json::array()}};
}

json to_data(const ranking_bars& of, std::size_t) {
  json bars = json::array();
  for (const bar& one : in_order(of)) {
    json entry{{"label", one.label}, {"value", exact_number(one.value)}, {"ours", one.ours}};
    if (one.low && one.high) entry["spread"] = {exact_number(*one.low), exact_number(*one.high)};
    if (one.mark) entry["verdict"] = to_string(*one.mark);
    bars.push_back(std::move(entry));
  }
  return {{"kind", "bars"},
          {"title", of.title},
          {"caption", of.caption},
          {"less_is_better", of.less_is_better},
          {"value", to_data(value_axis_of(of))},
          {"bars", std::move(bars)},
          {"limits", to_data(of.limits)}};
}

json to_data(const percentile_curve& of, const colour_slots& slots, axis_scale scale) {
  json at = json::array();
  json x = json::array();
  json y = json::array();
  for (const percentile& one : of.points) {
    at.push_back(one.quantile);
    x.push_back(one.quantile < 1 ? short_number(nines(one.quantile)) : json(nullptr));
    y.push_back(has_place(one.value, scale) ? short_number(one.value) : json(nullptr));
  }
  return {{"name", of.name},   {"ours", of.ours},   {"dashed", false},          {"slot", slots.at(of.name)},
          {"x", std::move(x)}, {"y", std::move(y)}, {"quantile", std::move(at)}};
}

/// As a line chart of one panel; its x axis says its own labels.
json to_data(const percentile_curves& of, std::size_t) {
  const colour_slots slots = slots_of(of);
  const fixed_axis x = x_axis_of(of);
  json labels = json::array();
  for (const double tick : x.ticks) labels.push_back(format_nines(tick));
  json lines = json::array();
  for (const percentile_curve& curve : of.curves) lines.push_back(to_data(curve, slots, of.value.scale));
  json whole{{"kind", "percentiles"}, {"title", of.title}, {"caption", of.caption}, {"x", to_data(x)}};
  whole["x"]["labels"] = std::move(labels);
  whole["panels"] = json::array({{{"title", ""},
                                  {"y", to_data(value_axis_of(of))},
                                  {"lines", std::move(lines)},
                                  {"limits", to_data(of.limits)}}});
  whole["shaded"] = json::array();
  return whole;
}

json to_data(const heat_map& of, std::size_t) {
  json values = json::array();
  for (const std::vector<double>& row : of.values) {
    json own = json::array();
    for (const double value : row) own.push_back(exact_number(value));
    values.push_back(std::move(own));
  }
  return {{"kind", "heat"},
          {"title", of.title},
          {"caption", of.caption},
          {"row_title", of.row_title},
          {"column_title", of.column_title},
          {"rows", of.rows},
          {"columns", of.columns},
          {"unit", to_string(of.in)},
          {"values", std::move(values)}};
}

json to_data(const section& of, std::size_t stretches) {
  json items = json::array();
  for (const item& one : of.items) {
    items.push_back(std::visit([stretches](const auto& what) { return to_data(what, stretches); }, one));
  }
  return {{"heading", of.heading}, {"text", of.text}, {"items", std::move(items)}};
}

}  // namespace

std::string to_json(const page& of) {
  const std::size_t stretches = stretches_for(of);
  json badges = json::array();
  for (const badge& one : of.badges) {
    badges.push_back({{"verdict", to_string(one.outcome)}, {"label", one.label}, {"detail", one.detail}});
  }
  json machine = json::array();
  for (const auto& [what, value] : of.machine) machine.push_back({what, value});
  json sections = json::array();
  for (const section& one : of.sections) sections.push_back(to_data(one, stretches));
  const json whole{{"format", "tidegate-report-1"},  {"title", of.title},           {"subtitle", of.subtitle},
                   {"summary", of.summary},          {"badges", std::move(badges)}, {"machine", std::move(machine)},
                   {"sections", std::move(sections)}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);  // text need not be UTF-8
}

}  // namespace tidegate::report
