#include "pump/residence.hpp"

#include <gtest/gtest.h>

namespace tidegate::pump {
namespace {

using namespace std::chrono_literals;

TEST(residence, quantiles) {
  own_histogram all(residence_config);
  EXPECT_EQ(quantile(all.snapshot(), 0.99), std::nullopt);
  for (int i = 1; i <= 1000; ++i) all.record(i * 1us);
  for (const auto& [part, exact] : {std::pair{0.5, 500us}, {0.99, 990us}, {1.0, 1000us}}) {
    EXPECT_GE(quantile(all.snapshot(), part), exact);
    EXPECT_LE(quantile(all.snapshot(), part), exact + exact / 100);
  }
}

TEST(fading_counts, old_durations_fade_and_are_forgotten) {
  const fading_counts::clock::time_point start{100s};
  own_histogram all(residence_config);
  fading_counts recent(start);
  const auto at = [&](std::chrono::seconds later) -> const fading_counts& {
    recent.update(all.snapshot(), start + later);
    return recent;
  };
  for (int i = 0; i < 1000; ++i) all.record(1s);
  EXPECT_GE(at(1s).quantile(0.99), 1s);
  for (int i = 0; i < 1000; ++i) all.record(1us);
  EXPECT_GE(at(2s).quantile(0.99), 1s);  // still many
  EXPECT_LT(at(3s).quantile(0.5), 2us);
  for (int i = 0; i < 1000; ++i) all.record(1us);
  EXPECT_LT(at(15s).quantile(0.99), 2us);
  EXPECT_EQ(at(100s).quantile(0.99), std::nullopt);  // nothing left the queue
}

}  // namespace
}  // namespace tidegate::pump
