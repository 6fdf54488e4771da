// readiness_test.cpp: when a process says that it is ready, in simulated time.
#include "tidegate/observe/readiness.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/observe/fifo_lives.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using enum readiness_state;

pressure filled(double saturation, nanoseconds now) {
  pressure one;
  one.at = at(now);
  one.capacity = 1'000'000;
  one.depth = static_cast<std::uint64_t>(std::clamp(saturation, 0.0, 1.0) * 1e6);
  one.drain_rate = 1000;
  return one;
}

readiness_config two_states() {
  readiness_config config;
  config.degraded = {};
  config.not_ready = {.saturation = {0.9, 0.6}};
  config.dwell_in = 1s;
  config.dwell_out = 3s;
  config.jitter = 0;
  return config;
}

TEST(readiness, a_state_is_entered_after_its_dwell_and_left_after_its_dwell) {
  readiness ready(two_states());
  EXPECT_EQ(ready.update(filled(0.95, 0s)), readiness_state::ready);
  EXPECT_EQ(ready.update(filled(0.95, 999ms)), readiness_state::ready);
  EXPECT_EQ(ready.update(filled(0.95, 1s)), not_ready);
  EXPECT_FALSE(ready.ready());
  EXPECT_EQ(ready.reason(), readiness_signal::saturation);
  EXPECT_EQ(ready.update(filled(0.7, 2s)), not_ready);  // between the marks
  EXPECT_EQ(ready.update(filled(0.5, 3s)), not_ready);
  EXPECT_EQ(ready.update(filled(0.5, 5999ms)), not_ready);
  EXPECT_EQ(ready.update(filled(0.5, 6s)), readiness_state::ready);
  EXPECT_EQ(ready.reason(), readiness_signal::none);
  EXPECT_EQ(ready.transitions(), 2u);
}

TEST(readiness, one_sample_on_the_other_side_begins_the_dwell_anew) {
  readiness ready(two_states());
  for (int i = 0; i < 100; ++i) static_cast<void>(ready.update(filled(i % 10 == 9 ? 0.89 : 0.95, i * 100ms)));
  EXPECT_EQ(ready.state(), readiness_state::ready);
}

/// Up, some time at the top, and down, with noise that is smaller than the distance of the marks.
double noisy_ramp(std::mt19937_64& random, nanoseconds now) {
  const double seconds = std::chrono::duration<double>(now).count();
  const double level = seconds < 60 ? seconds / 60 : seconds < 80 ? 1 : std::max(0.0, 1 - (seconds - 80) / 60);
  return level + std::uniform_real_distribution<>(-0.14, 0.14)(random);
}

TEST(readiness, a_noisy_ramp_flips_it_exactly_once_each_way) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    readiness_config config = two_states();
    config.jitter = 0.5;
    config.seed = seed;
    readiness ready(config);
    unsigned crossings = 0;  // what a single threshold would have made of it
    bool was_above = false;
    for (nanoseconds now(0); now < 160s; now += 100ms) {
      const double level = noisy_ramp(random, now);
      if ((level > 0.9) != was_above) ++crossings, was_above = !was_above;
      static_cast<void>(ready.update(filled(level, now)));
    }
    ASSERT_EQ(ready.entered(not_ready), 1u) << "seed " << seed;
    ASSERT_EQ(ready.entered(readiness_state::ready), 1u) << "seed " << seed;
    ASSERT_EQ(ready.state(), readiness_state::ready);
    ASSERT_GT(crossings, 10u);
  }
}

TEST(readiness, through_degraded_each_state_is_passed_once_each_way) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    readiness_config config = two_states();
    config.degraded = {.saturation = {0.6, 0.3}};
    readiness ready(config);
    for (nanoseconds now(0); now < 200s; now += 100ms)
      static_cast<void>(ready.update(filled(noisy_ramp(random, now), now)));
    ASSERT_EQ(ready.entered(not_ready), 1u);
    ASSERT_EQ(ready.entered(degraded), 2u);
    ASSERT_EQ(ready.entered(readiness_state::ready), 1u);
    ASSERT_EQ(ready.transitions(), 4u);
  }
}

