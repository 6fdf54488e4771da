// The scenarios in simulated time, against the numbers of an independent model (docs/design/flow.md) with the same
// arrivals.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "lab/engine.hpp"
#include "lab/judge.hpp"
#include "lab/scenario_file.hpp"
#include "tests/lab/rows.hpp"

namespace tidegate::lab {
namespace {

row_result simulated(row what) {
  row_result made{.what = std::move(what), .ran = {}, .simulated = {}, .findings = {}};
  made.ran = simulate(made.what);
  judge(made);
  return made;
}

std::string failures_of(const row_result& of) {
  std::string text;
  for (const finding& each : of.findings) {
    if (each.judged == verdict::failed) {
      text +=
          each.measure + ": " + std::to_string(each.measured) + ", expected " + std::to_string(each.expected) + "\n";
    }
  }
  return text;
}

/// Of the model: served and useful a second, latencies in ms, depth, lost, s until normal.
struct modelled {
  const char* row;
  double served, useful, p50, p99, p999, depth, lost, normal;
};

class flash_sale : public testing::TestWithParam<modelled> {};

TEST_P(flash_sale, agrees_with_the_model) {
  const modelled& model = GetParam();
  const row_result of = simulated(row_of("A", model.row));
  const auto expect = [&](const char* measure, double value, double within) {
    EXPECT_NEAR(of.ran.measured.at(measure), value, within * value + 1e-9) << measure;
  };
  EXPECT_EQ(of.ran.account.offered, 111'667U);
  EXPECT_EQ(failures_of(of), "");
  expect("served_per_s", model.served, 0.002);
  expect("useful_per_s", model.useful, 0.005);
  expect("p50_ms", model.p50, 0.005);
  expect("p99_ms", model.p99, 0.005);
  expect("p999_ms", model.p999, 0.03);
  expect("depth_max", model.depth, 0.01);
  expect("lost", model.lost, 0.001);
  EXPECT_NEAR(of.ran.measured.at("normal_again_s"), model.normal, 0.12) << "to a tenth of a second";
}

constexpr modelled by_the_model[] = {
    {"unbounded", 2000, 0, 6002.4, 7958.51, 7995.23, 79'599, 0, 56.84},
    {"reject, 1,024", 2000, 0, 513.92, 514, 514, 1024, 78'575, 12.98},
    {"reject, 100", 2000, 2000, 51.92, 52, 52, 100, 79'499, 12.08},
    {"drop oldest, 1,024", 2000, 227, 104.82, 112.64, 115.25, 1024, 78'575, 12.98},
    {"drop oldest, 100", 2000, 2000, 11.98, 14.57, 15.32, 100, 79'499, 12.08},
    {"expire, no margin", 2000, 0, 101.92, 102, 102, 1024, 78'014 + 1385, 12.18},
    {"expire, margin 2.5 ms", 2000, 2000, 99.42, 99.5, 99.5, 1024, 78'860 + 543, 12.17},
    {"CoDel 5/100 ms", 2000, 2000, 11.92, 12, 12, 968, 79'579, 2.12},
    {"adaptive LIFO 5/100 ms", 2000, 2000, 2.07, 2.59, 2.86, 952, 79'592, 2.1},
    {"reserve first, 50", 2000, 2000, 24.86, 25.58, 25.59, 46, 79'553, 12.03},
    {"reserve first, 8", 2000, 2000, 3.92, 4, 4, 4, 79'606, 0},
    {"reserve first, 4", 1891, 1891, 2, 2, 2, 0, 81'876, 0},
};
INSTANTIATE_TEST_SUITE_P(A, flash_sale, testing::ValuesIn(by_the_model));

class statements : public testing::TestWithParam<const char*> {};

TEST_P(statements, hold_in_simulated_time) {
  for (const scenario& each : own_scenarios()) {
    if (each.id != GetParam()) continue;
    for (const row& of : each.rows) EXPECT_EQ(failures_of(simulated(of)), "") << of.name;
  }
}

constexpr const char* quick[] = {"B", "C", "D", "F", "G", "I", "J", "L", "M", "N"};
INSTANTIATE_TEST_SUITE_P(of_scenario, statements, testing::ValuesIn(quick));

TEST(check_then_act, holds_what_the_model_says) {
  const row_result looks = simulated(row_of("H", "50 permits, look, a pause of 200 ms"));
  EXPECT_EQ(looks.ran.measured.at("inside_max"), 1964);
  EXPECT_NEAR(looks.ran.measured.at("whole_p99_ms"), 548.4, 1);
  EXPECT_NEAR(looks.ran.measured.at("whole_max_ms"), 602.2, 1);
  const row_result reserves = simulated(row_of("H", "50 permits, reserve, a pause of 200 ms"));
  EXPECT_EQ(reserves.ran.measured.at("inside_max"), 50);
  EXPECT_NEAR(reserves.ran.measured.at("whole_p99_ms"), 15, 0.1);
  EXPECT_NEAR(reserves.ran.measured.at("whole_max_ms"), 214.9, 0.5);
}

TEST(blocking, moves_the_queue_before_the_door) {
  row blocks = row_of("H", "bounded 128, block");
  row never_full = row_of("H", "unbounded");
  for (row* each : {&blocks, &never_full}) {
    each->flows[0].phases[0].span_s = 2;
    each->window_from_s = 1;
    each->window_to_s = 2;
  }
  const row_result waits = simulated(blocks), grows = simulated(never_full);
  EXPECT_EQ(waits.ran.measured.at("depth_max"), 128);
  EXPECT_NEAR(waits.ran.measured.at("p50_ms"), grows.ran.measured.at("p50_ms"), 1);
  EXPECT_NEAR(waits.ran.measured.at("inside_p50_ms"), 30, 1);
}

TEST(simulation, is_the_same_for_the_same_seed) {
  row of = row_of("N", "CoDel 5/100 ms");
  const outcome one = simulate(of), same = simulate(of);
  EXPECT_EQ(one.measured.at("p99_ms"), same.measured.at("p99_ms"));
  EXPECT_EQ(one.account.completed, same.account.completed);
  of.seed = 2;
  EXPECT_NE(simulate(of).account.offered, one.account.offered);
}

TEST(simulation, of_a_smaller_machine_keeps_theory_valid) {
  const row_result of = simulated(scaled(row_of("A", "reject, 1,024"), 4));
  EXPECT_EQ(failures_of(of), "");
  EXPECT_NEAR(of.ran.measured.at("served_per_s"), 500, 5);
  EXPECT_EQ(of.what.policy.capacity, 256U);
}

TEST(simulation, agrees_with_m_m_c_k_in_the_long_run) {
  row of = row_of("Q", "900/s, M/M/1/16");
  of.flows[0].phases[0].span_s = of.window_to_s = 1000;
  of.flows[0].phases[0].per_second = 900;
  const row_result long_run = simulated(of);
  EXPECT_NEAR(long_run.ran.measured.at("mean_ms"), 6.361, 0.02 * 6.361);
  EXPECT_NEAR(long_run.ran.measured.at("mean_inside"), 5.60, 0.02 * 5.60);
  EXPECT_NEAR(long_run.ran.measured.at("refused_share"), 0.02224, 0.05 * 0.02224);
}

TEST(identity, is_violated_by_a_policy_that_loses_one_silently) {
  row of = row_of("C", "400/s, 100 places");
  of.lose_every = 1000;
  const row_result found = simulated(of);
  EXPECT_FALSE(found.holds());
  EXPECT_EQ(found.ran.measured.at("imbalance"), 7) << "of 7,999";
  EXPECT_GE(found.ran.measured.at("worst_imbalance_running"), 6);
}

TEST(interrupted_run, keeps_what_there_was_and_judges_the_identity_only) {
  row_result of{.what = row_of("C", "400/s, 50 places"), .ran = {}, .simulated = {}, .findings = {}};
  of.ran = simulate(of.what, [](nanoseconds at) { return at < std::chrono::seconds(5); });
  judge(of);
  EXPECT_TRUE(of.ran.interrupted);
  EXPECT_TRUE(of.holds());
  EXPECT_NEAR(of.ran.measured.at("offered"), 2000, 2);
  EXPECT_EQ(of.findings.back().judged, verdict::reported);
  EXPECT_NEAR(of.ran.measured.at("served_per_s"), 400, 20) << "of the five seconds, not of the twenty";
}

TEST(blocking, balances_with_what_the_producer_has_in_hand) {
  row of = row_of("H", "bounded 128, block");
  of.flows[0].phases[0].span_s = 3;
  of.window_from_s = 1;
  of.window_to_s = 3;
  EXPECT_EQ(simulated(of).ran.measured.at("worst_imbalance_running"), 0);
}

TEST(settling, of_a_server_that_serves_nobody_is_no_number) {
  row of = row_of("N", "reserve first, 8");
  of.stalls = {{.from_s = 4, .span_s = 100, .every_s = 0}};
  of.ends_s = 15;
  EXPECT_FALSE(simulated(of).holds());
}

}  // namespace
}  // namespace tidegate::lab
