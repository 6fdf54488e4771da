#include "report/scale.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "report/thin.hpp"
#include "tests/report/sample.hpp"

namespace tidegate::report {
namespace {

using testing::inf;
using testing::nan;
constexpr axis_scale logarithmic = axis_scale::logarithmic;

using numbers = std::vector<double>;

void expect_range(const range& of, double least, double most) {
  EXPECT_DOUBLE_EQ(of.least, least);
  EXPECT_DOUBLE_EQ(of.most, most);
}

TEST(ReportScale, LinearRangesContainZeroAndEndRound) {
  expect_range(round_range({}, numbers{3, 87}), 0, 100);
  expect_range(round_range({}, numbers{-3, 8}), -5, 10);
  expect_range(round_range({}, numbers{-3, -1}), -3, 0);
  expect_range(round_range({.in = unit::bytes}, numbers{5000}), 0, 5120);
}

TEST(ReportScale, LogarithmicRangesEndOnMarks) {
  expect_range(round_range({.scale = logarithmic}, numbers{0.003, 7}), 0.002, 10);
  expect_range(round_range({.scale = logarithmic}, numbers{10, 10}), 10, 20);
  expect_range(round_range({.in = unit::bytes, .scale = logarithmic}, numbers{5000, 9000}), 4096, 16384);
}

TEST(ReportScale, RangesSurviveWhatHasNoPlace) {
  expect_range(round_range({}, numbers{}), 0, 1);
  expect_range(round_range({}, numbers{0, 0}), 0, 1);
  expect_range(round_range({}, numbers{nan, inf, 4}), 0, 4);
  expect_range(round_range({.scale = logarithmic}, numbers{0, -1, nan}), 1, 10);
  expect_range(tight_range({}, numbers{3}), 1.5, 4.5);
  expect_range(tight_range({.scale = logarithmic}, numbers{8}), 4, 16);
}

TEST(ReportScale, TheAxisHasTheLastWord) {
  expect_range(round_range({.least = 2, .most = 9}, numbers{0, 100}), 2, 9);
  expect_range(round_range({.scale = logarithmic, .least = 0}, numbers{1, 10}), 1, 10);
}

TEST(ReportScale, MarksAreRound) {
  EXPECT_EQ(marks({}, {0, 100}, 5), (numbers{0, 20, 40, 60, 80, 100}));
  EXPECT_EQ(marks({.in = unit::bytes}, {0, 4096}, 4), (numbers{0, 1024, 2048, 3072, 4096}));
  EXPECT_EQ(marks({.scale = logarithmic}, {1, 10}, 5), (numbers{1, 2, 5, 10}));
  const numbers decades = marks({.scale = logarithmic}, {0.002, 10}, 5);
  ASSERT_EQ(decades.size(), 4U);
  EXPECT_NEAR(decades.front(), 0.01, 1e-12);
  EXPECT_LE(marks({.scale = logarithmic}, {1e-9, 1e3}, 5).size(), 8U);
}

TEST(ReportScale, MarksEndWhereNumbersAreTooLargeToCount) {
  EXPECT_LE(marks({}, {1.7e18, 1.7e18 + 512}, 8).size(), 25U);
  const axis wide{.scale = logarithmic};
  EXPECT_LE(marks(wide, round_range(wide, numbers{5e-324, 1.7e308}), 5).size(), 25U);
  const range whole = round_range({}, numbers{-1.7e308, 1.7e308, 1e299});
  EXPECT_LE(marks({}, whole, 5).size(), 25U);
  EXPECT_TRUE(std::isfinite(whole.most - whole.least));
}

TEST(ReportScale, PlacesRunFromZeroToOne) {
  const fixed_axis linear{{}, {10, 20}, {}};
  EXPECT_DOUBLE_EQ(linear.place(15), 0.5);
  const fixed_axis decades{{.scale = logarithmic}, {1, 100}, {}};
  EXPECT_DOUBLE_EQ(decades.place(10), 0.5);
}

TEST(ReportScale, ReferenceLinesAreInsideTheChart) {
  const panel part{.lines = {{.name = "a", .points = {{0, 1}, {1, 2}}}}, .limits = {{50, "limit"}}};
  EXPECT_GE(y_axis_of(part).ends.most, 50);
}

TEST(ReportScale, BarsAreSortedAndMissingOnesAreLast) {
  const ranking_bars chart{
      .bars = {{.label = "a", .value = 1}, {.label = "b", .value = nan}, {.label = "c", .value = 3}}};
  const std::vector<bar> most_first = in_order(chart);
  EXPECT_EQ(most_first[0].label + most_first[1].label + most_first[2].label, "cab");
  ranking_bars turned = chart;
  turned.less_is_better = true;
  const std::vector<bar> least_first = in_order(turned);
  EXPECT_EQ(least_first[0].label + least_first[1].label + least_first[2].label, "acb");
}

TEST(ReportScale, OursHasTheFirstColourAndNamesKeepTheirs) {
  const std::vector<panel> panels{{.lines = {{.name = "peer"}, {.name = "ours", .ours = true}}},
                                  {.lines = {{.name = "third"}, {.name = "peer"}}}};
  const colour_slots slots = slots_of(panels);
  EXPECT_EQ(slots, (colour_slots{{"ours", 0}, {"peer", 1}, {"third", 2}}));
}

TEST(ReportScale, NinesReadAsPercentiles) {
  EXPECT_EQ(format_nines(1), "0 %");
  EXPECT_EQ(format_nines(1000), "99.9 %");
  EXPECT_EQ(format_nines(1e7), "99.99999 %");
  EXPECT_EQ(format_quantile(1), "100 %");
  EXPECT_DOUBLE_EQ(nines(0.5), 2);
}

std::vector<point> saw(std::size_t count) {
  std::vector<point> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({static_cast<double>(i), static_cast<double>(i % 7)});
  return all;
}

bool holds(const std::vector<point>& all, double x, double y) {
  return std::any_of(all.begin(), all.end(), [&](const point& one) { return one.x == x && one.y == y; });
}

TEST(ReportThin, KeepsExtremesAndEnds) {
  std::vector<point> all = saw(100'000);
  all[33'333].y = 1000;
  all[66'666].y = -1000;
  const std::vector<point> few = thin(all, 100, axis_scale::linear);
  EXPECT_LE(few.size(), 202U);
  EXPECT_TRUE(holds(few, 33'333, 1000));
  EXPECT_TRUE(holds(few, 66'666, -1000));
  EXPECT_EQ(few.front().x, 0);
  EXPECT_EQ(few.back().x, 99'999);
  EXPECT_TRUE(std::is_sorted(few.begin(), few.end(), [](const point& a, const point& b) { return a.x < b.x; }));
}

TEST(ReportThin, KeepsGaps) {
  std::vector<point> all = saw(10'000);
  for (std::size_t i = 4'000; i < 5'000; ++i) all[i].y = nan;
  const std::vector<point> few = thin(all, 50, axis_scale::linear);
  EXPECT_TRUE(std::any_of(few.begin(), few.end(), [](const point& one) { return std::isnan(one.y); }));
}

TEST(ReportThin, LeavesFewPointsAlone) {
  EXPECT_TRUE(thin({}, 10, axis_scale::linear).empty());
  EXPECT_EQ(thin({{1, 2}}, 10, axis_scale::linear).size(), 1U);
  EXPECT_EQ(thin(saw(20), 10, axis_scale::linear).size(), 20U);
}

TEST(ReportThin, SurvivesOneXForAll) {
  const std::vector<point> same(1000, point{5, 1});
  EXPECT_LE(thin(same, 10, axis_scale::linear).size(), 4U);
}

TEST(ReportThin, LeavesOutWhatHasNoPlaceAcross) {
  EXPECT_EQ(thin({{nan, 1}, {0, 1}, {1, 1}}, 10, logarithmic).size(), 1U);
}

TEST(ReportThin, StretchesAreEqualOnTheScale) {
  std::vector<point> all;
  for (int i = 0; i <= 60'000; ++i) all.push_back({std::pow(10, i / 10'000.0), static_cast<double>(i % 2)});
  const std::vector<point> few = thin(all, 60, logarithmic);
  const auto low = std::count_if(few.begin(), few.end(), [](const point& one) { return one.x < 10; });
  EXPECT_NEAR(static_cast<double>(low), static_cast<double>(few.size()) / 6, 3);
}

}  // namespace
}  // namespace tidegate::report
