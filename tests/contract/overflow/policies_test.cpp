// What each overflow policy answers, does and counts.
#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/overflow/support.hpp"
#include "tidegate/flow/sampler.hpp"
#include "tidegate/queue/offering_calls.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/spill_calls.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

template <class Stage>
class overflow_of : public testing::Test {};
using all_stages = testing::Types<one_to_one, many_to_many, many_to_one, one_to_many, on_blocks, on_tickets>;
TYPED_TEST_SUITE(overflow_of, all_stages);

template <class Stage>
class eviction_of : public testing::Test {};
using evicting_stages = testing::Types<many_to_many, many_to_one, one_to_many>;
TYPED_TEST_SUITE(eviction_of, evicting_stages);

template <class Stage>
class spilling_of : public testing::Test {};
using spilling_stages = testing::Types<one_to_one, many_to_one, on_blocks>;
TYPED_TEST_SUITE(spilling_of, spilling_stages);

template <class Queue>
[[nodiscard]] std::uint32_t popped(Queue& queue) {
  item out{.number = 999};
  return queue.try_pop(out) == pop_status::ok ? out.number : 0;
}

TYPED_TEST(eviction_of, drop_oldest_makes_room_and_hands_the_victim_over) {
  typename TypeParam::template type<overflow_kind::drop_oldest> queue({.capacity = 2});
  EXPECT_EQ(queue.offer(item{.number = 1}), push_status::ok);
  EXPECT_EQ(queue.offer(item{.number = 2}), push_status::ok);
  EXPECT_EQ(queue.offer(item{.number = 3}), push_status::evicted);
  std::uint32_t victim = 0;
  const auto note = [&](item&& oldest) noexcept { victim = oldest.number; };
  EXPECT_EQ(queue.offer(item{.number = 4}, note), push_status::evicted);
  EXPECT_EQ(victim, 2U);
  const auto thrower = [](item&&) { throw std::runtime_error("no"); };
  EXPECT_THROW(static_cast<void>(queue.offer(item{.number = 5}, thrower)), std::runtime_error);
  EXPECT_EQ(queue.depth_hint(), 2U);
  EXPECT_EQ(popped(queue), 4U);
  EXPECT_EQ(popped(queue), 5U) << "it is in, although the victim's callback has thrown";
  queue.close();
  EXPECT_EQ(queue.offer(item{.number = 6}, note), push_status::closed);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.evicted, 3U);
  EXPECT_EQ(stats.pushed, 5U);
  EXPECT_EQ(stats.popped, 2U);
  EXPECT_EQ(stats.closed, 1U);
  EXPECT_TRUE(account_of(stats).balances());
}

TYPED_TEST(overflow_of, sample_keeps_every_third_above_the_saturation_with_its_weight) {
  typename TypeParam::template type<overflow_kind::sample> queue({.capacity = 4, .sample = {.every = 3, .above = 0.5}});
  const auto mark = [](item& kept, std::uint64_t weight) noexcept { kept.weight = weight; };
  std::vector<push_status> answers;
  for (std::uint32_t i = 1; i <= 14; ++i) answers.push_back(queue.offer(item{.number = i}, mark));
  for (std::uint32_t i = 1; i <= 14; ++i) {
    const bool is_kept = i <= 2 || i == 5 || i == 8;
    EXPECT_EQ(answers[i - 1], is_kept ? push_status::ok : push_status::dropped) << i;
  }
  std::vector<std::uint64_t> weights;
  const auto pop_all = [&] {
    for (item out; queue.try_pop(out) == pop_status::ok;) weights.push_back(out.weight);
  };
  pop_all();
  EXPECT_EQ(weights, (std::vector<std::uint64_t>{1, 1, 3, 3}));
  EXPECT_EQ(queue.offer(item{}, mark), push_status::ok);
  pop_all();
  EXPECT_EQ(weights.back(), 7U) << "six were left out, or found the queue full, since the last one";
  EXPECT_EQ(queue.offer(item{}), push_status::ok);
  queue.close();
  EXPECT_EQ(queue.offer(item{}, mark), push_status::closed);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.sampled_out, 10U);
  EXPECT_EQ(stats.pushed, 6U);
  EXPECT_EQ(stats.dropped + stats.rejected, 0U);
  EXPECT_EQ(stats.closed, 1U);
  EXPECT_TRUE(account_of(stats).balances());
}

