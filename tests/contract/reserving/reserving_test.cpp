// reserving_queue: a reserved push cannot fail; close waits for what is reserved.
#include "tidegate/queue/reserving_queue.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/reservation.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate::test {
namespace {

using element = std::unique_ptr<int>;
using spsc = reserving_queue<spsc_queue<element>>;
using mpsc = reserving_queue<mpsc_queue<element>>;
using mpmc = reserving_queue<mpmc_queue<element>>;
using runs = reserving_queue<mpmc_queue<int, queue_options{.many = ring_choice::block}>>;

static_assert(!std::is_copy_constructible_v<spsc::reservation_type>);
static_assert(std::is_nothrow_move_constructible_v<spsc::reservation_type>);

[[nodiscard]] element of(int number) { return std::make_unique<int>(number); }

template <class Queue>
class reserving : public watched {};
using reserving_kinds = testing::Types<spsc, mpsc, mpmc>;
TYPED_TEST_SUITE(reserving, reserving_kinds);

TYPED_TEST(reserving, a_reserved_push_cannot_fail) {
  TypeParam queue({.capacity = 3, .name = "orders"});
  auto two = queue.try_reserve(2);
  ASSERT_TRUE(two);
  EXPECT_EQ(two.left(), 2U);
  EXPECT_EQ(queue.reserved_hint(), 2U);
  EXPECT_EQ(queue.try_push(of(1)), push_status::ok);
  element refused = of(9);
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::full) << "the rest is reserved";
  EXPECT_EQ(*refused, 9);
  EXPECT_EQ(queue.try_reserve().status(), acquire_status::full);
  EXPECT_EQ(two.push(of(2)), push_status::ok);
  EXPECT_EQ(two.push(of(3)), push_status::ok);
  EXPECT_EQ(two.push(std::move(refused)), push_status::full) << "used up";
  EXPECT_EQ(*refused, 9);
  EXPECT_FALSE(two);
  for (int i = 1; i <= 3; ++i) {
    element out;
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    EXPECT_EQ(*out, i);
  }
  EXPECT_EQ(queue.credits_hint(), 3U);
  EXPECT_EQ(queue.reserved_hint(), 0U);
  EXPECT_EQ(queue.name(), "orders");
  EXPECT_EQ(queue.capacity(), 3U);
}

TYPED_TEST(reserving, what_is_not_used_comes_back) {
  TypeParam queue({.capacity = 4});
  {
    auto three = queue.try_reserve(3);
    EXPECT_EQ(three.push(of(1)), push_status::ok);
    auto moved = std::move(three);
    EXPECT_EQ(moved.left(), 2U);
    EXPECT_EQ(queue.credits_hint(), 1U);
    moved = queue.try_reserve(1);
    EXPECT_EQ(queue.credits_hint(), 2U) << "what it had before came back";
    moved.release();
    moved.release();
    EXPECT_EQ(queue.credits_hint(), 3U);
  }
  EXPECT_EQ(queue.credits_hint(), 3U);
}

TYPED_TEST(reserving, as_many_as_there_is_room_for) {
  TypeParam queue({.capacity = 4});
  const auto all = queue.try_reserve_some(9);
  EXPECT_EQ(all.left(), 4U);
  EXPECT_EQ(queue.try_reserve_some(9).status(), acquire_status::full);
  EXPECT_EQ(queue.try_reserve(5).status(), acquire_status::too_heavy);
  queue.close();
  EXPECT_EQ(queue.try_reserve_some(9).status(), acquire_status::closed);
}

/// tokio#8074: a closed channel with permits out told its receiver that it had ended.
TYPED_TEST(reserving, close_waits_for_reservations_tokio_8074) {
  TypeParam queue({.capacity = 2});
  auto one = queue.try_reserve();
  queue.close();
  EXPECT_TRUE(queue.closed());
  element out;
  EXPECT_EQ(queue.try_pop(out), pop_status::empty) << "one may still come";
  EXPECT_EQ(queue.try_push(of(1)), push_status::closed);
  EXPECT_EQ(queue.try_reserve().status(), acquire_status::closed);
  EXPECT_EQ(one.push(of(7)), push_status::ok);
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(*out, 7);
  EXPECT_EQ(queue.try_pop(out), pop_status::closed);
}

/// tokio#8075, #8260: dropping a permit that was not used woke nobody.
TYPED_TEST(reserving, dropping_an_unused_reservation_wakes_who_waits_for_the_end_tokio_8075) {
  TypeParam queue({.capacity = 2});
  auto one = std::make_unique<typename TypeParam::reservation_type>(queue.try_reserve());
  queue.close();
  std::jthread consumer([&] {
    element out;
    EXPECT_EQ(queue.pop_until(out, in_good_time()), pop_status::closed);
  });
  ASSERT_TRUE(eventually([&] { return queue.pop_source().where().sleepers_hint() == 1; }));
  one.reset();
  consumer.join();
}

TYPED_TEST(reserving, dropping_an_unused_reservation_wakes_who_waits_for_room_tokio_8260) {
  TypeParam queue({.capacity = 1});
  auto one = queue.try_reserve();
  std::jthread producer([&] { EXPECT_EQ(queue.push_until(of(5), in_good_time()), push_status::ok); });
  ASSERT_TRUE(eventually([&] { return queue.room_stats().waiting == 1; }));
  one.release();
  producer.join();
  element out;
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
}

