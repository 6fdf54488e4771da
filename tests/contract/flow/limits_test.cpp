// Limits that adapt, in front of a server that is computed: they settle near what it does at once, follow it when it
// slows down, do not creep and do not collapse.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "gtest/gtest.h"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/flow/detail/baseline_probe.hpp"
#include "tidegate/flow/limits/adaptive_limit.hpp"
#include "tidegate/flow/limits/aimd.hpp"
#include "tidegate/flow/limits/gradient2.hpp"
#include "tidegate/flow/limits/limit_sample.hpp"
#include "tidegate/flow/limits/vegas.hpp"
#include "tidegate/flow/random.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using clock = virtual_sync;

/// `places` requests at a time, each takes `service`; `load` of what it can do at 2 ms is offered. Little's law.
struct server {
  double places = 4;
  nanoseconds service = 2ms;
  double load = 1.2;

  [[nodiscard]] limit_sample behind(std::size_t limit) const {
    const double capacity = places / static_cast<double>(service.count());
    const double offered = load * places / 2e6;
    const double at_once = std::min(static_cast<double>(limit), places);
    if (offered < at_once / static_cast<double>(service.count())) {
      return {.rtt = service, .in_flight = static_cast<std::size_t>(std::ceil(offered * double(service.count())))};
    }
    const auto queued = nanoseconds(static_cast<std::int64_t>(static_cast<double>(limit) / capacity));
    return {.rtt = std::max(service, queued), .in_flight = limit};
  }
};

struct extremes {
  std::size_t least = static_cast<std::size_t>(-1), most = 0;
};

template <class Algorithm>
extremes settle(Algorithm& algorithm, const server& behind, int samples, int from = 0) {
  extremes seen;
  for (int i = 0; i < samples; ++i) {
    const std::size_t limit = algorithm.update(behind.behind(algorithm.limit()));
    if (i >= from) seen = {std::min(seen.least, limit), std::max(seen.most, limit)};
  }
  return seen;
}

template <class Algorithm>
class adapting : public testing::Test {};
using by_round_trip = testing::Types<vegas_limit, gradient2_limit>;
TYPED_TEST_SUITE(adapting, by_round_trip);

TYPED_TEST(adapting, settles_at_what_the_server_does_and_a_few) {
  for (const double load : {1.1, 1.2, 2.0, 5.0}) {
    TypeParam algorithm;
    const extremes seen = settle(algorithm, {.load = load}, 2000, 500);
    EXPECT_LE(seen.most, 4U + 8U) << load;
    EXPECT_GE(seen.least, 3U) << "half of it while it probes";
  }
}

// Netflix/concurrency-limits#134: under modest overload the limit grew for ever. Ten minutes, ten windows a second.
TYPED_TEST(adapting, limit_does_not_creep_under_modest_overload) {
  TypeParam algorithm;
  const extremes early = settle(algorithm, {.load = 1.2}, 1000, 500);
  const extremes late = settle(algorithm, {.load = 1.2}, 6000, 5000);
  EXPECT_LE(late.most, early.most);
  EXPECT_LE(late.most, 12U);
}

/// gradient2 whose average follows every sample, with headroom always or only at a gradient of 1.
struct following_gradient {
  bool always;
  double held = 20, long_ns = 0;
  [[nodiscard]] std::size_t limit() const { return static_cast<std::size_t>(held); }
  std::size_t update(const limit_sample& sample) {
    const auto short_ns = static_cast<double>(sample.rtt.count());
    long_ns = long_ns == 0 ? short_ns : long_ns + (short_ns - long_ns) * 2 / 601;
    if (long_ns > 2 * short_ns) long_ns *= 0.95;
    const double gradient = std::clamp(1.5 * long_ns / short_ns, 0.5, 1.0);
    held = held * 0.8 + 0.2 * (held * gradient + (always || gradient == 1 ? 4 : 0));
    return limit();
  }
};

TEST(gradient2, would_creep_if_its_average_learnt_from_its_own_queue) {
  for (const bool always : {true, false}) {
    following_gradient algorithm{.always = always};
    EXPECT_GT(settle(algorithm, {.load = 1.2}, 6000).most, 3000U) << "headroom at a gradient of 1 only is not enough";
  }
}

