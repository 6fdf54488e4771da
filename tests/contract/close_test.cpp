// After close(): pushes answer `closed`, pops deliver what was accepted and then `closed` for ever.
#include <cstddef>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/closed.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class closing : public testing::Test {};
TYPED_TEST_SUITE(closing, under_test::surface_kinds, kind_names);

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
