// What only the queues with several threads on a side have: rows, handles, eviction, and who wakes whom.
#include "tidegate/queue/shared_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/shared_calls.hpp"
#include "tidegate/queue/spmc_queue.hpp"
#include "tidegate/queue/waiting_calls.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;

TEST(SharedQueue, AThreadWithoutARowIsToldSo) {
  mpmc_queue<int> queue({.capacity = 2, .rows = {.producers = 1, .consumers = 1}});
  const auto producer = queue.make_producer();
  const auto consumer = queue.make_consumer();
  int out = 0;
  EXPECT_EQ(queue.try_push(1), push_status::no_row);
  EXPECT_EQ(queue.push(1), push_status::no_row);
  EXPECT_EQ(queue.push_for(1, 1h), push_status::no_row);
  EXPECT_EQ(queue.offer(1), push_status::no_row);
  EXPECT_EQ(queue.push_evict(1), push_status::no_row);
  EXPECT_EQ(queue.try_push_n(&out, 1), 0u);
  EXPECT_EQ(queue.try_pop(out), pop_status::no_row);
  EXPECT_EQ(queue.pop(out), pop_status::no_row);
  EXPECT_EQ(queue.pop_for(out, 1h), pop_status::no_row);
  EXPECT_EQ(queue.try_pop_n(&out, 1), 0u);
  EXPECT_EQ(queue.pop_n_until(&out, 1, std::chrono::steady_clock::time_point::max()), 0u);
  EXPECT_FALSE(queue.try_make_producer());
  EXPECT_FALSE(queue.try_make_consumer());
  EXPECT_THROW(static_cast<void>(queue.make_producer()), std::system_error);
}

TEST(SharedQueue, EvictsTheOldestAndCountsIt) {
  mpmc_queue<std::unique_ptr<int>> queue({.capacity = 1});
  int victim = 0;
  const auto keep = [&](std::unique_ptr<int>&& old) { victim = *old; };
  EXPECT_EQ(queue.push_evict(std::make_unique<int>(1), keep), push_status::ok);
  EXPECT_EQ(queue.push_evict(std::make_unique<int>(2), keep), push_status::evicted);
  EXPECT_EQ(victim, 1);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pushed, 2u);
  EXPECT_EQ(stats.evicted, 1u);
  EXPECT_EQ(stats.popped, 0u);
  EXPECT_EQ(stats.depth, 1u);
}

TEST(SharedQueue, AnEvictionThatThrowsHasHappened) {
  mpmc_queue<int> queue({.capacity = 1});
  EXPECT_EQ(queue.push(1), push_status::ok);
  EXPECT_THROW(static_cast<void>(queue.push_evict(2, [](int&&) { throw 7; })), int);
  int out = 0;
  EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, 2);
}

/// Sleepers are woken one by one: as many as elements come.
TEST(SharedQueue, EveryPushWakesForItself) {
  mpmc_queue<int, queue_options{.wait = wait_kind::park}> queue({.capacity = 8});
  constexpr int sleepers = 4;
  std::atomic<int> woken{0};
  std::vector<std::jthread> consumers;
  for (int i = 0; i < sleepers; ++i) {
    consumers.emplace_back([&] {
      int out = 0;
      if (queue.pop(out) == pop_status::ok) woken.fetch_add(1);
    });
  }
  for (int i = 0; i < sleepers; ++i) EXPECT_EQ(queue.try_push(int{i}), push_status::ok);
  consumers.clear();
  EXPECT_EQ(woken.load(), sleepers);
}

TEST(SharedQueue, DrainWaitsForWhatWasAcceptedBefore) {
  mpmc_queue<int> queue({.capacity = 4});
  EXPECT_TRUE(queue.wait_drained(std::chrono::steady_clock::now()));
  EXPECT_EQ(queue.push(1), push_status::ok);
  EXPECT_EQ(queue.push(2), push_status::ok);
  EXPECT_FALSE(queue.wait_drained(std::chrono::steady_clock::now()));
  std::jthread consumer([&] {
    int out = 0;
    static_cast<void>(queue.pop(out));
    static_cast<void>(queue.pop(out));
  });
  EXPECT_TRUE(queue.wait_drained(std::chrono::steady_clock::time_point::max()));
}

TEST(SharedQueue, AnEvictionDrains) {
  mpmc_queue<int, queue_options{.wait = wait_kind::park}> queue({.capacity = 1});
  EXPECT_EQ(queue.push(1), push_status::ok);
  std::atomic<bool> drained{false};
  std::jthread evictor([&] {
    while (!drained.load()) EXPECT_EQ(queue.push_evict(2), push_status::evicted);
  });
  EXPECT_TRUE(queue.wait_drained(std::chrono::steady_clock::time_point::max()));
  drained.store(true);
}

