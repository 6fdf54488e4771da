// Deadlines: conversions never overflow, never round a wait short, and know "for ever" and "one try".
#include "tidegate/base/deadline.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>

#include "gtest/gtest.h"
#include "tidegate/base/kernel.hpp"

namespace tidegate {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using time_point = deadline::time_point;

constexpr time_point zero{};
constexpr time_point noon = zero + 12h;
constexpr time_point last = time_point::max();

static_assert(deadline::never().is_never() && !deadline::never().reached(last));
static_assert(!deadline::already_over().is_never() && deadline::already_over().reached(time_point::min()));
static_assert(deadline(noon).reached(noon) && deadline(noon).reached(noon + 1ns));
static_assert(!deadline(noon).reached(noon - 1ns));
static_assert(deadline(last).is_never(), "the largest time point means for ever");
static_assert(earlier(deadline(noon), deadline::never()).when() == noon);
static_assert(earlier(deadline::never(), deadline(noon)).when() == noon);
static_assert(earlier(deadline(noon), deadline(noon - 1s)).when() == noon - 1s);

TEST(deadline, after_a_span_is_that_much_later) {
  static_assert(deadline::after(noon, 5s).when() == noon + 5s);
  EXPECT_EQ(deadline::after(noon, 1ns).when(), noon + 1ns);
  EXPECT_EQ(deadline::after(noon, 24h).when(), noon + 24h);
  EXPECT_EQ(deadline::after(noon, duration<unsigned, std::milli>(7)).when(), noon + 7ms);
  EXPECT_EQ(deadline::after(zero, 5s).when(), zero + 5s);
}

TEST(deadline, after_nothing_or_less_is_one_try) {
  static_assert(deadline::after(noon, 0s).reached(time_point::min()));
  for (const deadline past :
       {deadline::after(noon, 0ns), deadline::after(noon, -1ns), deadline::after(noon, hours::min()),
        deadline::after(noon, nanoseconds::min()), deadline::after(noon, duration<double>(-1e300)),
        deadline::after(noon, duration<double>(-0.0)), deadline::after(zero, -1s)}) {
    EXPECT_TRUE(past.reached(time_point::min()));
    EXPECT_FALSE(past.is_never());
  }
}

TEST(deadline, after_more_than_can_be_represented_is_never) {
  static_assert(deadline::after(noon, nanoseconds::max()).is_never());
  for (const deadline forever : {deadline::after(noon, hours::max()), deadline::after(noon, nanoseconds::max()),
                                 deadline::after(noon, microseconds::max()), deadline::after(noon, seconds::max()),
                                 deadline::after(noon, duration<double>(1e300)),
                                 deadline::after(noon, duration<double>(std::numeric_limits<double>::infinity())),
                                 deadline::after(noon, duration<std::uint64_t, std::nano>::max()),
                                 deadline::after(last - 1ns, 1s), deadline::after(noon, last - noon)}) {
    EXPECT_TRUE(forever.is_never());
  }
}

TEST(deadline, just_below_never_is_exact) {
  const deadline latest = deadline::after(noon, last - noon - 1ns);
  EXPECT_FALSE(latest.is_never());
  EXPECT_EQ(latest.when(), last - 1ns);
}

// Clocks of tests and simulations start at zero.
TEST(deadline, on_a_clock_that_just_started_saturates_as_well) {
  EXPECT_TRUE(deadline::after(zero, hours::max()).is_never());
  EXPECT_TRUE(deadline::after(zero, nanoseconds::max()).is_never());
  EXPECT_EQ(deadline::after(zero, nanoseconds::max() - 1ns).when(), last - 1ns);
}

TEST(deadline, of_an_endless_wait_is_never_wherever_the_clock_stands) {
  for (const auto now : {zero - 100h, zero, noon}) {
    EXPECT_TRUE(deadline::after(now, hours::max()).is_never());
    EXPECT_TRUE(deadline::after(now, duration<double>(std::numeric_limits<double>::infinity())).is_never());
  }
}

TEST(deadline, of_what_is_not_a_number_is_already_over) {
  EXPECT_EQ(deadline::after(noon, duration<double>(std::nan(""))).when(), deadline::already_over().when());
}

TEST(deadline, on_a_clock_before_its_zero_saturates_as_well) {
  constexpr time_point early = zero - 5s;
  EXPECT_EQ(deadline::after(early, 7s).when(), zero + 2s);
  EXPECT_TRUE(deadline::after(early, hours::max()).is_never());
  EXPECT_TRUE(deadline::after(time_point::min(), hours::max()).is_never());
  EXPECT_EQ(deadline::after(time_point::min(), 1ns).when(), time_point::min() + 1ns);
}

TEST(deadline, rounds_up_so_that_no_wait_is_early) {
  EXPECT_EQ(deadline::after(noon, duration<double, std::nano>(1.5)).when(), noon + 2ns);
  EXPECT_EQ(deadline::after(noon, duration<double>(1e-12)).when(), noon + 1ns);
  EXPECT_EQ(deadline::after(noon, duration<int, std::pico>(1)).when(), noon + 1ns);
  EXPECT_EQ(deadline::after(noon, duration<int, std::pico>(2001)).when(), noon + 3ns);
  EXPECT_EQ(deadline::after(noon, duration<int, std::ratio<1, 3>>(1)).when(), noon + 333'333'334ns);
}

TEST(deadline, in_kernel_form_keeps_every_nanosecond) {
  const timespec some = kernel::to_timespec(deadline(zero + 5s + 7ns));
  EXPECT_EQ(some.tv_sec, 5);
  EXPECT_EQ(some.tv_nsec, 7);
  const timespec second = kernel::to_timespec(deadline(zero + 1s - 1ns));
  EXPECT_EQ(second.tv_sec, 0);
  EXPECT_EQ(second.tv_nsec, 999'999'999);
}

TEST(deadline, in_kernel_form_of_the_past_is_the_oldest_time_there_is) {
  for (const deadline past : {deadline::already_over(), deadline(zero), deadline(zero - 1ns), deadline(zero - 100h)}) {
    const timespec when = kernel::to_timespec(past);
    EXPECT_EQ(when.tv_sec, 0);
    EXPECT_EQ(when.tv_nsec, 0);
  }
}

}  // namespace
}  // namespace tidegate
