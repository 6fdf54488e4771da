// Lanes and tenants under overload, against the design's model: four servers of 2 ms serve 2,000 a second, and 10,000
// come.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "tests/simulation/lanes_world.hpp"
#include "tidegate/queue/fair_queue.hpp"
#include "tidegate/queue/lane_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"

namespace tidegate::simulation {
namespace {

constexpr double end_s = 10;
constexpr std::size_t interactive = 0;
constexpr std::size_t batch = 1;

/// Within 5 % of what the model says.
void expect_about(double measured, double of_the_model, const char* what) {
  EXPECT_NEAR(measured, of_the_model, 0.05 * of_the_model) << what;
}

std::map<std::size_t, outcome> through_one_fifo(const std::vector<arrival>& arrivals) {
  mpsc_queue<job, queue_options{}, virtual_sync> queue({.capacity = 1024});
  return run(
      queue, [&](job what) { return queue.try_push(std::move(what)); }, arrivals, end_s);
}

using two_lanes = lane_queue<job, 2, lane_options{}, one_unit, virtual_sync>;

/// Interactive and batch, 512 places each unless said otherwise.
std::map<std::size_t, outcome> through_lanes(const std::vector<arrival>& arrivals, std::uint32_t weight,
                                             strict_lane strict = {}, std::size_t capacity = 512) {
  two_lanes queue(
      {.lanes = {{{.capacity = capacity, .weight = weight}, {.capacity = capacity}}}, .all = {.strict = strict}});
  auto outcomes = run(
      queue, [&](job what) { return queue.try_push(what.flow, std::move(what)); }, arrivals, end_s);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pushed + stats.rejected, arrivals.size()) << "every arrival is accounted for";
  EXPECT_EQ(stats.pushed, stats.popped) << "what was accepted was served";
  EXPECT_EQ(outcomes[interactive].refused + outcomes[batch].refused, stats.rejected);
  return outcomes;
}

std::vector<arrival> a_few_interactive() { return arrivals_of({{interactive, 500}, {batch, 9'500}}, end_s); }
std::vector<arrival> too_many_interactive() { return arrivals_of({{interactive, 3'000}, {batch, 7'000}}, end_s); }

TEST(Lanes, InOneFifoInteractiveWorkWaitsWithTheBatch) {
  auto outcomes = through_one_fifo(a_few_interactive());
  expect_about(outcomes[interactive].served_per_s(), 95, "interactive served a second");
  expect_about(outcomes[interactive].sojourn_ms(.5), 514, "its median sojourn");
}

TEST(Lanes, InALaneOfItsOwnAllOfItIsServedAtOnce) {
  auto outcomes = through_lanes(a_few_interactive(), 4);
  expect_about(outcomes[interactive].served_per_s(), 504, "interactive served a second");
  expect_about(outcomes[interactive].sojourn_ms(.5), 2.8, "its median sojourn");
  expect_about(outcomes[interactive].sojourn_ms(.99), 3.8, "its 99th percentile");
  expect_about(outcomes[batch].served_per_s(), 1'496, "batch served a second");
  EXPECT_EQ(outcomes[interactive].refused, 0U);
}

TEST(Lanes, StrictPriorityWithoutCapStarvesTheBatch) {
  auto outcomes = through_lanes(too_many_interactive(), 1, {.lane = interactive, .in_a_row = strict_lane::unlimited});
  EXPECT_EQ(outcomes[batch].served_per_s(), 0);
  expect_about(outcomes[interactive].served_per_s(), 2'000, "interactive served a second");
}

TEST(Lanes, AStrictLaneWithACapLeavesTheBatchItsTurns) {
  auto outcomes = through_lanes(too_many_interactive(), 1, {.lane = interactive, .in_a_row = 9});
  expect_about(outcomes[batch].served_per_s(), 200, "one of ten");
  expect_about(outcomes[interactive].served_per_s(), 1'800, "nine of ten");
}

TEST(Lanes, WeightsShareTheServiceWhenBothHaveTooMuch) {
  auto outcomes = through_lanes(too_many_interactive(), 4);
  expect_about(outcomes[interactive].served_per_s(), 1'600, "interactive served a second");
  expect_about(outcomes[batch].served_per_s(), 400, "batch served a second");
}

TEST(Lanes, ShortLanesKeepSojournsShort) {
  auto outcomes = through_lanes(too_many_interactive(), 4, {}, 64);
  expect_about(outcomes[interactive].served_per_s(), 1'600, "interactive served a second");
  expect_about(outcomes[interactive].sojourn_ms(.5), 41.5, "its median sojourn");
  expect_about(outcomes[batch].sojourn_ms(.5), 162, "batch's median sojourn");
}

// Tenants: number 0 floods with 9,100 a second, nine others send 100 each.

constexpr std::size_t hog = 0;

std::vector<arrival> ten_tenants() {
  std::vector<flow> flows{{hog, 9'100}};
  for (std::size_t i = 1; i < 10; ++i) flows.push_back({i, 100});
  return arrivals_of(flows, end_s);
}
outcome of_the_others(std::map<std::size_t, outcome>& outcomes) {
  outcome sum;
  for (auto& [name, each] : outcomes) {
    if (name != hog) sum += each;
  }
  return sum;
}

TEST(Tenants, InOneFifoTheLoudestTakesNearlyAll) {
  auto outcomes = through_one_fifo(ten_tenants());
  expect_about(of_the_others(outcomes).served_per_s(), 173, "the nine others served a second");
}

TEST(Tenants, WithEqualLanesTheNineOthersAreServedWhole) {
  std::array<lane_config, 10> lanes;
  lanes.fill({.capacity = 64});
  lane_queue<job, 10, lane_options{}, one_unit, virtual_sync> queue({.lanes = lanes});
  auto outcomes = run(
      queue, [&](job what) { return queue.try_push(what.flow, std::move(what)); }, ten_tenants(), end_s);
  const outcome others = of_the_others(outcomes);
  expect_about(others.served_per_s(), 894, "the nine others served a second");
  expect_about(others.sojourn_ms(.5), 3.0, "their median sojourn");
  expect_about(others.sojourn_ms(.99), 5.8, "their 99th percentile");
  expect_about(outcomes[hog].served_per_s(), 1'106, "the hog served a second");
  EXPECT_EQ(others.refused, 0U);
}

template <fair_options Options>
using fair = fair_queue<std::size_t, job, Options, one_unit, std::hash<std::size_t>, virtual_sync>;

/// True when no other tenant shares the hog's first bucket.
template <class Queue>
bool hog_is_alone(const Queue& queue) {
  for (std::size_t i = 1; i < 10; ++i) {
    if (queue.bucket_of(i) == queue.bucket_of(hog)) return false;
  }
  return true;
}

TEST(Tenants, HashedToBucketsTheyAreServedWhole) {
  fair<fair_options{}> queue({.buckets = 64, .capacity = 64});
  ASSERT_TRUE(hog_is_alone(queue)) << "of this seed";
  auto outcomes = run(
      queue, [&](job what) { return queue.try_push(what.flow, std::move(what)); }, ten_tenants(), end_s);
  const outcome others = of_the_others(outcomes);
  expect_about(others.served_per_s(), 894, "the nine others served a second");
  EXPECT_EQ(others.refused, 0U);
  EXPECT_LT(others.sojourn_ms(.99), 12) << "a bucket that was idle is looked at once in four pops";
  expect_about(outcomes[hog].served_per_s(), 1'106, "the hog served a second");
  const lane_stats of_the_hog = queue.stats_of(queue.bucket_of(hog));
  EXPECT_EQ(of_the_hog.rejected, outcomes[hog].refused) << "its cap, and nobody else's";
}

TEST(Tenants, WhoSharesABucketWithTheHogIsServedThroughTheRestOfItsHand) {
  fair<fair_options{}> one_bucket({.buckets = 8, .capacity = 64, .seed = 0});
  fair<fair_options{.hand = 4}> hands({.buckets = 8, .capacity = 64, .seed = 0});
  ASSERT_FALSE(hog_is_alone(one_bucket)) << "of this seed";
  const auto through = [](auto& queue) {
    return run(
        queue, [&](job what) { return queue.try_push(what.flow, std::move(what)); }, ten_tenants(), end_s);
  };
  auto hashed = through(one_bucket);
  auto dealt = through(hands);
  EXPECT_GT(of_the_others(hashed).refused, 500U) << "some share the hog's bucket";
  EXPECT_EQ(of_the_others(dealt).refused, 0U);
  expect_about(of_the_others(dealt).served_per_s(), 894, "the nine others served a second");
}

}  // namespace
}  // namespace tidegate::simulation
