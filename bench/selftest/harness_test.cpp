// The arithmetic behind every published figure, on numbers small enough to check by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "bench/harness/message.hpp"
#include "bench/harness/team_run.hpp"
#include "bench/harness/verdict.hpp"

namespace tidegate::bench {
namespace {

TEST(Statistics, MedianMinMax) {
  const summary odd = summarize({5, 1, 3});
  EXPECT_EQ(odd.count, 3U);
  EXPECT_DOUBLE_EQ(odd.median, 3);
  EXPECT_DOUBLE_EQ(odd.min, 1);
  EXPECT_DOUBLE_EQ(odd.max, 5);
  EXPECT_DOUBLE_EQ(summarize({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(summarize({}).count, 0U);
}

TEST(Statistics, PercentilesOfAHundred) {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  const percentiles found = percentiles_of(values);
  EXPECT_DOUBLE_EQ(found.p50, 50);
  EXPECT_DOUBLE_EQ(found.p99, 99);
  EXPECT_NEAR(found.p999, 99.9, 1e-9);
}

TEST(Statistics, RatiosAreTakenWithinARoundOnly) {
  const std::vector<round_value> ours{{0, 20}, {1, 300}, {3, 7}};
  const std::vector<round_value> theirs{{0, 10}, {1, 100}, {2, 1}};
  const summary ratio = paired_ratio(ours, theirs);
  EXPECT_EQ(ratio.count, 2U);
  EXPECT_DOUBLE_EQ(ratio.min, 2);
  EXPECT_DOUBLE_EQ(ratio.max, 3);
}

TEST(Statistics, SumOfNumbers) {
  EXPECT_EQ(sum_to(1), 1U);
  EXPECT_EQ(sum_to(4), 10U);
  EXPECT_EQ(sum_to(5), 15U);
}

TEST(Canary, ClassesAndChanges) {
  const canary_limits limits;
  EXPECT_EQ(mode_between(100, 110, limits), distance::near);
  EXPECT_EQ(mode_between(420, 400, limits), distance::far);
  EXPECT_EQ(mode_between(100, 420, limits), distance::disturbed);  // moved meanwhile
  EXPECT_EQ(mode_between(100, 200, limits), distance::disturbed);  // moved within one class
  EXPECT_EQ(mode_between(9000, 9000, limits), distance::disturbed);
}

TEST(Rounds, EveryoneIsFirstOnceInAsManyRounds) {
  constexpr std::size_t entries = 3;
  std::vector<std::size_t> firsts;
  for (unsigned round = 0; round < entries; ++round) firsts.push_back(rotated(0, round, entries));
  EXPECT_EQ(firsts, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(rotated(2, 2, entries), 1U);
}

entry_result made(const char* name, role plays, const std::vector<double>& values, distance mode) {
  entry_result entry{{.name = name, .plays = plays}};
  for (unsigned round = 0; round < values.size(); ++round) {
    sample taken;
    taken.round = round;
    taken.result.value = values[round];
    taken.mode = mode;
    entry.samples.push_back(taken);
  }
  return entry;
}

cell_result made_cell(bool higher_is_better) {
  cell_result cell;
  cell.info.higher_is_better = higher_is_better;
  cell.info.reference = "limit";
  cell.entries.push_back(made("ours", role::ours, {40, 60, 80}, distance::near));
  cell.entries.push_back(made("slow", role::peer, {10, 10, 10}, distance::near));
  cell.entries.push_back(made("fast", role::peer, {20, 20, 20}, distance::near));
  cell.entries.push_back(made("limit", role::limit, {80, 120, 160}, distance::near));
  return cell;
}

TEST(Verdict, TheBestPeerHasTheBestMedian) {
  const std::vector<mode_verdict> verdicts = judge(made_cell(true));
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].best_peer, "fast");
  ASSERT_EQ(verdicts[0].standings.size(), 4U);
  EXPECT_EQ(verdicts[0].standings[0].who.name, "limit");
  const standing& ours = verdicts[0].standings[1];
  EXPECT_EQ(ours.who.name, "ours");
  EXPECT_DOUBLE_EQ(ours.vs_best_peer.median, 3);
  EXPECT_DOUBLE_EQ(ours.vs_best_peer.min, 2);
  EXPECT_DOUBLE_EQ(ours.vs_reference.median, 0.5);
}

TEST(Verdict, AReferenceIsNobodysBestPeer) {
  cell_result cell = made_cell(true);
  cell.entries.push_back(made("yardstick", role::reference, {50, 50, 50}, distance::near));
  EXPECT_EQ(judge(cell).front().best_peer, "fast");
  EXPECT_FALSE(competes(role::reference));
  EXPECT_TRUE(competes(role::ours));
}

TEST(Verdict, LowerIsBetterTurnsTheRanking) {
  const std::vector<mode_verdict> verdicts = judge(made_cell(false));
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].best_peer, "slow");
  EXPECT_EQ(verdicts[0].standings.front().who.name, "slow");
}

TEST(Verdict, ModesAreJudgedApartAndDroppedSamplesNotAtAll) {
  cell_result cell = made_cell(true);
  cell.entries[0].samples[1].mode = distance::far;
  cell.entries[2].samples[1].mode = distance::far;
  cell.entries[0].samples[2].mode = distance::disturbed;
  const std::vector<mode_verdict> verdicts = judge(cell);
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].mode, distance::near);
  EXPECT_EQ(verdicts[1].mode, distance::far);
  EXPECT_EQ(verdicts[1].best_peer, "fast");
  const standing& ours_far = verdicts[1].standings.front();
  EXPECT_EQ(ours_far.who.name, "ours");
  EXPECT_DOUBLE_EQ(ours_far.vs_best_peer.median, 3);
  EXPECT_EQ(ours_far.vs_reference.count, 0U);
  EXPECT_EQ(disturbance_of(cell).dropped, 1U);
}

