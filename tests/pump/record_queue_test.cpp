#include "pump/record_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace tidegate::pump {
namespace {

using namespace std::chrono_literals;

/// `count` records, the first of which lies at `first`.
std::vector<record> records(std::uint32_t first, std::uint32_t count) {
  std::vector<record> made;
  for (std::uint32_t i = 0; i < count; ++i) made.push_back({0, first + i, 1});
  return made;
}

double samples(const record_queue& of) { return double(of.residence().snapshot().count()); }

TEST(record_queue, records_come_out_as_they_went_in) {
  record_queue queue({.capacity = 5000});
  std::uint32_t in = 0;
  std::uint32_t out = 0;
  for (const std::uint32_t count : {1u, 250u, 251u, 252u, 1024u, 3000u}) {
    auto some = records(in, count);
    ASSERT_EQ(queue.try_push_n(some.data(), some.size()), count);
    in += count;
    std::vector<record> batch(700);
    while (const std::size_t popped = queue.try_pop_n(batch.data(), batch.size())) {
      for (std::size_t i = 0; i < popped; ++i) ASSERT_EQ(batch[i].offset, out++);
    }
    ASSERT_EQ(out, in);
  }
  EXPECT_GE(samples(queue), 4778 / 251);
  EXPECT_LE(samples(queue), 4778 / 251 + 7);
}

TEST(record_queue, a_full_queue_takes_what_there_is_room_for) {
  record_queue queue({.capacity = 600});
  auto some = records(0, 1000);
  EXPECT_EQ(queue.try_push_n(some.data(), some.size()), 600u);
  EXPECT_EQ(queue.try_push_n(some.data(), some.size()), 0u);
  EXPECT_EQ(queue.depth_hint(), 600u);
}

TEST(record_queue, measures_how_long_a_record_stays) {
  record_queue queue({.capacity = 10});
  auto one = records(0, 1);
  record out{};
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(queue.try_push_n(one.data(), 1), 1u);
    std::this_thread::sleep_for(20ms);
    ASSERT_EQ(queue.try_pop_n(&out, 1), 1u);
  }
  EXPECT_EQ(samples(queue), 5);  // a slow stream: every one
  EXPECT_GE(quantile(queue.residence().snapshot(), 0.01), 20ms);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(queue.try_pop_n(&out, 1), 0u);
  EXPECT_EQ(samples(queue), 5);
}

TEST(record_queue, a_record_counts_when_it_leaves_and_not_before) {
  record_queue queue({.capacity = 1000});
  auto some = records(0, 252);  // the first and the last of them are samples
  ASSERT_EQ(queue.try_push_n(some.data(), some.size()), some.size());
  std::vector<record> batch(251);
  ASSERT_EQ(queue.try_pop_n(batch.data(), batch.size()), batch.size());
  EXPECT_EQ(samples(queue), 1);
  std::this_thread::sleep_for(50ms);
  ASSERT_EQ(queue.try_pop_n(batch.data(), batch.size()), 1u);
  EXPECT_EQ(samples(queue), 2);
  EXPECT_GE(quantile(queue.residence().snapshot(), 1), 50ms);
}

/// It never is in the queue; and the next one that gets in has its own time.
TEST(record_queue, a_record_that_finds_no_room_is_no_sample) {
  record_queue queue({.capacity = 1});
  auto one = records(0, 1);
  record out{};
  ASSERT_EQ(queue.try_push_n(one.data(), 1), 1u);
  std::this_thread::sleep_for(20ms);
  ASSERT_EQ(queue.try_push_n(one.data(), 1), 0u);
  std::this_thread::sleep_for(200ms);
  ASSERT_EQ(queue.try_pop_n(&out, 1), 1u);
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_EQ(queue.try_push_n(one.data(), 1), 1u);
  ASSERT_EQ(queue.try_pop_n(&out, 1), 1u);
  const auto spent = std::chrono::steady_clock::now() - begun;  // a histogram tells at most 1/16 more
  EXPECT_EQ(samples(queue), 2);
  EXPECT_LE(quantile(queue.residence().snapshot(), 0.5), spent + spent / 16 + 1us);
  EXPECT_GE(quantile(queue.residence().snapshot(), 1), 220ms);
}

TEST(record_queue, more_stamps_than_it_has_room_for_are_not_taken) {
  record_queue queue({.capacity = 1u << 20});
  auto some = records(0, 1000);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(queue.try_push_n(some.data(), some.size()), some.size());
  std::vector<record> batch(1000);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(queue.try_pop_n(batch.data(), batch.size()), batch.size());
  EXPECT_GE(samples(queue), 1000);
  EXPECT_LE(samples(queue), 1100);
}

}  // namespace
}  // namespace tidegate::pump
