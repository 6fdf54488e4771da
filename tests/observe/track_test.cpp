// track_test.cpp: what is derived of one thing from sample to sample, where its counters are hints and time is odd.
#include <gtest/gtest.h>

#include "observe/pressure_track.hpp"
#include "tests/observe/fifo_lives.hpp"
#include "tidegate/observe/pressure.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

constexpr sampler_config numbers{.period = 100ms, .window = 10s, .half_life = 1s, .history = 128};

observation queue(std::uint64_t entered, std::uint64_t left, std::uint64_t capacity = 100) {
  observation seen;
  seen.capacity = capacity;
  seen.entered = entered;
  seen.left = left;
  seen.depth = entered - left;
  return seen;
}

class track : public testing::Test {
 protected:
  const pressure& add(nanoseconds now, const observation& seen) {
    track_.add(at(now), seen);
    return told_ = track_.report();
  }
  detail::pressure_track track_{numbers};
  pressure told_;
};

TEST_F(track, rates_are_exact_when_they_are_constant) {
  for (unsigned i = 0; i <= 10; ++i) add(i * 100ms, queue(50 * i, 40 * i));
  EXPECT_NEAR(told_.arrival_rate, 500, 1e-9);
  EXPECT_NEAR(told_.drain_rate, 400, 1e-9);
  EXPECT_NEAR(told_.slope, 100, 1e-6);
  EXPECT_EQ(told_.depth, 100u);
  EXPECT_EQ(told_.drain_time, 250ms);
}

TEST_F(track, rates_follow_by_half_each_half_life) {
  for (unsigned i = 0; i <= 100; ++i) add(i * 100ms, queue(100 * i, 100 * i));
  for (unsigned i = 1; i <= 10; ++i) add(10s + i * 100ms, queue(10'000, 10'000));
  EXPECT_NEAR(told_.arrival_rate, 500, 1);
  for (unsigned i = 11; i <= 20; ++i) add(10s + i * 100ms, queue(10'000, 10'000));
  EXPECT_NEAR(told_.arrival_rate, 250, 1);
}

TEST_F(track, time_to_full_is_told_of_a_rise) {
  for (unsigned i = 0; i <= 10; ++i) add(i * 100ms, queue(5 * i, 0));
  EXPECT_NEAR(double(told_.time_to_full.count()), 1e9, 1e3);  // 50 free, 50 a second
  add(1100ms, queue(100, 0));
  EXPECT_EQ(told_.time_to_full, 0ns);
}

TEST_F(track, nothing_rises_in_an_idle_queue) {
  for (unsigned i = 0; i <= 30; ++i) add(i * 100ms, queue(7, 7));
  EXPECT_EQ(told_.time_to_full, pressure::never);
  EXPECT_EQ(told_.slope, 0);
  EXPECT_EQ(told_.arrival_rate, 0);
  EXPECT_EQ(told_.drain_time, 0ns);
  EXPECT_EQ(told_.oldest_age, 0ns);
  EXPECT_EQ(told_.sojourn.count, 0u);
}

TEST_F(track, what_is_inside_and_never_leaves_never_drains) {
  add(0ns, queue(0, 0));
  add(1s, queue(3, 0));
  add(2s, queue(3, 0));
  EXPECT_EQ(told_.drain_time, pressure::never);
  EXPECT_EQ(told_.oldest_age, 1500ms);
}

TEST_F(track, counters_that_are_hints_do_not_go_back) {
  add(0ns, queue(10, 5));
  observation behind = queue(9, 4);
  behind.depth = 6;
  add(100ms, behind);
  EXPECT_EQ(told_.entered, 11u);  // 5 have left, and 6 are inside
  EXPECT_EQ(told_.left, 5u);
  observation odd = queue(20, 12);
  odd.left = 21;  // has left, it seems, before it entered
  odd.depth = 0;
  add(200ms, odd);
  EXPECT_EQ(told_.entered, 21u);
  EXPECT_EQ(told_.left, 21u);
  odd.depth = 1000;  // more than there is room for
  add(300ms, odd);
  EXPECT_EQ(told_.depth, 100u);
  EXPECT_EQ(told_.entered, told_.left + told_.depth);
}

