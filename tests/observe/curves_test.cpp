// curves_test.cpp: ages and sojourn times from two counters against the stamped truth, in simulated time: whatever
// comes and goes, they are right to one sampling period.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "observe/pressure_track.hpp"
#include "tests/observe/fifo_lives.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

constexpr nanoseconds minute = 60s;

std::vector<fifo_pattern> patterns() {
  const auto every = [](nanoseconds mean) {
    return [mean](auto& random, nanoseconds) { return exponential(random, mean); };
  };
  const auto exactly = [](nanoseconds span) { return [span](auto&, nanoseconds) { return span; }; };
  const auto in_bursts = [](auto& random, nanoseconds) {
    return std::uniform_int_distribution<>(0, 99)(random) == 0 ? nanoseconds(300ms) : nanoseconds(0);
  };
  const auto with_pauses = [](auto& random, nanoseconds now) {
    return exponential(random, 1ms) + (now % 2s < 5ms ? 700ms : 0ms);
  };
  const auto flash = [](auto& random, nanoseconds now) { return exponential(random, now % 10s < 2s ? 100us : 2ms); };
  const auto mostly_idle = [](auto& random, nanoseconds) {
    return std::uniform_int_distribution<>(0, 9)(random) == 0 ? nanoseconds(4s) : nanoseconds(3ms);
  };
  return {{"calm", every(2ms), every(1ms)},
          {"in lockstep with the sampler", exactly(10ms), exactly(10ms)},
          {"busy", every(1ms), every(1020us)},
          {"bursts", in_bursts, every(2ms)},
          {"the consumer pauses", every(2ms), with_pauses},
          {"flash crowds", flash, every(700us)},
          {"flash crowds, the oldest dropped", flash, every(700us), 1000},
          {"hopeless, the oldest dropped", every(100us), every(1ms), 300},
          {"mostly idle", mostly_idle, every(1ms)}};
}

/// Samples a world, with a period that is not always kept, and compares after each sample or at the end.
class curves : public testing::TestWithParam<std::size_t> {
 protected:
  static constexpr nanoseconds period = 10ms;

  void run(const fifo_pattern& pattern, std::uint64_t seed, sampler_config config, nanoseconds until) {
    all_ = live(pattern, seed, until);
    track_.emplace(config);
    std::mt19937_64 random(seed + 1);
    times_.clear();
    for (nanoseconds now(0); now <= until;
         now += std::max(nanoseconds(1), exponential(random, period / 5) + period * 4 / 5)) {
      const counted seen = count(all_, at(now));
      if (!times_.empty()) longest_gap_ = std::max(longest_gap_, at(now) - times_.back());
      times_.push_back(at(now));
      track_->add(at(now), observed(seen));
      if (times_.size() % 4 == 0) expect_age(seen);
    }
  }

  static observation observed(const counted& seen) {
    observation now;
    now.capacity = 1'000'000;
    now.entered = seen.entered;
    now.left = seen.left;
    now.depth = seen.entered - seen.left;
    return now;
  }

  void expect_age(const counted& seen) {
    const pressure told = track_->report();
    const nanoseconds right = seen.left == seen.entered ? nanoseconds(0) : times_.back() - all_[seen.left].came;
    ASSERT_LE(told.oldest_age, right + longest_gap_);
    ASSERT_GE(told.oldest_age, right - longest_gap_);
  }

  /// What went within the window, by the samples that saw it, and came after the first one.
  [[nodiscard]] std::vector<nanoseconds> truth(nanoseconds window) const {
    std::vector<nanoseconds> sojourns;
    for (const life& one : all_) {
      const auto seen = std::ranges::lower_bound(times_, one.went);
      if (one.came <= times_.front() || seen == times_.end()) continue;
      if (times_.back() - *seen <= window) sojourns.push_back(one.went - one.came);
    }
    return sojourns;
  }

