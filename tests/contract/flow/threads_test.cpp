// What many threads share keeps its promise under real traffic: never more than allowed, and no count is lost.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/admission_level.hpp"
#include "tidegate/flow/client_throttle.hpp"
#include "tidegate/flow/codel.hpp"
#include "tidegate/flow/keyed_rate_limiter.hpp"
#include "tidegate/flow/limits/adaptive_limit.hpp"
#include "tidegate/flow/limits/aimd.hpp"
#include "tidegate/flow/rate_limiter.hpp"
#include "tidegate/flow/retry_budget.hpp"
#include "tidegate/flow/service_time_estimate.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using clock = virtual_sync;  // stands still, so that what may be admitted is a number
constexpr unsigned threads = 4;
constexpr std::uint64_t calls = 20'000;

/// Every thread runs `body(thread)`, all at once.
template <class Body>
void together(Body body) {
  std::atomic<unsigned> ready{0};
  std::vector<std::jthread> crew;
  for (unsigned i = 0; i < threads; ++i) {
    crew.emplace_back([&, i] {
      ready.fetch_add(1);
      while (ready.load() != threads) std::this_thread::yield();
      body(i);
    });
  }
}

TEST(flow_threads, rate_limiters_admit_exactly_the_burst_while_time_stands_still) {
  constexpr std::uint64_t burst = threads * calls / 2;
  rate_limiter<rate_limiter_options{}, clock> global({.permits = 1'000'000'000, .burst = burst});
  keyed_rate_limiter<int, std::hash<int>, clock> keyed({.limit = {.permits = 1'000'000, .burst = burst}, .slots = 64});
  std::atomic<std::uint64_t> admitted{0}, admitted_keyed{0};
  together([&](unsigned) {
    for (std::uint64_t i = 0; i < calls; ++i) {
      if (global.try_acquire()) admitted.fetch_add(1);
      if (keyed.try_acquire(7)) admitted_keyed.fetch_add(1);
    }
  });
  EXPECT_EQ(admitted, burst);
  EXPECT_EQ(admitted_keyed, burst);
}

TEST(flow_threads, a_bound_on_attempts_never_admits_more) {
  constexpr std::uint64_t burst = threads * calls / 2;
  rate_limiter<rate_limiter_options{.attempts = 1}, clock> limit({.permits = 1'000'000'000, .burst = burst});
  std::atomic<std::uint64_t> admitted{0}, contended{0};
  together([&](unsigned) {
    for (std::uint64_t i = 0; i < calls; ++i) {
      const rate_answer answer = limit.try_acquire();
      if (answer) admitted.fetch_add(1);
      if (answer.status == rate_status::contended) contended.fetch_add(1);
    }
  });
  EXPECT_LE(admitted, burst);
  EXPECT_GE(admitted + contended, burst) << "who was not told `contended` was told the truth";
}

TEST(flow_threads, a_retry_budget_is_spent_exactly) {
  retry_budget<> budget({.share = 0.25, .most = std::uint64_t{1} << 30, .first = 100});
  std::atomic<std::uint64_t> retried{0};
  together([&](unsigned) {
    for (std::uint64_t i = 0; i < calls; ++i) {
      budget.attempt();
      if (budget.try_retry()) retried.fetch_add(1);
    }
  });
  EXPECT_EQ(retried + budget.saved_hint(), 100 + threads * calls / 4);
}

TEST(flow_threads, a_limit_hears_of_every_round_trip) {
  struct summing {
    limit_sample last;
    std::size_t update(const limit_sample& sample) {
      last = sample;
      return 1;
    }
    [[nodiscard]] std::size_t limit() const { return 1; }
  };
  struct {
    void set_total(std::size_t) {}
  } limiter;
  adaptive_limit<summing, clock> driver{summing{}, {.window = 1ns, .least_samples = threads * calls}};
  together([&](unsigned thread) {
    for (std::uint64_t i = 0; i < calls; ++i) driver.record(std::chrono::nanoseconds(thread + 1), i);
  });
  clock::advance(1ns);
  driver.update(limiter);
  EXPECT_EQ(driver.algorithm().last.rtt, 2ns) << "(1 + 2 + 3 + 4) / 4, rounded down";
  EXPECT_EQ(driver.algorithm().last.in_flight, calls - 1);
}

TEST(flow_threads, a_shared_codel_finds_the_least_wait_of_a_window) {
  codel<clock> shedder({.target = 5ms, .interval = 100ms});
  together([&](unsigned thread) {
    for (std::uint64_t i = 0; i < calls; ++i) static_cast<void>(shedder.sheds(thread == 2 && i == 77 ? 4ms : 50ms));
  });
  EXPECT_NEAR(shedder.load_hint(), 0.4, 0.01);
  clock::advance(100ms);
  together([&](unsigned) { EXPECT_FALSE(shedder.sheds(50ms)); });
  clock::advance(100ms);
  together([&](unsigned) {
    for (std::uint64_t i = 0; i < calls; ++i) EXPECT_TRUE(shedder.sheds(50ms));
  });
  EXPECT_EQ(shedder.shed_count(), threads * calls);
}

TEST(flow_threads, an_admission_level_loses_no_refusal_and_stays_a_level) {
  admission_level<8, clock> level({.window_count = 1000});
  std::atomic<std::uint64_t> refused{0};
  together([&](unsigned thread) {
    for (std::uint64_t i = 0; i < calls; ++i) {
      const std::size_t priority = (i + thread) % 8;
      if (level.admit(priority)) {
        level.observe(priority, 30ms);
      } else {
        refused.fetch_add(1);
      }
      ASSERT_LT(level.level_hint(), 8U);
    }
  });
  EXPECT_EQ(level.refused_count(), refused);
  EXPECT_EQ(level.level_hint(), 0U) << "waits were long all the time";
}

TEST(flow_threads, a_throttle_counts_every_request_and_every_answer) {
  client_throttle<clock> throttle({.k = 1});
  together([&](unsigned) {
    for (std::uint64_t i = 0; i < calls; ++i) {
      static_cast<void>(throttle.admits([] { return 1.0; }));
      if (i % 4 == 0) throttle.accepted();
    }
  });
  constexpr double all = threads * calls;
  EXPECT_DOUBLE_EQ(throttle.refusal_probability(), (all - all / 4) / (all + 1));
}

TEST(flow_threads, an_estimate_of_equal_times_is_that_time) {
  service_time_estimate<> estimate;
  together([&](unsigned) {
    for (std::uint64_t i = 0; i < calls; ++i) estimate.record(2ms);
  });
  EXPECT_EQ(estimate.mean(), 2ms);
  EXPECT_LT(estimate.margin(), 2ms + 10ns);
}

}  // namespace
}  // namespace tidegate::test
