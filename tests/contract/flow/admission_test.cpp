// The admission level falls while the mean wait is too long, as far as a share of the load, and comes back.
#include <array>
#include <chrono>
#include <cstddef>
#include <stdexcept>

#include "gtest/gtest.h"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/admission_level.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using clock = virtual_sync;
using ten_levels = admission_level<10, clock>;

/// So many requests of each priority come; those that are admitted have waited so long.
template <class Level>
std::size_t round_of(Level& level, int each, nanoseconds waited) {
  std::size_t admitted = 0;
  for (int i = 0; i < each; ++i) {
    for (std::size_t priority = 0; priority < Level::levels; ++priority) {
      if (!level.admit(priority)) continue;
      ++admitted;
      level.observe(priority, waited);
    }
  }
  return admitted;
}

TEST(admission_level, admits_everything_at_first_and_no_unknown_priority) {
  ten_levels level;
  for (std::size_t priority = 0; priority < 10; ++priority) EXPECT_TRUE(level.admit(priority));
  EXPECT_FALSE(level.admit(10));
  EXPECT_FALSE(level.admit(static_cast<std::size_t>(-1)));
  EXPECT_EQ(level.refused_count(), 2U);
  EXPECT_EQ(level.level_hint(), 9U);
}

TEST(admission_level, falls_by_a_twentieth_of_the_load_when_waits_are_long) {
  ten_levels level;
  EXPECT_EQ(round_of(level, 200, 21ms), 2000U);
  EXPECT_EQ(level.level_hint(), 8U) << "2,000 reports end the window; the least important tenth is more than 5 %";
  EXPECT_FALSE(level.admit(9));
  EXPECT_TRUE(level.admit(8));
}

TEST(admission_level, stays_when_waits_are_just_short_enough) {
  ten_levels level;
  EXPECT_EQ(round_of(level, 200, 20ms), 2000U);
  EXPECT_EQ(level.level_hint(), 9U);
}

TEST(admission_level, falls_past_priorities_that_nobody_uses) {
  ten_levels level;
  for (int i = 0; i < 2000; ++i) level.observe(3, 50ms);
  EXPECT_EQ(level.level_hint(), 2U) << "nothing is shed before 3 is";
}

TEST(admission_level, counts_each_window_anew) {
  ten_levels level;
  for (int i = 0; i < 1900; ++i) level.observe(9, 50ms);
  for (int i = 0; i < 100; ++i) level.observe(8, 50ms);
  EXPECT_EQ(level.level_hint(), 8U);
  for (int i = 0; i < 2000; ++i) level.observe(5, 50ms);
  EXPECT_EQ(level.level_hint(), 4U) << "in this window nobody used 8";
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(level.admit(9));
  for (int i = 0; i < 2000; ++i) level.observe(4, 1ms);
  EXPECT_EQ(level.level_hint(), 9U) << "a hundredth of the load is 20, and only 9 asked";
  for (int i = 0; i < 2000; ++i) level.observe(9, 50ms);
  EXPECT_EQ(level.level_hint(), 8U);
  for (int i = 0; i < 2000; ++i) level.observe(8, 1ms);
  EXPECT_EQ(level.level_hint(), 9U) << "who was refused in an earlier window does not ask now";
}

TEST(admission_level, ends_a_window_by_time_when_reports_are_few) {
  ten_levels level;
  for (int i = 0; i < 10; ++i) level.observe(9, 50ms);
  EXPECT_EQ(level.level_hint(), 9U);
  clock::advance(1s);
  level.observe(9, 50ms);
  EXPECT_EQ(level.level_hint(), 8U);
}

TEST(admission_level, comes_back_in_small_steps) {
  ten_levels level;
  for (int window = 0; window < 3; ++window) static_cast<void>(round_of(level, 400, 50ms));
  const std::size_t lowest = level.level_hint();
  EXPECT_LT(lowest, 8U);
  std::size_t windows = 0;
  for (; level.level_hint() < 9 && windows < 100; ++windows) {
    const std::size_t before = level.level_hint();
    static_cast<void>(round_of(level, 50, 1ms));
    clock::advance(1s);
    static_cast<void>(level.admit(9));
    EXPECT_LE(level.level_hint(), before + 1) << "a tenth of the load is already more than 1 %";
  }
  EXPECT_EQ(level.level_hint(), 9U);
  EXPECT_GE(windows, 9 - lowest);
}

TEST(admission_level, never_refuses_the_most_important_and_is_not_stuck_without_them) {
  ten_levels level;
  for (int window = 0; window < 100; ++window) static_cast<void>(round_of(level, 2000, 1s));
  EXPECT_EQ(level.level_hint(), 0U);
  EXPECT_TRUE(level.admit(0));
  for (int window = 0; window < 20; ++window) {  // only unimportant requests come, and all are refused
    clock::advance(1s);
    static_cast<void>(level.admit(9));
  }
  EXPECT_TRUE(level.admit(9));
}

TEST(admission_level, counts_what_is_no_priority_as_the_least_important) {
  ten_levels level;
  for (int i = 0; i < 2000; ++i) level.observe(10, 50ms);
  EXPECT_EQ(level.level_hint(), 8U);
}

TEST(admission_level, ends_a_window_at_its_very_end_also_by_a_refusal) {
  ten_levels level;
  for (int i = 0; i < 2000; ++i) level.observe(9, 50ms);
  clock::advance(1s - 1ns);
  EXPECT_FALSE(level.admit(9));
  EXPECT_EQ(level.level_hint(), 8U);
  clock::advance(1ns);
  EXPECT_FALSE(level.admit(9));
  EXPECT_EQ(level.level_hint(), 9U);
}

TEST(admission_level, of_one_priority_admits_it) {
  admission_level<1, clock> level;
  for (int i = 0; i < 10'000; ++i) level.observe(0, 1h);
  EXPECT_TRUE(level.admit(0));
}

TEST(admission_level, takes_negative_waits_for_none) {
  ten_levels level;
  for (int i = 0; i < 2000; ++i) level.observe(0, -1h);
  EXPECT_EQ(level.level_hint(), 9U);
}

TEST(admission_level, refuses_numbers_that_mean_nothing) {
  EXPECT_THROW(ten_levels({.target = 0ns}), std::invalid_argument);
  EXPECT_THROW(ten_levels({.window = -1s}), std::invalid_argument);
  EXPECT_THROW(ten_levels({.window_count = 0}), std::invalid_argument);
  EXPECT_THROW(ten_levels({.window = 0s}), std::invalid_argument);
  EXPECT_THROW(ten_levels({.fall = 1}), std::invalid_argument);
  EXPECT_THROW(ten_levels({.fall = 0}), std::invalid_argument);
  EXPECT_THROW(ten_levels({.rise = 0}), std::invalid_argument);
  EXPECT_NO_THROW(ten_levels({.rise = 1}));
}

}  // namespace
}  // namespace tidegate::test
