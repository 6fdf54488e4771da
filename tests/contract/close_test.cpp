// After close(): pushes answer `closed`, pops deliver what was accepted and then `closed` for ever.
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class closing : public testing::Test {};
TYPED_TEST_SUITE(closing, surface_kinds, kind_names);

template <class Queue>
void expect_closed_for_ever(Queue& queue) {
  std::uint32_t out = 77;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(queue.try_pop(out), pop_status::closed);
    EXPECT_EQ(queue.try_consume([](std::uint32_t&&) noexcept { ADD_FAILURE() << "called"; }), pop_status::closed);
    EXPECT_EQ(queue.try_pop_n(&out, 1), 0U);
    EXPECT_EQ(queue.try_push(std::uint32_t{1}), push_status::closed);
    EXPECT_EQ(queue.try_emplace(1U), push_status::closed);
    EXPECT_EQ(queue.try_push_n(&out, 1), 0U);
    EXPECT_TRUE(queue.closed());
  }
  EXPECT_EQ(out, 77U) << "a pop without an element wrote to its argument";
}

template <class Queue>
void push_ids(Queue& queue, std::size_t count) {
  for (std::uint32_t id = 0; id < count; ++id) ASSERT_EQ(queue.try_push(std::uint32_t{id}), push_status::ok);
}

TYPED_TEST(closing, an_empty_queue_ends_it) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  EXPECT_FALSE(queue.closed());
  queue.close();
  expect_closed_for_ever(queue);
}

TYPED_TEST(closing, delivers_all_that_was_accepted_and_nothing_more) {
  constexpr std::size_t bound = 15;
  for (std::size_t phase = 0; phase <= bound; ++phase) {
    for (const std::size_t depth : sizes{1, 2, bound}) {
      auto queue = TypeParam::template make<std::uint32_t>(bound);
      std::uint32_t out = 0;
      push_ids(queue, phase);
      for (std::size_t i = 0; i < phase; ++i) ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      push_ids(queue, depth);
      queue.close();
      EXPECT_EQ(queue.try_push(std::uint32_t{0}), push_status::closed) << "closed comes before full";
      for (std::uint32_t id = 0; id < depth; ++id) {
        ASSERT_EQ(queue.try_pop(out), pop_status::ok);
        ASSERT_EQ(out, id);
      }
      expect_closed_for_ever(queue);
    }
  }
}

TYPED_TEST(closing, delivers_in_bulk_too) {
  auto queue = TypeParam::template make<std::uint32_t>(20);
  push_ids(queue, 20);
  queue.close();
  std::uint32_t out[20] = {};
  ASSERT_EQ(queue.try_pop_n(out, 7), 7U);
  ASSERT_EQ(queue.try_pop_n(out + 7, 20), 13U);
  for (std::uint32_t id = 0; id < 20; ++id) EXPECT_EQ(out[id], id);
  EXPECT_EQ(queue.try_pop_n(out, 20), 0U);
  expect_closed_for_ever(queue);
}

TYPED_TEST(closing, is_not_the_end_for_a_call_that_asks_for_nothing) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  push_ids(queue, 2);
  queue.close();
  std::uint32_t out = 9;
  EXPECT_EQ(queue.try_pop_n(&out, 0), 0U);
  if constexpr (TypeParam::zero_copy) {
    EXPECT_FALSE(queue.try_peek(0));
  }
  ASSERT_EQ(queue.try_pop(out), pop_status::ok) << "an accepted element was lost";
  EXPECT_EQ(out, 0U);
}

TYPED_TEST(closing, twice_is_closing_once) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  push_ids(queue, 1);
  queue.close();
  queue.close();
  std::uint32_t out = 9;
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  queue.close();
  expect_closed_for_ever(queue);
}

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

// What the closer did before close() is visible to whoever is told `closed` (a data race otherwise, for the sanitizer).
TYPED_TEST(closing, hands_over_what_the_closer_wrote) {
  for (int round = 0; round < 60; ++round) {
    auto queue = TypeParam::template make<std::uint32_t>(2);
    int written = 0;
    std::jthread closer([&] {
      written = 42;
      queue.close();
    });
    std::uint32_t out = 0;
    ASSERT_TRUE(eventually([&] {
      switch (round % 3) {
        case 0: return queue.try_pop(out) == pop_status::closed;
        case 1: return queue.try_push(1U) == push_status::closed;
        default: return queue.closed();
      }
    }));
    EXPECT_EQ(written, 42);
  }
}

}  // namespace
}  // namespace tidegate::test
