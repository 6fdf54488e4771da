#include "pump/duration_histogram.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace tidegate::pump {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Where one duration is found again.
nanoseconds found(nanoseconds duration) {
  duration_histogram one;
  one.add(duration);
  return quantile(one.snapshot(), 0.99).value_or(-1ns);
}

TEST(duration_histogram, a_duration_is_found_again_at_most_a_sixteenth_too_large) {
  for (int shift = 0; shift < 47; ++shift) {
    for (const std::int64_t offset : {-1, 0, 1}) {
      const nanoseconds exact{(std::int64_t{1} << shift) + offset};
      EXPECT_GE(found(exact), exact);
      EXPECT_LE(found(exact), exact + exact / 16);
    }
  }
  for (std::int64_t exact = 0; exact < 5000; ++exact) {
    EXPECT_GE(found(nanoseconds{exact}).count(), exact);
    EXPECT_LE(found(nanoseconds{exact}).count(), exact + exact / 16);
  }
}

TEST(duration_histogram, durations_beyond_its_range_are_at_its_ends) {
  EXPECT_EQ(found(-5ns), 0ns);
  EXPECT_GE(found(nanoseconds::max()), 39h);
  EXPECT_EQ(found(100h), found(nanoseconds::max()));
}

TEST(duration_histogram, quantiles) {
  duration_histogram all;
  for (int i = 1; i <= 1000; ++i) all.add(nanoseconds{i} * 1000);
  const auto counts = all.snapshot();
  EXPECT_EQ(total(counts), 1000);
  for (const auto& [part, exact] : {std::pair{0.5, 500us}, {0.99, 990us}, {1.0, 1000us}}) {
    EXPECT_GE(quantile(counts, part), exact);
    EXPECT_LE(quantile(counts, part), exact + exact / 16);
  }
  EXPECT_EQ(quantile(duration_histogram().snapshot(), 0.99), std::nullopt);
}

TEST(duration_histogram, one_in_a_hundred_does_not_move_the_99th_percentile) {
  duration_histogram all;
  for (int i = 0; i < 99; ++i) all.add(10ns);
  all.add(10s);
  EXPECT_EQ(quantile(all.snapshot(), 0.99), 10ns);
  all.add(10s);
  EXPECT_GE(quantile(all.snapshot(), 0.99), 10s);
}

TEST(fading_counts, old_durations_fade_and_are_forgotten) {
  const fading_counts::clock::time_point start{100s};
  duration_histogram all;
  fading_counts recent(start);
  for (int i = 0; i < 1000; ++i) all.add(1s);
  EXPECT_GE(quantile(recent.update(all.snapshot(), start + 1s), 0.99), 1s);
  for (int i = 0; i < 1000; ++i) all.add(1us);
  EXPECT_GE(quantile(recent.update(all.snapshot(), start + 2s), 0.99), 1s);  // still many
  EXPECT_LT(quantile(recent.update(all.snapshot(), start + 3s), 0.5), 2us);
  for (int i = 0; i < 1000; ++i) all.add(1us);
  EXPECT_LT(quantile(recent.update(all.snapshot(), start + 15s), 0.99), 2us);
  EXPECT_EQ(quantile(recent.update(all.snapshot(), start + 100s), 0.99), std::nullopt);  // nothing left the queue
}

}  // namespace
}  // namespace tidegate::pump