measurement instant(const work& todo) { return {static_cast<double>(todo.count), 1.0}; }

measurement wrong_when_timed(const work&) { throw wrong_result("lost one"); }

TEST(Rounds, AFailedRivalIsReportedAndNotTimed) {
  cell asked;
  asked.info.two_threads = false;
  asked.entries.push_back({{.name = "good"}, &instant});
  asked.entries.push_back({{.name = "smokes"}, &instant, [] { return std::string("out of order"); }});
  asked.entries.push_back({{.name = "loses"}, &wrong_when_timed});
  plan how;
  how.rounds = 3;
  std::size_t last_done = 0;
  const cell_result result = run_cell(asked, how, [&](std::size_t done, std::size_t all, const std::string&) {
    last_done = done;
    EXPECT_EQ(all, 9U);
  });
  EXPECT_EQ(last_done, 9U);
  EXPECT_EQ(result.entries[0].samples.size(), 3U);
  EXPECT_EQ(result.entries[1].failure, "out of order");
  EXPECT_TRUE(result.entries[1].samples.empty());
  EXPECT_EQ(result.entries[2].failure, "lost one");
  EXPECT_TRUE(result.entries[2].samples.empty());
}

/// The figures of one entrant that reports how much work it was given.
std::vector<double> counts_given(const cell_info& info, const plan& how) {
  cell asked;
  asked.info = info;
  asked.info.two_threads = false;
  asked.entries.push_back({{.name = "counts"}, &instant});
  const cell_result result = run_cell(asked, how, [](std::size_t, std::size_t, const std::string&) {});
  std::vector<double> counts;
  for (const sample& taken : result.entries.front().samples) counts.push_back(taken.result.value);
  return counts;
}

TEST(Rounds, ACellMayFixItsCountAndAQuickRunAlwaysDoes) {
  plan how;
  how.rounds = 2;
  cell_info info;
  info.count = 300;
  info.quick_count = 7;
  EXPECT_EQ(counts_given(info, how), (std::vector<double>{300, 300}));
  how.quick = true;
  EXPECT_EQ(counts_given(info, how), (std::vector<double>{7, 7}));
}

TEST(Placement, ATeamIsThePairAndThenEveryOtherCpuOnce) {
  const std::optional<cpu_pair> pair = choose_cpus();
  if (!pair) return;  // a machine without a pair has no team
  std::vector<int> team = choose_team(*pair);
  EXPECT_EQ(team[0], pair->first);
  EXPECT_EQ(team[1], pair->second);
  std::sort(team.begin(), team.end());
  EXPECT_EQ(team, allowed_cpus());
}

TEST(Placement, EveryThreadOfATeamRunsOnceOnAllowedCpus) {
  const std::vector<int> cpus = allowed_cpus();
  const auto threads = static_cast<unsigned>(2 * cpus.size());
  std::vector<std::vector<int>> places(threads);
  const time_span span = run_team(cpus, threads, [&](unsigned thread, start_gate& gate) {
    gate.wait();
    return timed([&] { places[thread] = allowed_cpus(); });
  });
  EXPECT_GE(span.end_ns, span.begin_ns);
  for (const std::vector<int>& place : places) EXPECT_EQ(place, cpus);
  run_team(cpus, 1, [&](unsigned thread, start_gate& gate) {
    gate.wait();
    return timed([&] { places[thread] = allowed_cpus(); });
  });
  EXPECT_EQ(places[0], std::vector<int>{cpus.front()});
}

TEST(Placement, TheSpanOfATeamIsFromTheFirstBeginToTheLastEnd) {
  const time_span hull = hull_of({{20, 30}, {10, 15}, {12, 40}});
  EXPECT_EQ(hull.begin_ns, 10U);
  EXPECT_EQ(hull.end_ns, 40U);
}

}  // namespace
}  // namespace tidegate::bench
