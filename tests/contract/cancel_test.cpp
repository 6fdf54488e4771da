// Stop tokens, and the order of outcomes: stop requested, then closed, then the element or credit, then the timeout.
#include <cstdint>
#include <stop_token>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class cancelling : public watched {};
TYPED_TEST_SUITE(cancelling, waiting_kinds, kind_names);

constexpr auto past = test_clock::time_point::min();

[[nodiscard]] std::stop_token stopped() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

/// Every waiting call answers `cancelled` and touches nothing.
template <class Queue>
void expect_all_cancelled(Queue& queue, const std::stop_token& stop) {
  move_only value(7);
  const auto depth = queue.depth_hint();
  EXPECT_EQ(queue.push(std::move(value), stop), push_status::cancelled);
  EXPECT_EQ(queue.push_for(std::move(value), patience, stop), push_status::cancelled);
  EXPECT_EQ(queue.push_until(std::move(value), past, stop), push_status::cancelled);
  EXPECT_EQ(queue.pop(value, stop), pop_status::cancelled);
  EXPECT_EQ(queue.pop_for(value, patience, stop), pop_status::cancelled);
  EXPECT_EQ(queue.pop_until(value, past, stop), pop_status::cancelled);
  EXPECT_EQ(queue.pop_n_until(&value, 1, in_good_time(), stop), 0U);
  EXPECT_EQ(value.id(), 7U);
  EXPECT_EQ(queue.depth_hint(), depth);
}

TYPED_TEST(cancelling, before_the_call_comes_before_everything_else) {
  auto queue = TypeParam::template make<move_only>(2);
  expect_all_cancelled(queue, stopped());
  EXPECT_EQ(queue.try_push(move_only(1)), push_status::ok);
  expect_all_cancelled(queue, stopped());
  EXPECT_EQ(queue.try_push(move_only(2)), push_status::ok);
  expect_all_cancelled(queue, stopped());
  queue.close();
  expect_all_cancelled(queue, stopped());
  move_only out(0);
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(queue.try_pop(out), pop_status::closed);
  expect_all_cancelled(queue, stopped());
}

TYPED_TEST(cancelling, wakes_a_consumer) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  std::stop_source source;
  pop_status status{};
  {
    const auto consumer = start_and_see_it_wait<TypeParam>([&] {
      std::uint32_t out = 0;
      status = queue.pop(out, source.get_token());
    });
    source.request_stop();
  }
  EXPECT_EQ(status, pop_status::cancelled);
}

TYPED_TEST(cancelling, wakes_a_consumer_in_bulk) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  std::stop_source source;
  std::uint32_t out = 0;
  std::size_t popped = 77;
  {
    const auto consumer = start_and_see_it_wait<TypeParam>(
        [&] { popped = queue.pop_n_until(&out, 1, in_good_time(), source.get_token()); });
    source.request_stop();
  }
  EXPECT_EQ(popped, 0U);
}

TYPED_TEST(cancelling, wakes_a_producer_that_keeps_its_element) {
  auto queue = TypeParam::template make<move_only>(1);
  ASSERT_EQ(queue.try_push(move_only(1)), push_status::ok);
  hand_over_producer(queue);
  std::stop_source source;
  move_only refused(7);
  push_status status{};
  {
    const auto producer =
        start_and_see_it_wait<TypeParam>([&] { status = queue.push(std::move(refused), source.get_token()); });
    source.request_stop();
  }
  EXPECT_EQ(status, push_status::cancelled);
  EXPECT_EQ(refused.id(), 7U);
  EXPECT_EQ(queue.depth_hint(), 1U);
}

TYPED_TEST(cancelling, that_never_comes_changes_nothing) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  const std::stop_source source;
  const auto stop = source.get_token();
  constexpr std::uint32_t count = 500;
  std::jthread producer([&] {
    for (std::uint32_t id = 0; id < count; ++id) {
      EXPECT_EQ(queue.push_until(std::uint32_t{id}, in_good_time(), stop), push_status::ok);
    }
  });
  std::uint32_t out = 0;
  for (std::uint32_t id = 0; id < count; ++id) {
    ASSERT_EQ(queue.pop_until(out, in_good_time(), stop), pop_status::ok);
    ASSERT_EQ(out, id);
  }
}

TYPED_TEST(cancelling, leaves_the_queue_in_working_order) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.pop(out, stopped()), pop_status::cancelled);
  EXPECT_EQ(queue.push(5U), push_status::ok);
  EXPECT_EQ(queue.push(6U, stopped()), push_status::cancelled);
  EXPECT_EQ(queue.pop(out), pop_status::ok);
  EXPECT_EQ(out, 5U);
}

// A request to stop races with an element: either the pop has it, or it is still there.
TYPED_TEST(cancelling, in_a_race_with_a_push_loses_no_element) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  for (std::uint32_t round = 0; round < 200; ++round) {
    std::stop_source source;
    pop_status status{};
    std::uint32_t out = 0;
    {
      std::jthread consumer([&] {
        hand_over_consumer(queue);
        status = queue.pop_until(out, in_good_time(), source.get_token());
      });
      std::jthread stopper([&] { source.request_stop(); });
      ASSERT_EQ(queue.try_push(std::uint32_t{round}), push_status::ok);
    }
    hand_over_consumer(queue);
    if (status == pop_status::cancelled) {
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    } else {
      ASSERT_EQ(status, pop_status::ok);
    }
    ASSERT_EQ(out, round);
    ASSERT_EQ(queue.try_pop(out), pop_status::empty);
  }
}

// The same for a push: `cancelled` means that the element is not inside, any other answer but `ok` is wrong.
TYPED_TEST(cancelling, in_a_race_with_a_pop_accepts_or_refuses) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  for (std::uint32_t round = 0; round < 200; ++round) {
    std::stop_source source;
    push_status status{};
    std::uint32_t out = 0;
    hand_over_producer(queue);
    ASSERT_EQ(queue.try_push(std::uint32_t{round}), push_status::ok);
    {
      std::jthread producer([&] {
        hand_over_producer(queue);
        status = queue.push_until(round + 1000, in_good_time(), source.get_token());
      });
      std::jthread stopper([&] { source.request_stop(); });
      ASSERT_EQ(queue.pop(out), pop_status::ok);
    }
    ASSERT_EQ(out, round);
    if (status == push_status::ok) {
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(out, round + 1000);
    } else {
      ASSERT_EQ(status, push_status::cancelled);
    }
    ASSERT_EQ(queue.try_pop(out), pop_status::empty);
  }
}

}  // namespace
}  // namespace tidegate::test
