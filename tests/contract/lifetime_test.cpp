// Every element that was accepted is destroyed exactly once: by the pop, or by the destructor.
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class lifetime : public testing::Test {
 protected:
  void SetUp() override { counted::live = counted::moves = 0; }
  void TearDown() override { EXPECT_EQ(counted::live, 0) << "leaked or destroyed twice"; }
};

TYPED_TEST_SUITE(lifetime, under_test::kinds_of_anything, kind_names);

/// Pushes and pops `count` elements one by one.
template <class Queue>
void advance(Queue& queue, std::size_t count) {
  counted out(0);
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(queue.try_emplace(1U), push_status::ok);
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  }
}

TYPED_TEST(lifetime, ends_with_the_queue_at_every_phase_and_depth) {
  constexpr std::size_t bound = 7;
  for (std::size_t phase = 0; phase <= bound; ++phase) {
    for (std::size_t depth = 0; depth <= bound; ++depth) {
      {
        auto queue = TypeParam::template make<counted>(bound);
        advance(queue, phase);
        for (std::size_t i = 0; i < depth; ++i) ASSERT_EQ(queue.try_push(counted(1)), push_status::ok);
        ASSERT_EQ(counted::live, static_cast<long>(depth));
      }
      ASSERT_EQ(counted::live, 0) << "phase " << phase << ", depth " << depth;
    }
  }
}

TYPED_TEST(lifetime, ends_with_the_queue_after_a_partial_drain) {
  for (std::size_t popped = 0; popped <= 5; ++popped) {
    auto queue = TypeParam::template make<counted>(5);
    for (unsigned id = 0; id < 5; ++id) ASSERT_EQ(queue.try_emplace(id), push_status::ok);
    for (std::size_t i = 0; i < popped; ++i) ASSERT_EQ(queue.try_consume([](counted&&) noexcept {}), pop_status::ok);
    ASSERT_EQ(counted::live, static_cast<long>(5 - popped));
  }
}

TYPED_TEST(lifetime, of_an_element_moves_it_once_in_and_once_out) {
  auto queue = TypeParam::template make<counted>(2);
  counted value(5);
  counted out(0);
  ASSERT_EQ(queue.try_push(std::move(value)), push_status::ok);
  EXPECT_EQ(counted::moves, 1);
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(counted::moves, 2);
  EXPECT_EQ(counted::live, 2) << "the element that was inside is gone";
}

TYPED_TEST(lifetime, of_an_element_in_bulk_ends_with_the_pop) {
  auto queue = TypeParam::template make<counted>(3);
  for (unsigned lap = 0; lap < 5; ++lap) {
    counted batch[] = {counted(1), counted(2)};
    ASSERT_EQ(queue.try_push_n(batch, 2), 2U);
    EXPECT_EQ(counted::live, 4);
    ASSERT_EQ(queue.try_pop_n(batch, 2), 2U);
    EXPECT_EQ(counted::live, 2);
    EXPECT_EQ(batch[1].id(), 2U);
  }
}

TYPED_TEST(lifetime, of_a_published_element_outlasts_the_close) {
  auto queue = TypeParam::template make<counted>(3);
  for (unsigned id = 0; id < 3; ++id) ASSERT_EQ(queue.try_emplace(id), push_status::ok);
  queue.close();
  counted out(9);
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(counted::live, 3) << "two inside and `out`";
}

TYPED_TEST(lifetime, of_what_is_consumed_by_a_callback_that_throws_is_over) {
  auto queue = TypeParam::template make<counted>(2);
  for (unsigned lap = 0; lap < 5; ++lap) {
    ASSERT_EQ(queue.try_emplace(1U), push_status::ok);
    ASSERT_EQ(queue.try_emplace(2U), push_status::ok);
    EXPECT_THROW(static_cast<void>(queue.try_consume([](counted&&) { throw std::runtime_error("refused"); })),
                 std::runtime_error);
    EXPECT_EQ(counted::live, 1);
    counted out(0);
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    EXPECT_EQ(out.id(), 2U);
    EXPECT_EQ(queue.depth_hint(), 0U);
  }
}

// Constructors that throw.

template <class Kind>
class throwing : public testing::Test {
 protected:
  void SetUp() override { disarm(); }
  void TearDown() override { disarm(); }
  static void disarm() {
    throwing_copy::armed = false;
    throwing_copy::copies = 0;
  }
};
TYPED_TEST_SUITE(throwing, under_test::kinds_of_anything, kind_names);

template <class Queue>
void expect_next(Queue& queue, unsigned id) {
  throwing_copy out(0);
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(out.id(), id);
}

TYPED_TEST(throwing, copy_leaves_the_queue_unchanged) {
  auto queue = TypeParam::template make<throwing_copy>(2);
  const throwing_copy value(5);
  for (unsigned lap = 0; lap < 5; ++lap) {
    throwing_copy::armed = true;
    EXPECT_THROW(static_cast<void>(queue.try_push(value)), std::runtime_error);
    EXPECT_EQ(queue.depth_hint(), 0U);
    throwing_copy::armed = false;
    ASSERT_EQ(queue.try_push(value), push_status::ok);
    EXPECT_EQ(value.id(), 5U);
    expect_next(queue, 5);
  }
}

TYPED_TEST(throwing, constructor_leaves_the_queue_unchanged) {
  auto queue = TypeParam::template make<throwing_copy>(2);
  for (unsigned lap = 0; lap < 5; ++lap) {
    EXPECT_THROW(static_cast<void>(queue.try_emplace(throwing_copy::poison)), std::runtime_error);
    EXPECT_EQ(queue.depth_hint(), 0U);
    ASSERT_EQ(queue.try_emplace(6U), push_status::ok);
    expect_next(queue, 6);
  }
}

TYPED_TEST(throwing, constructor_runs_only_when_there_is_room) {
  auto queue = TypeParam::template make<throwing_copy>(1);
  const throwing_copy value(5);
  ASSERT_EQ(queue.try_push(value), push_status::ok);
  EXPECT_EQ(throwing_copy::copies, 1);
  throwing_copy::armed = true;
  EXPECT_EQ(queue.try_push(value), push_status::full);
  EXPECT_EQ(queue.try_emplace(throwing_copy::poison), push_status::full);
  queue.close();
  EXPECT_EQ(queue.try_push(value), push_status::closed);
  EXPECT_EQ(queue.try_emplace(throwing_copy::poison), push_status::closed);
  EXPECT_EQ(throwing_copy::copies, 1);
}

}  // namespace
}  // namespace tidegate::test
