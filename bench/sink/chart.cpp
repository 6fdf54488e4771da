#include "bench/sink/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tidegate::bench::sink_bench {
namespace {

constexpr double left_px = 70;
constexpr double width_px = 680;
constexpr double height_px = 240;
constexpr double panel_px = 310;  // a panel with its title and its axis
constexpr double legend_row_px = 20;
// Told apart also by those who see few colours (Okabe and Ito 2008).
constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};

template <class... Args>
std::string print(const char* format, Args... args) {
  char text[320];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char letter : text) {
    switch (letter) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      default: safe += letter;
    }
  }
  return safe;
}

/// The next 1, 2 or 5 times a power of ten, for some five steps up to `most`.
double step_for(double most) {
  const double rough = std::max(most, 1e-6) / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) return factor * power;
  }
  return 10 * power;
}

/// From values to places on the page.
struct scale {
  double top_px;
  double most_s;
  double most;

  [[nodiscard]] double x(double at_s) const noexcept { return left_px + at_s / most_s * width_px; }
  [[nodiscard]] double y(double value) const noexcept { return top_px + height_px * (1 - value / most); }
};

scale scale_of(const chart_panel& panel, double top_px) {
  double most_s = 1e-6;
  double most = 1e-6;
  for (const chart_series& one : panel.series) {
    for (const auto& [at_s, value] : one.points) {
      most_s = std::max(most_s, at_s);
      most = std::max(most, value);
    }
  }
  const double step = step_for(most);
  return {top_px, most_s, std::ceil(most / step) * step};
}

std::string draw_axes(const scale& place) {
  std::string svg;
  const double step = step_for(place.most);
  for (double value = 0; value <= place.most * 1.001; value += step) {
    svg += print("<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke='#ddd'/>\n", left_px, left_px + width_px,
                 place.y(value), place.y(value));
    svg += print("<text x='%.1f' y='%.1f' text-anchor='end'>%g</text>\n", left_px - 8, place.y(value) + 4, value);
  }
  const double step_s = step_for(place.most_s);
  for (double at_s = 0; at_s <= place.most_s; at_s += step_s) {
    svg += print("<text x='%.1f' y='%.1f' text-anchor='middle'>%g s</text>\n", place.x(at_s),
                 place.top_px + height_px + 18, at_s);
  }
  return svg;
}

std::string draw_shade(const scale& place, const chart_span& shaded) {
  std::string svg =
      print("<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='#f3ead7'/>\n", place.x(shaded.begin_s),
            place.top_px, place.x(shaded.end_s) - place.x(shaded.begin_s), height_px);
  svg += print("<text x='%.1f' y='%.1f' fill='#666'>", place.x(shaded.begin_s) + 6, place.top_px + 16);
  return svg + escaped(shaded.label) + "</text>\n";
}

std::string draw_line(const scale& place, const chart_series& one, const char* colour) {
  std::string svg = print("<polyline fill='none' stroke-width='2' stroke='%s' points='", colour);
  for (const auto& [at_s, value] : one.points) svg += print("%.1f,%.1f ", place.x(at_s), place.y(value));
  return svg + "'/>\n";
}

std::string draw_panel(const chart_panel& panel, double top_px, const chart_span& shaded) {
  const scale place = scale_of(panel, top_px + 30);
  std::string svg = print("<text x='%.1f' y='%.1f' font-weight='bold'>", left_px, top_px + 18);
  svg += escaped(panel.title) + "</text>\n" + draw_shade(place, shaded) + draw_axes(place);
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    svg += draw_line(place, panel.series[i], colours[i % colours.size()]);
  }
  return svg;
}

std::string draw_legend(const chart_panel& panel, double top_px) {
  std::string svg;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const double x = left_px + (i % 2 == 0 ? 0 : width_px / 2);
    const double y = top_px + static_cast<double>(i / 2) * legend_row_px;
    svg += print("<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke-width='3' stroke='%s'/>\n", x, x + 24, y, y,
                 colours[i % colours.size()]);
    svg += print("<text x='%.1f' y='%.1f'>", x + 32, y + 4) + escaped(panel.series[i].name) + "</text>\n";
  }
  return svg;
}

}  // namespace

std::string draw_chart(const std::vector<chart_panel>& panels, const chart_span& shaded) {
  const double legend_top_px = panel_px * static_cast<double>(panels.size()) + 20;
  const std::size_t lines = panels.empty() ? 0 : (panels.front().series.size() + 1) / 2;
  const double whole_px = legend_top_px + static_cast<double>(lines) * legend_row_px;
  std::string svg =
      print("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 780 %.0f' font-family='sans-serif' font-size='13'>\n",
            whole_px);
  svg += "<rect width='100%' height='100%' fill='white'/>\n";
  for (std::size_t i = 0; i < panels.size(); ++i) {
    svg += draw_panel(panels[i], panel_px * static_cast<double>(i), shaded);
  }
  if (!panels.empty()) svg += draw_legend(panels.front(), legend_top_px);
  return svg + "</svg>\n";
}

}  // namespace tidegate::bench::sink_bench