// Netflix/concurrency-limits#165: the time without load was taken while there was load, again and again.
TYPED_TEST(adapting, baseline_does_not_grow_with_its_own_queue) {
  TypeParam algorithm;
  settle(algorithm, {.load = 3}, 6000);
  if constexpr (requires { algorithm.rtt_min(); }) {
    EXPECT_LE(algorithm.rtt_min(), 2600us);
  } else {
    EXPECT_LE(algorithm.rtt_long(), 2600us);
  }
}

TYPED_TEST(adapting, finds_the_time_without_load_although_it_never_saw_it) {
  TypeParam algorithm({.range = {.first = 500, .most = 1000}});
  const extremes seen = settle(algorithm, {.load = 5}, 2000, 1000);
  EXPECT_LE(seen.most, 12U) << "it began with more than a hundred times what the server does at once";
}

TYPED_TEST(adapting, limit_does_not_collapse_when_idle) {
  TypeParam algorithm;
  const std::size_t before = algorithm.limit();
  const extremes quiet = settle(algorithm, {.load = 0.05}, 1000);
  EXPECT_EQ(quiet.least, before);
  EXPECT_EQ(quiet.most, before) << "nor does it grow: nothing was learnt about it";
  for (int i = 0; i < 100; ++i) {
    algorithm.update({.rtt = 500ms, .in_flight = 1});
    algorithm.update({.rtt = 0ns, .in_flight = 0});
  }
  EXPECT_EQ(algorithm.limit(), before) << "a few slow requests in an idle hour";
}

TYPED_TEST(adapting, follows_a_server_that_becomes_slower_and_faster) {
  TypeParam algorithm;
  settle(algorithm, {}, 1000);
  for (const auto service : {4ms, 8ms, 2ms}) {
    const extremes seen = settle(algorithm, {.service = service, .load = 5}, 2000, 1000);
    EXPECT_LE(seen.most, 12U) << service.count();
    EXPECT_GE(seen.most, 5U) << "not stuck low either";
  }
}

TYPED_TEST(adapting, grows_to_a_large_server) {
  TypeParam algorithm;
  const extremes seen = settle(algorithm, {.places = 200, .load = 1.5}, 4000, 3000);
  EXPECT_GE(seen.most, 200U);
  EXPECT_LE(seen.most, 320U);
}

TYPED_TEST(adapting, shrinks_when_something_is_dropped_and_stays_within_its_range) {
  TypeParam algorithm({.range = {.first = 50, .least = 5, .most = 60}});
  algorithm.update({.rtt = 1ms, .in_flight = 50, .dropped = true});
  EXPECT_LT(algorithm.limit(), 50U);
  for (int i = 0; i < 1000; ++i) algorithm.update({.rtt = 0ns, .in_flight = 50, .dropped = true});
  EXPECT_EQ(algorithm.limit(), 5U);
  const extremes seen = settle(algorithm, {.places = 1000}, 1000);
  EXPECT_EQ(seen.most, 60U);
}

/// The limit of 100 (its logarithm is 2) after a round trip that is so much of 10 ms, when all of it is used.
std::size_t vegas_after(double share) {
  vegas_limit algorithm({.range = {.first = 100}, .probe_every = 1'000'000});
  algorithm.update({.rtt = 10ms, .in_flight = 1});
  EXPECT_EQ(algorithm.limit(), 100U) << "little of it is used";
  EXPECT_EQ(algorithm.rtt_min(), 10ms);
  return algorithm.update({.rtt = nanoseconds(static_cast<std::int64_t>(1e7 * share)), .in_flight = 100});
}

TEST(vegas, moves_by_the_queue_that_it_estimates) {
  EXPECT_EQ(vegas_after(1), 112U) << "no queue";
  EXPECT_EQ(vegas_after(1 / (1 - 0.015)), 112U) << "a queue of 2";
  EXPECT_EQ(vegas_after(1 / (1 - 0.025)), 102U) << "3";
  EXPECT_EQ(vegas_after(1 / (1 - 0.045)), 102U) << "5";
  EXPECT_EQ(vegas_after(1 / (1 - 0.055)), 100U) << "6";
  EXPECT_EQ(vegas_after(1 / (1 - 0.115)), 100U) << "12";
  EXPECT_EQ(vegas_after(1 / (1 - 0.125)), 98U) << "13";
  EXPECT_EQ(vegas_after(100), 98U);
}