TEST(readiness, the_dwell_of_a_state_begins_when_it_is_called_for) {
  readiness_config config = two_states();
  config.degraded = {.saturation = {0.6, 0.3}};
  readiness ready(config);
  static_cast<void>(ready.update(filled(0.7, 0s)));
  static_cast<void>(ready.update(filled(0.95, 900ms)));
  EXPECT_EQ(ready.update(filled(0.95, 1s)), degraded);
  EXPECT_EQ(ready.update(filled(0.95, 1899ms)), degraded);
  EXPECT_EQ(ready.update(filled(0.95, 1900ms)), not_ready);
  EXPECT_EQ(ready.update(filled(0.95, 3s)), not_ready);
  static_cast<void>(ready.update(filled(0.4, 4s)));  // degraded
  static_cast<void>(ready.update(filled(0.2, 6s)));
  EXPECT_EQ(ready.update(filled(0.2, 7s)), degraded);
  EXPECT_EQ(ready.update(filled(0.2, 8999ms)), degraded);
  EXPECT_EQ(ready.update(filled(0.2, 9s)), readiness_state::ready);
}

TEST(readiness, without_a_dwell_and_with_one_mark_it_flaps) {
  std::mt19937_64 random(1);
  readiness_config config = two_states();
  config.not_ready.saturation = {0.9, 0.9};
  config.dwell_in = config.dwell_out = 0s;
  readiness ready(config);
  for (nanoseconds now(0); now < 160s; now += 100ms)
    static_cast<void>(ready.update(filled(noisy_ramp(random, now), now)));
  EXPECT_GT(ready.transitions(), 10u);
}

TEST(readiness, age_and_drain_time_count_as_well) {
  readiness_config config = two_states();
  config.dwell_in = 0s;
  config.not_ready = {.age = {10s, 5s}, .drain_time = {30s, 10s}};
  pressure old = filled(0.01, 0s);
  old.oldest_age = 11s;
  readiness by_age(config);
  EXPECT_EQ(by_age.update(old), not_ready);
  EXPECT_EQ(by_age.reason(), readiness_signal::age);
  pressure slow = filled(0.01, 0s);
  slow.drain_time = pressure::never;
  readiness by_drain(config);
  EXPECT_EQ(by_drain.update(slow), not_ready);
  EXPECT_EQ(by_drain.reason(), readiness_signal::drain_time);
  readiness by_neither(config);
  EXPECT_EQ(by_neither.update(filled(1, 0s)), readiness_state::ready);  // saturation is switched off here
}

TEST(readiness, the_worst_of_all_decides_and_nothing_is_ready) {
  readiness_config config = two_states();
  config.dwell_in = 0s;
  readiness ready(config);
  const std::vector<pressure> all{filled(0.1, 0s), filled(0.95, 0s), filled(0.2, 0s)};
  EXPECT_EQ(ready.update(all, at(0s)), not_ready);
  EXPECT_EQ(ready.update({}, at(1s)), not_ready);
  EXPECT_EQ(ready.update({}, at(4s)), readiness_state::ready);
}

TEST(readiness, a_dwell_is_as_long_as_the_jitter_says) {
  std::vector<nanoseconds> dwells;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    readiness_config config = two_states();
    config.jitter = 0.5;
    config.seed = seed;
    readiness ready(config);
    nanoseconds now(0);
    while (ready.update(filled(1, now)) == readiness_state::ready) now += 1ms;
    EXPECT_GE(now, 1s);
    EXPECT_LE(now, 1501ms);
    dwells.push_back(now);
  }
  EXPECT_GT(*std::ranges::max_element(dwells) - *std::ranges::min_element(dwells), 300ms);
}

TEST(readiness, who_is_refused_is_told_when_it_will_have_drained) {
  readiness_config config = two_states();
  config.retry = {.least = 1s, .most = 1h, .spread = 0.5};
  config.retry_below = 0.5;
  readiness ready(config);
  EXPECT_GE(ready.retry_after(), 1s);
  static_cast<void>(ready.update(filled(0.9, 0s)));  // 400,000 above half, 1,000 a second
  nanoseconds least = 1h, most = 0s;
  for (int i = 0; i < 100; ++i) {
    const nanoseconds told = ready.retry_after();
    least = std::min(least, told);
    most = std::max(most, told);
  }
  EXPECT_GE(least, 400s);
  EXPECT_LE(most, 600s);
  EXPECT_GT(most - least, 100s);
}

TEST(readiness, refuses_marks_that_contradict_each_other) {
  readiness_config config = two_states();
  config.not_ready.saturation = {0.5, 0.6};
  EXPECT_THROW(readiness{config}, std::invalid_argument);
  config = two_states();
  config.dwell_out = -1s;
  EXPECT_THROW(readiness{config}, std::invalid_argument);
  config = two_states();
  config.jitter = 1.5;
  EXPECT_THROW(readiness{config}, std::invalid_argument);
}

}  // namespace
}  // namespace tidegate::test
