// Who waits for an element or for room gets it, and no wake is lost: by push and pop in every form, by close().
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class waiting : public watched {
 protected:
  using queue_type = typename Kind::template type<std::uint32_t>;

  template <class Body>
  [[nodiscard]] static std::jthread start_waiting(Body&& body) {
    return start_and_see_it_wait<Kind>(std::forward<Body>(body));
  }
  /// A consumer that waits in pop() for `expected`.
  [[nodiscard]] static std::jthread waiting_consumer(queue_type& queue, std::uint32_t expected) {
    return start_waiting([&queue, expected] {
      std::uint32_t out = 0;
      EXPECT_EQ(queue.pop_until(out, in_good_time()), pop_status::ok);
      EXPECT_EQ(out, expected);
    });
  }
  /// A producer that waits in push() with `id`.
  [[nodiscard]] static std::jthread waiting_producer(queue_type& queue, std::uint32_t id) {
    return start_waiting(
        [&queue, id] { EXPECT_EQ(queue.push_until(std::uint32_t{id}, in_good_time()), push_status::ok); });
  }
};
TYPED_TEST_SUITE(waiting, waiting_kinds, kind_names);

TYPED_TEST(waiting, consumer_is_woken_by_every_way_to_push) {
  for (int way = 0; way < 6; ++way) {
    auto queue = TypeParam::template make<std::uint32_t>(2);
    const auto consumer = this->waiting_consumer(queue, 9);
    std::uint32_t value = 9;
    switch (way) {
      case 0: EXPECT_EQ(queue.try_push(std::move(value)), push_status::ok); break;
      case 1: EXPECT_EQ(queue.try_push(value), push_status::ok); break;
      case 2: EXPECT_EQ(queue.try_push_n(&value, 1), 1U); break;
      case 3: EXPECT_EQ(queue.push(std::move(value)), push_status::ok); break;
      case 4: EXPECT_EQ(queue.offer(std::move(value)), push_status::ok); break;
      default: {
        auto claim = queue.try_claim(1);
        claim.emplace(value);
        claim.publish(1);
      }
    }
  }
}

TYPED_TEST(waiting, producer_is_woken_by_every_way_to_pop) {
  for (int way = 0; way < 5; ++way) {
    auto queue = TypeParam::template make<std::uint32_t>(1);
    ASSERT_EQ(queue.try_push(1U), push_status::ok);
    hand_over_producer(queue);
    const auto producer = this->waiting_producer(queue, 2);
    std::uint32_t out = 0;
    switch (way) {
      case 0: EXPECT_EQ(queue.try_pop(out), pop_status::ok); break;
      case 1: EXPECT_EQ(queue.try_consume([](std::uint32_t&&) noexcept {}), pop_status::ok); break;
      case 2: EXPECT_EQ(queue.try_pop_n(&out, 1), 1U); break;
      case 3: EXPECT_EQ(queue.pop(out), pop_status::ok); break;
      default: queue.try_peek(1).release(1);
    }
  }
}

TYPED_TEST(waiting, producer_is_woken_when_a_callback_throws) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  ASSERT_EQ(queue.try_push(1U), push_status::ok);
  hand_over_producer(queue);
  const auto producer = this->waiting_producer(queue, 2);
  EXPECT_THROW(static_cast<void>(queue.try_consume([](std::uint32_t&&) { throw std::runtime_error("refused"); })),
               std::runtime_error);
}