/// Bulk traffic, with handles.
template <ring_choice Choice>
void move_runs() {
  using queue_type = mpmc_queue<int, queue_options{.wait = wait_kind::park, .many = Choice}>;
  queue_type queue({.capacity = 8});
  int sum = 0;
  {
    std::jthread consumer([&] {
      int out[4];
      for (auto handle = queue.make_consumer();;) {
        const std::size_t taken = handle.pop_n_until(out, 4, std::chrono::steady_clock::time_point::max());
        if (taken == 0) return;
        for (std::size_t i = 0; i < taken; ++i) sum += out[i];
      }
    });
    auto producer = queue.make_producer();
    for (int round = 0; round < 100; ++round) {
      int values[3] = {1, 2, 3};
      for (std::size_t done = 0; done != 3;) {
        const std::size_t pushed = producer.try_push_n(values + done, 3 - done);
        if (pushed == 0) std::this_thread::yield();
        done += pushed;
      }
    }
    EXPECT_TRUE(queue.wait_drained(std::chrono::steady_clock::time_point::max()));
    queue.close();
  }
  EXPECT_EQ(sum, 600);
  EXPECT_EQ(queue.stats().pushed, 300u);
  EXPECT_EQ(queue.stats().popped, 300u);
}

TEST(TicketedQueue, MovesRunsAndWakesForThem) { move_runs<ring_choice::ticketed>(); }
TEST(BlockQueue, MovesRunsAndWakesForThem) { move_runs<ring_choice::block>(); }

TEST(BlockQueue, IsExactInElementsAndCountsThem) {
  mpsc_queue<int, queue_options{.many = ring_choice::block, .block = {.longest_run = 4}}> queue({.capacity = 6});
  static_assert(!queue.can_evict);
  int some[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(queue.try_push_n(some, 8), 6u);
  EXPECT_EQ(queue.try_push(7), push_status::full);
  EXPECT_EQ(queue.try_pop_n(some, 3), 3u) << "a part of the first run";
  EXPECT_EQ(queue.try_push_n(some, 8), 3u);
  EXPECT_FALSE(queue.wait_drained(std::chrono::steady_clock::now()));
  queue.close();
  EXPECT_EQ(queue.pop_n_until(some, 8, std::chrono::steady_clock::time_point::max()), 6u);
  EXPECT_EQ(some[2], 6);
  EXPECT_EQ(some[5], 3);
  EXPECT_TRUE(queue.wait_drained(std::chrono::steady_clock::now()));
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pushed, 9u);
  EXPECT_EQ(stats.popped, 9u);
  EXPECT_EQ(stats.rejected, 1u);
  EXPECT_EQ(stats.depth, 0u);
  EXPECT_GT(queue.max_bytes(), sizeof(queue));
}

/// Its rows are lent as those of the exact queues; a single side has as many as it is given.
TEST(BlockQueue, AThreadWithoutARowIsToldSo) {
  spmc_queue<int, queue_options{.many = ring_choice::block}> queue({.capacity = 2, .rows = {1, 1}});
  const auto producer = queue.make_producer();
  const auto consumer = queue.make_consumer();
  int out = 0;
  EXPECT_EQ(queue.push(1), push_status::no_row);
  EXPECT_EQ(queue.try_push_n(&out, 1), 0u);
  EXPECT_EQ(queue.pop(out), pop_status::no_row);
  EXPECT_EQ(queue.try_pop_n(&out, 1), 0u);
  EXPECT_FALSE(queue.try_make_producer());
  EXPECT_THROW(static_cast<void>(queue.make_consumer()), std::system_error);
}

/// A failure may be false while a peer is in mid-call: who sleeps on one is woken all the same.
TEST(TicketedQueue, NobodySleepsOnWhatIsThere) {
  using queue_type = mpmc_queue<int, queue_options{.wait = wait_kind::park, .many = ring_choice::ticketed}>;
  queue_type queue({.capacity = 2});
  constexpr int each = 20000;
  std::atomic<int> taken{0};
  {
    std::vector<std::jthread> consumers;
    for (int i = 0; i < 3; ++i) {
      consumers.emplace_back([&] {
        for (int out = 0; queue.pop(out) == pop_status::ok;) taken.fetch_add(1);
      });
    }
    {
      std::vector<std::jthread> producers;
      for (int i = 0; i < 3; ++i) {
        producers.emplace_back([&] {
          for (int n = 0; n < each; ++n) EXPECT_EQ(queue.push(int{n}), push_status::ok);
        });
      }
    }
    queue.close();
  }
  EXPECT_EQ(taken.load(), 3 * each);
}

TEST(SharedQueue, MakeAnswersWithoutThrowing) {
  std::error_code error;
  EXPECT_EQ(make_mpmc_queue<int>({.capacity = 0}, error), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
  EXPECT_NE((make_mpsc_queue<int>({.capacity = 3}, error)), nullptr);
  EXPECT_FALSE(error);
  EXPECT_NE((make_spmc_queue<int>({.capacity = 3}, error)), nullptr);
}

}  // namespace
}  // namespace tidegate
