// Who is served next, exactly.
#include "tidegate/flow/deficit_round_robin.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace tidegate {
namespace {

using lane = deficit_round_robin::lane;

/// Serves so many elements of the costs that `cost_of(lane)` says; all lanes stay active. Returns the lanes, one digit
/// each.
template <class CostOf>
std::string serve(deficit_round_robin& schedule, int count, const CostOf& cost_of) {
  std::string served;
  for (int i = 0; i < count; ++i) {
    const std::size_t at = schedule.next();
    EXPECT_EQ(schedule.next(), at) << "the same until something changes";
    served += at == deficit_round_robin::nobody ? "-" : std::to_string(at);
    if (at != deficit_round_robin::nobody) schedule.charge(at, cost_of(at));
  }
  return served;
}
std::string serve(deficit_round_robin& schedule, int count) {
  return serve(schedule, count, [](std::size_t) { return 1U; });
}

TEST(DeficitRoundRobin, ServesInTheRatioOfTheWeights) {
  std::array<lane, 3> lanes{lane{.weight = 4}, lane{.weight = 1}, lane{.weight = 2}};
  deficit_round_robin schedule(lanes, 1);
  EXPECT_TRUE(schedule.is_idle());
  EXPECT_EQ(schedule.next(), deficit_round_robin::nobody);
  for (std::size_t i = 0; i < 3; ++i) schedule.activate(i);
  EXPECT_FALSE(schedule.is_idle());
  EXPECT_EQ(serve(schedule, 14), "00001220000122");
}

TEST(DeficitRoundRobin, TheUnitIsCostPerWeight) {
  std::array<lane, 2> lanes{lane{.weight = 2}, lane{.weight = 1}};
  deficit_round_robin schedule(lanes, 3);
  schedule.activate(0);
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 18), "000000111000000111");
}

TEST(DeficitRoundRobin, ALaneThatBecomesIdleLosesWhatItHadLeft) {
  std::array<lane, 2> lanes{lane{.weight = 5}, lane{.weight = 1}};
  deficit_round_robin schedule(lanes, 1);
  schedule.activate(0);
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 2), "00");
  EXPECT_EQ(schedule.left(0), 3);
  schedule.deactivate(0);
  EXPECT_EQ(schedule.left(0), 0);
  EXPECT_FALSE(schedule.is_active(0));
  EXPECT_EQ(serve(schedule, 3), "111");
  schedule.activate(0);
  EXPECT_EQ(serve(schedule, 7), "0000010") << "a quantum, and not what it had before";
}

TEST(DeficitRoundRobin, ALaneThatBecomesIdleKeepsWhatItOwes) {
  std::array<lane, 2> lanes{lane{.weight = 1}, lane{.weight = 1}};
  deficit_round_robin schedule(lanes, 1);
  schedule.activate(0);
  ASSERT_EQ(schedule.next(), 0U);
  schedule.charge(0, 4);
  schedule.deactivate(0);
  EXPECT_EQ(schedule.left(0), -3);
  schedule.activate(1);
  schedule.activate(0);
  EXPECT_EQ(serve(schedule, 7), "1111010") << "four quanta until there is something left";
}

TEST(DeficitRoundRobin, WhoComesBackIsTheLastOfTheCircle) {
  std::array<lane, 3> lanes;
  deficit_round_robin schedule(lanes, 1);
  for (std::size_t i = 0; i < 3; ++i) schedule.activate(i);
  EXPECT_EQ(serve(schedule, 1), "0");
  schedule.deactivate(1);
  EXPECT_EQ(serve(schedule, 1), "2");
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 6), "012012");
}

TEST(DeficitRoundRobin, WhoseTurnItIsMayBecomeIdle) {
  std::array<lane, 3> lanes{lane{.weight = 2}, lane{.weight = 2}, lane{.weight = 2}};
  deficit_round_robin schedule(lanes, 1);
  for (std::size_t i = 0; i < 3; ++i) schedule.activate(i);
  EXPECT_EQ(serve(schedule, 1), "0");
  schedule.deactivate(0);
  EXPECT_EQ(serve(schedule, 5), "11221");
  schedule.deactivate(1);
  schedule.deactivate(2);
  EXPECT_TRUE(schedule.is_idle());
  EXPECT_EQ(schedule.next(), deficit_round_robin::nobody);
}

TEST(DeficitRoundRobin, CostIsSharedNotElements) {
  std::array<lane, 2> lanes{lane{.weight = 1}, lane{.weight = 1}};
  deficit_round_robin schedule(lanes, 100);
  schedule.activate(0);
  schedule.activate(1);
  const auto cost_of = [](std::size_t at) { return at == 0 ? 100U : 25U; };
  EXPECT_EQ(serve(schedule, 10, cost_of), "0111101111");
}

TEST(DeficitRoundRobin, NoCostCountsAsOne) {
  std::array<lane, 2> lanes;
  deficit_round_robin schedule(lanes, 1);
  schedule.activate(0);
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 4, [](std::size_t) { return 0U; }), "0101");
}

