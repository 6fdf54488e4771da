#include "report/page.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "report/escape.hpp"
#include "report/markup.hpp"
#include "report/palette.hpp"
#include "report/still.hpp"
#include "report/tables.hpp"
#include "tests/report/sample.hpp"

namespace tidegate::report {
namespace {

using nlohmann::json;
using testing::hostile;
using testing::inf;
using testing::nan;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

/// What stands in the element of that id.
std::string element(const std::string& html, const std::string& id) {
  const std::string begin = "id=\"" + id + "\">";
  const std::size_t from = html.find(begin);
  if (from == std::string::npos) return "";
  return html.substr(from + begin.size(), html.find("</script>", from) - from - begin.size());
}

TEST(ReportEscape, MarkupIsText) {
  EXPECT_EQ(escape_markup("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(escape_markup("µ → λ"), "µ → λ");
}

TEST(ReportEscape, ScriptsAreNotEnded) {
  const std::string safe = escape_script(json(hostile).dump());
  EXPECT_EQ(safe.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(json::parse(safe).get<std::string>(), hostile);
}

TEST(ReportPage, HostileTextIsNowhereMarkup) {
  for (const chart_kind charts : {chart_kind::live, chart_kind::still}) {
    const std::string html = to_html(testing::sample_page(), charts);
    EXPECT_EQ(count_of(html, "<img"), 0U);
    EXPECT_EQ(count_of(html, "<!--"), 0U);
    EXPECT_EQ(count_of(html, "<script"), count_of(html, "</script>"));
    EXPECT_GE(count_of(html, "&lt;/script&gt;&lt;img"), 6U);
  }
}

TEST(ReportPage, HoldsItsDataAsJson) {
  const std::string html = to_html(testing::sample_page());
  const json data = json::parse(element(html, "report-data"));
  EXPECT_EQ(data, json::parse(to_json(testing::sample_page())));
  EXPECT_EQ(data["sections"][0]["items"][0]["kind"], "lines");
  EXPECT_EQ(data["sections"][0]["items"][1]["rows"][2]["cells"][2], 7130);
  EXPECT_EQ(data["badges"][3]["label"], hostile);
  EXPECT_EQ(json::parse(element(html, "attached-data"))["raw"][0], "</script>");
}

TEST(ReportPage, RefusesToAttachWhatIsNotJson) {
  EXPECT_THROW(static_cast<void>(to_html({.title = "x", .attached_json = "{"})), std::invalid_argument);
}

TEST(ReportPage, SurvivesTextThatIsNotUtf8) {
  EXPECT_NO_THROW(static_cast<void>(to_html({.title = "\xff\xfe", .machine = {{"\xc3", "x"}}})));
}

TEST(ReportPage, FetchesNothing) {
  const std::string html = to_html(testing::sample_page());
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  EXPECT_FALSE(std::regex_search(html, std::regex("(src|href)=\"(?!data:,|#)")));
}

TEST(ReportPage, AnEmptyPageIsAPage) {
  const std::string html = to_html({});
  EXPECT_NE(html.find("</html>"), std::string::npos);
  EXPECT_EQ(json::parse(element(html, "report-data"))["sections"], json::array());
}

TEST(ReportPage, WhatIsNotFiniteIsNullInTheDataOfCharts) {
  const json data = json::parse(to_json(testing::sample_page()));
  const json& odd = data["sections"][4]["items"][0]["panels"];
  EXPECT_EQ(odd[0]["lines"][0]["y"], json::array());
  EXPECT_EQ(odd[0]["lines"][1]["y"], (json::array({2.0})));
  EXPECT_EQ(odd[0]["lines"][2]["y"], (json::array({1.0, nullptr, nullptr, 3.0, 4.0})));
  EXPECT_EQ(odd[1]["lines"][0]["y"], (json::array({nullptr, 1e-3, nullptr, 2e-3, 8e-3})));
}

TEST(ReportPage, ManyPointsAreThinnedAndTheOneSpikeStays) {
  const page whole = testing::long_page(20'000);
  const std::string html = to_html(whole);
  EXPECT_LT(html.size(), 3'000'000U);
  EXPECT_LT(to_html(whole, chart_kind::still).size(), 3'000'000U);
  const json data = json::parse(element(html, "report-data"));
  for (const json& item : data["sections"][0]["items"]) {
    const json& y = item["panels"][3]["lines"][0]["y"];
    EXPECT_LE(y.size(), 1'002U);
    EXPECT_EQ(*std::max_element(y.begin(), y.end()), 1e6);
  }
}

TEST(ReportPage, IsWrittenWholeOrNotAtAll) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("report_page_test_" + std::to_string(getpid()));
  const page one{.title = "written"};
  EXPECT_EQ(write_html(one, path), std::error_code());
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), to_html(one));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".part"));
  std::filesystem::remove(path);
  EXPECT_NE(write_html(one, "/nowhere/at/all.html"), std::error_code());
}

TEST(ReportTables, EveryChartHasItsTable) {
  const std::string html = to_html(testing::sample_page());
  EXPECT_EQ(count_of(html, "<details class=\"numbers\">"), 6U);
  EXPECT_EQ(tables_of(testing::overload()).size(), 4U);
  EXPECT_EQ(tables_of(testing::payloads()).size(), 6U);
}

TEST(ReportTables, FewPointsAreARowEach) {
  const std::vector<table> tables = tables_of(testing::odd_lines());
  const std::string text = to_markup(tables[0]);
  EXPECT_EQ(tables[0].rows.size(), 5U);
  EXPECT_NE(text.find("∞"), std::string::npos);
  EXPECT_NE(text.find("data-value=\"3\""), std::string::npos);
  EXPECT_EQ(tables[2].rows.size(), 0U);
}

TEST(ReportTables, ManyPointsAreStretchesWithTheirExtremes) {
  line_chart chart = testing::overload();
  chart.panels[0].lines[0].points[100].y = 123e9;
  const table one = tables_of(chart)[0];
  EXPECT_LE(one.rows.size(), 60U);
  EXPECT_GT(one.rows.size(), 50U);
  EXPECT_NE(to_markup(one).find("… 123 G"), std::string::npos);
}

TEST(ReportTables, TheLargestValueOfACurveIsInTheTableAlone) {
  const table one = tables_of(testing::latencies())[0];
  EXPECT_EQ(std::get<std::string>(one.rows.back().cells[0].value), "100 %");
  const json data = json::parse(to_json(testing::sample_page()));
  const json& line = data["sections"][2]["items"][0]["panels"][0]["lines"][0];
  EXPECT_EQ(line["quantile"].back(), 1.0);
  EXPECT_EQ(line["x"].back(), nullptr);
}

TEST(ReportTables, RowsMayBeShorterThanTheTable) {
  const std::string text = to_markup(testing::theory());
  EXPECT_EQ(count_of(text, "<td"), 6U * 5U);
  EXPECT_EQ(count_of(text, "<tr class=\"ours\">"), 1U);
  EXPECT_NE(text.find("✗ fail"), std::string::npos);
  EXPECT_NE(text.find(">514 ms<"), std::string::npos);
  EXPECT_NE(text.find(">2 k/s<"), std::string::npos);
}

TEST(ReportHeat, TextIsReadableOnEveryColour) {
  EXPECT_EQ(heat(0, false).text, "#111");
  EXPECT_EQ(heat(1, false).text, "#fff");
  EXPECT_EQ(heat(0.5, true).text, "#111");
  EXPECT_EQ(heat(-3, true).fill, heat(0, true).fill);
}

TEST(ReportHeat, MissingValuesHaveNoColour) {
  const std::string text = to_markup(testing::ratios(), item_place{});
  EXPECT_EQ(count_of(text, "<td style="), 15U);
  EXPECT_EQ(count_of(text, "<td>–</td>"), 1U);
  EXPECT_EQ(count_of(to_markup(testing::sizes(), item_place{}), "<td>–</td>"), 1U);
}

TEST(ReportStill, PicturesStandAlone) {
  const std::string svg = draw_still(testing::overload());
  EXPECT_EQ(count_of(svg, "<polyline"), 21U + 6U);  // lines and legend
  EXPECT_EQ(svg.find("var("), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_NE(svg.find("xmlns='http://www.w3.org/2000/svg'"), std::string::npos);
  EXPECT_NE(svg.find("deadline 100 ms"), std::string::npos);
}

TEST(ReportStill, SurvivesOddSeries) {
  for (const std::string& svg : {draw_still(testing::odd_lines()), draw_still(line_chart{}), draw_still(ranking_bars{}),
                                 draw_still(percentile_curves{}), draw_still(small_multiples{})}) {
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
    EXPECT_EQ(svg.find("<img"), std::string::npos);
    EXPECT_NE(svg.find("</svg>"), std::string::npos);
  }
}

TEST(ReportStill, GapsPartALine) {
  const line_chart chart{
      .panels = {{.lines = {{.name = "a", .points = {{0, 1}, {1, 2}, {2, nan}, {3, inf}, {4, 1}, {5, 1}}}}}}};
  EXPECT_EQ(count_of(draw_still(chart), "<polyline"), 2U);
}

}  // namespace
}  // namespace tidegate::report
