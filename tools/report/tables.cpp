#include "report/tables.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "report/scale.hpp"

namespace tidegate::report {
namespace {

constexpr std::size_t most_rows = 60;

std::string joined(const std::string& one, const std::string& other) {
  return one.empty() || other.empty() ? one + other : one + ": " + other;
}

std::string or_else(const std::string& text, const char* otherwise) { return text.empty() ? otherwise : text; }

std::vector<double> all_x(const panel& part) {
  std::set<double> all;
  for (const series& line : part.lines) {
    for (const point& one : line.points) {
      if (!std::isnan(one.x)) all.insert(one.x);
    }
  }
  return {all.begin(), all.end()};
}

std::vector<column> columns_of(const axis& x, const axis& y, const panel& part) {
  std::vector<column> all{{.title = or_else(x.title, "x"), .in = x.in, .align = alignment::right}};
  for (const series& line : part.lines) {
    all.push_back({.title = or_else(line.name, "value"), .in = y.in, .align = alignment::right});
  }
  return all;
}

std::vector<table_row> row_for_each(const std::vector<double>& all, const panel& part) {
  std::map<double, table_row> rows;
  for (const double x : all) rows[x].cells.resize(part.lines.size() + 1);
  for (const double x : all) rows[x].cells[0] = x;
  for (std::size_t i = 0; i < part.lines.size(); ++i) {
    for (const point& one : part.lines[i].points) {
      if (!std::isnan(one.x)) rows[one.x].cells[i + 1] = one.y;
    }
  }
  std::vector<table_row> sorted;
  for (auto& [x, row] : rows) sorted.push_back(std::move(row));
  return sorted;
}

/// What a line does in a stretch: "1.2 k … 3.4 k".
cell spread(const range& of, unit in) {
  if (of.least > of.most) return {};
  const std::string low = format_value(of.least, in);
  const std::string high = format_value(of.most, in);
  if (low == high) return of.most;
  return low + " … " + high;
}

std::vector<table_row> row_for_stretches(const std::vector<double>& all, const panel& part, unit in, axis_scale scale) {
  const auto on_scale = [&](double x) { return scale == axis_scale::logarithmic && x > 0 ? std::log(x) : x; };
  const double begin = on_scale(all.front());
  const double width = (on_scale(all.back()) - begin) / most_rows;
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::vector<std::vector<range>> found(most_rows, std::vector<range>(part.lines.size(), range{inf, -inf}));
  std::vector<double> first(most_rows, inf);
  for (std::size_t i = 0; i < part.lines.size(); ++i) {
    for (const point& one : part.lines[i].points) {
      const double place = (on_scale(one.x) - begin) / width;
      if (!(place >= 0) || std::isnan(one.y)) continue;
      const std::size_t row = std::min(static_cast<std::size_t>(std::min(place, 1e6)), most_rows - 1);
      first[row] = std::min(first[row], one.x);
      found[row][i] = {std::min(found[row][i].least, one.y), std::max(found[row][i].most, one.y)};
    }
  }
  std::vector<table_row> rows;
  for (std::size_t row = 0; row < most_rows; ++row) {
    if (std::isinf(first[row])) continue;
    rows.push_back({.cells = {first[row]}});
    for (const range& one : found[row]) rows.back().cells.push_back(spread(one, in));
  }
  return rows;
}

table table_of(const std::string& title, const axis& x, const axis& y, const panel& part) {
  const std::string name = joined(title, part.title);
  table one{.title = name, .columns = columns_of(x, y, part)};
  const std::vector<double> all = all_x(part);
  if (all.size() <= most_rows || !std::isfinite(all.front()) || !std::isfinite(all.back())) {
    one.rows = row_for_each(all, part);
  } else {
    one.rows = row_for_stretches(all, part, y.in, x.scale);
    one.caption = "A row is a stretch that begins there: smallest … largest value.";
  }
  return one;
}

table_row row_of(const bar& one, bool with_spread, bool with_mark) {
  table_row row{.cells = {one.label, one.value}, .ours = one.ours};
  if (with_spread) {
    row.cells.push_back(one.low ? cell(*one.low) : cell());
    row.cells.push_back(one.high ? cell(*one.high) : cell());
  }
  if (with_mark) row.cells.push_back(one.mark ? cell(*one.mark) : cell());
  return row;
}

table_row limit_row(const reference_line& one) { return {.cells = {or_else(one.label, "limit"), one.value}}; }

}  // namespace

std::vector<table> tables_of(const line_chart& chart) {
  std::vector<table> all;
  for (const panel& part : chart.panels) {
    all.push_back(table_of(chart.title, chart.x, part.y, part));
  }
  return all;
}

std::vector<table> tables_of(const small_multiples& chart) {
  std::vector<table> all;
  for (const panel& part : chart.panels) all.push_back(table_of(chart.title, chart.x, chart.y, part));
  return all;
}

std::vector<table> tables_of(const ranking_bars& chart) {
  const unit in = chart.value.in;
  const bool with_spread =
      std::any_of(chart.bars.begin(), chart.bars.end(), [](const bar& one) { return one.low || one.high; });
  const bool with_mark = std::any_of(chart.bars.begin(), chart.bars.end(), [](const bar& one) { return !!one.mark; });
  table one{.title = chart.title, .columns = {{.title = "name"}, {or_else(chart.value.title, "value"), in}}};
  if (with_spread) {
    one.columns.push_back({.title = "lowest", .in = in, .align = alignment::right});
    one.columns.push_back({.title = "highest", .in = in, .align = alignment::right});
  }
  if (with_mark) one.columns.push_back({.title = "verdict"});
  for (const bar& bar : in_order(chart)) one.rows.push_back(row_of(bar, with_spread, with_mark));
  for (const reference_line& limit : chart.limits) one.rows.push_back(limit_row(limit));
  return {one};
}

std::vector<table> tables_of(const percentile_curves& chart) {
  table one{.title = chart.title, .columns = {{.title = "percentile", .align = alignment::right}}};
  std::map<double, table_row> rows;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    one.columns.push_back({chart.curves[i].name, chart.value.in, alignment::right});
    for (const percentile& at : chart.curves[i].points) {
      table_row& row = rows[at.quantile];
      row.cells.resize(chart.curves.size() + 1);
      row.cells[0] = cell(format_quantile(at.quantile));
      row.cells[i + 1] = at.value;
    }
  }
  for (auto& [quantile, row] : rows) one.rows.push_back(std::move(row));
  return {one};
}

}  // namespace tidegate::report