TYPED_TEST(waiting, in_bulk_returns_with_what_is_there) {
  auto queue = TypeParam::template make<std::uint32_t>(4);
  std::uint32_t ids[] = {5, 6, 7};
  std::uint32_t out[8] = {};
  std::size_t popped = 0;
  {
    const auto consumer = this->start_waiting([&] { popped = queue.pop_n_until(out, 8, in_good_time()); });
    EXPECT_EQ(queue.try_push_n(ids, 3), 3U);
  }
  EXPECT_GE(popped, 1U);
  hand_over_consumer(queue);
  while (popped < 3) popped += queue.pop_n_until(out + popped, 3 - popped, in_good_time());
  EXPECT_EQ(popped, 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(out[i], ids[i]);
  EXPECT_EQ(queue.pop_n_until(out, 0, in_good_time()), 0U) << "asked for nothing, waits for nothing";
}

// With a capacity of one, every push and every pop waits for the other thread.
TYPED_TEST(waiting, never_loses_a_wake_between_two_threads_in_lock_step) {
  constexpr std::uint32_t count = 3000;
  auto queue = TypeParam::template make<std::uint32_t>(1);
  std::jthread producer([&] {
    for (std::uint32_t id = 0; id < count; ++id) {
      if (queue.push_until(std::uint32_t{id}, in_good_time()) != push_status::ok) {
        ADD_FAILURE() << "push " << id << " was not woken";
        return;
      }
    }
  });
  std::uint32_t out = 0;
  for (std::uint32_t id = 0; id < count; ++id) {
    ASSERT_EQ(queue.pop_until(out, in_good_time()), pop_status::ok) << "pop " << id << " was not woken";
    ASSERT_EQ(out, id);
  }
}

TYPED_TEST(waiting, never_loses_a_wake_in_an_unlimited_ping_pong) {
  constexpr std::uint32_t count = 2000;
  auto there = TypeParam::template make<std::uint32_t>(1);
  auto back = TypeParam::template make<std::uint32_t>(1);
  std::jthread echo([&] {
    std::uint32_t value = 0;
    while (there.pop(value) == pop_status::ok) EXPECT_EQ(back.push(std::uint32_t{value + 1}), push_status::ok);
  });
  for (std::uint32_t value = 0; value < count;) {
    ASSERT_EQ(there.push(std::uint32_t{value}), push_status::ok);
    ASSERT_EQ(back.pop(value), pop_status::ok);
  }
  there.close();
}

// close() against waiters.

TYPED_TEST(waiting, consumer_is_woken_by_close) {
  auto queue = TypeParam::template make<std::uint32_t>(2);
  pop_status status{};
  {
    const auto consumer = this->start_waiting([&] {
      std::uint32_t out = 0;
      status = queue.pop(out);
    });
    queue.close();
  }
  EXPECT_EQ(status, pop_status::closed);
}

TYPED_TEST(waiting, consumer_in_bulk_is_woken_by_close) {
  auto queue = TypeParam::template make<std::uint32_t>(2);
  std::uint32_t out = 0;
  std::size_t popped = 77;
  {
    const auto consumer = this->start_waiting([&] { popped = queue.pop_n_until(&out, 1, in_good_time()); });
    queue.close();
  }
  EXPECT_EQ(popped, 0U);
  hand_over_consumer(queue);
  EXPECT_EQ(queue.try_pop(out), pop_status::closed);
}

TYPED_TEST(waiting, producer_is_woken_by_close_and_keeps_its_element) {
  auto queue = TypeParam::template make<counted>(1);
  ASSERT_EQ(queue.try_push(counted(1)), push_status::ok);
  hand_over_producer(queue);
  counted refused(7);
  push_status status{};
  {
    const auto producer = this->start_waiting([&] { status = queue.push(std::move(refused)); });
    queue.close();
  }
  EXPECT_EQ(status, push_status::closed);
  EXPECT_EQ(refused.id(), 7U);
  counted out(0);
  EXPECT_EQ(queue.pop(out), pop_status::ok) << "what was accepted is delivered";
  EXPECT_EQ(queue.pop(out), pop_status::closed);
}

// Everything that waits on a full queue at once: its producer, and who waits for the drain. The first to sleep must not
// take the only wake.
TYPED_TEST(waiting, everyone_on_a_side_is_woken_by_close) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  ASSERT_EQ(queue.try_push(1U), push_status::ok);
  hand_over_producer(queue);
  const auto watcher = this->start_waiting([&] { EXPECT_TRUE(queue.wait_drained(in_good_time())); });
  std::atomic<push_status> status{push_status::ok};
  const auto producer = this->start_waiting([&] { status.store(queue.push_until(2U, in_good_time())); });
  queue.close();
  EXPECT_TRUE(eventually([&] { return status.load() != push_status::ok; }));
  EXPECT_EQ(status.load(), push_status::closed);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.pop(out), pop_status::ok);
}

/// Traffic of one producer and one consumer, closed by a third of the threads in turn: nothing is lost or doubled.
template <class Queue>
void run_until_closed(Queue& queue, int closer) {
  std::uint32_t accepted_count = 0;
  std::uint32_t popped = 0;
  {
    std::jthread producer([&] {
      for (std::uint32_t id = 0;; ++id) {
        if (closer == 0 && id == 500) queue.close();
        const push_status status = queue.push_until(counted(id), in_good_time());
        if (status != push_status::ok) {
          EXPECT_EQ(status, push_status::closed);
          return;
        }
        ++accepted_count;
      }
    });
    std::jthread consumer([&] {
      counted out(0);
      for (;; ++popped) {
        if (closer == 1 && popped == 500) queue.close();
        const pop_status status = queue.pop_until(out, in_good_time());
        if (status != pop_status::ok) {
          EXPECT_EQ(status, pop_status::closed);
          return;
        }
        EXPECT_EQ(out.id(), popped);
      }
    });
    if (closer == 2) {
      EXPECT_TRUE(eventually([&] { return queue.stats().popped % 64 != 0; }));
      queue.close();
    }
  }
  // A push under way while another thread closed may have been accepted late: at most one, left for the destructor.
  EXPECT_GE(accepted_count, popped);
  EXPECT_LE(accepted_count, popped + (closer == 0 ? 0 : 1));
  EXPECT_EQ(queue.depth_hint(), accepted_count - popped);
}

TYPED_TEST(waiting, close_in_full_traffic_loses_and_doubles_nothing) {
  for (int round = 0; round < 30; ++round) {
    counted::live = 0;
    {
      auto queue = TypeParam::template make<counted>(3);
      run_until_closed(queue, round % 3);
    }
    EXPECT_EQ(counted::live, 0);
  }
}

}  // namespace
}  // namespace tidegate::test
