// offer() applies the overflow policy, and the counters tell what happened: to the element, with a reason.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class offering : public watched {
 protected:
  static constexpr overflow_kind overflow = Kind::options.overflow;
  static constexpr bool counts = Kind::options.stats == stats_kind::counters;
  using queue_type = typename Kind::template type<move_only>;

  /// `actual` when the queue counts, else always 0.
  static void expect_counted(std::uint64_t actual, std::uint64_t expected) { EXPECT_EQ(actual, counts ? expected : 0); }
};
TYPED_TEST_SUITE(offering, overflow_kinds, kind_names);

constexpr auto past = test_clock::time_point::min();
constexpr auto short_while = 10ms;

TYPED_TEST(offering, to_a_queue_with_room_is_a_push) {
  auto queue = TypeParam::template make<move_only>(2);
  EXPECT_EQ(queue.offer(move_only(1)), push_status::ok);
  EXPECT_EQ(queue.offer(move_only(2)), push_status::ok);
  move_only out(0);
  EXPECT_EQ(queue.pop(out), pop_status::ok);
  EXPECT_EQ(out.id(), 1U);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.rejected + stats.dropped + stats.timed_out + stats.push_waits, 0U);
}

TYPED_TEST(offering, to_a_full_queue_answers_by_policy_and_keeps_the_element) {
  typename TestFixture::queue_type queue({.capacity = 1, .offer_for = short_while});
  ASSERT_EQ(queue.try_push(move_only(1)), push_status::ok);
  move_only refused(7);
  const auto start = test_clock::now();
  const push_status status = queue.offer(std::move(refused));
  EXPECT_EQ(refused.id(), 7U);
  EXPECT_FALSE(accepted(status));
  const queue_stats stats = queue.stats();
  switch (TestFixture::overflow) {
    case overflow_kind::block:
      EXPECT_EQ(status, push_status::timed_out);
      EXPECT_GE(test_clock::now() - start, short_while) << "early";
      this->expect_counted(stats.timed_out, 1);
      break;
    case overflow_kind::reject:
      EXPECT_EQ(status, push_status::full);
      this->expect_counted(stats.rejected, 1);
      break;
    case overflow_kind::drop_newest:
      EXPECT_EQ(status, push_status::dropped);
      this->expect_counted(stats.dropped, 1);
      break;
    default: FAIL() << "tests/contract/overflow is about the others";
  }
  EXPECT_EQ(stats.rejected + stats.dropped + stats.timed_out, TestFixture::counts ? 1U : 0U) << "one reason";
  EXPECT_EQ(stats.pushed, 1U);
}

TYPED_TEST(offering, to_a_closed_queue_answers_closed) {
  auto queue = TypeParam::template make<move_only>(1);
  ASSERT_EQ(queue.try_push(move_only(1)), push_status::ok);
  queue.close();
  move_only refused(7);
  EXPECT_EQ(queue.offer(std::move(refused)), push_status::closed);
  EXPECT_EQ(refused.id(), 7U);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.rejected + stats.dropped + stats.timed_out, 0U) << "closed is not an overflow";
  this->expect_counted(stats.closed, 1);
}

TYPED_TEST(offering, blocks_without_limit_by_default) {
  if constexpr (TestFixture::overflow == overflow_kind::block) {
    auto queue = TypeParam::template make<std::uint32_t>(1);
    ASSERT_EQ(queue.try_push(1U), push_status::ok);
    hand_over_producer(queue);
    push_status status{};
    {
      const auto producer = start_and_see_it_wait<TypeParam>([&] { status = queue.offer(2U); });
      std::uint32_t out = 0;
      EXPECT_EQ(queue.pop(out), pop_status::ok);
    }
    EXPECT_EQ(status, push_status::ok);
  }
}

TYPED_TEST(offering, without_patience_is_one_try) {
  typename TestFixture::queue_type queue({.capacity = 1, .offer_for = std::chrono::nanoseconds(0)});
  EXPECT_EQ(queue.offer(move_only(1)), push_status::ok);
  const own_wait_steps waited;
  EXPECT_FALSE(accepted(queue.offer(move_only(2))));
  EXPECT_EQ(waited.count(), 0U);
}

// Statistics.

TYPED_TEST(offering, and_everything_else_is_counted) {
  auto queue = TypeParam::template make<move_only>(2);
  move_only value(7);
  for (unsigned id = 1; id <= 2; ++id) ASSERT_EQ(queue.try_push(move_only(id)), push_status::ok);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.try_push(std::move(value)), push_status::full);
  EXPECT_EQ(queue.try_emplace(1U), push_status::full);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(queue.push_until(std::move(value), past), push_status::timed_out);
  EXPECT_EQ(queue.push_for(std::move(value), short_while), push_status::timed_out);
  EXPECT_EQ(queue.pop(value), pop_status::ok);

  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.capacity, 2U);
  EXPECT_EQ(stats.depth, 1U);
  EXPECT_EQ(stats.pushed, 2U);
  EXPECT_EQ(stats.popped, 1U);
  this->expect_counted(stats.rejected, 4);
  this->expect_counted(stats.timed_out, 3);
  this->expect_counted(stats.dropped, 0);
  this->expect_counted(stats.push_waits, 1);
  this->expect_counted(stats.pop_waits, 0);
  EXPECT_GE(stats.push_wait_time, TestFixture::counts ? short_while / 2 : 0ns) << "the first try is not waiting";
  EXPECT_EQ(stats.pop_wait_time, 0ns);
}

TYPED_TEST(offering, counts_the_waits_of_the_consumer) {
  auto queue = TypeParam::template make<move_only>(2);
  move_only out(0);
  EXPECT_EQ(queue.try_pop(out), pop_status::empty);
  EXPECT_EQ(queue.pop_until(out, past), pop_status::timed_out);
  EXPECT_EQ(queue.pop_for(out, short_while), pop_status::timed_out);
  EXPECT_EQ(queue.pop_n_until(&out, 1, test_clock::now() + short_while), 0U);
  const queue_stats stats = queue.stats();
  this->expect_counted(stats.pop_waits, 2);
  EXPECT_GE(stats.pop_wait_time, TestFixture::counts ? short_while : 0ns) << "the first try is not waiting";
  EXPECT_EQ(stats.push_waits, 0U);
  EXPECT_EQ(stats.push_wait_time, 0ns);
  EXPECT_EQ(stats.popped, 0U);
}

TYPED_TEST(offering, counts_bulk_and_in_place_operations_by_element) {
  auto queue = TypeParam::template make<std::uint32_t>(20);
  std::uint32_t batch[8] = {};
  ASSERT_EQ(queue.try_push_n(batch, 8), 8U);
  auto claim = queue.try_claim(3);
  for (auto span : claim.spans()) std::fill(span.begin(), span.end(), 1U);
  claim.publish(2);
  ASSERT_EQ(queue.try_pop_n(batch, 5), 5U);
  queue.try_peek(4).release(1);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pushed, 10U);
  EXPECT_EQ(stats.popped, 6U);
  EXPECT_EQ(stats.depth, 4U);
}

TYPED_TEST(offering, keeps_the_name_it_was_given) {
  const typename TestFixture::queue_type queue({.capacity = 1, .name = "a name too long for the small string buffer"});
  EXPECT_EQ(queue.name(), "a name too long for the small string buffer");
}

}  // namespace
}  // namespace tidegate::test