TEST(vegas, takes_shorter_times_at_once_and_longer_ones_from_a_probe) {
  vegas_limit algorithm({.range = {.first = 100}, .probe_every = 2});
  algorithm.update({.rtt = 10ms, .in_flight = 1});
  algorithm.update({.rtt = 9ms, .in_flight = 1});
  EXPECT_EQ(algorithm.rtt_min(), 9ms);
  algorithm.update({.rtt = 30ms, .in_flight = 1});
  EXPECT_EQ(algorithm.rtt_min(), 9ms);
  algorithm.update({.rtt = 0ns, .in_flight = 1});
  EXPECT_EQ(algorithm.rtt_min(), 9ms) << "no time is no time";
  while (algorithm.limit() > 60) algorithm.update({.rtt = 30ms, .in_flight = 100});
  algorithm.update({.rtt = 31ms, .in_flight = 60});
  EXPECT_EQ(algorithm.rtt_min(), 9ms) << "a sample from before";
  algorithm.update({.rtt = 20ms, .in_flight = 50});
  EXPECT_EQ(algorithm.rtt_min(), 20ms) << "with half of the limit";
  EXPECT_GE(algorithm.limit(), 90U) << "and the limit is back";
}

TEST(baseline_probe, is_due_after_a_jittered_number_of_binding_samples) {
  constexpr std::size_t every = 40;
  detail::baseline_probe probe(every, 7);
  own_random same(7);
  ASSERT_EQ(probe.next(100, false), detail::probe_phase::none) << "it begins without load";
  for (int round = 0; round < 20; ++round) {
    const auto quiet = static_cast<std::size_t>(every * (0.5 + 0.5 * same()));
    EXPECT_GE(quiet, every / 2);
    EXPECT_LE(quiet, every);
    for (std::size_t i = 0; i < quiet; ++i) {
      ASSERT_EQ(probe.next(100, true), detail::probe_phase::none);
      ASSERT_EQ(probe.next(100, false), detail::probe_phase::none) << "a sample that says nothing does not count";
      ASSERT_FALSE(probe.is_probing());
    }
    EXPECT_EQ(probe.next(100, true), detail::probe_phase::draining);
    EXPECT_TRUE(probe.is_probing());
    EXPECT_EQ(probe.next(100, round % 2 == 0), detail::probe_phase::draining);
    EXPECT_EQ(probe.next(100, round % 2 == 0), detail::probe_phase::measured);
    EXPECT_FALSE(probe.is_probing());
  }
}

TEST(baseline_probe, that_begins_under_load_is_due_at_once_and_then_ever_more_rarely) {
  constexpr std::size_t every = 33;
  detail::baseline_probe probe(every, 7);
  own_random same(7);
  static_cast<void>(same());  // what it would have been without load
  for (const std::size_t span : {1U, 2U, 4U, 8U, 16U, 33U, 33U}) {
    const auto quiet = static_cast<std::size_t>(static_cast<double>(span) * (0.5 + 0.5 * same()));
    for (std::size_t i = 0; i < quiet; ++i) ASSERT_EQ(probe.next(100, true), detail::probe_phase::none) << span;
    EXPECT_EQ(probe.next(100, true), detail::probe_phase::draining) << span;
    EXPECT_EQ(probe.next(100, true), detail::probe_phase::draining);
    EXPECT_EQ(probe.next(100, true), detail::probe_phase::measured);
  }
}

TEST(baseline_probe, is_due_at_once_when_the_limit_has_halved) {
  detail::baseline_probe probe(1'000'000, 1);
  EXPECT_EQ(probe.next(40, false), detail::probe_phase::none);
  EXPECT_EQ(probe.next(100, false), detail::probe_phase::none);
  EXPECT_EQ(probe.next(51, true), detail::probe_phase::none);
  EXPECT_EQ(probe.next(50, false), detail::probe_phase::none) << "nothing is asked of it";
  for (const double limit : {50.0, 25.0}) {  // half of the highest, and half of what it was at the last probe
    EXPECT_EQ(probe.next(limit, true), detail::probe_phase::draining) << limit;
    EXPECT_EQ(probe.next(limit, true), detail::probe_phase::draining);
    EXPECT_EQ(probe.next(limit, true), detail::probe_phase::measured);
    EXPECT_EQ(probe.next(limit, true), detail::probe_phase::none);
    EXPECT_EQ(probe.next(limit / 2 + 1, true), detail::probe_phase::none);
  }
}

