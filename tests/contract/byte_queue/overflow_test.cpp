// Byte queues that are full: what offer() answers and counts, and how many may wait.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/flow/conservation.hpp"
#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/byte_queue_options.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::byte, 8> record{};

TEST(byte_overflow, is_answered_and_counted_by_policy) {
  byte_queue<byte_queue_options{.overflow = overflow_kind::reject}> rejects({.capacity = 24});
  byte_queue<byte_queue_options{.overflow = overflow_kind::drop_newest}> drops({.capacity = 24});
  byte_queue<byte_queue_options{.limits_waiters = true}> blocks({.capacity = 24, .offer_for = 1ms, .max_waiters = 1});
  const auto answer_when_full = [](auto& queue) {
    push_status status = push_status::ok;
    while (status == push_status::ok) status = queue.offer(record);
    return status;
  };
  EXPECT_EQ(answer_when_full(rejects), push_status::full);
  EXPECT_EQ(answer_when_full(drops), push_status::dropped);
  EXPECT_EQ(answer_when_full(blocks), push_status::timed_out);
  EXPECT_EQ(rejects.stats().rejected, 1U);
  EXPECT_EQ(drops.stats().dropped, 1U);
  EXPECT_EQ(drops.stats().rejected, 0U);
  EXPECT_EQ(blocks.stats().timed_out, 1U);
  drops.close();
  EXPECT_EQ(drops.offer(record), push_status::closed);
  EXPECT_EQ(drops.stats().closed, 1U);
}

TEST(byte_overflow, max_waiters_turns_away) {
  mpsc_byte_queue<byte_queue_options{.limits_waiters = true}> queue({.capacity = 24, .max_waiters = 0});
  push_status status = push_status::ok;
  while (status == push_status::ok) status = queue.push(record);
  EXPECT_EQ(status, push_status::full);
  EXPECT_EQ(queue.stats().turned_away, 1U);
}

TEST(byte_overflow, max_waiters_that_the_type_would_ignore_is_refused) {
  EXPECT_THROW((byte_queue<>({.capacity = 64, .max_waiters = 1})), std::invalid_argument);
  std::error_code error;
  EXPECT_EQ(make_byte_queue<>({.capacity = 64, .max_waiters = 1}, error), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
}

/// Producers offer, push and give up while somebody closes: what they were told and what was counted agree.
template <overflow_kind Policy>
void expect_that_all_is_accounted_for() {
  constexpr std::uint32_t producers = 3;
  constexpr std::uint32_t offers_each = 3'000;
  mpsc_byte_queue<byte_queue_options{.overflow = Policy}> queue({.capacity = 96, .offer_for = 50us});
  std::array<conservation, producers> told{};
  std::atomic<std::uint32_t> offers{0};
  std::stop_source stop;
  std::uint64_t consumed = 0;
  {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] {
      while (queue.consume([](auto) noexcept {}) == pop_status::ok) {
        if (++consumed % 64 == 0) std::this_thread::yield();
      }
    });
    for (auto& tally : told) {
      threads.emplace_back([&] {
        for (std::uint32_t i = 0; i < offers_each; ++i, ++offers) {
          while (i >= offers_each - 2 && !queue.closed()) std::this_thread::yield();  // one stopped, one too late
          const bool can_stop = i % 5 == 0 || i == offers_each - 2;
          tally.count(can_stop ? queue.push(record, stop.get_token()) : queue.offer(record));
        }
      });
    }
    while (offers.load() < offers_each / 2) std::this_thread::yield();
    stop.request_stop();
    while (offers.load() < offers_each) std::this_thread::yield();
    queue.close();
  }
  conservation all;
  for (const conservation& each : told) all += each;
  const byte_queue_stats stats = queue.stats();
  EXPECT_EQ(all.balance_of_offers(), 0);
  EXPECT_EQ(all.offered, producers * offers_each);
  EXPECT_EQ(all.accepted, consumed);
  EXPECT_EQ(all.accepted, stats.room.records);
  EXPECT_EQ(all.rejected, stats.rejected);
  EXPECT_EQ(all.dropped, stats.dropped);
  EXPECT_EQ(all.timed_out, stats.timed_out);
  EXPECT_EQ(all.cancelled, stats.cancelled);
  EXPECT_EQ(all.closed, stats.closed);
  EXPECT_GT(all.cancelled, 0U);
  EXPECT_GT(all.closed, 0U);
}

TEST(byte_overflow, is_accounted_for_under_every_policy) {
  expect_that_all_is_accounted_for<overflow_kind::block>();
  expect_that_all_is_accounted_for<overflow_kind::reject>();
  expect_that_all_is_accounted_for<overflow_kind::drop_newest>();
}

}  // namespace
}  // namespace tidegate::test