TYPED_TEST(overflow_of, redirect_goes_on_elsewhere_and_says_what_was_answered_there) {
  typename TypeParam::template type<overflow_kind::redirect> queue({.capacity = 1});
  spsc_queue<item, by_policy(overflow_kind::drop_newest)> other({.capacity = 1});
  spsc_ring<item> ring(1);
  EXPECT_EQ(queue.offer(item{.number = 1}, other), push_status::ok);
  EXPECT_EQ(other.depth_hint(), 0U);
  EXPECT_EQ(queue.offer(item{.number = 2}, other), push_status::ok);
  EXPECT_EQ(queue.offer(item{.number = 3}, other), push_status::dropped);
  EXPECT_EQ(queue.offer(item{.number = 4}, ring), push_status::ok);
  EXPECT_EQ(queue.offer(item{.number = 5}, ring), push_status::full);
  EXPECT_EQ(popped(queue), 1U);
  EXPECT_EQ(popped(other), 2U);
  queue.close();
  EXPECT_EQ(queue.offer(item{.number = 6}, other), push_status::closed);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.redirected, 4U);
  EXPECT_EQ(stats.closed, 1U);
  EXPECT_EQ(stats.rejected + stats.dropped, 0U) << "that is the other queue's account";
  EXPECT_TRUE(account_of(stats).balances());
  EXPECT_EQ(account_of(other.stats()).offered, 2U);
  EXPECT_EQ(other.stats().dropped, 1U);
}

TYPED_TEST(spilling_of, everything_goes_to_the_hook_until_it_is_drained) {
  typename TypeParam::template type<overflow_kind::spill> queue({.capacity = 2});
  locked_spill hook(3);
  item out;
  EXPECT_EQ(queue.try_pop_spilled(out, hook), pop_status::empty);
  EXPECT_EQ(queue.pop_spilled_until(out, hook, native_sync::now() - 1s), pop_status::timed_out);
  std::uint32_t next = 1;
  const auto offer = [&](push_status expected) { EXPECT_EQ(queue.offer(item{.number = next++}, hook), expected); };
  const auto pop = [&](std::uint32_t expected) {
    EXPECT_EQ(queue.try_pop_spilled(out, hook), pop_status::ok);
    EXPECT_EQ(out.number, expected);
  };
  offer(push_status::ok);
  offer(push_status::ok);
  offer(push_status::spilled);
  pop(1);
  offer(push_status::spilled);  // although there is room: 3 comes first
  pop(2);
  pop(3);
  offer(push_status::spilled);
  EXPECT_EQ(queue.depth_hint(), 0U);
  EXPECT_EQ(queue.try_pop(out), pop_status::empty) << "the queue alone is empty";
  offer(push_status::spilled);
  offer(push_status::full);
  for (const std::uint32_t number : {4U, 5U, 6U}) pop(number);
  offer(push_status::ok);
  offer(push_status::ok);
  offer(push_status::spilled);
  queue.close();
  offer(push_status::closed);
  for (const std::uint32_t number : {8U, 9U, 10U}) pop(number);
  EXPECT_EQ(queue.pop_spilled(out, hook), pop_status::closed);
  offer(push_status::closed);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.spilled, 5U);
  EXPECT_EQ(stats.unspilled, 5U);
  EXPECT_EQ(stats.rejected, 1U);
  EXPECT_EQ(stats.closed, 2U);
  EXPECT_TRUE(account_of(stats).balances());
}

