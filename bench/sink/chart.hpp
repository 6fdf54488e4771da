// chart.hpp: lines over time as a small SVG that needs nothing else: panels one below the other, one legend.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tidegate::bench::sink_bench {

struct chart_series {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< seconds, value
};

struct chart_panel {
  std::string title;
  std::vector<chart_series> series;
};

/// A stretch of time that is shaded in every panel.
struct chart_span {
  double begin_s = 0;
  double end_s = 0;
  std::string label;
};

/// Every panel begins at 0 in both directions; a series keeps its colour in all of them.
[[nodiscard]] std::string draw_chart(const std::vector<chart_panel>& panels, const chart_span& shaded);

}  // namespace tidegate::bench::sink_bench
