// How a run is shared out among many threads, and what is made of a thread that stops inside a call.
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <thread>

#include "bench/limits/cell_ring.hpp"
#include "bench/mpmc/stall.hpp"
#include "bench/mpmc/transfer.hpp"
#include "bench/selftest/faulty_queue.hpp"

namespace tidegate::bench::mpmc {
namespace {

TEST(RunSize, WholeChunksOfWholeBatchesAndEnoughForEveryThread) {
  for (const crew threads : crews) {
    for (const std::uint64_t count : {1U, 2048U, 1'000'000U}) {
      const run_size size = size_of_run(count, threads, message_traits<word_message>::number_max);
      EXPECT_GE(size.count, count);
      EXPECT_EQ(size.count % size.chunk, 0U);
      EXPECT_EQ(size.chunk % chunk_unit, 0U);
      EXPECT_TRUE(count < 2048 || size.count / size.chunk >= threads.producers);
    }
  }
}

TEST(RunSize, NeverMoreThanAMessageCanCount) {
  constexpr std::uint64_t most = message_traits<half_message>::number_max;
  EXPECT_LE(size_of_run(10 * most, {4, 4}, most).count, most);
}

TEST(Shares, AreHandedOutOnceAndWhole) {
  shares work({320, 32});
  std::vector<std::uint64_t> firsts;
  work.each([&](std::uint64_t first, std::uint64_t count) {
    EXPECT_EQ(count, 32U);
    firsts.push_back(first);
  });
  ASSERT_EQ(firsts.size(), 10U);
  EXPECT_EQ(firsts.front(), 1U);
  EXPECT_EQ(firsts.back(), 289U);
  work.each([](std::uint64_t, std::uint64_t) { ADD_FAILURE() << "handed out again"; });
}

TEST(Roles, ProducersAndConsumersTakeTurns) {
  const auto roles = [](crew threads) {
    std::string text;
    for (unsigned i = 0; i < threads.producers + threads.consumers; ++i) text += is_producer(i, threads) ? 'P' : 'C';
    return text;
  };
  EXPECT_EQ(roles({2, 2}), "PCPC");
  EXPECT_EQ(roles({3, 1}), "PCPP");
  EXPECT_EQ(roles({1, 2}), "PCC");
}

work small_work(std::uint64_t count) {
  const std::vector<int> cpus = allowed_cpus();
  return {{cpus.front(), cpus.back()}, count, cpus};
}

TEST(TeamTransfer, MovesEverything) {
  using ring = cell_ring<half_message, capacity>;
  const measurement taken =
      measure_team<ring, half_message, singly<half_message, pauses_and_yield>, capacity>(small_work(5000), {3, 2});
  EXPECT_GT(taken.value, 0);
}

TEST(TeamTransfer, CatchesAWrongElement) {
  using queue = faulty_queue<word_message, fault::invents, 4000>;  // not of those that touch the slots
  using style = singly<word_message, pauses_and_yield>;
  EXPECT_THROW((measure_team<queue, word_message, style, capacity>(small_work(5000), {2, 2})), wrong_result);
}

TEST(StopSign, StopsOneCopyOfOneThreadUntilItIsTakenDown) {
  stop_sign sign;
  const stall_message original(5);
  stall_message copy;
  std::thread stopped([&] {
    sign.put_up();
    copy = original;  // stops
    copy = original;  // does not
  });
  ASSERT_TRUE(patiently([&] { return sign.reached(); }));
  const stall_message another = original;  // of a thread that has seen no sign
  EXPECT_EQ(another.number, 5U);
  sign.take_down();
  stopped.join();
  EXPECT_EQ(copy.number, 5U);
}

TEST(StallStatistics, TheRatioOfTheRates) {
  const measurement half = judge_windows({1000, 10'000}, {1500, 30'000});
  EXPECT_DOUBLE_EQ(half.value, 0.5);
  EXPECT_DOUBLE_EQ(half.elapsed_s, 40e-6);
  ASSERT_EQ(half.extras.size(), 2U);
  EXPECT_DOUBLE_EQ(half.extras[0].value, 100);
  EXPECT_DOUBLE_EQ(half.extras[1].value, 50);
  EXPECT_DOUBLE_EQ(judge_windows({1000, 10'000}, {0, 10'000}).value, 0);
  EXPECT_THROW(static_cast<void>(judge_windows({0, 10'000}, {0, 10'000})), wrong_result);
}

constexpr std::uint64_t window_us = 5000;

TEST(StallRun, EndsThoughTheQueueStops) {
  using ring = cell_ring<stall_message, capacity>;
  for (const stop_inside where : {stop_inside::push, stop_inside::pop}) {
    const measurement taken = measure_stall<ring, pauses_and_yield>(small_work(window_us), where);
    EXPECT_EQ(taken.extras.size(), 2U);
    EXPECT_GT(taken.extras[0].value, 0);
  }
}

TEST(StallRun, CatchesALostElement) {
  using queue = faulty_queue<stall_message, fault::loses>;
  EXPECT_THROW((measure_stall<queue, pauses_and_yield>(small_work(window_us), stop_inside::pop)), wrong_result);
}

/// Full and empty at once: nothing ever arrives.
struct dead_queue {
  static bool try_push(const stall_message&) { return false; }
  static bool try_pop(stall_message&) { return false; }
};

TEST(StallRun, GivesUpWhenNobodyGetsInside) {
  using run = stall_run<dead_queue, pauses_and_yield>;
  EXPECT_THROW(run(stop_inside::push, 20'000'000).measure(small_work(window_us)), wrong_result);
}

/// Told at its construction how many threads there will be.
struct counted_queue {
  explicit counted_queue(crew threads) : told(threads) {}
  crew told;
};

TEST(Rivals, MayAskForTheCrew) {
  EXPECT_EQ(allocate_queue<counted_queue>({3, 5})->told.consumers, 5U);
  EXPECT_EQ(make_queue<counted_queue>({3, 5}).told.producers, 3U);
}

}  // namespace
}  // namespace tidegate::bench::mpmc