TYPED_TEST(spilling_of, what_is_spilled_wakes_the_consumer) {
  typename TypeParam::template type<overflow_kind::spill> queue({.capacity = 1});
  locked_spill hook;
  queue.rebind_consumer();
  std::uint32_t sum = 0;
  {
    const std::jthread consumer([&] {
      for (item out; queue.pop_spilled(out, hook) == pop_status::ok;) sum += out.number;
    });
    for (std::uint32_t i = 1; i <= 500; ++i) EXPECT_TRUE(accepted(queue.offer(item{.number = i}, hook)));
    queue.close();
  }
  EXPECT_EQ(sum, 500U * 501 / 2);
}

/// max_waiters.

constexpr queue_options limited{.wait = wait_kind::park, .limits_waiters = true};

TEST(max_waiters, is_the_number_that_waits_whoever_comes) {
  constexpr std::uint32_t waiting = 2;
  constexpr std::uint32_t all = 6;
  shared_queue<item, side_count::many_to_many, limited, native_sync> queue({.capacity = 1, .max_waiters = waiting});
  ASSERT_EQ(queue.try_push(item{}), push_status::ok);
  std::array<push_status, all> answers{};
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers) threads.emplace_back([&] { answer = queue.push(item{}); });
    while (queue.stats().turned_away != all - waiting) std::this_thread::yield();
    item out;
    for (std::uint32_t i = 0; i <= waiting; ++i) EXPECT_EQ(queue.pop(out), pop_status::ok);
  }
  std::uint32_t accepted_ones = 0;
  for (const push_status answer : answers) accepted_ones += answer == push_status::ok ? 1 : 0;
  EXPECT_EQ(accepted_ones, waiting);
  EXPECT_EQ(queue.stats().rejected, all - waiting);
  EXPECT_EQ(queue.stats().turned_away, all - waiting);
}

TEST(max_waiters, none_is_full_at_once_but_a_deadline_that_has_passed_is_one_try) {
  spsc_queue<item, limited> queue({.capacity = 1, .max_waiters = 0});
  EXPECT_EQ(queue.push(item{}), push_status::ok);
  EXPECT_EQ(queue.push(item{}), push_status::full);
  EXPECT_EQ(queue.offer(item{}), push_status::full);
  EXPECT_EQ(queue.push_for(item{}, 1h), push_status::full);
  EXPECT_EQ(queue.push_until(item{}, native_sync::now() - 1s), push_status::timed_out);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.turned_away, 3U);
  EXPECT_EQ(stats.rejected, 3U);
  EXPECT_EQ(stats.timed_out, 1U);
  EXPECT_EQ(stats.push_waits, 0U);
}

TEST(max_waiters, gives_the_place_back_however_the_wait_has_ended) {
  spsc_queue<item, limited> queue({.capacity = 1, .max_waiters = 1});
  ASSERT_EQ(queue.push(item{}), push_status::ok);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.push_for(item{}, 1ms), push_status::timed_out);
  queue.close();
  EXPECT_EQ(queue.push(item{}), push_status::closed);
  EXPECT_EQ(queue.stats().turned_away, 0U);
}

TEST(max_waiters, that_the_type_would_ignore_is_refused) {
  EXPECT_THROW((spsc_queue<item>({.capacity = 1, .max_waiters = 1})), std::invalid_argument);
  EXPECT_THROW(
      (shared_queue<item, side_count::many_to_many, queue_options{}, native_sync>({.capacity = 1, .max_waiters = 1})),
      std::invalid_argument);
  EXPECT_THROW((spsc_queue<item>({.capacity = 1, .sample = {.above = 1.5}})), std::invalid_argument);
  for (const double bound : {0.0, 1.0}) {
    EXPECT_EQ(spsc_queue<item>({.capacity = 1, .sample = {.above = bound}}).capacity(), 1U);
  }
  std::error_code error;
  EXPECT_EQ((make_spsc_queue<item>({.capacity = 1, .max_waiters = 1}, error)), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
  EXPECT_NE((make_spsc_queue<item, limited>({.capacity = 1, .max_waiters = 1}, error)), nullptr);
}

}  // namespace
}  // namespace tidegate::test
