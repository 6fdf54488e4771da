// event_count: step by step on a scripted machine, then with real threads on the real one.
#include "tidegate/wait/event_count.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/policies.hpp"
#include "tests/contract/support.hpp"
#include "tests/unit/scripted_sync.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate {
namespace {

using namespace test;

class event_count_steps : public testing::Test {
 protected:
  using word_type = scripted_sync::word_type;
  static auto ready_after(int& attempts, int needed) {
    return [&attempts, needed]() noexcept { return ++attempts > needed; };
  }

  /// Runs `act` while `count` waiters sleep, one inside the sleep of the other.
  template <class Act>
  void with_sleepers(unsigned count, Act act) {
    machine.sleep = [this, count, act](const word_type&, std::uint32_t, deadline) {
      if (event.sleepers_hint() == count) {
        act();
      } else {
        wait_in_vain();
      }
      return futex_outcome::woken;
    };
    wait_in_vain();
  }
  void wait_in_vain() {
    EXPECT_FALSE(event.wait_until([]() noexcept { return false; }, deadline::already_over()));
  }

  scripted_sync::machine machine;
  event_count<scripted_sync> event;
};

TEST_F(event_count_steps, do_not_sleep_when_ready) {
  EXPECT_TRUE(event.wait_until([]() noexcept { return true; }, deadline::never()));
  EXPECT_EQ(machine.sleeps, 0U);
  EXPECT_EQ(event.sleepers_hint(), 0U);
}

TEST_F(event_count_steps, register_then_fence_then_look) {
  machine.at_heavy_fence = [this] { EXPECT_EQ(event.sleepers_hint(), 1U); };
  const auto look = [this]() noexcept {
    EXPECT_EQ(machine.heavy_fences, 1U);
    return true;
  };
  EXPECT_TRUE(event.wait_until(look, deadline::never()));
}

TEST_F(event_count_steps, look_again_after_every_return_of_the_futex) {
  int attempts = 0;
  EXPECT_TRUE(event.wait_until(ready_after(attempts, 6), deadline::never()));  // two looks a round
  EXPECT_EQ(machine.sleeps, 3U);
  EXPECT_EQ(attempts, 7);
  EXPECT_EQ(event.sleepers_hint(), 0U);
}

TEST_F(event_count_steps, give_up_only_at_the_deadline_by_the_clock) {
  const auto until = machine.now + 10s;
  machine.sleep = [&](const word_type&, std::uint32_t, deadline limit) {
    EXPECT_EQ(limit.when(), until) << "a wait that goes on must not drift";
    machine.now += 4s;
    return futex_outcome::timed_out;  // early, twice
  };
  EXPECT_FALSE(event.wait_until([]() noexcept { return false; }, until));
  EXPECT_EQ(machine.sleeps, 3U);
  EXPECT_EQ(event.sleepers_hint(), 0U);
}

TEST_F(event_count_steps, take_what_came_at_the_last_moment) {
  bool ready = false;
  machine.sleep = [&](const word_type&, std::uint32_t, deadline) {
    machine.now += 1h;
    ready = true;
    return futex_outcome::timed_out;
  };
  EXPECT_TRUE(event.wait_until([&]() noexcept { return ready; }, machine.now + 1s));
}

TEST_F(event_count_steps, with_a_past_deadline_look_and_return) {
  int attempts = 0;
  EXPECT_FALSE(event.wait_until(ready_after(attempts, 100), deadline::already_over()));
  EXPECT_GE(attempts, 1);
  EXPECT_LE(machine.sleeps, 1U) << "the futex returns at once";
}

TEST_F(event_count_steps, without_sleepers_notify_without_a_system_call) {
  event.notify();
  event.notify(everyone);
  EXPECT_EQ(machine.wakes, 0U);
  EXPECT_EQ(machine.heavy_fences, 0U) << "the notifier's fence is the light one";
}

TEST_F(event_count_steps, of_a_burst_wake_a_sleeper_once) {
  machine.sleep = [this](const word_type& word, std::uint32_t expected, deadline) {
    EXPECT_EQ(static_cast<std::uint32_t>(word), expected);
    for (int i = 0; i < 5; ++i) event.notify();
    EXPECT_EQ(machine.wakes, 1U);
    EXPECT_EQ(machine.last_woken, everyone) << "who claims all wakes all";
    EXPECT_NE(static_cast<std::uint32_t>(word), expected) << "the epoch moved";
    EXPECT_EQ(event.sleepers_hint(), 0U) << "the sleeper was claimed";
    return futex_outcome::woken;
  };
  int attempts = 0;
  EXPECT_TRUE(event.wait_until(ready_after(attempts, 1), deadline::never()));
  EXPECT_EQ(event.sleepers_hint(), 0U);
}

// The notification that comes between the look and the sleep: the futex must not match any more.
TEST_F(event_count_steps, between_look_and_sleep_are_not_lost) {
  machine.sleep = [](const word_type& word, std::uint32_t expected, deadline) {
    EXPECT_NE(static_cast<std::uint32_t>(word), expected) << "would sleep through";
    return futex_outcome::changed;
  };
  int attempts = 0;
  const auto look = [&]() noexcept {
    if (++attempts == 1) event.notify();
    return attempts > 1;
  };
  EXPECT_TRUE(event.wait_until(look, deadline::never()));
  EXPECT_EQ(machine.sleeps, 1U);
}

TEST_F(event_count_steps, claim_no_more_sleepers_than_there_are_and_no_more_than_asked) {
  with_sleepers(3, [this] {
    event.notify(2);
    EXPECT_EQ(machine.last_woken, 2U);
    EXPECT_EQ(event.sleepers_hint(), 1U);
    event.notify(everyone);
    EXPECT_EQ(machine.last_woken, everyone) << "one was counted, but one that came late may have taken its wake";
    EXPECT_EQ(event.sleepers_hint(), 0U);
  });
  EXPECT_EQ(machine.wakes, 2U);
}

// A count that is too high must not cost a system call for ever.
TEST_F(event_count_steps, correct_a_count_that_is_too_high) {
  with_sleepers(3, [this] {
    machine.asleep = 0;
    event.notify(1);
    for (int i = 0; i < 5; ++i) event.notify(1);
    EXPECT_EQ(event.sleepers_hint(), 0U);
    EXPECT_LE(machine.wakes, 2U);
  });
}

// A notifier that was stopped before its wake may never make it.
// A notifier that was stopped before its wake may never make it.
TEST_F(event_count_steps, wake_also_for_a_claim_whose_wake_has_not_come_yet) {
  with_sleepers(4, [this] {
    bool inside = false;
    machine.at_wake = [this, &inside] {
      if (std::exchange(inside, true)) return;
      event.notify(1);  // while the other one is between its claim and its wake
      EXPECT_EQ(machine.last_woken, everyone) << "one of its own, and those that it knows nothing of";
      EXPECT_EQ(event.sleepers_hint(), 2U);
    };
    event.notify(1);
    EXPECT_EQ(machine.last_woken, 1U);
    event.notify(1);
    EXPECT_EQ(machine.last_woken, 1U) << "no claim is unfinished any more";
    event.notify(1);
    EXPECT_EQ(event.sleepers_hint(), 0U);
    event.notify(1);
    EXPECT_EQ(machine.wakes, 4U);
  });
}

TEST_F(event_count_steps, wake_nobody_when_only_a_bell_hangs) {
  event.hang_bell();
  event.notify();
  event.notify();
  EXPECT_EQ(machine.wakes, 0U);
}

TEST_F(event_count_steps, count_a_waiter_that_timed_out_off_again) {
  machine.sleep = [](const word_type&, std::uint32_t, deadline) { return futex_outcome::timed_out; };
  for (int i = 0; i < 3; ++i) wait_in_vain();
  EXPECT_EQ(event.sleepers_hint(), 0U);
  event.notify();
  EXPECT_EQ(machine.wakes, 0U);
}

TEST_F(event_count_steps, sleep_in_short_slices_when_the_fence_is_refused) {
  machine.heavy_fence_works = false;
  const auto until = machine.now + 3ms;
  machine.sleep = [this](const word_type&, std::uint32_t, deadline limit) {
    EXPECT_LE(limit.when(), scripted_sync::now() + 1ms);
    machine.now = limit.when();
    return futex_outcome::timed_out;
  };
  EXPECT_FALSE(event.wait_until([]() noexcept { return false; }, until));
  EXPECT_GE(machine.now, until) << "the slices do not shorten the wait";
  EXPECT_EQ(machine.heavy_fences, machine.sleeps);
}

TEST(event_count_symmetric, uses_no_asymmetric_fence_and_still_wakes) {
  scripted_sync::machine machine;
  machine.asymmetric = false;
  event_count<scripted_sync> event;
  event.notify();
  EXPECT_EQ(machine.wakes, 0U);
  EXPECT_EQ(machine.read_modify_writes, 1U) << "a load does not order the caller's change before it";
  const auto until = machine.now + 1h;
  machine.sleep = [&](const scripted_sync::word_type& word, std::uint32_t expected, deadline limit) {
    EXPECT_EQ(limit.when(), until) << "no slices";
    event.notify();
    EXPECT_NE(static_cast<std::uint32_t>(word), expected);
    return futex_outcome::woken;
  };
  int attempts = 0;
  EXPECT_TRUE(event.wait_until([&]() noexcept { return ++attempts > 1; }, until));
  EXPECT_EQ(machine.wakes, 1U);
  EXPECT_EQ(machine.last_woken, everyone);
  EXPECT_EQ(machine.heavy_fences, 0U);
  EXPECT_EQ(event.sleepers_hint(), 0U);
}

// Real threads.

template <class Sync>
class event_counts : public watched {};
using policies = testing::Types<native_sync, symmetric_sync, refused_sync>;
TYPED_TEST_SUITE(event_counts, policies);

/// Permits that several threads wait for, the simplest thing to build on an event count.
template <class Sync>
class permits {
 public:
  void release(unsigned count) {
    left_ += count;
    event_.notify(count);
  }
  [[nodiscard]] bool acquire() {
    return event_.wait_until([this]() noexcept { return try_acquire(); }, in_good_time());
  }

