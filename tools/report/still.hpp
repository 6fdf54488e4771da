// still.hpp: charts as SVG that needs nothing else, for documents and for pages without scripts.
//
// With `colours_of::page` a picture takes its colours from the page it stands in (the variables of page.css); with
// `colours_of::paper` it is complete in itself, on white, and may stand in a README.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "report/items.hpp"

namespace tidegate::report {

enum class colours_of : std::uint8_t { paper, page };

struct still_options {
  double width_px = 800;
  double panel_px = 190;  ///< height of a panel's plot
  unsigned columns = 1;   ///< panels beside each other; small multiples choose by themselves
  colours_of colours = colours_of::paper;
  std::size_t stretches = 800;  ///< of x: of each, a curve keeps the smallest and the largest value
};

[[nodiscard]] std::string draw_still(const line_chart& chart, const still_options& how = {});
[[nodiscard]] std::string draw_still(const small_multiples& chart, const still_options& how = {});
[[nodiscard]] std::string draw_still(const ranking_bars& chart, const still_options& how = {});
[[nodiscard]] std::string draw_still(const percentile_curves& chart, const still_options& how = {});

}  // namespace tidegate::report