TEST(gradient2, is_the_formula) {
  const auto after = [](nanoseconds rtt, double smoothing) {
    gradient2_limit algorithm({.range = {.first = 100}, .smoothing = smoothing, .probe_every = 1'000'000});
    algorithm.update({.rtt = 10ms, .in_flight = 1});
    EXPECT_EQ(algorithm.limit(), 100U);
    EXPECT_EQ(algorithm.rtt_long(), 10ms);
    return algorithm.update({.rtt = rtt, .in_flight = 50});
  };
  EXPECT_EQ(after(10ms, 1), 104U);
  EXPECT_EQ(after(15ms, 1), 104U) << "as long as is tolerated";
  EXPECT_EQ(after(20ms, 1), 75U);
  EXPECT_EQ(after(30ms, 1), 50U);
  EXPECT_EQ(after(90ms, 1), 50U) << "no less";
  EXPECT_EQ(after(20ms, 0.5), 87U) << "half of the way";
  EXPECT_EQ(after(10ms, 0.25), 101U);
}

TEST(gradient2, average_learns_shorter_times_always_and_longer_ones_when_the_limit_does_not_bind) {
  gradient2_limit algorithm({.range = {.first = 100}, .long_samples = 9, .probe_every = 1'000'000});
  algorithm.update({.rtt = 10ms, .in_flight = 1});
  EXPECT_EQ(algorithm.rtt_long(), 10ms);
  algorithm.update({.rtt = 20ms, .in_flight = 100});
  EXPECT_EQ(algorithm.rtt_long(), 10ms) << "our own queue";
  algorithm.update({.rtt = 20ms, .in_flight = 1});
  EXPECT_EQ(algorithm.rtt_long(), 12ms) << "a fifth of the way";
  algorithm.update({.rtt = 0ns, .in_flight = 1});
  EXPECT_EQ(algorithm.rtt_long(), 12ms) << "no time is no time";
  algorithm.update({.rtt = 7ms, .in_flight = 100});
  EXPECT_EQ(algorithm.rtt_long(), 11ms);
  algorithm.update({.rtt = 1ms, .in_flight = 1});
  EXPECT_EQ(algorithm.rtt_long(), 8550us) << "9 ms, and 5 % faster because it is more than twice as long";
}

TEST(aimd, adds_one_while_used_and_takes_a_tenth_after_a_loss) {
  aimd_limit algorithm({.range = {.first = 20, .least = 2, .most = 22}});
  EXPECT_EQ(algorithm.update({.rtt = 1ms, .in_flight = 10}), 21U) << "half is used";
  EXPECT_EQ(algorithm.update({.rtt = 1ms, .in_flight = 10}), 21U) << "less than half is";
  EXPECT_EQ(algorithm.update({.rtt = 1ms, .in_flight = 21}), 22U);
  EXPECT_EQ(algorithm.update({.rtt = 1ms, .in_flight = 22}), 22U) << "the most";
  EXPECT_EQ(algorithm.update({.rtt = 1ms, .in_flight = 22, .dropped = true}), 19U);
  EXPECT_EQ(algorithm.update({.rtt = 5s, .in_flight = 1}), 19U) << "just not too slow";
  EXPECT_EQ(algorithm.update({.rtt = 5s + 1ns, .in_flight = 1}), 17U) << "too slow is lost";
  for (int i = 0; i < 100; ++i) algorithm.update({.dropped = true});
  EXPECT_EQ(algorithm.limit(), 2U);
}

TEST(gradient2, adds_headroom_only_when_nothing_is_slower) {
  gradient2_limit algorithm({.range = {.first = 100}, .smoothing = 1, .probe_every = 1'000'000});
  algorithm.update({.rtt = 10ms, .in_flight = 1});
  algorithm.update({.rtt = 10ms, .in_flight = 100});
  EXPECT_EQ(algorithm.limit(), 104U);
  EXPECT_EQ(algorithm.update({.rtt = 20ms, .in_flight = 104}), 78U) << "3/4 of it, and nothing on top";
}