 private:
  [[nodiscard]] bool try_acquire() noexcept {
    unsigned left = left_;
    while (left != 0) {
      if (left_.compare_exchange_weak(left, left - 1)) return true;
    }
    return false;
  }
  std::atomic<unsigned> left_{0};
  event_count<Sync> event_;
};

// As many releases as acquisitions, one at a time: with two waiters, two notifications must reach both.
TYPED_TEST(event_counts, let_nobody_sleep_beside_a_permit) {
  constexpr unsigned threads = 3;
  constexpr unsigned each = 1500;
  permits<TypeParam> available;
  permits<TypeParam> taken;
  {
    std::vector<std::jthread> takers;
    for (unsigned i = 0; i < threads; ++i) {
      takers.emplace_back([&] {
        for (unsigned n = 0; n < each; ++n) {
          if (!available.acquire()) return ADD_FAILURE() << "slept beside a permit";
          taken.release(1);
        }
      });
    }
    for (unsigned n = 0; n < threads * each / 2; ++n) {
      available.release(1);
      available.release(1);
      if (n % 16 != 0) continue;  // let them fall asleep now and then
      std::this_thread::yield();
    }
  }
  for (unsigned n = 0; n < threads * each; ++n) ASSERT_TRUE(taken.acquire());
}

TYPED_TEST(event_counts, wake_everyone_at_once) {
  event_count<TypeParam> event;
  std::atomic<int> stage{0};
  std::atomic<int> arrived{0};
  std::vector<std::jthread> threads;
  constexpr int crowd = 4;
  constexpr int stages = 100;
  for (int i = 0; i < crowd; ++i) {
    threads.emplace_back([&] {
      for (int mine = 1; mine <= stages; ++mine) {
        if (!event.wait_until([&]() noexcept { return stage >= mine; }, in_good_time()))
          ADD_FAILURE() << "slept through";
        ++arrived;
      }
    });
  }
  for (int mine = 1; mine <= stages; ++mine) {
    stage = mine;
    event.notify(everyone);
    ASSERT_TRUE(eventually([&] { return arrived == crowd * mine; }));
  }
}

// The change that is waited for is a plain release store, as in a ring: nothing but the event count's own fences orders
// it before the notifier's look. The waiter registers at about the time of that store.
TYPED_TEST(event_counts, order_a_plain_store_before_the_look) {
  constexpr int rounds = 10'000;
  struct alignas(cache_line_bytes) ball : std::atomic<int> {};
  event_count<TypeParam> event;
  ball asked;
  ball answered;
  std::jthread notifier([&] {
    for (int round = 1; round <= rounds; ++round) {
      for (int spins = 0; asked.load(std::memory_order_acquire) < round; ++spins) {
        if (spins > 10'000) std::this_thread::yield();
      }
      answered.store(round, std::memory_order_release);
      event.notify();
    }
  });
  const auto ready = [&answered](int round) {
    return [&answered, round]() noexcept { return answered.load(std::memory_order_acquire) >= round; };
  };
  std::minstd_rand random;
  for (int round = 1; round <= rounds; ++round) {
    asked.store(round, std::memory_order_release);
    for (auto pauses = random() % 8; pauses > 0; --pauses) native_sync::pause();
    ASSERT_TRUE(event.wait_until(ready(round), in_good_time()));
  }
}

TYPED_TEST(event_counts, time_out_and_not_early) {
  event_count<TypeParam> event;
  const auto until = test_clock::now() + 10ms;
  EXPECT_FALSE(event.wait_until([]() noexcept { return false; }, until));
  EXPECT_GE(test_clock::now(), until);
  EXPECT_EQ(event.sleepers_hint(), 0U);
}

}  // namespace
}  // namespace tidegate
