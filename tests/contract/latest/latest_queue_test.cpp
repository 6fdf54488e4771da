// latest_queue: the consumer waits for a fresh value, and is woken by every way to push one; pushes never wait.
#include "tidegate/queue/latest_queue.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <wait_kind Wait, class Sync = native_sync>
struct latest_kind {
  template <class T>
  using type = latest_queue<T, latest_queue_options{.wait = Wait}, observed<Sync>>;
  [[nodiscard]] static std::uint64_t waits(const wait_steps& steps) noexcept {
    return parks(Wait) ? steps.sleeps : steps.yields;
  }
};

template <class Kind>
class latest_waiting : public watched {};
using waiting_kinds =
    testing::Types<latest_kind<wait_kind::spin_park>, latest_kind<wait_kind::park>, latest_kind<wait_kind::spin_yield>,
                   latest_kind<wait_kind::park, symmetric_sync>, latest_kind<wait_kind::park, refused_sync>>;
TYPED_TEST_SUITE(latest_waiting, waiting_kinds);

TYPED_TEST(latest_waiting, the_consumer_is_woken_by_every_way_to_push) {
  for (int way = 0; way < 6; ++way) {
    typename TypeParam::template type<std::uint32_t> queue;
    const auto consumer = start_and_see_it_wait<TypeParam>([&queue, way] {
      std::uint32_t out = 0;
      EXPECT_EQ(way % 2 == 0 ? queue.pop_until(out, in_good_time()) : queue.hold_until(in_good_time()), pop_status::ok);
    });
    const std::uint32_t value = 9;
    switch (way) {
      case 0: EXPECT_EQ(queue.try_push(std::uint32_t{9}), push_status::ok); break;
      case 1: EXPECT_EQ(queue.try_push(value), push_status::ok); break;
      case 2: EXPECT_EQ(queue.try_emplace(9U), push_status::ok); break;
      case 3: EXPECT_EQ(queue.push_evict(9U, [](std::uint32_t&&) noexcept {}), push_status::ok); break;
      case 4: EXPECT_EQ(queue.push(9U, std::stop_token{}), push_status::ok); break;
      default: EXPECT_EQ(queue.offer(9U), push_status::ok);
    }
  }
}

TYPED_TEST(latest_waiting, whoever_waits_for_the_drain_is_woken_by_every_way_a_value_leaves) {
  for (int way = 0; way < 6; ++way) {
    typename TypeParam::template type<std::uint32_t> queue;
    EXPECT_EQ(queue.try_push(1U), push_status::ok);
    EXPECT_FALSE(queue.wait_drained(test_clock::time_point::min()));
    const auto waiter = start_and_see_it_wait<TypeParam>([&queue] { EXPECT_TRUE(queue.wait_drained(in_good_time())); });
    std::uint32_t out = 0;
    switch (way) {
      case 0: EXPECT_EQ(queue.try_pop(out), pop_status::ok); break;
      case 1: EXPECT_EQ(queue.try_hold(), pop_status::ok); break;
      case 2: EXPECT_EQ(queue.pop(out), pop_status::ok); break;
      case 3: EXPECT_EQ(queue.try_push(2U), push_status::evicted); break;
      case 4: EXPECT_EQ(queue.try_emplace(2U), push_status::evicted); break;
      default:
        EXPECT_THROW(static_cast<void>(queue.try_consume([](std::uint32_t&&) { throw std::runtime_error("no"); })),
                     std::runtime_error);
    }
  }
}

TYPED_TEST(latest_waiting, a_close_wakes_everybody) {
  typename TypeParam::template type<move_only> queue;
  const auto consumer = start_and_see_it_wait<TypeParam>([&queue] {
    move_only out(0);
    EXPECT_EQ(queue.pop_until(out, in_good_time()), pop_status::closed);
    EXPECT_EQ(queue.hold(), pop_status::closed);
    EXPECT_TRUE(queue.ended());
  });
  queue.close();
}

