// trend_test.cpp: slope and standard error by running sums against the same by hand, and what they make of queues.
#include "observe/trend.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

#include "tests/observe/fifo_lives.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using detail::slope_estimate;
using detail::trend;

struct level {
  double x;
  double y;
};

/// Centred, in two passes.
slope_estimate by_hand(const std::deque<level>& points) {
  const double n = double(points.size());
  double mx = 0, my = 0, xx = 0, xy = 0, squares = 0, products = 0, before = 0;
  for (const level& p : points) mx += p.x / n, my += p.y / n;
  for (const level& p : points) xx += (p.x - mx) * (p.x - mx), xy += (p.x - mx) * (p.y - my);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double off = points[i].y - my - xy / xx * (points[i].x - mx);
    squares += off * off;
    if (i > 0) products += off * before;
    before = off;
  }
  const double r = std::clamp(products / squares, 0.0, 0.999);
  return {xy / xx, std::sqrt(squares / (n - 2) / xx * (1 + r) / (1 - r))};
}

TEST(trend, running_sums_are_those_of_the_window) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> noise(0, 20);
  trend made(100, 2s);
  std::deque<level> window;
  nanoseconds now(0);
  double walk = 1e6;  // far from zero, where sums of squares lose digits
  for (int i = 0; i < 3'000; ++i) {
    now += exponential(random, 25ms) + 1ms;
    walk += noise(random);
    made.add(at(now), walk);
    window.push_back({double(now.count()) * 1e-9, walk});
    while (window.size() > 100 || window.back().x - window.front().x > 2.0000000001) window.pop_front();
    if (window.size() < 3) continue;
    const slope_estimate wanted = by_hand(window);
    const slope_estimate told = made.estimate();
    ASSERT_NEAR(told.slope, wanted.slope, 1e-6 * (1 + std::fabs(wanted.slope))) << i;
    ASSERT_NEAR(told.error, wanted.error, 1e-4 * (1 + wanted.error)) << i;
  }
}

TEST(trend, a_queue_that_grows_evenly) {
  trend made(512, 10s);
  for (int i = 0; i <= 50; ++i) made.add(at(i * 100ms), 98.0 * i);
  EXPECT_NEAR(made.estimate().slope, 980, 1e-6);
  EXPECT_NEAR(made.estimate().error, 0, 1e-3);
  EXPECT_TRUE(made.estimate().rises(3));
}

TEST(trend, needs_three_samples_at_different_times) {
  trend made(16, 1s);
  EXPECT_EQ(made.estimate().slope, 0);
  made.add(at(0ns), 1);
  made.add(at(1ms), 2);
  made.add(at(1ms), 5);  // counts instead of the one before
  EXPECT_EQ(made.estimate().slope, 0);
  made.add(at(2ms), 9);
  EXPECT_NEAR(made.estimate().slope, 4000, 1e-6);
  made.add(at(1ms), 9);  // a clock that goes back
  EXPECT_NEAR(made.estimate().slope, 4000, 1e-6);
}

/// How often a queue that is not going anywhere is said to rise.
double alarms(double load, bool by_the_textbook) {
  const fifo_pattern queue{
      "", [](auto& random, nanoseconds) { return exponential(random, 1ms); },
      [load](auto& random, nanoseconds) { return exponential(random, nanoseconds(std::llround(1e6 * load))); }};
  const auto lives = live(queue, 11, 400s);
  trend made(512, 5s);
  int samples = 0, rises = 0;
  for (nanoseconds now(0); now < 400s; now += 50ms) {
    const counted seen = count(lives, at(now));
    made.add(at(now), double(seen.entered - seen.left));
    slope_estimate told = made.estimate();
    if (by_the_textbook) told.error = made.plain_error();
    if (now > 5s) ++samples, rises += told.rises(3);
  }
  return double(rises) / samples;
}

TEST(trend, a_queue_that_only_wanders_is_seldom_said_to_rise) {
  EXPECT_GT(alarms(0.95, true), 0.15);  // what the textbook's error would say
  EXPECT_LT(alarms(0.95, false), 0.05);
  EXPECT_LT(alarms(0.5, false), 0.02);
}

TEST(trend, one_that_rises_among_noise_is_found) {
  std::mt19937_64 random(5);
  std::poisson_distribution<int> in(110), out(100);  // in 10 ms each: 1,000 more a second
  trend made(512, 2s);
  double depth = 0;
  for (int i = 0; i < 200; ++i) made.add(at(i * 10ms), depth += in(random)-out(random));
  EXPECT_NEAR(made.estimate().slope, 1000, 4 * made.estimate().error);
  EXPECT_TRUE(made.estimate().rises(3));
}

}  // namespace
}  // namespace tidegate::test
