// The seam on the real machine: futex, membarrier and clock do what the protocols above them rely on.
#include "tidegate/base/sync.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/memory/faults.hpp"
#include "tidegate/base/kernel.hpp"

namespace tidegate {
namespace {

using namespace test;
using word_type = std::atomic<std::uint64_t>;

class futex : public watched {};

TEST_F(futex, wait_returns_at_once_when_the_value_differs) {
  const word_type word{5};
  EXPECT_EQ(native_sync::futex_wait(word, 4, deadline::never()), futex_outcome::changed);
  EXPECT_EQ(native_sync::futex_wait(word, 4, deadline::already_over()), futex_outcome::changed);
}

TEST_F(futex, wait_looks_at_the_low_half_only) {
  const word_type word{std::uint64_t{7} << 32 | 5};
  EXPECT_EQ(native_sync::futex_wait(word, 7, deadline::never()), futex_outcome::changed);
  EXPECT_EQ(native_sync::futex_wait(word, 5, deadline::already_over()), futex_outcome::timed_out);
}

TEST_F(futex, wait_is_never_early) {
  const word_type word{0};
  for (const auto span : {1ms, 2ms, 11ms}) {
    const auto until = native_sync::now() + span;
    futex_outcome outcome{};
    do {
      outcome = native_sync::futex_wait(word, 0, until);
    } while (outcome == futex_outcome::interrupted);
    EXPECT_EQ(outcome, futex_outcome::timed_out);
    EXPECT_GE(native_sync::now(), until);
  }
}

TEST_F(futex, wait_with_a_past_deadline_does_not_sleep) {
  const word_type word{0};
  for (const auto past :
       {deadline::already_over(), deadline(test_clock::time_point{}), deadline(native_sync::now() - 1s)}) {
    EXPECT_EQ(native_sync::futex_wait(word, 0, past), futex_outcome::timed_out);
  }
}

/// Threads that sleep on `word` until woken; `woken` counts those that returned for that reason.
class sleepers {
 public:
  sleepers(const word_type& word, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      threads_.emplace_back([this, &word] {
        if (native_sync::futex_wait(word, 0, in_good_time()) == futex_outcome::woken) ++woken;
      });
    }
  }
  std::atomic<unsigned> woken{0};

 private:
  std::vector<std::jthread> threads_;
};

/// Wakes one by one, at most `step` in each call, until `count` were woken in all.
unsigned wake_in_steps(const word_type& word, unsigned count, unsigned step) {
  unsigned total = 0;
  EXPECT_TRUE(eventually([&] {
    const unsigned woken = native_sync::futex_wake(word, step);
    EXPECT_LE(woken, step);
    total += woken;
    return total >= count;
  }));
  return total;
}

TEST_F(futex, wake_wakes_no_more_than_asked_for_and_says_how_many) {
  const word_type word{0};
  EXPECT_EQ(native_sync::futex_wake(word, 1), 0U);
  for (const unsigned step : {1U, 2U, 100U, 0x7fffffffU, 0xffffffffU}) {
    sleepers four(word, 4);
    EXPECT_EQ(wake_in_steps(word, 4, step), 4U);
    EXPECT_TRUE(eventually([&] { return four.woken == 4; }));
  }
}

TEST_F(futex, wake_takes_any_count_for_what_it_says) {
  const word_type word{0};
  EXPECT_TRUE(eventually([&] {
    sleepers four(word, 4);
    std::this_thread::yield();
    const unsigned woken = native_sync::futex_wake(word, 0xffffffffU);  // as many as there are by now
    if (woken < 4) wake_in_steps(word, 4 - woken, 4);
    return woken > 1;
  })) << "never more than one";
}

void ignore_signal(int) {}

TEST_F(futex, wait_ends_with_a_signal) {
  struct sigaction action {};
  action.sa_handler = ignore_signal;  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGUSR1, &action, nullptr), 0);
  const word_type word{0};
  std::atomic<bool> done = false;
  std::atomic<futex_outcome> outcome{};
  std::jthread sleeper([&] {
    outcome = native_sync::futex_wait(word, 0, in_good_time());
    done = true;
  });
  EXPECT_TRUE(eventually([&] {
    if (!done) ::pthread_kill(sleeper.native_handle(), SIGUSR1);
    return done.load();
  }));
  EXPECT_EQ(outcome, futex_outcome::interrupted);
}

// The asymmetric fence: granted once and for all, or never used.

TEST(membarrier, is_used_exactly_when_granted) {
  const bool asymmetric = native_sync::asymmetric_fences();
  if (thread_sanitizer) {
    EXPECT_FALSE(asymmetric) << "the sanitizer does not understand fences";
    return;
  }
  EXPECT_EQ(asymmetric, kernel::register_membarrier());
  EXPECT_EQ(native_sync::heavy_fence(), asymmetric);
  native_sync::light_fence();
}

// In a process of its own, because the decision is made once.
TEST(membarrier, refused_from_the_start_is_not_used) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto ended_well = [](int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == child_skipped) {
      std::printf("*** SKIPPED: system call filters are not available ***\n");
      return true;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  };
  EXPECT_EXIT(
      {
        refuse({SYS_membarrier}, EPERM);
        ::_exit(native_sync::asymmetric_fences() || native_sync::heavy_fence() ? 1 : 0);
      },
      ended_well, "");
}

TEST(membarrier, refused_later_is_reported_by_the_fence_and_changes_no_decision) {
  in_child([] {
    if (!native_sync::asymmetric_fences()) skip_child("membarrier is not to be had here");
    refuse({SYS_membarrier}, EPERM);
    EXPECT_TRUE(native_sync::asymmetric_fences()) << "decided once";
    EXPECT_FALSE(native_sync::heavy_fence());
  });
}

TEST(clock, is_the_monotonic_one_that_futex_deadlines_use) {
  timespec kernel_time{};
  const auto before = native_sync::now();
  ASSERT_EQ(::clock_gettime(CLOCK_MONOTONIC, &kernel_time), 0);
  const auto after = native_sync::now();
  const deadline::time_point between{std::chrono::seconds(kernel_time.tv_sec) +
                                     std::chrono::nanoseconds(kernel_time.tv_nsec)};
  EXPECT_LE(before, between);
  EXPECT_LE(between, after);
  native_sync::pause();
  native_sync::yield();
}

}  // namespace
}  // namespace tidegate
