#include "report/markup.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "report/escape.hpp"
#include "report/palette.hpp"
#include "report/scale.hpp"
#include "report/still.hpp"
#include "report/tables.hpp"

namespace tidegate::report {
namespace {

std::string heading(const std::string& title) { return title.empty() ? "" : "<h3>" + escape_markup(title) + "</h3>\n"; }

std::string numbers(const std::vector<table>& tables) {
  std::string text = "<details class=\"numbers\"><summary>Numbers</summary>\n";
  for (const table& one : tables) text += to_markup(one);
  return text + "</details>\n";
}

/// What a legend says of a series.
struct legend_entry {
  std::string name{};
  bool ours = false;
  bool dashed = false;
};

template <class Series>
void enter(std::vector<legend_entry>& entries, const colour_slots& slots, const Series& one, bool dashed) {
  legend_entry& entry = entries[slots.at(one.name)];
  entry = {one.name, entry.ours || one.ours, entry.dashed || dashed};
}

std::vector<legend_entry> legend_of(std::span<const panel> panels) {
  const colour_slots slots = slots_of(panels);
  std::vector<legend_entry> entries(slots.size());
  for (const panel& part : panels) {
    for (const series& line : part.lines) enter(entries, slots, line, line.dashed);
  }
  return entries;
}

std::vector<legend_entry> legend_of(const percentile_curves& chart) {
  const colour_slots slots = slots_of(chart);
  std::vector<legend_entry> entries(slots.size());
  for (const percentile_curve& curve : chart.curves) enter(entries, slots, curve, false);
  return entries;
}

std::string key_of(const legend_entry& entry, std::size_t slot) {
  const char* dashes = entry.dashed             ? " stroke-dasharray=\"6 4\""
                       : slot >= series_colours ? " stroke-dasharray=\"2 3\""
                                                : "";
  return "<svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><line x1=\"0\" x2=\"28\" y1=\"5\" y2=\"5\" stroke-width=\"" +
         std::string(entry.ours ? "4" : "2.5") + "\"" + dashes + " style=\"stroke:var(--line-" +
         std::to_string(slot % series_colours) + ")\"/></svg>";
}

/// By a click a series goes and comes back.
std::string legend_markup(const std::vector<legend_entry>& entries) {
  std::string text = "<ul class=\"legend\">";
  for (std::size_t slot = 0; slot < entries.size(); ++slot) {
    const legend_entry& one = entries[slot];
    text += std::string("<li><button type=\"button\" aria-pressed=\"true\"") + (one.ours ? " class=\"ours\">" : ">");
    text += key_of(one, slot) + escape_markup(one.name) + "</button></li>";
  }
  return text + "</ul>\n";
}

std::string names_of(std::span<const legend_entry> entries) {
  std::string names;
  for (const legend_entry& one : entries) names += (names.empty() ? "" : ", ") + one.name;
  return names;
}

std::string span_of(const fixed_axis& axis) {
  return format_value(axis.ends.least, axis.what.in) + " to " + format_value(axis.ends.most, axis.what.in) +
         (axis.what.scale == axis_scale::logarithmic ? ", logarithmic" : "");
}

std::string canvas_markup(const item_place& at, std::size_t number, const std::string& label,
                          const std::string& style) {
  return "<div class=\"drawing\"" + style + "><canvas role=\"img\" id=\"plot-" + std::to_string(at.section) + "-" +
         std::to_string(at.item) + "-" + std::to_string(number) + "\" aria-label=\"" + escape_markup(label) +
         " The numbers are in the table below.\"></canvas></div>\n";
}

std::string figure_begin(const std::string& title, const std::string& caption, const item_place& at) {
  std::string text =
      at.charts == chart_kind::live ? "<figure class=\"live\" data-section=\"" : "<figure data-section=\"";
  text += std::to_string(at.section) + "\" data-item=\"" + std::to_string(at.item) + "\">\n";
  if (title.empty() && caption.empty()) return text;
  return text + "<figcaption>" + heading(title) + paragraph_markup(caption, "note") + "</figcaption>\n";
}

template <class Chart>
std::string still_markup(const Chart& chart, const item_place& at) {
  const still_options how{.colours = colours_of::page, .stretches = at.stretches};
  return "<div class=\"still\">" + draw_still(chart, how) + "</div>\n";
}

template <class Chart>
std::string finished(std::string text, const Chart& chart) {
  return std::move(text) + numbers(tables_of(chart)) + "</figure>\n";
}

std::string panel_markup(const panel& part, const fixed_axis& y, const item_place& at, std::size_t number) {
  std::string text = "<div class=\"plot\">";
  if (!part.title.empty()) text += "<h4>" + escape_markup(part.title) + "</h4>";
  std::string names;
  for (const series& line : part.lines) names += (names.empty() ? "" : ", ") + line.name;
  const std::string label = "Line chart. " + part.title + ": " + names + "; " + span_of(y) + ".";
  return text + canvas_markup(at, number, label, "") + "</div>\n";
}

/// Below the plots, for all of them.
std::string x_title(const axis& x) { return paragraph_markup(x.title, "across"); }

std::string markup_of(const paragraph& of, const item_place&) { return paragraph_markup(of.text); }

std::string markup_of(const verbatim& of, const item_place&) {
  return "<pre tabindex=\"0\">" + escape_markup(of.text) + "</pre>\n";
}

std::string markup_of(const table& of, const item_place&) { return "<figure>\n" + to_markup(of) + "</figure>\n"; }

std::string markup_of(const line_chart& of, const item_place& at) {
  std::string text = figure_begin(of.title, of.caption, at);
  if (at.charts == chart_kind::still) return finished(text + still_markup(of, at), of);
  text += legend_markup(legend_of(of.panels)) + "<div class=\"plots\">\n";
  for (std::size_t i = 0; i < of.panels.size(); ++i) text += panel_markup(of.panels[i], y_axis_of(of.panels[i]), at, i);
  return finished(text + "</div>\n" + x_title(of.x), of);
}

std::string markup_of(const small_multiples& of, const item_place& at) {
  std::string text = figure_begin(of.title, of.caption, at);
  if (at.charts == chart_kind::still) return finished(text + still_markup(of, at), of);
  const fixed_axis y = y_axis_of(of);
  text += legend_markup(legend_of(of.panels)) + "<div class=\"plots small\">\n";
  for (std::size_t i = 0; i < of.panels.size(); ++i) text += panel_markup(of.panels[i], y, at, i);
  return finished(text + "</div>\n" + x_title(of.x), of);
}

std::string markup_of(const percentile_curves& of, const item_place& at) {
  std::string text = figure_begin(of.title, of.caption, at);
  if (at.charts == chart_kind::still) return finished(text + still_markup(of, at), of);
  const std::vector<legend_entry> entries = legend_of(of);
  const fixed_axis y = value_axis_of(of);
  const std::string label = "Percentile curves of " + names_of(entries) + "; " + span_of(y) + ".";
  text += legend_markup(entries) + "<div class=\"plots tall\"><div class=\"plot\">";
  if (!of.value.title.empty()) text += "<h4>" + escape_markup(of.value.title) + "</h4>";
  text += canvas_markup(at, 0, label, "") + "</div></div>\n";
  return finished(text + paragraph_markup("percentile: each further nine is as wide as the last", "across"), of);
}

std::string markup_of(const ranking_bars& of, const item_place& at) {
  std::string text = figure_begin(of.title, of.caption, at);
  if (at.charts == chart_kind::still) return finished(text + still_markup(of, at), of);
  constexpr std::size_t bar_px = 26;
  constexpr std::size_t around_px = 74;
  const std::string height = std::to_string(of.bars.size() * bar_px + around_px);
  const std::string label = "Bars, best first. " + of.value.title + ": " + span_of(value_axis_of(of)) + ".";
  return finished(text + canvas_markup(at, 0, label, " style=\"height:" + height + "px\""), of);
}

/// Where the values of a heat map lie between the coldest and the hottest.
class warmth {
 public:
  explicit warmth(const heat_map& of) : of_(of) {
    for (const std::vector<double>& row : of.values) {
      for (const double value : row) {
        if (!has_place(value, of.scale)) continue;
        ends_.least = std::min(ends_.least, value);
        ends_.most = std::max(ends_.most, value);
      }
    }
  }

