// Waiting strategies: in which order they spin, yield and sleep, by which numbers, and that a stop request wakes.
#include "tidegate/wait/wait_point.hpp"

#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/unit/scripted_sync.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {
namespace {

using namespace test;

static_assert(!parks(wait_kind::spin) && !parks(wait_kind::spin_yield));
static_assert(parks(wait_kind::spin_park) && parks(wait_kind::park));
static_assert(std::is_empty_v<wait_point<wait_kind::spin>> && std::is_empty_v<wait_point<wait_kind::spin_yield>>);

constexpr wait_budget budget{.spins = 3, .yields = 2};

/// What a wait does that needs `attempts` attempts: p for a pause, y for a yield, z for a sleep, ! for an attempt.
template <wait_kind Kind>
[[nodiscard]] std::string steps_of(int attempts) {
  scripted_sync::machine machine;
  wait_point<Kind, scripted_sync> point;
  const auto attempt = [&]() noexcept {
    machine.relaxations += '!';
    return --attempts <= 0;
  };
  EXPECT_TRUE(point.wait(attempt, deadline::never(), {}, budget));
  return machine.relaxations;
}

TEST(wait_points, spin_and_yield_once_in_a_while) {
  EXPECT_EQ(steps_of<wait_kind::spin>(1), "p!");
  EXPECT_EQ(steps_of<wait_kind::spin>(9), "p!p!p!y!p!p!p!y!p!");
}

TEST(wait_points, spin_and_then_yield_before_every_try) {
  EXPECT_EQ(steps_of<wait_kind::spin_yield>(2), "p!p!");
  EXPECT_EQ(steps_of<wait_kind::spin_yield>(6), "p!p!p!y!y!y!");
}

TEST(wait_points, spin_then_yield_then_sleep) {
  EXPECT_EQ(steps_of<wait_kind::spin_park>(5), "p!p!p!y!y!");
  EXPECT_EQ(steps_of<wait_kind::spin_park>(9), "p!p!p!y!y!!z!!z!");
}

TEST(wait_points, sleep_at_once) {
  EXPECT_EQ(steps_of<wait_kind::park>(1), "!");
  EXPECT_EQ(steps_of<wait_kind::park>(4), "!z!!z!");
}

TEST(wait_points, without_a_budget_still_end_in_yield_or_sleep) {
  scripted_sync::machine machine;
  const auto never = []() noexcept { return false; };
  const auto until = deadline::already_over();
  EXPECT_FALSE((wait_point<wait_kind::spin, scripted_sync>().wait(never, until, {}, {.spins = 0, .yields = 0})));
  EXPECT_EQ(machine.relaxations, "y");
  EXPECT_FALSE((wait_point<wait_kind::spin_park, scripted_sync>().wait(never, until, {}, {.spins = 0, .yields = 0})));
  EXPECT_EQ(machine.relaxations, "yz");
}

template <wait_kind Kind>
void give_up_by_the_clock() {
  scripted_sync::machine machine;
  wait_point<Kind, scripted_sync> point;
  const auto until = machine.now + 100ns;
  const auto attempt = [&]() noexcept {
    machine.now += 1ns;
    return false;
  };
  EXPECT_FALSE(point.wait(attempt, until, {}, budget));
  EXPECT_GE(machine.now, until);
  EXPECT_LE(machine.now, until + 10ns) << "late by more than one round of tries";
}

TEST(wait_points, give_up_at_the_deadline) {
  give_up_by_the_clock<wait_kind::spin>();
  give_up_by_the_clock<wait_kind::spin_yield>();
  give_up_by_the_clock<wait_kind::spin_park>();
  give_up_by_the_clock<wait_kind::park>();
}

/// A waiter that is asked to stop before it waits, or while it does.
template <wait_kind Kind>
void stop_a_waiter(bool before) {
  wait_point<Kind> point;
  std::atomic<bool> may_wait = !before;
  std::atomic<bool> looked = false;
  std::jthread waiter([&](const std::stop_token& stop) {
    EXPECT_TRUE(eventually([&] { return may_wait.load(); }));
    const auto attempt = [&]() noexcept {
      looked = true;
      return stop.stop_requested();
    };
    EXPECT_TRUE(point.wait(attempt, in_good_time(), stop, budget));
  });
  if (before) waiter.request_stop();
  may_wait = true;
  EXPECT_TRUE(eventually([&] { return looked.load(); }));
  waiter.request_stop();
}

class wait_points_with_threads : public watched {};

TEST_F(wait_points_with_threads, end_when_asked_to_stop) {
  for (int round = 0; round < 100; ++round) {
    for (const bool before : {false, true}) {
      stop_a_waiter<wait_kind::spin>(before);
      stop_a_waiter<wait_kind::spin_yield>(before);
      stop_a_waiter<wait_kind::spin_park>(before);
      stop_a_waiter<wait_kind::park>(before);
    }
  }
}

TEST_F(wait_points_with_threads, end_when_notified) {
  for (int round = 0; round < 300; ++round) {
    wait_point<wait_kind::park> point;
    std::atomic<bool> ready = false;
    std::jthread waiter(
        [&] { EXPECT_TRUE(point.wait([&]() noexcept { return ready.load(); }, in_good_time(), {}, budget)); });
    if (round % 3 == 0) std::this_thread::yield();
    ready = true;
    point.notify();
  }
}

}  // namespace
}  // namespace tidegate