TEST_F(track, two_samples_at_one_instant_are_one) {
  add(0ns, queue(0, 0));
  add(1s, queue(100, 50));
  add(1s, queue(110, 60));
  EXPECT_NEAR(told_.arrival_rate, 100, 1e-9);  // no time has passed: the next one counts them
  EXPECT_EQ(told_.depth, 50u);
  add(500ms, queue(120, 70));  // a clock that goes back
  EXPECT_EQ(told_.at, at(1s));
  add(2s, queue(200, 150));
  EXPECT_NEAR(told_.arrival_rate, 100, 1e-9);
  EXPECT_NEAR(told_.drain_rate, (50 * 0.5 + 100) / 1.5, 1e-9);
}

TEST_F(track, becoming_full_is_counted_at_the_edge) {
  add(0ns, queue(100, 0));  // is full at first sight
  EXPECT_EQ(told_.full_events, 1u);
  add(100ms, queue(150, 50));
  add(200ms, queue(200, 110));
  EXPECT_EQ(told_.full_events, 1u);
  EXPECT_EQ(told_.full_time, 150ms);  // and half of the time until it was seen not to be
  add(300ms, queue(300, 200));
  EXPECT_EQ(told_.full_events, 2u);
}

TEST_F(track, it_was_full_between_two_samples_if_it_refused) {
  add(0ns, queue(10, 0));
  observation refused = queue(500, 490);
  refused.lost_by(loss_kind::rejected) = 3;
  add(100ms, refused);
  EXPECT_EQ(told_.full_events, 1u);
  EXPECT_EQ(told_.peak, 100u);
  EXPECT_EQ(told_.lost_by(loss_kind::rejected), 3u);
  add(200ms, refused);
  EXPECT_EQ(told_.full_events, 1u);
}

TEST_F(track, the_peak_lasts_until_it_is_read) {
  add(0ns, queue(0, 0));
  add(100ms, queue(60, 0));
  add(200ms, queue(60, 50));
  EXPECT_EQ(told_.peak, 60u);
  track_.restart_peak();
  add(300ms, queue(60, 55));
  EXPECT_EQ(told_.peak, 10u);
}

TEST_F(track, of_a_limiter_there_is_a_level_only) {
  observation seen;
  seen.kind = watched_kind::limiter;
  seen.flow = counted_flow::none;
  seen.capacity = 10;
  for (unsigned i = 0; i <= 8; ++i) {
    seen.depth = i;
    add(i * 1s, seen);
  }
  EXPECT_NEAR(told_.slope, 1, 1e-9);
  EXPECT_NEAR(double(told_.time_to_full.count()), 2e9, 1e3);
  EXPECT_EQ(told_.drain_time, 0ns);
  EXPECT_EQ(told_.oldest_age, 0ns);
  EXPECT_EQ(told_.entered, 0u);
  seen.depth = 12;  // the total was lowered under what is taken
  add(9s, seen);
  EXPECT_EQ(told_.depth, 12u);
  EXPECT_EQ(told_.full_events, 1u);
}

TEST_F(track, of_a_broadcast_there_are_arrivals_only) {
  for (unsigned i = 0; i <= 5; ++i) {
    observation seen = queue(10 * i, 10 * i);
    seen.flow = counted_flow::entered;
    add(i * 1s, seen);
  }
  EXPECT_NEAR(told_.arrival_rate, 10, 1e-9);
  EXPECT_EQ(told_.left, 0u);
  EXPECT_EQ(told_.drain_rate, 0);
  EXPECT_EQ(told_.sojourn.count, 0u);
}

TEST_F(track, weight_counts_where_it_is_nearer_to_full) {
  for (unsigned i = 0; i <= 10; ++i) {
    observation seen = queue(i, 0, 0);
    seen.kind = watched_kind::sink;
    seen.weight = 1000 * i;
    seen.weight_limit = 20'000;
    add(i * 1s, seen);
  }
  EXPECT_NEAR(double(told_.time_to_full.count()), 10e9, 1e4);
  EXPECT_DOUBLE_EQ(told_.saturation(), 0.5);
  EXPECT_EQ(told_.peak, 10u);
}

TEST_F(track, a_jump_is_seen_at_once) {
  add(0ns, queue(0, 0, 100'000));
  add(100ms, queue(100'000, 0, 100'000));
  EXPECT_EQ(told_.depth, 100'000u);
  EXPECT_EQ(told_.full_events, 1u);
  EXPECT_EQ(told_.oldest_age, 50ms);
  add(200ms, queue(100'000, 100'000, 100'000));
  EXPECT_EQ(told_.sojourn.count, 100'000u);
  EXPECT_EQ(told_.sojourn.p50, 100ms);
}

}  // namespace
}  // namespace tidegate::test
