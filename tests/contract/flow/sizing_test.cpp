// Sizes and waits from Little's law: the numbers of docs/design/flow.md, the safe side of every rounding, and no answer
// rather than a wrong one.
#include "tidegate/flow/sizing.hpp"

#include <chrono>
#include <cstddef>
#include <limits>
#include <stdexcept>

#include "gtest/gtest.h"
#include "tidegate/flow/random.hpp"
#include "tidegate/flow/retry_after.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using namespace sizing;
using std::chrono::hours;
using std::chrono::nanoseconds;
constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

static_assert(capacity_for(52ms, 2000, 2ms) == 100, "a constant expression");

TEST(sizing, capacity_keeps_the_latency_budget) {
  EXPECT_EQ(capacity_for(100ms, 2000), 200U);
  EXPECT_EQ(capacity_for(100ms, 2000, 2ms), 196U);
  EXPECT_EQ(capacity_for(514ms, 2000, 2ms), 1024U);
  EXPECT_EQ(capacity_for(100ms, 20, 50ms), 1U) << "one consumer of 50 ms";
  EXPECT_EQ(capacity_for(99ms, 20, 50ms), 0U) << "rounded down: only a hand-off keeps it";
  EXPECT_EQ(capacity_for(50ms, 20, 50ms), 0U);
  EXPECT_EQ(capacity_for(49ms, 20, 50ms), std::nullopt) << "service alone takes longer";
}

TEST(sizing, a_queue_of_that_capacity_is_not_too_slow_and_one_more_is) {
  for (const double drain : {1.0, 3.0, 999.0, 2000.0, 1e6, 12345.678}) {
    const std::size_t capacity = *capacity_for(77ms, drain, 1ms);
    EXPECT_LE(*stay_for(capacity, drain), 76ms) << drain;
    EXPECT_GT(*stay_for(capacity + 1, drain), 76ms) << drain;
  }
}

TEST(sizing, bursts_and_permits_are_rounded_up) {
  EXPECT_EQ(burst_for_pause(400, 200ms), 80U);
  EXPECT_EQ(burst_for_pause(1000, 200ms), 200U);
  EXPECT_EQ(burst_for_pause(1, 1ns), 1U);
  EXPECT_EQ(burst_for_pause(1, 0ns), 0U);
  EXPECT_EQ(in_flight_for(8533, 15ms), 128U);
  EXPECT_EQ(in_flight_for(8534, 15ms), 129U);
}

TEST(sizing, permits_for_memory_leave_the_safety_margin) {
  EXPECT_EQ(permits_for_memory(std::size_t{1} << 30, std::size_t{1} << 20), 1024U);
  EXPECT_EQ(permits_for_memory(1000, 300), 3U);
  EXPECT_EQ(permits_for_memory(1000, 100, 0.75), 7U);
  EXPECT_EQ(permits_for_memory(most, 1), most) << "exact without a margin";
  EXPECT_EQ(permits_for_memory(10, 100), 0U);
}

TEST(sizing, littles_law_in_its_three_forms) {
  EXPECT_EQ(stay_for(50, 2000), 25ms);
  EXPECT_EQ(in_flight_for(2000, 25ms), 50U);
  EXPECT_DOUBLE_EQ(*rate_for(50, 25ms), 2000);
  EXPECT_EQ(stay_for(1, 3), 333'333'334ns) << "rounded up";
  EXPECT_EQ(stay_for(0, 3), 0ns);
}