  [[nodiscard]] const range& ends() const noexcept { return ends_; }
  [[nodiscard]] bool parted() const noexcept { return of_.middle.has_value() && has_place(*of_.middle, of_.scale); }

  [[nodiscard]] double place(double value) const {
    if (!parted()) {
      const double wide = on_scale(ends_.most) - on_scale(ends_.least);
      return wide > 0 ? (on_scale(value) - on_scale(ends_.least)) / wide : 0.5;
    }
    const double middle = on_scale(*of_.middle);
    const double reach = std::max({on_scale(ends_.most) - middle, middle - on_scale(ends_.least), 1e-300});
    return 0.5 + (on_scale(value) - middle) / reach / 2;
  }

 private:
  [[nodiscard]] double on_scale(double value) const {
    return of_.scale == axis_scale::logarithmic ? std::log(value) : value;
  }

  const heat_map& of_;
  range ends_{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
};

std::string ramp_markup(const heat_map& of, const warmth& warm) {
  if (warm.ends().least > warm.ends().most) return "";
  std::string stops;
  constexpr int parts = 8;
  const double from = warm.place(warm.ends().least);
  const double to = warm.place(warm.ends().most);
  for (int i = 0; i <= parts; ++i) stops += "," + heat(from + (to - from) * i / parts, warm.parted()).fill;
  return "<p class=\"ramp\">" + format_value(warm.ends().least, of.in) +
         " <span style=\"background:linear-gradient(90deg" + stops + ")\"></span> " +
         format_value(warm.ends().most, of.in) + "</p>\n";
}

std::string heat_cell(const heat_map& of, const warmth& warm, std::size_t row, std::size_t column) {
  const bool there = row < of.values.size() && column < of.values[row].size();
  const double value = there ? of.values[row][column] : std::numeric_limits<double>::quiet_NaN();
  const std::string words = format_value(value, of.in);
  if (!has_place(value, of.scale)) return "<td>" + words + "</td>";
  const heat_colour colour = heat(warm.place(value), warm.parted());
  return "<td style=\"background:" + colour.fill + ";color:" + colour.text + "\">" + words + "</td>";
}

/// A table already: what it is coloured with is beside what it shows.
std::string markup_of(const heat_map& of, const item_place& at) {
  const warmth warm(of);
  std::string text = figure_begin(of.title, of.caption, {at.section, at.item, chart_kind::still});
  text += "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + escape_markup(of.title) +
          "\"><table class=\"heat\">\n<thead>";
  if (!of.column_title.empty()) {
    text += "<tr><td></td><th class=\"axis\" colspan=\"" + std::to_string(of.columns.size()) + "\">" +
            escape_markup(of.column_title) + "</th></tr>";
  }
  text += "<tr><th scope=\"col\">" + escape_markup(of.row_title) + "</th>";
  for (const std::string& name : of.columns) text += "<th scope=\"col\">" + escape_markup(name) + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (std::size_t row = 0; row < of.rows.size(); ++row) {
    text += "<tr><th scope=\"row\">" + escape_markup(of.rows[row]) + "</th>";
    for (std::size_t column = 0; column < of.columns.size(); ++column) text += heat_cell(of, warm, row, column);
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n" + ramp_markup(of, warm) + "</figure>\n";
}

}  // namespace

std::string paragraph_markup(const std::string& text, const char* kind) {
  if (text.empty()) return "";
  const std::string attribute = *kind == '\0' ? "" : std::string(" class=\"") + kind + "\"";
  return "<p" + attribute + ">" + escape_markup(text) + "</p>\n";
}

std::string to_markup(const item& of, const item_place& at) {
  return std::visit([&at](const auto& what) { return markup_of(what, at); }, of);
}

}  // namespace tidegate::report
