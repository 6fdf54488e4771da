// A flash sale: 1,000 requests a second, then for ten seconds 10,000, before a server that does 2,000; whoever asks
// waits for 100 ms. All policies keep the server busy; they differ in what its work is worth. The expected numbers are
// those of an independent model (docs/design/flow.md), with its arrivals.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/arrivals.hpp"
#include "tests/simulation/policies.hpp"
#include "tests/simulation/server.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

/// Latencies in ms.
struct expected {
  double served_per_second, useful_per_second, p50, p99;
  double max_depth, lost;
};

const std::vector<nanoseconds>& flash_sale() {
  constexpr load_phase phases[] = {{2s, 1000}, {10s, 10'000}, {10s, 1000}};
  static const std::vector<nanoseconds> all = arrivals(phases, 1);
  return all;
}

void expect_near(double seen, double wanted, const char* what, double tolerance = 0.05) {
  EXPECT_NEAR(seen, wanted, tolerance * wanted) << what;
}

/// Runs the policy and holds its account against the model's.
template <class Policy>
account hold_against(Policy& policy, const char* name, const expected& model) {
  const account of = simulate(policy, flash_sale(), {});
  EXPECT_EQ(of.offered, of.completed + policy.lost()) << "everything is accounted for";
  EXPECT_EQ(policy.depth(), 0U);
  expect_near(of.served_per_second(), model.served_per_second, "served", 0.02);
  expect_near(of.useful_per_second(), model.useful_per_second, "useful");
  expect_near(of.percentile(0.5), model.p50, "p50");
  expect_near(of.percentile(0.99), model.p99, "p99");
  expect_near(static_cast<double>(of.max_depth), model.max_depth, "depth");
  expect_near(static_cast<double>(policy.lost()), model.lost, "lost");
  std::printf("%-28s served %6.1f useful %6.1f p50 %8.2f p99 %8.2f p99.9 %8.2f ms, depth %6zu, lost %6llu of %llu\n",
              name, of.served_per_second(), of.useful_per_second(), of.percentile(0.5), of.percentile(0.99),
              of.percentile(0.999), of.max_depth, static_cast<unsigned long long>(policy.lost()),
              static_cast<unsigned long long>(of.offered));
  return of;
}

TEST(overload, a_bound_that_is_never_reached_serves_nobody_in_time) {
  reject policy(1 << 17);
  hold_against(policy, "unbounded", {2000, 0, 6002, 7959, 79'599, 0});
}

TEST(overload, a_bound_by_number_alone_serves_nobody_in_time) {
  reject policy(1024);
  hold_against(policy, "reject 1024", {2000, 0, 513.9, 514, 1024, 78'575});
}

TEST(overload, a_bound_by_time_serves_everybody_whom_it_admits) {
  reject policy(100);
  hold_against(policy, "reject 100", {2000, 2000, 51.9, 52, 100, 79'499});
}

TEST(overload, dropping_the_oldest_is_five_times_fresher) {
  drop_oldest policy(1024);
  hold_against(policy, "drop oldest 1024", {2000, 227, 104.8, 112.6, 1024, 78'575});
  drop_oldest small(100);
  hold_against(small, "drop oldest 100", {2000, 2000, 12.0, 14.6, 100, 79'499});
}

TEST(overload, expiry_without_a_margin_does_only_useless_work) {
  expire policy(1024, 0ns);
  hold_against(policy, "expire, margin 0", {2000, 0, 101.9, 102, 1024, 78'014 + 1385});
}

TEST(overload, expiry_with_a_margin_does_only_useful_work) {
  expire policy(1024, 2500us);
  hold_against(policy, "expire, margin 2.5 ms", {2000, 2000, 99.4, 99.5, 1024, 78'860 + 543});
  expire learning(1024, 0ns, true);
  const account of = hold_against(learning, "expire, margin learnt", {2000, 2000, 99.9, 100, 1024, 79'400});
  EXPECT_EQ(of.useful_in_window, of.latencies.size());
}

TEST(overload, refusing_at_the_door_needs_no_expiry) {
  refuse_late policy(1024);
  const account of = simulate(policy, flash_sale(), {});
  EXPECT_EQ(of.offered, of.completed + policy.lost());
  EXPECT_EQ(of.useful_in_window, of.latencies.size());
  expect_near(of.served_per_second(), 2000, "served", 0.02);
  EXPECT_LE(of.max_depth, 196U + 1) << "behind as many as sizing::capacity_for says";
  EXPECT_LE(policy.rule.expired_count(), of.completed / 100) << "what is let in is done in time, but for the last few";
}

TEST(overload, codel_keeps_the_wait_short) {
  shed_by_age policy(1024);
  hold_against(policy, "CoDel 5/100", {2000, 2000, 11.9, 12, 968, 79'579});
  shed_by_age large(65'536);
  hold_against(large, "CoDel 5/100, 65536", {2000, 2000, 11.9, 12, 968, 79'579});
}

TEST(overload, adaptive_lifo_serves_the_newest_at_once) {
  newest_first policy(1024);
  hold_against(policy, "adaptive LIFO 5/100", {2000, 2000, 2.07, 2.59, 952, 79'592});
}

template <class Limiter>
class by_permits : public testing::Test {};
using limiters = testing::Types<plain_limiter, real_limiter>;
TYPED_TEST_SUITE(by_permits, limiters);

TYPED_TEST(by_permits, a_permit_at_the_door_bounds_the_wait_by_littles_law) {
  reserve_first<TypeParam> fifty(50);
  hold_against(fifty, "reserve-first 50", {2000, 2000, 24.9, 25.6, 46, 79'553});
  reserve_first<TypeParam> eight(8);
  hold_against(eight, "reserve-first 8", {2000, 2000, 3.9, 4, 4, 79'606});
  reserve_first<TypeParam> four(4);
  hold_against(four, "reserve-first 4", {1891, 1891, 2, 2, 0, 81'876});
}

/// What does not hang on the very arrivals.
template <class Policy>
void serves_in_time(Policy policy, const std::vector<nanoseconds>& load, unsigned seed) {
  const account of = simulate(*policy, load, {});
  EXPECT_EQ(of.offered, of.completed + policy->lost()) << seed;
  expect_near(of.served_per_second(), 2000, "served", 0.02);
  expect_near(of.useful_per_second(), 2000, "useful", 0.02);
}

TEST(overload, other_arrivals_tell_the_same) {
  for (unsigned seed = 2; seed < 6; ++seed) {
    constexpr load_phase phases[] = {{2s, 1000}, {10s, 10'000}, {10s, 1000}};
    const std::vector<nanoseconds> load = arrivals(phases, seed);
    serves_in_time(std::make_unique<reject>(100), load, seed);
    serves_in_time(std::make_unique<expire>(1024, 0ns, true), load, seed);
    serves_in_time(std::make_unique<refuse_late>(1024), load, seed);
    serves_in_time(std::make_unique<shed_by_age>(1024), load, seed);
    serves_in_time(std::make_unique<newest_first>(1024), load, seed);
    serves_in_time(std::make_unique<reserve_first<real_limiter>>(50), load, seed);
    reject late(1024);
    EXPECT_EQ(simulate(late, load, {}).useful_in_window, 0U) << seed;
  }
}

}  // namespace
}  // namespace tidegate::test
