// fair_queue: a key has its bucket, or its hand of buckets, and nobody else's room or turns.
#include "tidegate/queue/fair_queue.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/support.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate::test {
namespace {

constexpr fair_options in_order{};
constexpr fair_options hand_of_3{.hand = 3};
const auto long_ago = test_clock::time_point() + std::chrono::hours(1);

template <class Queue>
std::string key_in(const Queue& queue, std::size_t bucket, const std::string& stem) {
  for (int i = 0;; ++i) {
    std::string key = stem + std::to_string(i);
    if (queue.bucket_of(key) == bucket) return key;
  }
}

TEST(fair_queue, keys_are_spread_over_all_buckets) {
  fair_queue<unsigned, int> queue({.buckets = 64, .capacity = 1, .all = {.rows = {.producers = 1}}});
  EXPECT_EQ(queue.buckets(), 64U);
  std::map<std::size_t, int> keys_of;
  for (unsigned key = 0; key < 6'400; ++key) ++keys_of[queue.bucket_of(key)];
  EXPECT_EQ(keys_of.size(), 64U);
  for (const auto& [bucket, count] : keys_of) {
    EXPECT_LT(bucket, 64U);
    EXPECT_GT(count, 50);  // 100 expected, deviation 10
    EXPECT_LT(count, 150);
  }
}

TEST(fair_queue, the_seed_mixes_them_anew) {
  fair_queue<unsigned, int> one({.buckets = 64, .capacity = 1});
  fair_queue<unsigned, int> same({.buckets = 64, .capacity = 1});
  fair_queue<unsigned, int> other({.buckets = 64, .capacity = 1, .seed = 1});
  int alike = 0;
  for (unsigned key = 0; key < 640; ++key) {
    EXPECT_EQ(one.bucket_of(key), same.bucket_of(key));
    alike += one.bucket_of(key) == other.bucket_of(key) ? 1 : 0;
  }
  EXPECT_LT(alike, 40);
}

TEST(fair_queue, a_hand_has_different_buckets_and_every_one_is_dealt) {
  fair_queue<unsigned, int, hand_of_3> queue({.buckets = 5, .capacity = 1});
  std::map<std::array<std::size_t, 3>, int> hands;
  for (unsigned key = 0; key < 6'000; ++key) {
    const auto hand = queue.hand_of(key);
    EXPECT_EQ(queue.bucket_of(key), hand[0]);
    EXPECT_EQ(std::set<std::size_t>(hand.begin(), hand.end()).size(), 3U);
    for (const std::size_t bucket : hand) EXPECT_LT(bucket, 5U);
    ++hands[hand];
  }
  EXPECT_EQ(hands.size(), 60U) << "5 x 4 x 3";
  for (const auto& each : hands) EXPECT_GT(each.second, 50) << "100 expected, deviation 10";
  fair_queue<unsigned, int, hand_of_3> all_of_them({.buckets = 3, .capacity = 1});
  auto hand = all_of_them.hand_of(7);
  std::sort(hand.begin(), hand.end());
  EXPECT_EQ(hand, (std::array<std::size_t, 3>{0, 1, 2}));
}

TEST(fair_queue, one_key_fills_its_bucket_and_no_other) {
  fair_queue<std::string, int> queue({.buckets = 8, .capacity = 3, .all = {.name = "tenants"}});
  EXPECT_EQ(queue.name(), "tenants");
  EXPECT_EQ(queue.capacity(), 3U);
  const std::string hog = key_in(queue, 2, "hog");
  const std::string quiet = key_in(queue, 5, "quiet");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.try_push(hog, 10 + i), push_status::ok);
  EXPECT_EQ(queue.try_push(hog, 9), push_status::full);
  EXPECT_FALSE(queue.push_ready(hog));
  EXPECT_TRUE(queue.push_ready(quiet));
  EXPECT_EQ(wait_any(long_ago, queue.push_source(hog), queue.push_source(quiet)), 1U);
  EXPECT_EQ(queue.stats_of(queue.bucket_of(hog)).rejected, 1U) << "whose cap was hit";
  EXPECT_EQ(queue.stats().rejected, 1U);
  ASSERT_EQ(queue.try_push(quiet, 20), push_status::ok);
  EXPECT_EQ(queue.depth_hint(2), 3U);
  std::string order;
  int out = 0;
  for (std::size_t bucket = 0; queue.try_pop(out, bucket) == pop_status::ok;)
    order += std::to_string(bucket) + ":" + std::to_string(out) + " ";
  EXPECT_EQ(order, "2:10 5:20 2:11 2:12 ");
  EXPECT_DOUBLE_EQ(queue.stats_of(5).share, 0.25);
}

TEST(fair_queue, with_a_hand_an_element_goes_into_the_shortest) {
  fair_queue<unsigned, int, hand_of_3> queue({.buckets = 6, .capacity = 2});
  const auto hand = queue.hand_of(1);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.try_push(1, std::move(i)), push_status::ok);
  for (const std::size_t bucket : hand) EXPECT_EQ(queue.depth_hint(bucket), 1U);
  ASSERT_EQ(queue.try_push(1, 3), push_status::ok);
  EXPECT_EQ(queue.depth_hint(hand[0]), 2U) << "of several shortest, the first one of the hand";
  for (int i = 0; i < 2; ++i) ASSERT_EQ(queue.try_push(1, std::move(i)), push_status::ok);
  const int copied = 7;
  EXPECT_EQ(queue.try_push(1, copied), push_status::full) << "all of the hand are";
  EXPECT_EQ(queue.try_push(1, 7), push_status::full);
  EXPECT_FALSE(queue.push_ready(1));
  EXPECT_EQ(queue.stats().rejected, 2U) << "once each";
  EXPECT_EQ(queue.stats_of(hand[0]).rejected, 2U);
  int out = 0;
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_TRUE(queue.push_ready(1));
  EXPECT_EQ(queue.try_push(1, copied), push_status::ok);
  EXPECT_EQ(queue.stats().depth, 6U);
}