TYPED_TEST(latest_waiting, deadlines_and_stops_end_a_wait) {
  typename TypeParam::template type<std::uint32_t> queue;
  std::uint32_t out = 0;
  {
    const own_wait_steps waited;
    EXPECT_EQ(queue.pop_until(out, test_clock::time_point::min()), pop_status::timed_out);
    EXPECT_EQ(queue.pop_for(out, -1h), pop_status::timed_out);
    EXPECT_EQ(queue.hold_for(0ns), pop_status::timed_out);
    EXPECT_EQ(waited.count(), 0U) << "a deadline in the past is one try";
  }
  const auto start = test_clock::now();
  EXPECT_EQ(queue.pop_until(out, start + 3ms), pop_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 3ms);
  EXPECT_EQ(queue.hold_until(start + 6ms), pop_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 6ms);
  queue.rebind_consumer();
  std::stop_source source;
  {
    const auto consumer = start_and_see_it_wait<TypeParam>([&queue, token = source.get_token()] {
      std::uint32_t mine = 0;
      EXPECT_EQ(queue.pop_until(mine, in_good_time(), token), pop_status::cancelled);
    });
    source.request_stop();
  }
  queue.rebind_consumer();
  EXPECT_EQ(queue.try_push(1U), push_status::ok);
  EXPECT_EQ(queue.pop(out, source.get_token()), pop_status::cancelled) << "a stop comes first";
  EXPECT_EQ(queue.push(2U, source.get_token()), push_status::cancelled);
  queue.close();
  EXPECT_EQ(queue.pop(out, source.get_token()), pop_status::cancelled);
  EXPECT_EQ(queue.pop(out), pop_status::ok) << "a value comes before the end";
  EXPECT_EQ(queue.push(2U), push_status::closed);
}

TEST(latest_queue, accounts_for_every_value) {
  latest_queue<counted> queue({.budget = {.spins = 1, .yields = 0}, .name = "quotes"});
  counted out(0);
  for (unsigned id = 1; id <= 4; ++id) EXPECT_TRUE(accepted(queue.try_push(counted(id))));
  EXPECT_EQ(queue.pop(out), pop_status::ok);
  EXPECT_EQ(out.id(), 4U);
  EXPECT_EQ(queue.skipped(), 3U);
  EXPECT_EQ(queue.push_evict(counted(5), [](counted&&) noexcept {}), push_status::ok);
  EXPECT_EQ(queue.pop_for(out, 1h), pop_status::ok);
  EXPECT_EQ(queue.pop_for(out, 1ms), pop_status::timed_out);
  EXPECT_TRUE(accepted(queue.try_emplace(6U)));
  EXPECT_TRUE(queue.pop_ready() && queue.push_ready());
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.capacity, 1U);
  EXPECT_EQ(stats.depth, 1U);
  EXPECT_EQ(stats.pushed, 6U);
  EXPECT_EQ(stats.popped, 2U);
  EXPECT_EQ(stats.evicted, 3U);
  EXPECT_EQ(stats.pop_waits, 1U);
  EXPECT_GE(stats.pop_wait_time, 1ms);
  EXPECT_EQ(queue.name(), "quotes");
  EXPECT_EQ(queue.hold_for(1h), pop_status::ok);
  EXPECT_EQ(queue.held()->id(), 6U);
  queue.release();
  EXPECT_EQ(queue.held(), nullptr);
}

using latest_queue_with_threads = watched;

TEST_F(latest_queue_with_threads, the_newest_value_always_arrives) {
  constexpr unsigned last = 3'000;
  latest_queue<unsigned> queue;
  std::jthread producer([&] {
    for (unsigned id = 1; id <= last; ++id) {
      EXPECT_TRUE(accepted(queue.push(unsigned{id})));
      if (id % 16 == 0) std::this_thread::yield();
    }
  });
  for (unsigned seen = 0; seen != last;) {
    unsigned out = 0;
    ASSERT_EQ(queue.pop_until(out, in_good_time()), pop_status::ok);
    ASSERT_EQ(out, seen + queue.skipped() + 1);
    seen = out;
  }
}

}  // namespace
}  // namespace tidegate::test
