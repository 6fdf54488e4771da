// Queues with several threads on a side: which answer comes when several would be right, what close() and offer() do,
// and what is counted.
#include <array>
#include <atomic>
#include <cstdint>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/shared_kinds.hpp"

namespace tidegate::test {
namespace {

constexpr auto past = test_clock::time_point::min();

template <class Kind>
class shared_outcomes : public watched {};
TYPED_TEST_SUITE(shared_outcomes, shared_kinds);

TYPED_TEST(shared_outcomes, stop_comes_before_closed_before_element_before_timeout) {
  auto queue = TypeParam::template make<typename TypeParam::cargo>(1);
  std::stop_source source;
  source.request_stop();
  const auto stop = source.get_token();
  typename TypeParam::cargo value(7);
  EXPECT_EQ(queue.push(std::move(value), stop), push_status::cancelled) << "although there is room";
  EXPECT_EQ(queue.pop_until(value, past, stop), pop_status::cancelled) << "although the deadline has passed";
  EXPECT_EQ(queue.pop_n_until(&value, 1, in_good_time(), stop), 0U);
  EXPECT_EQ(queue.push_until(typename TypeParam::cargo(1), past), push_status::ok) << "room comes before the timeout";
  EXPECT_EQ(queue.pop(value, stop), pop_status::cancelled) << "although there is an element";
  queue.close();
  EXPECT_EQ(queue.push(std::move(value), stop), push_status::cancelled) << "although it is closed";
  EXPECT_EQ(queue.push_until(std::move(value), past), push_status::closed) << "closed comes before full and timeout";
  EXPECT_EQ(value.id(), 7U);
  EXPECT_EQ(queue.pop_until(value, past), pop_status::ok) << "what was accepted is delivered";
  EXPECT_EQ(queue.pop_until(value, past), pop_status::closed) << "closed comes before the timeout";
  EXPECT_EQ(queue.pop(value, stop), pop_status::cancelled);
}

TYPED_TEST(shared_outcomes, close_wakes_everybody_and_stays) {
  for (const bool full : {false, true}) {
    auto queue = TypeParam::template make<std::uint32_t>(1);
    if (full) {
      ASSERT_EQ(queue.try_push(1U), push_status::ok);
    }
    hand_over(queue);
    std::atomic<unsigned> told{0};
    const unsigned waiting = full ? TypeParam::producers : TypeParam::consumers;
    {
      std::vector<std::jthread> waiters;
      for (unsigned i = 0; i < waiting; ++i) {
        waiters.push_back(start_and_see_it_wait<TypeParam>([&] {
          std::uint32_t value = 2;
          const bool closed =
              full ? queue.push(std::uint32_t{value}) == push_status::closed : queue.pop(value) == pop_status::closed;
          told += closed ? 1 : 0;
        }));
      }
      queue.close();
    }
    EXPECT_EQ(told.load(), waiting);
    hand_over(queue);
    std::uint32_t out = 0;
    EXPECT_EQ(queue.pop(out), full ? pop_status::ok : pop_status::closed);
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(queue.pop(out), pop_status::closed);
      EXPECT_EQ(queue.push(3U), push_status::closed);
      EXPECT_EQ(queue.offer(3U), push_status::closed);
    }
  }
}

TYPED_TEST(shared_outcomes, waits_are_counted_and_timed) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.pop_for(out, 2ms), pop_status::timed_out);
  EXPECT_EQ(queue.push(1U), push_status::ok);
  EXPECT_EQ(queue.push_for(2U, 2ms), push_status::timed_out);
  EXPECT_EQ(queue.try_push(2U), push_status::full);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pop_waits, 1U);
  EXPECT_EQ(stats.push_waits, 1U);
  EXPECT_GE(stats.pop_wait_time, 1ms);  // it is timed from a little later than the deadline is
  EXPECT_GE(stats.push_wait_time, 1ms);
  EXPECT_EQ(stats.timed_out, 1U);
  EXPECT_EQ(stats.rejected, 1U);
  EXPECT_EQ(stats.dropped, 0U);
  EXPECT_EQ(stats.depth, 1U);
  EXPECT_EQ(stats.capacity, 1U);
}

/// wait_drained().

TYPED_TEST(shared_outcomes, drain_is_seen_by_all_who_wait_and_by_a_producer) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  EXPECT_TRUE(queue.wait_drained(past)) << "nothing was accepted";
  ASSERT_EQ(queue.try_push(1U), push_status::ok);
  EXPECT_FALSE(queue.wait_drained(past));
  EXPECT_FALSE(queue.wait_drained(test_clock::now() + 2ms));
  hand_over(queue);
  {
    const auto wait = [&queue] { EXPECT_TRUE(queue.wait_drained(in_good_time())); };
    const auto first = start_and_see_it_wait<TypeParam>(wait);
    const auto producer =
        start_and_see_it_wait<TypeParam>([&] { EXPECT_EQ(queue.push_until(2U, in_good_time()), push_status::ok); });
    const auto second = start_and_see_it_wait<TypeParam>(wait);
    std::uint32_t out = 0;
    EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  }
  EXPECT_EQ(queue.depth_hint(), 1U) << "who waits for the drain does not wait for what comes later";
}

