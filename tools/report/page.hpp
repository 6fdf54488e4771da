// page.hpp: a report as one HTML file that needs nothing else: no network, no other file, for as long as browsers last.
//
// What is in the page is in it three times: drawn, as tables, and as JSON (`<script type="application/json">`, the
// element "report-data"). Curves of many points are thinned: the smallest and the largest of each stretch stay. Where
// Chart.js was not there when tidegate was built, charts are still pictures (still.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "report/items.hpp"

namespace tidegate::report {

/// A verdict in the head of the page.
struct badge {
  verdict outcome = verdict::unknown;
  std::string label{};   ///< what was judged
  std::string detail{};  ///< by what numbers; may be empty
};

struct section {
  std::string heading{};
  std::vector<std::string> text{};  ///< paragraphs
  std::vector<item> items{};
};

struct page {
  std::string title{};
  std::string subtitle{};
  std::vector<std::string> summary{};  ///< paragraphs
  std::vector<badge> badges{};
  std::vector<std::pair<std::string, std::string>> machine{};  ///< where it was measured: what, value
  std::vector<section> sections{};
  std::string attached_json{};  ///< raw results to keep in the page, as the element "attached-data"; must be JSON
};

enum class chart_kind : std::uint8_t { live, still };

/// `live` if Chart.js is part of this program.
[[nodiscard]] chart_kind best_chart_kind() noexcept;

/// The page. `live` needs Chart.js: without it, charts are still. Throws std::invalid_argument if what is attached is
/// not JSON.
[[nodiscard]] std::string to_html(const page& of, chart_kind charts = best_chart_kind());

/// All of the page as JSON, thinned like the page: what "report-data" holds.
[[nodiscard]] std::string to_json(const page& of);

/// Writes the page beside `path` and renames it, so that no half page is ever seen. The error, if there was one;
/// throws as to_html() does.
[[nodiscard]] std::error_code write_html(const page& of, const std::filesystem::path& path);

}  // namespace tidegate::report
