// What may be claimed of two entrants, and what may not.
#include "bench/judge.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/budget.hpp"
#include "bench/charts.hpp"
#include "bench/compare.hpp"
#include "bench/progress.hpp"
#include "bench/summary.hpp"
#include "tests/bench/made_up.hpp"

namespace tidegate::bench {
namespace {

TEST(Interval, OfTheMedianFromTheOrderAlone) {
  const interval seven = median_interval({7, 1, 3, 2, 6, 5, 4});
  EXPECT_EQ(seven.count, 7U);
  EXPECT_DOUBLE_EQ(seven.median, 4);
  EXPECT_DOUBLE_EQ(seven.low, 1);  // from the second on, seven values cover 87 % only
  EXPECT_DOUBLE_EQ(seven.high, 7);
  std::vector<double> many;
  for (int i = 1; i <= 11; ++i) many.push_back(i);
  EXPECT_DOUBLE_EQ(median_interval(many).low, 2);  // 98.8 %
  EXPECT_DOUBLE_EQ(median_interval(many).high, 10);
  EXPECT_EQ(median_interval({}).count, 0U);
  EXPECT_DOUBLE_EQ(median_interval({1, 3}).median, 2);
}

TEST(Judge, ClaimsOnlyWhatTheIntervalAllows) {
  EXPECT_EQ(judge({7, 1.5, 1.01, 1.9}), outcome::ahead);
  EXPECT_EQ(judge({7, 1.5, 0.99, 1.9}), outcome::level);
  EXPECT_EQ(judge({7, 0.5, 0.4, 0.99}), outcome::behind);
  EXPECT_EQ(judge({7, 0.5, 0.4, 1.01}), outcome::level);
  EXPECT_EQ(judge({7, 1.04, 1.02, 1.06}), outcome::level);  // always, and too little for a word
  EXPECT_EQ(judge({7, 0.96, 0.95, 0.97}), outcome::level);
  EXPECT_EQ(judge({4, 3, 2, 4}), outcome::unknown);
  EXPECT_EQ(judge({}), outcome::unknown);
}

TEST(Pairs, AreOfOneRoundAndOneMode) {
  const entry one = made_entry("ours", {10, 20, 30, 40}, "nnf-");
  const entry other = made_entry("peer", {5, 5, 5}, "nfff");
  EXPECT_EQ(paired_ratios(one, other, near_mode, true), (std::vector<double>{2}));
  EXPECT_EQ(paired_ratios(one, other, far_mode, true), (std::vector<double>{6}));
  EXPECT_EQ(paired_ratios(one, other, near_mode, false), (std::vector<double>{0.5}));  // less is better: 10 loses
}

TEST(Duel, OurBestBesideTheBestPeerInTheModeOfMostFigures) {
  const results found = made_results(
      made_cell({made_entry("ours", {10, 10, 10, 10, 10}, "nnnnn"),
                 made_entry("ours (other)", {20, 20, 20, 20, 90}, "nnnnf"), made_entry("slow", {1, 1, 1, 1, 1}),
                 made_entry("peer", {40, 40, 40, 40, 40}), made_entry("limit", {99, 99, 99, 99, 99})}));
  const duel one = duels_of(found).front();
  EXPECT_EQ(one.mode, near_mode);
  EXPECT_EQ(one.ours->name, "ours (other)");
  EXPECT_EQ(one.peer->name, "peer");
  EXPECT_EQ(one.limit->name, "limit");
  EXPECT_DOUBLE_EQ(one.ratio.median, 0.5);
  EXPECT_EQ(one.verdict, outcome::unknown);  // four pairs
}

TEST(Duel, LossesAreToldLikeWins) {
  const results lost =
      made_results(made_cell({made_entry("ours", {9, 9, 9, 9, 9}), made_entry("peer", {10, 11, 10, 12, 10})}));
  EXPECT_EQ(duels_of(lost).front().verdict, outcome::behind);
  EXPECT_NE(to_text(lost).find("behind in 1"), std::string::npos);
  const results won =
      made_results(made_cell({made_entry("ours", {9, 9, 9, 9, 9}), made_entry("peer", {10, 11, 10, 12, 10})}, false));
  EXPECT_EQ(duels_of(won).front().verdict, outcome::ahead);
  EXPECT_NE(to_text(won).find("ahead of the best peer in 1 of 1"), std::string::npos);
}

TEST(Compare, ByAYardstickOfTheSameRound) {
  // The host is twice as slow in the second run; ours kept its place beside the limit, and the other lost a third.
  const results before = made_results(
      made_cell({made_entry("ours", {50, 51, 50, 49, 50}), made_entry("ours (other)", {60, 61, 60, 59, 60}),
                 made_entry("limit", {100, 100, 100, 100, 100})}));
  const results after = made_results(
      made_cell({made_entry("ours", {25, 25, 26, 25, 24}), made_entry("ours (other)", {20, 20, 21, 20, 19}),
                 made_entry("limit", {50, 50, 50, 50, 50})}));
  const comparison found = compare(before, after, false, 0.05);
  ASSERT_EQ(found.changes.size(), 2U);
  EXPECT_EQ(found.changes[0].entrant, "ours (other)");  // the worst first
  EXPECT_EQ(found.changes[0].yardstick, "limit");
  EXPECT_EQ(found.changes[0].verdict, outcome::behind);
  EXPECT_NEAR(found.changes[0].factor, 0.667, 0.001);
  EXPECT_EQ(found.changes[1].verdict, outcome::level);
  EXPECT_TRUE(has_regression(found));
  EXPECT_FALSE(has_regression(compare(after, before, false, 0.05)));
  EXPECT_FALSE(has_regression(compare(before, after, false, 0.6)));
}

TEST(Compare, IntervalsThatTouchAreTheSame) {
  const results before = made_results(
      made_cell({made_entry("ours", {50, 60, 70, 80, 90}), made_entry("limit", {100, 100, 100, 100, 100})}));
  const results after = made_results(
      made_cell({made_entry("ours", {30, 35, 40, 45, 50}), made_entry("limit", {100, 100, 100, 100, 100})}));
  EXPECT_EQ(compare(before, after, false, 0.05).changes.front().verdict, outcome::level);
}

TEST(Compare, OtherModesAndMissingCellsAreLeftOutAndTold) {
  const results near = made_results(made_cell({made_entry("ours", {1, 1, 1, 1, 1})}));
  const results far = made_results(made_cell({made_entry("ours", {1, 1, 1, 1, 1}, "f")}));
  const comparison found = compare(near, far, false, 0.05);
  EXPECT_TRUE(found.changes.empty());
  ASSERT_EQ(found.left_out.size(), 1U);
  EXPECT_NE(found.left_out.front().find("near, and then far"), std::string::npos);
  results none = near;
  none.suites.clear();
  EXPECT_EQ(compare(near, none, false, 0.05).left_out.size(), 1U);
}

TEST(Charts, LimitsAreLinesAndMarksAreClaims) {
  const results found =
      made_results(made_cell({made_entry("ours", {9, 9, 9, 9, 9}), made_entry("peer", {10, 11, 10, 12, 10}),
                              made_entry("limit", {20, 20, 20, 20, 20})}));
  const report::ranking_bars chart = ranking_of(found.suites[0], found.suites[0].cells[0]);
  ASSERT_EQ(chart.bars.size(), 2U);
  EXPECT_DOUBLE_EQ(chart.bars[0].value, 9e6);
  EXPECT_TRUE(chart.bars[0].ours);
  EXPECT_EQ(chart.bars[0].mark, report::verdict::fail);
  EXPECT_FALSE(chart.bars[1].mark.has_value());
  ASSERT_EQ(chart.limits.size(), 1U);
  EXPECT_DOUBLE_EQ(chart.limits[0].value, 20e6);
}

TEST(Charts, AMapNeedsThreadsInTheNames) {
  suite one =
      made_results(made_cell({made_entry("ours", {4, 4, 4, 4, 4}), made_entry("peer", {2, 2, 2, 2, 2})})).suites[0];
  EXPECT_TRUE(maps_of(one).empty());
  one.cells[0].id = "single/u64/1x1/yield";
  one.cells.push_back(one.cells[0]);
  one.cells[1].id = "single/u64/4x16/yield";
  const std::vector<report::heat_map> maps = maps_of(one);
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_EQ(maps[1].rows, (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ(maps[1].columns, (std::vector<std::string>{"1", "16"}));
  EXPECT_DOUBLE_EQ(maps[1].values[1][1], 2);
  EXPECT_TRUE(std::isnan(maps[1].values[0][1]));
}

TEST(Charts, PercentilesMakeACurve) {
  cell trips = made_cell({made_entry("ours", {100, 100, 100, 100, 100})}, false);
  trips.entries[0].extras = {{"p50 ns", 90}, {"p99.9 ns", 300}};
  const report::percentile_curves chart = curves_of({.name = "spsc"}, trips);
  ASSERT_EQ(chart.curves.size(), 1U);
  EXPECT_DOUBLE_EQ(chart.curves[0].points[1].quantile, 0.999);
  EXPECT_DOUBLE_EQ(chart.curves[0].points[1].value, 300);
}

TEST(Budget, IsSharedOutSoThatSamplesAreEquallyLong) {
  const std::vector<program> programs{{"spsc", "", {{"a", "r", "", 100, 2, {}}}},
                                      {"mpmc", "", {{"b", "r", "", 300, 6, {}}}}};
  EXPECT_DOUBLE_EQ(sample_length_s(expense_of(programs, 0), 48), 0.1);
  EXPECT_DOUBLE_EQ(share_s(programs, 0, 48), 12);
  EXPECT_DOUBLE_EQ(share_s(programs, 1, 48), 6 + 300 * 0.14);  // the last one gets what is left
  EXPECT_DOUBLE_EQ(sample_length_s(expense_of(programs, 0), 1), shortest_sample_s);
  EXPECT_DOUBLE_EQ(sample_length_s(expense_of(programs, 0), 1e6), longest_sample_s);
}

TEST(Progress, TheBarFitsTheTerminal) {
  EXPECT_EQ(bar_line(0.5, 65, "spsc a", 80), "[##########..........]  50 %  1:05 left  spsc a");
  EXPECT_EQ(bar_line(0.5, 65, "a long name that does not fit at all", 40).size(), 39U);
  EXPECT_TRUE(bar_line(2, 0, "x\n", 80).starts_with("[####################] 100 %"));
}

}  // namespace
}  // namespace tidegate::bench