TYPED_TEST(shared_outcomes, drain_waits_for_all_of_a_run) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t some[3] = {1, 2, 3};
  ASSERT_EQ(queue.try_push_n(some, 2), 2U);
  std::atomic<bool> may_return{false};
  const auto watcher = start_and_see_it_wait<TypeParam>([&] {
    EXPECT_TRUE(queue.wait_drained(in_good_time()));
    EXPECT_TRUE(may_return.load());
  });
  ASSERT_EQ(queue.try_push(3U), push_status::ok) << "which nobody waits for";
  ASSERT_EQ(queue.try_pop(some[0]), pop_status::ok);
  may_return.store(true);
  ASSERT_EQ(queue.try_pop(some[1]), pop_status::ok);
}

TYPED_TEST(shared_outcomes, a_bulk_pop_tells_empty_from_closed) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t some[3] = {1, 2, 3};
  EXPECT_EQ(queue.pop_for(some[0], 1ms), pop_status::timed_out);
  ASSERT_EQ(queue.try_push_n(some, 3), 3U);
  queue.close();
  EXPECT_EQ(queue.pop_n_until(some, 2, in_good_time()), 2U);
  EXPECT_EQ(queue.pop_n_until(some, 2, in_good_time()), 1U);
  EXPECT_EQ(some[0], 3U);
  const own_wait_steps waited;
  EXPECT_EQ(queue.pop_n_until(some, 2, in_good_time()), 0U) << "closed: it does not wait";
  EXPECT_EQ(queue.pop(some[0]), pop_status::closed);
  EXPECT_EQ(waited.count(), 0U);
}

TYPED_TEST(shared_outcomes, drain_ends_by_an_eviction) {
  using queue_type = typename TypeParam::template type<std::uint32_t>;
  auto queue = TypeParam::template make<std::uint32_t>(1);
  ASSERT_EQ(queue.try_push(1U), push_status::ok);
  const auto watcher = start_and_see_it_wait<TypeParam>([&] { EXPECT_TRUE(queue.wait_drained(in_good_time())); });
  std::uint32_t out = 0;
  if constexpr (queue_type::can_evict) {
    EXPECT_EQ(queue.push_evict(2U), push_status::evicted);
    EXPECT_EQ(queue.stats().evicted, 1U);
  } else {
    EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  }
}

/// offer(), by policy.

template <overflow_kind Overflow>
constexpr queue_options offering() {
  queue_options made = parking;
  made.overflow = Overflow;
  return made;
}

TEST(shared_offer, is_refused_dropped_or_waits) {
  constexpr auto both = side_count::many_to_many;
  auto rejecting = shared_kind<both, offering<overflow_kind::reject>()>::make<move_only>(1);
  auto dropping = shared_kind<both, offering<overflow_kind::drop_newest>()>::make<move_only>(1);
  shared_queue<move_only, both, offering<overflow_kind::block>(), native_sync> blocking(
      {.capacity = 1, .offer_for = 2ms});
  move_only value(7);
  EXPECT_EQ(rejecting.offer(move_only(1)), push_status::ok);
  EXPECT_EQ(rejecting.offer(std::move(value)), push_status::full);
  EXPECT_EQ(rejecting.stats().rejected, 1U);
  EXPECT_EQ(dropping.offer(move_only(1)), push_status::ok);
  EXPECT_EQ(dropping.offer(std::move(value)), push_status::dropped);
  EXPECT_EQ(dropping.stats().dropped, 1U);
  EXPECT_EQ(blocking.offer(move_only(1)), push_status::ok);
  const auto start = test_clock::now();
  EXPECT_EQ(blocking.offer(std::move(value)), push_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 2ms);
  EXPECT_EQ(blocking.stats().timed_out, 1U);
  EXPECT_EQ(value.id(), 7U) << "what was not accepted is untouched";
}

TEST(shared_offer, waits_for_room_without_limit_by_default) {
  auto queue = shared_default::make<std::uint32_t>(1);
  ASSERT_EQ(queue.offer(1U), push_status::ok);
  const auto producer = start_and_see_it_wait<shared_default>([&] { EXPECT_EQ(queue.offer(2U), push_status::ok); });
  std::uint32_t out = 0;
  EXPECT_EQ(queue.pop(out), pop_status::ok);
}

}  // namespace
}  // namespace tidegate::test