TEST(fair_queue, a_hand_has_all_the_outcomes) {
  std::stop_source stopped;
  stopped.request_stop();
  fair_queue<unsigned, std::unique_ptr<int>, hand_of_3> queue(
      {.buckets = 3, .capacity = 1, .all = {.offer_for = std::chrono::milliseconds(1)}});
  for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.push(1, std::make_unique<int>(i)), push_status::ok);
  auto kept = std::make_unique<int>(9);
  EXPECT_EQ(queue.push_until(1, std::move(kept), long_ago), push_status::timed_out);
  EXPECT_EQ(queue.stats().push_waits, 0U) << "a deadline in the past is one try";
  EXPECT_EQ(queue.push_for(1, std::move(kept), std::chrono::milliseconds(1)), push_status::timed_out);
  EXPECT_EQ(queue.offer(1, std::move(kept)), push_status::timed_out);
  EXPECT_EQ(queue.stats().timed_out, 3U);
  EXPECT_EQ(queue.stats().push_waits, 2U);
  EXPECT_EQ(queue.push(1, std::move(kept), stopped.get_token()), push_status::cancelled);
  queue.close();
  EXPECT_EQ(queue.push(1, std::move(kept)), push_status::closed);
  EXPECT_EQ(queue.try_push(1, std::move(kept)), push_status::closed);
  ASSERT_NE(kept, nullptr) << "what is refused is not moved from";
  fair_queue<unsigned, int, fair_options{.buckets = {.overflow = overflow_kind::drop_newest}, .hand = 2}> dropping(
      {.buckets = 2, .capacity = 1});
  for (int i = 0; i < 2; ++i) ASSERT_EQ(dropping.offer(1, std::move(i)), push_status::ok);
  EXPECT_EQ(dropping.offer(1, 2), push_status::dropped);
  EXPECT_EQ(dropping.stats().dropped, 1U);
}

template <wait_kind Wait>
void a_push_waits_at_its_whole_hand() {
  const watchdog dog;
  constexpr fair_options options{.buckets = {.wait = Wait}, .hand = 3};
  fair_queue<unsigned, int, options> queue({.buckets = 3, .capacity = 1});
  constexpr int each = 2'000;
  std::array<int, 3> received{};
  {
    std::vector<std::jthread> producers;
    for (unsigned key = 0; key < 3; ++key) {
      producers.emplace_back([&, key] {
        for (int i = 0; i < each; ++i) {
          if (queue.push_until(key, static_cast<int>(key), in_good_time()) != push_status::ok) return;
        }
      });
    }
    for (int i = 0; i < 3 * each; ++i) {
      int out = 0;
      ASSERT_EQ(queue.pop_until(out, in_good_time()), pop_status::ok);
      ++received[static_cast<std::size_t>(out)];
    }
  }
  EXPECT_EQ(received, (std::array{each, each, each}));
}
TEST(fair_queue, a_push_waits_at_its_whole_hand) { a_push_waits_at_its_whole_hand<wait_kind::spin_park>(); }
TEST(fair_queue, a_push_that_sleeps_waits_at_its_whole_hand) { a_push_waits_at_its_whole_hand<wait_kind::park>(); }
TEST(fair_queue, a_push_that_stays_awake_does_so_too) { a_push_waits_at_its_whole_hand<wait_kind::spin_yield>(); }