TYPED_TEST(reserving, waits_by_every_deadline) {
  TypeParam queue({.capacity = 1});
  auto one = queue.reserve();
  element kept = of(4);
  EXPECT_EQ(queue.push_for(std::move(kept), 1ms), push_status::timed_out);
  EXPECT_EQ(*kept, 4);
  EXPECT_EQ(queue.reserve_for(1, 1ms).status(), acquire_status::timed_out);
  EXPECT_EQ(queue.reserve_until(1, test_clock::time_point::min()).status(), acquire_status::timed_out);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(queue.push(std::move(kept), stop.get_token()), push_status::cancelled);
  element out;
  EXPECT_EQ(queue.pop_for(out, 1ms), pop_status::timed_out);
  EXPECT_EQ(queue.pop(out, stop.get_token()), pop_status::cancelled);
  EXPECT_EQ(one.push(std::move(kept)), push_status::ok);
  EXPECT_EQ(queue.pop(out), pop_status::ok);
  std::vector<element> many(2);
  EXPECT_EQ(queue.try_push(of(6)), push_status::ok);
  EXPECT_EQ(queue.pop_n_until(many.data(), 2, in_good_time()), 1U);
  EXPECT_EQ(queue.try_push(of(6)), push_status::ok);
  EXPECT_EQ(queue.try_pop_n(many.data(), 2), 1U);
  EXPECT_TRUE(queue.wait_drained(in_good_time()));
  EXPECT_EQ(queue.credits_hint(), 1U);
}

TYPED_TEST(reserving, room_comes_back_also_when_the_callback_throws) {
  TypeParam queue({.capacity = 1});
  ASSERT_EQ(queue.try_push(of(1)), push_status::ok);
  EXPECT_THROW(static_cast<void>(queue.try_consume([](element&&) { throw std::runtime_error("use"); })),
               std::runtime_error);
  EXPECT_EQ(queue.credits_hint(), 1U);
  EXPECT_EQ(queue.try_consume([](element&&) {}), pop_status::empty);
  EXPECT_EQ(queue.credits_hint(), 1U);
}

class reserving_queue_test : public watched {};

TEST_F(reserving_queue_test, can_be_waited_for_with_others) {
  mpsc queue({.capacity = 1});
  EXPECT_EQ(wait_any(in_good_time(), queue.pop_source(), queue.push_source()), 1U);
  ASSERT_EQ(queue.try_push(of(1)), push_status::ok);
  EXPECT_EQ(wait_any(in_good_time(), queue.pop_source(), queue.push_source()), 0U);
}

TEST_F(reserving_queue_test, no_more_than_so_many_wait_for_room) {
  mpsc queue({.capacity = 1}, 0);
  const auto one = queue.reserve();
  EXPECT_EQ(queue.push(of(1)), push_status::full) << "nobody may wait";
}

TEST_F(reserving_queue_test, tells_when_it_fills_and_when_it_has_drained) {
  reserving_queue<mpsc_queue<element>, credit_options{.watermarks = true}> queue({.capacity = 4});
  std::string told;
  queue.on_watermark({3, 1}, [&](watermark_edge edge) { told += edge == watermark_edge::above ? 'a' : 'b'; });
  auto room = queue.try_reserve(2);
  EXPECT_EQ(queue.try_push(of(1)), push_status::ok);
  EXPECT_EQ(told, "a") << "what is reserved counts";
  EXPECT_EQ(room.push(of(2)), push_status::ok);
  room.release();
  EXPECT_EQ(told, "a");
  element out;
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(told, "ab");
}

TEST_F(reserving_queue_test, of_runs) {
  runs queue({.capacity = 4});
  auto some = queue.try_reserve(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(some.push(i), push_status::ok);
  EXPECT_EQ(queue.try_push(3), push_status::ok);
  EXPECT_EQ(queue.try_push(4), push_status::full);
  int out[4];
  EXPECT_EQ(queue.try_pop_n(out, 4), 4U);
  EXPECT_EQ(out[3], 3);
}

/// Reserving, pushing, giving back and closing by many: everything accepted arrives, and the end comes.
TEST_F(reserving_queue_test, everything_pushed_arrives_before_the_end) {
  for (unsigned round = 0; round < 20 * stress_factor(); ++round) {
    mpmc queue({.capacity = 3});
    std::atomic<unsigned> pushed{0}, popped{0};
    std::vector<std::jthread> team;
    for (unsigned me = 0; me < 3; ++me) {
      team.emplace_back([&, me] {
        for (unsigned i = 0;; ++i) {
          auto room = queue.reserve_until(1 + (me + i) % 3, in_good_time());
          if (!room) {
            EXPECT_EQ(room.status(), acquire_status::closed);
            return;
          }
          while (room && (i + room.left()) % 4 != 0) {
            EXPECT_EQ(room.push(of(1)), push_status::ok);
            ++pushed;
          }
        }
      });
    }
    for (unsigned me = 0; me < 2; ++me) {
      team.emplace_back([&] {
        element out;
        while (queue.pop_until(out, in_good_time()) == pop_status::ok) ++popped;
      });
    }
    ASSERT_TRUE(eventually([&] { return popped > 20; }));
    queue.close();
    team.clear();
    EXPECT_EQ(popped, pushed);
    EXPECT_EQ(queue.credits_hint(), 3U);
  }
}

}  // namespace
}  // namespace tidegate::test