TEST(limits, refuse_numbers_that_mean_nothing) {
  EXPECT_THROW(vegas_limit({.range = {.least = 0}}), std::invalid_argument);
  EXPECT_THROW(vegas_limit({.range = {.first = 1, .least = 2}}), std::invalid_argument);
  EXPECT_THROW(vegas_limit({.probe_every = 0}), std::invalid_argument);
  EXPECT_THROW(gradient2_limit({.range = {.first = 2000}}), std::invalid_argument);
  EXPECT_THROW(gradient2_limit({.tolerance = 0.5}), std::invalid_argument);
  EXPECT_THROW(gradient2_limit({.smoothing = 0}), std::invalid_argument);
  EXPECT_THROW(gradient2_limit({.headroom = 0}), std::invalid_argument);
  EXPECT_THROW(gradient2_limit({.long_samples = 0}), std::invalid_argument);
  EXPECT_THROW(gradient2_limit({.probe_every = 0}), std::invalid_argument);
  EXPECT_NO_THROW(gradient2_limit({.tolerance = 1, .headroom = 1, .smoothing = 1, .long_samples = 1}));
  EXPECT_NO_THROW(gradient2_limit({.tolerance = 10, .headroom = 1e6, .long_samples = 1e6, .probe_every = 1}));
  EXPECT_NO_THROW(vegas_limit({.range = {.first = 7, .least = 7, .most = 7}}));
  EXPECT_NO_THROW(aimd_limit({.range = {.most = std::size_t{1} << 30}, .backoff = 0.5}));
  EXPECT_THROW(aimd_limit({.backoff = 1}), std::invalid_argument);
  EXPECT_THROW(aimd_limit({.timeout = 0s}), std::invalid_argument);
  EXPECT_THROW(aimd_limit({.range = {.most = (std::size_t{1} << 30) + 1}}), std::invalid_argument);
}

struct counted_limiter {
  std::size_t total = 0;
  unsigned calls = 0;
  void set_total(std::size_t to) {
    total = to;
    ++calls;
  }
};

TEST(adaptive_limit, makes_one_sample_of_a_window_and_sets_the_limiter) {
  adaptive_limit<aimd_limit, clock> driver{aimd_limit{}, {.window = 1s, .least_samples = 4}};
  counted_limiter limiter;
  for (int i = 0; i < 4; ++i) driver.record(2ms, 12);
  EXPECT_FALSE(driver.update(limiter)) << "the window is not over";
  clock::advance(1s);
  EXPECT_TRUE(driver.update(limiter));
  EXPECT_EQ(limiter.total, 21U);
  EXPECT_FALSE(driver.update(limiter)) << "a new window has begun";
  clock::advance(1s);
  driver.record(2ms, 12, true);
  EXPECT_FALSE(driver.update(limiter)) << "one is too few";
  for (int i = 0; i < 3; ++i) driver.record(2ms, 3);
  EXPECT_TRUE(driver.update(limiter));
  EXPECT_EQ(limiter.total, 18U);
  EXPECT_EQ(limiter.calls, 2U);
}

TEST(adaptive_limit, drives_a_capacity_limiter) {
  capacity_limiter limiter(20);
  adaptive_limit<aimd_limit, clock> driver{aimd_limit{}, {.window = 1s, .least_samples = 1}};
  const auto permit = limiter.try_acquire();
  driver.record(2ms, 20);
  clock::advance(1s);
  EXPECT_TRUE(driver.update(limiter));
  EXPECT_EQ(limiter.total(), 21U);
  EXPECT_EQ(limiter.free_hint(), 20);
}

TEST(adaptive_limit, gives_the_mean_time_and_the_most_in_flight) {
  struct noting {
    limit_sample last;
    std::size_t update(const limit_sample& sample) {
      last = sample;
      return 7;
    }
    [[nodiscard]] std::size_t limit() const { return 7; }
  };
  adaptive_limit<noting, clock> driver{noting{}, {.window = 1s, .least_samples = 1}};
  counted_limiter limiter;
  driver.record(1ms, 5);
  driver.record(3ms, 9);
  driver.record(-3ms, 2);
  driver.record(1h, 1, true);
  clock::advance(1s);
  EXPECT_FALSE(driver.update(limiter)) << "the limit is what it was";
  EXPECT_EQ(driver.algorithm().last.rtt, nanoseconds(4ms) / 3);
  EXPECT_EQ(driver.algorithm().last.in_flight, 9U);
  EXPECT_TRUE(driver.algorithm().last.dropped);
  driver.record(1h, 1, true);
  clock::advance(1s);
  EXPECT_FALSE(driver.update(limiter));
  EXPECT_EQ(driver.algorithm().last.rtt, 0ns) << "of what was lost no time is known";
  EXPECT_EQ(limiter.calls, 0U);
  EXPECT_THROW((adaptive_limit<noting, clock>{noting{}, {.window = 0s}}), std::invalid_argument);
  EXPECT_THROW((adaptive_limit<noting, clock>{noting{}, {.least_samples = 0}}), std::invalid_argument);
}

}  // namespace
}  // namespace tidegate::test