TEST(DeficitRoundRobin, DebtsOfManyRoundsArePassedOverAtOnce) {
  std::array<lane, 2> lanes{lane{.weight = 1}, lane{.weight = 3}};
  deficit_round_robin schedule(lanes, 1);
  schedule.activate(0);
  schedule.activate(1);
  EXPECT_EQ(schedule.next(), 0U);
  schedule.charge(0, 3'000'000'000);  // a walk round by round would take minutes
  EXPECT_EQ(schedule.next(), 1U);
  schedule.charge(1, 4'000'000'000);
  EXPECT_EQ(schedule.next(), 1U) << "it pays three units a round";
  EXPECT_GT(schedule.left(1), 0);
  EXPECT_LE(schedule.left(1), 3);
  EXPECT_EQ(schedule.left(0), 1 - 3'000'000'000 + (4'000'000'000 - 3) / 3 + 1) << "so many rounds for both";
}

TEST(DeficitRoundRobin, SharesAreExactWithinAQuantumAndTheLargestElement) {
  std::array<lane, 3> lanes{lane{.weight = 1}, lane{.weight = 3}, lane{.weight = 7}};
  deficit_round_robin schedule(lanes, 10);
  for (std::size_t i = 0; i < 3; ++i) schedule.activate(i);
  std::mt19937 random(7);
  std::array<std::uint64_t, 3> served{};
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t at = schedule.next();
    const auto cost = static_cast<std::uint32_t>(1 + random() % 50);
    schedule.charge(at, cost);
    served[at] += cost;
    for (std::size_t one = 0; one < 3; ++one) {
      for (std::size_t other = 0; other < 3; ++other) {
        const double here = double(served[one]) / lanes[one].weight;
        const double there = double(served[other]) / lanes[other].weight;
        const double bound = 10 + 50.0 / lanes[one].weight + 50.0 / lanes[other].weight;
        ASSERT_LE(here - there, bound) << "lane " << one << " against lane " << other << " after " << i;
      }
    }
  }
}

TEST(DeficitRoundRobin, TheStrictLaneComesFirstUpToItsCap) {
  std::array<lane, 3> lanes;
  deficit_round_robin schedule(lanes, 1, {.lane = 1, .in_a_row = 3});
  for (std::size_t i = 0; i < 3; ++i) schedule.activate(i);
  EXPECT_EQ(serve(schedule, 12), "111011121110");
  schedule.deactivate(1);
  EXPECT_EQ(serve(schedule, 4), "2020");
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 5), "11121") << "at once, before the others";
}

TEST(DeficitRoundRobin, TheStrictLaneAloneIsServedWithoutEnd) {
  std::array<lane, 2> lanes;
  deficit_round_robin schedule(lanes, 1, {.lane = 0, .in_a_row = 2});
  schedule.activate(0);
  EXPECT_FALSE(schedule.is_idle());
  EXPECT_EQ(serve(schedule, 5), "00000");
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 4), "1001") << "its cap is used up already";
  schedule.deactivate(0);
  schedule.deactivate(1);
  EXPECT_TRUE(schedule.is_idle());
}

TEST(DeficitRoundRobin, TheCapIsOfCost) {
  std::array<lane, 2> lanes;
  deficit_round_robin schedule(lanes, 1, {.lane = 0, .in_a_row = 10});
  schedule.activate(0);
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 8, [](std::size_t at) { return at == 0 ? 4U : 1U; }), "00010001");
}

TEST(DeficitRoundRobin, AStrictLaneWithoutCapStarvesTheOthersWhoseOwnerAskedForIt) {
  std::array<lane, 2> lanes;
  deficit_round_robin schedule(lanes, 1, {.lane = 0, .in_a_row = strict_lane::unlimited});
  schedule.activate(0);
  schedule.activate(1);
  EXPECT_EQ(serve(schedule, 1000), std::string(1000, '0'));
}

TEST(DeficitRoundRobin, NobodyStarvesWhateverComesAndGoes) {
  std::mt19937 random(11);
  std::array<lane, 5> lanes{lane{.weight = 1}, lane{.weight = 90}, lane{.weight = 3}, lane{.weight = 40}, lane{}};
  deficit_round_robin schedule(lanes, 1, {.lane = 4, .in_a_row = 8});
  schedule.activate(0);  // and stays so
  int waited = 0;
  int longest = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::size_t other = 1 + random() % 4;
    if (schedule.is_active(other)) {
      if (random() % 8 == 0) schedule.deactivate(other);
    } else {
      schedule.activate(other);
    }
    const std::size_t at = schedule.next();
    ASSERT_TRUE(schedule.is_active(at));
    schedule.charge(at, 1);
    waited = at == 0 ? 0 : waited + 1;
    longest = std::max(longest, waited);
  }
  EXPECT_GT(longest, 0);
  EXPECT_LE(longest, (90 + 3 + 40) * 9) << "a round of the others, each element behind eight of the strict lane";
}

}  // namespace
}  // namespace tidegate
