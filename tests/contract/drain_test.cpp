// wait_drained(): returns once everything accepted before the call has left, whoever waits beside it.
#include <cstddef>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class draining : public watched {
 protected:
  using queue_type = typename Kind::template type<std::uint32_t>;

  static void push_ids(queue_type& queue, std::uint32_t count) {
    for (std::uint32_t id = 0; id < count; ++id) ASSERT_EQ(queue.try_push(std::uint32_t{id}), push_status::ok);
  }
  static void pop_some(queue_type& queue, int count) {
    std::uint32_t out = 0;
    for (int i = 0; i < count; ++i) ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  }
  static constexpr int pop_forms = 4;
  static void pop_in_form(queue_type& queue, int form) {
    std::uint32_t out = 0;
    switch (form) {
      case 0: EXPECT_EQ(queue.pop(out), pop_status::ok); break;
      case 1: EXPECT_EQ(queue.try_consume([](std::uint32_t&&) noexcept {}), pop_status::ok); break;
      case 2: EXPECT_EQ(queue.try_pop_n(&out, 1), 1U); break;
      default: queue.try_peek(1).release(1);
    }
  }
  /// A thread that waits for the drain and must see it.
  [[nodiscard]] static std::jthread waiting_for_drain(queue_type& queue) {
    return start_and_see_it_wait<Kind>([&queue] { EXPECT_TRUE(queue.wait_drained(in_good_time())); });
  }
};
TYPED_TEST_SUITE(draining, waiting_kinds, kind_names);

TYPED_TEST(draining, of_an_empty_queue_is_done) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  const own_wait_steps waited;
  EXPECT_TRUE(queue.wait_drained(in_good_time()));
  for (int lap = 0; lap < 10; ++lap) {
    this->push_ids(queue, 3);
    this->pop_some(queue, 3);
    EXPECT_TRUE(queue.wait_drained(in_good_time()));
  }
  EXPECT_EQ(waited.count(), 0U);
}

TYPED_TEST(draining, ends_with_the_last_pop_in_any_form) {
  for (int form = 0; form < TestFixture::pop_forms; ++form) {
    auto queue = TypeParam::template make<std::uint32_t>(3);
    this->push_ids(queue, 3);
    const auto watcher = this->waiting_for_drain(queue);
    this->pop_some(queue, 2);
    this->pop_in_form(queue, form);
  }
}

TYPED_TEST(draining, does_not_end_before_the_last_pop) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  this->push_ids(queue, 3);
  this->pop_some(queue, 2);
  EXPECT_FALSE(queue.wait_drained(test_clock::now() + 5ms));
  EXPECT_FALSE(queue.wait_drained(test_clock::time_point::min()));
  this->pop_some(queue, 1);
  EXPECT_TRUE(queue.wait_drained(test_clock::time_point::min()));
}

TYPED_TEST(draining, does_not_wait_for_what_comes_later) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  this->push_ids(queue, 2);
  {
    const auto watcher = this->waiting_for_drain(queue);
    for (int i = 0; i < 2; ++i) {
      this->push_ids(queue, 1);  // never empty from here on
      this->pop_some(queue, 1);
    }
  }
  EXPECT_EQ(queue.depth_hint(), 2U);
}

TYPED_TEST(draining, is_seen_by_all_who_wait) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  this->push_ids(queue, 1);
  const auto first = this->waiting_for_drain(queue);
  const auto second = this->waiting_for_drain(queue);
  const auto third = this->waiting_for_drain(queue);
  this->pop_some(queue, 1);
}

// One pop has two to wake: the producer, whom it gave a credit, and who waits for the drain. Neither may keep the wake
// from the other, whoever came first.
TYPED_TEST(draining, takes_no_wake_from_a_producer_that_waits) {
  for (int form = 0; form < TestFixture::pop_forms; ++form) {
    for (const bool producer_first : {true, false}) {
      auto queue = TypeParam::template make<std::uint32_t>(1);
      this->push_ids(queue, 1);
      hand_over_producer(queue);
      const auto produce = [&queue] { EXPECT_EQ(queue.push_until(2U, in_good_time()), push_status::ok); };
      std::jthread producer;
      std::jthread watcher;
      if (producer_first) producer = start_and_see_it_wait<TypeParam>(produce);
      watcher = this->waiting_for_drain(queue);
      if (!producer_first) producer = start_and_see_it_wait<TypeParam>(produce);
      this->pop_in_form(queue, form);
    }
  }
}

TYPED_TEST(draining, works_after_close) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  this->push_ids(queue, 3);
  {
    const auto watcher = this->waiting_for_drain(queue);
    queue.close();
    this->pop_some(queue, 3);
  }
  EXPECT_TRUE(queue.wait_drained(test_clock::time_point::min()));
}

TYPED_TEST(draining, keeps_up_with_traffic) {
  auto queue = TypeParam::template make<std::uint32_t>(2);
  constexpr std::uint32_t count = 2000;
  std::jthread consumer([&queue] {
    std::uint32_t out = 0;
    while (queue.pop_until(out, in_good_time()) == pop_status::ok) {
    }
  });
  for (std::uint32_t id = 0; id < count; ++id) {
    ASSERT_EQ(queue.push_until(std::uint32_t{id}, in_good_time()), push_status::ok);
    if (id % 4 == 0) {
      ASSERT_TRUE(queue.wait_drained(in_good_time())) << "after push " << id;
      ASSERT_EQ(queue.depth_hint(), 0U) << "only this thread pushes";
    }
  }
  queue.close();
}

}  // namespace
}  // namespace tidegate::test
