// Queues with several threads on a side against what went wrong in queues of others: each test is named after a report.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/shared_kinds.hpp"

namespace tidegate::test {
namespace {

class upstream : public watched {
 protected:
  using kind = shared_default;
  using queue_type = kind::type<std::uint32_t>;
};

/// tokio#8062: the length of a channel passed below 0 for whoever looked while others sent and received.
TEST_F(upstream, a_depth_seen_from_outside_is_never_negative_tokio_8062) {
  constexpr std::size_t capacity = 3;
  queue_type queue = kind::make<std::uint32_t>(capacity);
  std::atomic<bool> done{false};
  {
    const std::jthread producer([&] {
      for (std::uint32_t i = 0; i < 2'000; ++i)
        ASSERT_EQ(queue.push_until(std::uint32_t{i}, in_good_time()), push_status::ok);
      queue.close();
    });
    const std::jthread consumer([&] {
      std::uint32_t out = 0;
      while (queue.pop_until(out, in_good_time()) == pop_status::ok) continue;
      done.store(true);
    });
    while (!done.load()) {
      ASSERT_LE(queue.depth_hint(), capacity);
      ASSERT_LE(queue.credits_hint(), capacity);
      ASSERT_LE(queue.stats().depth, capacity);
    }
  }
  EXPECT_EQ(queue.stats().pushed, 2'000U);
  EXPECT_EQ(queue.stats().popped, 2'000U);
}

/// Disruptor#182: who waited on a full or empty ring was not woken when it was shut down.
TEST_F(upstream, close_wakes_everybody_on_both_sides_disruptor_182) {
  queue_type full = kind::make<std::uint32_t>(1);
  queue_type empty = kind::make<std::uint32_t>(1);
  ASSERT_EQ(full.try_push(1U), push_status::ok);
  std::atomic<int> told{0};
  {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 3; ++i) {
      waiters.push_back(start_and_see_it_wait<kind>([&] { told += full.push(2U) == push_status::closed ? 1 : 0; }));
      waiters.push_back(start_and_see_it_wait<kind>([&] {
        std::uint32_t out = 0;
        told += empty.pop(out) == pop_status::closed ? 1 : 0;
      }));
    }
    full.close();
    empty.close();
  }
  EXPECT_EQ(told.load(), 6);
  std::uint32_t out = 0;
  EXPECT_EQ(full.try_pop(out), pop_status::ok) << "what was accepted is still delivered";
  EXPECT_EQ(full.try_pop(out), pop_status::closed);
}

/// cpython#74116: a second thread that waited for the drain was an error, or was not woken.
TEST_F(upstream, several_wait_for_the_drain_at_once_cpython_74116) {
  queue_type queue = kind::make<std::uint32_t>(2);
  ASSERT_EQ(queue.try_push(1U), push_status::ok);
  ASSERT_EQ(queue.try_push(2U), push_status::ok);
  std::atomic<int> told{0};
  {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 3; ++i) {
      waiters.push_back(start_and_see_it_wait<kind>([&] { told += queue.wait_drained(in_good_time()) ? 1 : 0; }));
    }
    std::uint32_t out = 0;
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    EXPECT_EQ(told.load(), 0) << "one element is left";
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  }
  EXPECT_EQ(told.load(), 3);
}

/// RxGo#300, buf#913: which of two things that are ready wins was left to chance, and the element could be lost.
TEST_F(upstream, a_stop_request_wins_over_an_element_and_loses_nothing_rxgo_300) {
  queue_type queue = kind::make<std::uint32_t>(2);
  ASSERT_EQ(queue.try_push(1U), push_status::ok);
  std::stop_source source;
  source.request_stop();
  std::uint32_t out = 0;
  EXPECT_EQ(queue.pop(out, source.get_token()), pop_status::cancelled);
  EXPECT_EQ(queue.push(2U, source.get_token()), push_status::cancelled);
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 1U);
  EXPECT_EQ(queue.try_pop(out), pop_status::empty) << "a push that was cancelled left its element behind";
}

/// folly#1864: a consumer that pushes to its own full queue waits for itself. With a deadline it is told.
TEST_F(upstream, a_consumer_that_fills_its_own_queue_is_told_by_its_deadline_folly_1864) {
  queue_type queue = kind::make<std::uint32_t>(1);
  ASSERT_EQ(queue.try_push(1U), push_status::ok);
  EXPECT_EQ(queue.try_push(2U), push_status::full);
  EXPECT_EQ(queue.push_for(2U, std::chrono::milliseconds(1)), push_status::timed_out);
  std::uint32_t out = 0;
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 1U);
}

/// atomic_queue#83: a producer thread that ended in the middle of the stream; the others must go on.
TEST_F(upstream, a_producer_thread_that_ends_leaves_the_others_their_rights_atomic_queue_83) {
  queue_type queue = kind::make<std::uint32_t>(2);
  for (std::uint32_t i = 0; i < 50; ++i) {
    std::thread([&] { ASSERT_EQ(queue.try_push(i), push_status::ok); }).join();
    std::uint32_t out = 0;
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    ASSERT_EQ(out, i);
  }
  EXPECT_EQ(queue.try_push(50U), push_status::ok);
}

}  // namespace
}  // namespace tidegate::test
