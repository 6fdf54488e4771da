// A broken rule ends the process with a line that names it: guards always, roles in builds with checks.
#include <cstdint>
#include <cstdio>
#include <thread>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class misuse : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};
using kinds_to_misuse = testing::Types<ring_indexed, ring_packed, queue_default>;
TYPED_TEST_SUITE(misuse, kinds_to_misuse, kind_names);

TYPED_TEST(misuse, of_a_claim_by_publishing_more_than_granted_aborts) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  auto claim = queue.try_claim(2);
  EXPECT_DEATH(claim.publish(3), "tidegate: claim: publish of more elements than were granted");
}

TYPED_TEST(misuse, of_a_claim_by_publishing_twice_aborts) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  auto claim = queue.try_claim(2);
  claim.publish(1);
  EXPECT_DEATH(claim.publish(1), "tidegate: claim: publish of more elements than were granted");
  EXPECT_DEATH(claim.emplace(1U), "tidegate: claim: emplace beyond the granted slots");
}

TYPED_TEST(misuse, of_a_claim_by_emplacing_beyond_it_aborts) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  auto claim = queue.try_claim(1);
  claim.emplace(1U);
  EXPECT_DEATH(claim.emplace(2U), "tidegate: claim: emplace beyond the granted slots");
}

TYPED_TEST(misuse, of_a_claim_that_was_moved_away_aborts) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  auto claim = queue.try_claim(1);
  const auto owner = std::move(claim);
  EXPECT_DEATH(claim.publish(1), "tidegate: claim: publish of more elements than were granted");
}

TYPED_TEST(misuse, of_a_peek_by_releasing_more_than_shown_aborts) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  EXPECT_EQ(queue.try_push(1U), push_status::ok);
  auto peek = queue.try_peek(3);
  EXPECT_DEATH(static_cast<void>(peek[1]), "tidegate: peek: look beyond the elements that are shown");
  EXPECT_DEATH(peek.release(2), "tidegate: peek: release of more elements than were shown");
  peek.release(1);
  EXPECT_DEATH(peek.release(1), "tidegate: peek: release of more elements than were shown");
}

TEST(misuse_of_a_claim, by_publishing_what_was_not_constructed_aborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto queue = ring_indexed::make<counted>(3);
  auto claim = queue.try_claim(2);
  claim.emplace(1U);
  EXPECT_DEATH(claim.publish(2), "tidegate: claim: publish of more elements than were granted and constructed");
}

// Roles.

/// True when a single role is checked; says so loudly when not.
[[nodiscard]] bool roles_are_checked() {
  if (checks_enabled) return true;
  std::printf("*** SKIPPED: role checks are compiled out with NDEBUG (set TIDEGATE_CHECKS=1 to have them) ***\n");
  return false;
}

template <class Body>
void on_another_thread(Body&& body) {
  std::jthread(std::forward<Body>(body)).join();
}

TYPED_TEST(misuse, by_a_second_producer_aborts) {
  if (!roles_are_checked()) GTEST_SKIP();
  auto queue = TypeParam::template make<std::uint32_t>(3);
  EXPECT_EQ(queue.try_push(1U), push_status::ok);
  std::uint32_t value = 2;
  const auto rule = "two producer threads on a single-producer ring";
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(queue.try_push(value)); }), rule);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(queue.try_emplace(2U)); }), rule);
  EXPECT_DEATH(on_another_thread([&] { queue.try_push_n(&value, 1); }), rule);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(queue.try_claim(1)); }), rule);
}

TYPED_TEST(misuse, by_a_second_consumer_aborts) {
  if (!roles_are_checked()) GTEST_SKIP();
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.try_pop(out), pop_status::empty);
  const auto rule = "two consumer threads on a single-consumer ring";
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(queue.try_pop(out)); }), rule);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(queue.try_consume([](std::uint32_t&&) noexcept {})); }), rule);
  EXPECT_DEATH(on_another_thread([&] { queue.try_pop_n(&out, 1); }), rule);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(queue.try_peek(1)); }), rule);
}

TYPED_TEST(misuse, is_not_handing_a_role_over) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.try_push(1U), push_status::ok);
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  queue.rebind_producer();
  queue.rebind_consumer();
  on_another_thread([&] {
    EXPECT_EQ(queue.try_push(2U), push_status::ok);
    EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  });
  EXPECT_EQ(out, 2U);
}

TYPED_TEST(misuse, is_not_what_any_thread_may_do) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.try_push(1U), push_status::ok);
  on_another_thread([&] {
    EXPECT_EQ(queue.try_pop(out), pop_status::ok) << "the other role";
    EXPECT_EQ(queue.depth_hint(), 0U);
    EXPECT_EQ(queue.credits_hint(), 3U);
    queue.close();
    EXPECT_TRUE(queue.closed());
  });
  EXPECT_EQ(queue.try_push(1U), push_status::closed);
}

// The option decides, not the build: a checked and an unchecked ring are different types.
TEST(misuse_of_roles, is_checked_where_the_type_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  spsc_ring<std::uint32_t, ring_options{.check_roles = true}> checked(3);
  EXPECT_EQ(checked.try_push(1U), push_status::ok);
  EXPECT_DEATH(on_another_thread([&] { static_cast<void>(checked.try_push(2U)); }), "two producer threads");

  spsc_ring<std::uint32_t, ring_options{.check_roles = false}> unchecked(3);
  EXPECT_EQ(unchecked.try_push(1U), push_status::ok);
  on_another_thread([&] { EXPECT_EQ(unchecked.try_push(2U), push_status::ok) << "ordered by the join"; });
  EXPECT_EQ(unchecked.depth_hint(), 2U);
}

}  // namespace
}  // namespace tidegate::test
