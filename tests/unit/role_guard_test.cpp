// Role guards: one thread holds a role, a second one ends the process, and a hand-over is legal.
#include "tidegate/base/role_guard.hpp"

#include <cstdint>
#include <latch>
#include <thread>
#include <type_traits>

#include "gtest/gtest.h"
#include "tests/contract/policies.hpp"

namespace tidegate {
namespace {

struct some_role;
using namespace test;
using guard = role_guard<true, some_role, native_sync>;
static_assert(std::is_empty_v<role_guard<false, some_role, native_sync>>, "unchecked guards cost nothing");

class role_guards : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(role_guards, let_one_thread_play_a_role_for_ever) {
  guard role;
  for (int i = 0; i < 10; ++i) role.check("rule");
}

TEST_F(role_guards, end_the_process_when_a_second_thread_plays_it) {
  guard role;
  role.check("rule");
  EXPECT_DEATH(std::jthread([&] { role.check("the broken rule"); }).join(), "tidegate: the broken rule");
}

TEST_F(role_guards, let_a_role_be_handed_over_again_and_again) {
  guard role;
  for (int i = 0; i < 3; ++i) {
    role.check("rule");
    role.rebind();
    std::jthread([&] { role.check("rule"); }).join();
    role.rebind();
  }
}

TEST_F(role_guards, hand_the_role_over_and_not_out) {
  guard role;
  role.check("rule");
  role.rebind();
  std::latch taken(1);
  std::latch done(1);
  std::jthread owner([&] {
    role.check("rule");
    taken.count_down();
    done.wait();
  });
  taken.wait();
  EXPECT_DEATH(role.check("no longer ours"), "no longer ours");
  done.count_down();
}

// Two threads that come at once: one of them is told, whoever it is.
TEST_F(role_guards, end_the_process_when_two_threads_come_at_once) {
  EXPECT_DEATH(
      {
        guard role;
        std::latch start(2);
        std::latch checked(2);
        const auto play = [&] {
          start.arrive_and_wait();
          role.check("both at once");
          checked.arrive_and_wait();  // alive until both have been checked, so that their tokens differ
        };
        std::jthread one(play);
        std::jthread other(play);
        one.join();
        other.join();
      },
      "both at once");
}

/// The calling thread is whoever the test says.
struct impersonated : native_sync {
  static inline std::uintptr_t token = 1;
  [[nodiscard]] static std::uintptr_t thread_token() noexcept { return token; }
};

// The other thread comes between the look at the free role and taking it.
TEST_F(role_guards, give_a_free_role_to_one_of_two) {
  using sync = stepped<impersonated>;
  role_guard<true, some_role, sync> role;
  sync::guest.action = [&role] {
    sync::token = 2;
    role.check("the second was first");
    sync::token = 1;
  };
  sync::guest.countdown = 1;
  EXPECT_DEATH(role.check("too late"), "too late");
}

TEST_F(role_guards, without_checks_let_everything_pass) {
  role_guard<false, some_role, native_sync> role;
  role.check("rule");
  std::jthread([&] { role.check("rule"); }).join();
  role.rebind();
}

TEST_F(role_guards, tell_threads_apart_by_a_token_that_is_never_zero) {
  const auto mine = native_sync::thread_token();
  EXPECT_NE(mine, 0U);
  EXPECT_EQ(mine, native_sync::thread_token());
  std::uintptr_t theirs = 0;
  std::jthread([&] { theirs = native_sync::thread_token(); }).join();
  EXPECT_NE(theirs, 0U);
  EXPECT_NE(theirs, mine);
}

}  // namespace
}  // namespace tidegate