  void expect_sojourns(nanoseconds window) {
    const std::vector<nanoseconds> right = truth(window);
    const sojourn_estimate told = track_->report().sojourn;
    ASSERT_EQ(told.count, right.size());
    ASSERT_FALSE(right.empty());
    const auto expect = [&](const char* what, nanoseconds estimate, nanoseconds wanted) {
      EXPECT_LE(estimate, wanted + longest_gap_) << what;
      EXPECT_GE(estimate, wanted - longest_gap_) << what;
    };
    expect("p50", told.p50, nearest_rank(right, 0.5));
    expect("p99", told.p99, nearest_rank(right, 0.99));
    expect("p99.9", told.p999, nearest_rank(right, 0.999));
    expect("longest", told.longest, *std::ranges::max_element(right));
  }

  std::vector<life> all_;
  std::vector<time_point> times_;
  std::optional<detail::pressure_track> track_;
  nanoseconds longest_gap_{0};
};

TEST_P(curves, are_right_to_one_period) {
  const fifo_pattern pattern = patterns()[GetParam()];
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(std::string(pattern.name) + ", seed " + std::to_string(seed));
    run(pattern, seed, {.period = period, .window = minute, .half_life = 1s, .history = 8192}, 12s);
    expect_sojourns(minute);
  }
}

TEST_P(curves, of_a_window_tell_what_went_within_it) {
  const fifo_pattern pattern = patterns()[GetParam()];
  SCOPED_TRACE(pattern.name);
  run(pattern, 4, {.period = period, .window = 5s, .half_life = 1s, .history = 8192}, 9s);
  expect_sojourns(5s);
}

INSTANTIATE_TEST_SUITE_P(patterns, curves, testing::Range(std::size_t{0}, patterns().size()));

/// Where the memory is too small for one point a sample, ages are right to a part of themselves.
TEST(curves_in_little_memory, lose_a_part_of_the_age) {
  constexpr nanoseconds period = 1ms;
  constexpr std::size_t points = 64;
  detail::arrival_curve curve(points, at(0ns), 0);
  constexpr std::uint64_t steps = 20'000;
  for (std::uint64_t step = 1; step <= steps; ++step) {  // element k comes just before sample k
    curve.add(at((step - 1) * period), at(step * period), step);
    ASSERT_LE(curve.points(), points);
  }
  const time_point now = at(steps * period);
  std::uint64_t left = 0;
  while (left < steps) {
    const nanoseconds right = (steps - left) * period;
    const nanoseconds told = curve.oldest_age(now);
    ASSERT_NEAR(double(told.count()), double(right.count()), double(period.count()) + 0.25 * double(right.count()));
    if (steps - left <= 8) {
      ASSERT_NEAR(double(told.count()), double(right.count()), double(period.count()));
    }
    curve.leave(now, ++left, [](nanoseconds, std::uint64_t) {});
  }
  EXPECT_EQ(curve.oldest_age(now), 0ns);
}

TEST(curves_in_little_memory, what_stands_still_takes_none) {
  detail::arrival_curve curve(16, at(0ns), 0);
  curve.add(at(0ns), at(1ms), 5);
  for (int step = 2; step < 1000; ++step) curve.add(at((step - 1) * 1ms), at(step * 1ms), 5);
  EXPECT_EQ(curve.points(), 1u);
  EXPECT_EQ(curve.oldest_age(at(1s)), 1s - 500us);
}

TEST(curves_that_begin_late, do_not_tell_of_what_was_inside_before) {
  detail::arrival_curve curve(16, at(0ns), 10);
  std::uint64_t told = 0;
  const auto tell = [&](nanoseconds, std::uint64_t count) { told += count; };
  curve.leave(at(0ns), 4, tell);
  EXPECT_EQ(curve.oldest_age(at(3s)), 3s);  // at least
  curve.add(at(0ns), at(1s), 12);
  curve.leave(at(2s), 11, tell);
  EXPECT_EQ(told, 1u);
  curve.leave(at(2s), 12, tell);
  EXPECT_EQ(told, 2u);
  EXPECT_EQ(curve.oldest_age(at(3s)), 0ns);
}

}  // namespace
}  // namespace tidegate::test
