// items.hpp: what a section of a report can show, as plain values: tables, charts, commands.
//
// Nothing here knows HTML. Text is plain UTF-8, escaped where it is written. A value that is not finite is a gap, and
// on a logarithmic axis so is one that is not above zero; tables show what it was. A series, known by its name, keeps
// its colour in all panels of a chart. `ours` is drawn strongest. Every chart is written with its table beside it.
//
// GCC 12 with -O3 suspects strings of being uninitialised, wrongly, where lists within lists are filled in one
// expression: fill `panels`, `rows` and the like by assignment or push_back.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "report/unit.hpp"

namespace tidegate::report {

enum class verdict : std::uint8_t { pass, fail, tie, unknown };

/// One place of a table: nothing (a dash), text, a number, or a verdict; each can carry a verdict beside it.
struct cell {
  std::variant<std::monostate, std::string, double> value{};
  std::optional<unit> in{};  ///< instead of the column's
  std::optional<verdict> mark{};

  cell() = default;
  explicit(false) cell(std::string text) : value(std::move(text)) {}
  explicit(false) cell(const char* text) : value(std::string(text)) {}
  explicit(false) cell(double number) : value(number) {}
  explicit(false) cell(std::integral auto number) : value(static_cast<double>(number)) {}
  explicit(false) cell(verdict alone) : mark(alone) {}
  cell(double number, unit own) : value(number), in(own) {}
  cell(cell what, verdict beside) : cell(std::move(what)) { mark = beside; }
};

enum class alignment : std::uint8_t { by_content, left, right };  ///< by content: numbers right, text left

struct column {
  std::string title{};
  unit in = unit::number;
  alignment align = alignment::by_content;
};

struct table_row {
  std::vector<cell> cells{};  ///< fewer than columns: the rest is nothing
  bool ours = false;
};

/// Readers sort it by a click on a title.
struct table {
  std::string title{};
  std::string caption{};
  std::vector<column> columns{};
  std::vector<table_row> rows{};
};

enum class axis_scale : std::uint8_t { linear, logarithmic };

struct axis {
  std::string title{};
  unit in = unit::number;
  axis_scale scale = axis_scale::linear;  ///< linear ones begin at 0 unless `least` says otherwise or values are below
  std::optional<double> least{};
  std::optional<double> most{};
};

struct point {
  double x = 0;
  double y = 0;
};

struct series {
  std::string name{};
  std::vector<point> points{};  ///< by ascending x
  bool ours = false;
  bool dashed = false;  ///< for theory beside measurement
};

/// A line at one value, across the plot.
struct reference_line {
  double value = 0;
  std::string label{};
};

/// A stretch of x that is shaded in every panel.
struct stretch {
  double begin = 0;
  double end = 0;
  std::string label{};
};

struct panel {
  std::string title{};
  axis y{};
  std::vector<series> lines{};
  std::vector<reference_line> limits{};
};

/// Panels one below the other on one x axis, with one legend.
struct line_chart {
  std::string title{};
  std::string caption{};
  axis x{};
  std::vector<panel> panels{};
  std::vector<stretch> shaded{};
};

/// Panels side by side, small, with the same x and y axes, so that they can be compared: those of the chart, whose
/// ranges span all panels.
struct small_multiples {
  std::string title{};
  std::string caption{};
  axis x{};
  axis y{};
  std::vector<panel> panels{};  ///< their own y axes do not count
};

struct bar {
  std::string label{};
  double value = 0;
  std::optional<double> low{};  ///< the spread of the value over runs, both or none
  std::optional<double> high{};
  bool ours = false;
  std::optional<verdict> mark{};
};

/// Horizontal bars, the best on top; they are sorted by the writer, equal ones stay in order.
struct ranking_bars {
  std::string title{};
  std::string caption{};
  axis value{};
  std::vector<bar> bars{};
  std::vector<reference_line> limits{};
  bool less_is_better = false;
};

struct percentile {
  double quantile = 0;  ///< 0.99; 1 is the largest value, and stands in the table only
  double value = 0;
};

struct percentile_curve {
  std::string name{};
  std::vector<percentile> points{};  ///< by ascending quantile
  bool ours = false;
};

/// Value against 1/(1-quantile), logarithmic: each nine is as wide as the one before.
struct percentile_curves {
  std::string title{};
  std::string caption{};
  axis value{};
  std::vector<percentile_curve> curves{};
  std::vector<reference_line> limits{};
};

/// Rows by columns of coloured numbers.
struct heat_map {
  std::string title{};
  std::string caption{};
  std::string row_title{};
  std::string column_title{};
  std::vector<std::string> rows{};
  std::vector<std::string> columns{};
  std::vector<std::vector<double>> values{};  ///< a row after the other; what is missing is NaN
  unit in = unit::number;
  axis_scale scale = axis_scale::linear;
  std::optional<double> middle{};  ///< two colours that part here (a ratio of 1), instead of one that deepens
};

/// A paragraph between other items.
struct paragraph {
  std::string text{};
};

/// Text in which every blank counts, such as a command.
struct verbatim {
  std::string text{};
};

using item =
    std::variant<paragraph, verbatim, table, line_chart, small_multiples, ranking_bars, percentile_curves, heat_map>;

}  // namespace tidegate::report
