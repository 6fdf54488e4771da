// markup.hpp: items of a report as HTML.
#pragma once

#include <cstddef>
#include <string>

#include "report/items.hpp"
#include "report/page.hpp"

namespace tidegate::report {

/// A table alone, with what sorts it.
[[nodiscard]] std::string to_markup(const table& of);

/// Where an item stands in its page: page.js finds its data by that.
struct item_place {
  std::size_t section = 0;
  std::size_t item = 0;
  chart_kind charts = chart_kind::still;
  std::size_t stretches = 160;  ///< how finely a still picture shows its curves
};

[[nodiscard]] std::string to_markup(const item& of, const item_place& at);

/// "<p>text</p>" of each that is not empty.
[[nodiscard]] std::string paragraph_markup(const std::string& text, const char* kind = "");

/// The sign and the name of a verdict.
[[nodiscard]] std::string mark_markup(verdict of);

}  // namespace tidegate::report