TEST(sizing, times_to_full_and_to_drain_exist_only_when_it_goes_that_way) {
  EXPECT_EQ(time_to_full(8000, 10'000, 2000), 1s);
  EXPECT_EQ(time_to_full(8000, 2000, 2000), std::nullopt);
  EXPECT_EQ(time_to_full(8000, 1000, 2000), std::nullopt);
  EXPECT_EQ(time_to_drain(80'000, 2000, 1000), 80s);
  EXPECT_EQ(time_to_drain(80'000, 2000, 2000), std::nullopt);
}

TEST(sizing, what_makes_no_sense_has_no_answer) {
  for (const double rate : {0.0, -1.0, infinite, no_number}) {
    EXPECT_EQ(capacity_for(1s, rate), std::nullopt) << rate;
    EXPECT_EQ(burst_for_pause(rate, 1s), std::nullopt) << rate;
    EXPECT_EQ(stay_for(1, rate), std::nullopt) << rate;
  }
  EXPECT_EQ(capacity_for(-1ns, 1), std::nullopt);
  EXPECT_EQ(capacity_for(1s, 1, -1ns), std::nullopt);
  EXPECT_EQ(burst_for_pause(1, -1ns), std::nullopt);
  EXPECT_EQ(rate_for(1, 0ns), std::nullopt);
  EXPECT_EQ(rate_for(1, -1ns), std::nullopt);
  EXPECT_EQ(permits_for_memory(1, 0), std::nullopt);
  for (const double safety : {0.0, -0.5, 1.5, no_number}) EXPECT_EQ(permits_for_memory(1, 1, safety), std::nullopt);
}

TEST(sizing, what_cannot_be_represented_has_no_answer) {
  EXPECT_EQ(capacity_for(hours(1'000'000), 1e300), std::nullopt);
  EXPECT_EQ(capacity_for(nanoseconds::max(), 1e9 + 1), std::nullopt);
  EXPECT_EQ(burst_for_pause(1e300, 1h), std::nullopt);
  EXPECT_EQ(stay_for(most, 1e-9), std::nullopt);
  EXPECT_EQ(stay_for(most, 1), std::nullopt);
  EXPECT_EQ(bytes_for(most, 2), std::nullopt);
  EXPECT_EQ(bytes_for(most, 1), most);
  EXPECT_EQ(bytes_for(3, 1024), 3072U);
  EXPECT_EQ(bytes_for(most, 0), 0U);
  EXPECT_EQ(burst_for_pause(std::numeric_limits<double>::max(), 0ns), 0U) << "a number, if a large one";
  EXPECT_FALSE(sizing::detail::fits(0x1p63L));
  EXPECT_TRUE(sizing::detail::fits(0x1p63L - 1));
  EXPECT_EQ(tidegate::detail::saturated_ns(0x1p63L), nanoseconds::max());
  EXPECT_EQ(tidegate::detail::saturated_ns(0x1p63L - 1), nanoseconds::max());
}

TEST(retry_after, is_the_time_to_drain_within_its_bounds) {
  constexpr retry_after wait({.least = 1s, .most = 60s});
  EXPECT_EQ(wait.until_drained(10'000, 2000), 5s);
  EXPECT_EQ(wait.until_drained(10'000, 2000, 4000), 3s);
  EXPECT_EQ(wait.until_drained(100, 2000), 1s) << "not less";
  EXPECT_EQ(wait.until_drained(4000, 2000, 4000), 1s) << "drained";
  EXPECT_EQ(wait.until_drained(0, 0), 1s) << "drained, whatever drains";
  EXPECT_EQ(wait.until_drained(1'000'000, 2000), 60s) << "not more";
  for (const double nothing : {0.0, -1.0, no_number}) EXPECT_EQ(wait.until_drained(1, nothing), 60s);
  EXPECT_EQ(wait.until_drained(most, 1e-300), 60s);
}

TEST(retry_after, jitter_lies_on_top_and_within_its_spread) {
  const retry_after wait({.least = 1s, .most = 60s, .spread = 0.5});
  EXPECT_EQ(wait(10'000, 2000), 5s) << "no source, no jitter";
  EXPECT_EQ(wait(10'000, 2000, 0, [] { return 0.5; }), 6250ms);
  own_random random(1);
  nanoseconds least = nanoseconds::max(), longest{0};
  for (int i = 0; i < 1000; ++i) {
    const nanoseconds one = wait(10'000, 2000, 0, random);
    least = std::min(least, one);
    longest = std::max(longest, one);
  }
  EXPECT_GE(least, 5s);
  EXPECT_LT(least, 5100ms);
  EXPECT_LT(longest, 7500ms);
  EXPECT_GT(longest, 7400ms);
  const retry_after endless({.least = 0ns, .most = nanoseconds::max(), .spread = 1});
  EXPECT_EQ(endless(most, 1e-9, 0, [] { return 1.0; }), nanoseconds::max()) << "saturates";
}

TEST(retry_after, in_a_header_is_whole_seconds_rounded_up) {
  EXPECT_EQ(retry_after_s(1s), 1);
  EXPECT_EQ(retry_after_s(1s + 1ns), 2);
  EXPECT_EQ(retry_after_s(0ns), 0);
  EXPECT_EQ(retry_after_s(-5s), 0);
}

TEST(retry_after, contradictory_bounds_are_refused) {
  EXPECT_THROW(retry_after({.least = -1ns}), std::invalid_argument);
  EXPECT_THROW(retry_after({.least = 2s, .most = 1s}), std::invalid_argument);
  EXPECT_THROW(retry_after({.spread = 1.5}), std::invalid_argument);
  EXPECT_NO_THROW(retry_after({.least = 1s, .most = 1s, .spread = 0}));
  EXPECT_NO_THROW(retry_after({.spread = 1}));
  EXPECT_THROW(retry_after({.spread = no_number}), std::invalid_argument);
}

TEST(random, is_the_same_for_the_same_seed_and_evenly_spread) {
  own_random own(7);
  shared_random<> shared(7);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double number = own();
    EXPECT_EQ(number, shared());
    EXPECT_GE(number, 0);
    EXPECT_LT(number, 1);
    sum += number;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.01);
  EXPECT_NE(own_random(7)(), own_random(8)());
}

}  // namespace
}  // namespace tidegate::test