TEST(fair_queue, a_stop_and_the_end_wake_who_waits_with_a_hand) {
  const watchdog dog;
  fair_queue<unsigned, int, hand_of_3> queue({.buckets = 3, .capacity = 1});
  for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.try_push(1, std::move(i)), push_status::ok);
  std::stop_source stop;
  push_status stopped{};
  push_status closed{};
  {
    std::jthread one([&] { stopped = queue.push(1, 8, stop.get_token()); });
    std::jthread other([&] { closed = queue.push(1, 9); });
    std::this_thread::yield();
    stop.request_stop();
    one.join();
    queue.close();
  }
  EXPECT_EQ(stopped, push_status::cancelled);
  EXPECT_EQ(closed, push_status::closed);
}

TEST(fair_queue, elements_of_a_key_stay_in_order) {
  const watchdog dog;
  fair_queue<unsigned, std::uint32_t, in_order> queue({.buckets = 4, .capacity = 2});
  constexpr std::uint32_t each = 2'000;
  std::array<std::uint32_t, 6> next{};
  {
    std::vector<std::jthread> producers;
    for (unsigned key = 0; key < 6; ++key) {
      producers.emplace_back([&, key] {
        for (std::uint32_t i = 0; i < each; ++i) {
          if (queue.push_until(key, key << 24 | i, in_good_time()) != push_status::ok) return;
        }
      });
    }
    for (std::uint32_t i = 0; i < 6 * each; ++i) {
      std::uint32_t out = 0;
      ASSERT_EQ(queue.pop_until(out, in_good_time()), pop_status::ok);
      ASSERT_EQ(out & 0xffffff, next[out >> 24]++);
    }
  }
  EXPECT_TRUE(queue.wait_drained(long_ago));
  queue.close();
  std::uint32_t out = 0;
  EXPECT_EQ(queue.pop(out), pop_status::closed);
  EXPECT_TRUE(queue.closed());
}

TEST(fair_queue, cannot_be_made_of_bad_numbers) {
  using queue_type = fair_queue<unsigned, int, hand_of_3>;
  const auto made_of = [](fair_queue_config numbers) {
    std::error_code error;
    const bool is_made = queue_type::make(numbers, error) != nullptr;
    EXPECT_EQ(is_made, !error);
    if (error) {
      EXPECT_ANY_THROW(queue_type{numbers});
    }
    return error;
  };
  const auto few_rows = [](fair_queue_config numbers) {
    numbers.all.rows.producers = 1;
    return numbers;
  };
  EXPECT_FALSE(made_of({.buckets = 3, .capacity = 1}));
  EXPECT_FALSE(made_of(few_rows({.buckets = queue_type::max_buckets, .capacity = 1})));
  EXPECT_EQ(made_of({.buckets = 2, .capacity = 1}), std::errc::invalid_argument) << "fewer than the hand";
  EXPECT_EQ(made_of({.buckets = queue_type::max_buckets + 1, .capacity = 1}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.buckets = 3, .capacity = 0}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.buckets = 3, .capacity = 1, .all = {.strict = {.lane = 0}}}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.buckets = 3, .capacity = 1, .all = {.quantum = 0}}), std::errc::invalid_argument);
  fair_queue<unsigned, int> none_to_speak_of({.buckets = 1, .capacity = 1});
  EXPECT_EQ(none_to_speak_of.bucket_of(77), 0U);
}

TEST(fair_queue, tells_its_memory) {
  const auto bytes_of = [](std::size_t buckets) {
    return fair_queue<unsigned, std::array<char, 100>>(
               {.buckets = buckets, .capacity = 10, .all = {.rows = {.producers = 1}}})
        .max_bytes();
  };
  EXPECT_GE(bytes_of(20), bytes_of(10) + std::size_t{10} * 10 * 100);
}

}  // namespace
}  // namespace tidegate::test
