// After close(): guards show what is left, and a claim that was granted before may still be published.
#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"
#include "tests/contract/closed.hpp"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class closing_in_place : public testing::Test {};
TYPED_TEST_SUITE(closing_in_place, zero_copy_kinds, kind_names);

TYPED_TEST(closing_in_place, shows_what_is_left_and_then_ends) {
  auto queue = TypeParam::template make<std::uint32_t>(20);
  push_ids(queue, 20);
  queue.close();
  EXPECT_FALSE(queue.try_claim(1));
  std::uint32_t next = 0;
  while (auto peek = queue.try_peek(6)) {
    EXPECT_FALSE(queue.ended());
    for (auto span : peek.spans()) {
      for (const auto id : span) EXPECT_EQ(id, next++);
    }
    peek.release(peek.count());
  }
  EXPECT_EQ(next, 20U);
  EXPECT_TRUE(queue.ended());
  expect_closed_for_ever(queue);
}

TYPED_TEST(closing_in_place, ended_tells_empty_from_over) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.try_pop_n(&out, 1), 0U);
  EXPECT_FALSE(queue.ended()) << "empty";
  push_ids(queue, 1);
  queue.close();
  EXPECT_FALSE(queue.ended()) << "one is left";
  EXPECT_EQ(queue.try_pop_n(&out, 1), 1U);
  EXPECT_EQ(queue.try_pop_n(&out, 1), 0U);
  EXPECT_TRUE(queue.ended());
}

// A push under way while another thread closes may still be accepted; who was told `closed` is not told otherwise.
TYPED_TEST(closing_in_place, stays_closed_when_an_element_arrives_late) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  auto late = queue.try_claim(1);
  ASSERT_EQ(late.count(), 1U);
  late.spans()[0][0] = 5;
  queue.close();
  std::uint32_t out = 77;
  ASSERT_EQ(queue.try_pop(out), pop_status::closed);
  late.publish(1);
  expect_closed_for_ever(queue);
  EXPECT_FALSE(queue.try_peek(1));
  EXPECT_TRUE(queue.ended());
}

TYPED_TEST(closing_in_place, delivers_a_late_element_to_a_consumer_that_was_not_told) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  auto late = queue.try_claim(1);
  late.spans()[0][0] = 5;
  queue.close();
  late.publish(1);
  std::uint32_t out = 77;
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 5U);
  expect_closed_for_ever(queue);
}

TEST(closing_with_a_late_element, leaves_it_to_the_destructor) {
  counted::live = 0;
  {
    auto queue = ring_indexed::make<counted>(3);
    auto late = queue.try_claim(2);
    late.emplace(1U);
    late.emplace(2U);
    queue.close();
    EXPECT_EQ(queue.try_consume([](counted&&) noexcept {}), pop_status::closed);
    late.publish(2);
    EXPECT_EQ(queue.try_consume([](counted&&) noexcept {}), pop_status::closed);
    EXPECT_EQ(counted::live, 2);
  }
  EXPECT_EQ(counted::live, 0);
}

}  // namespace
}  // namespace tidegate::test
