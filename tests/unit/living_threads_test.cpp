#include "tidegate/base/living_threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "tidegate/base/order.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate {
namespace {

using few = living_threads<std::atomic, 3>;

TEST(LivingThreads, GivesTheSmallestFreeNumber) {
  few table;
  const thread_key first = table.join();
  const thread_key second = table.join();
  EXPECT_EQ(number_of(first), 0u);
  EXPECT_EQ(number_of(second), 1u);
  table.leave(first);
  EXPECT_EQ(number_of(table.join()), 0u);
}

TEST(LivingThreads, NeverGivesAKeyTwice) {
  few table;
  std::set<thread_key> seen;
  for (int i = 0; i < 100; ++i) {
    const thread_key key = table.join();
    EXPECT_NE(key, 0u);
    EXPECT_TRUE(seen.insert(key).second) << "key " << key << " came back";
    table.leave(key);
  }
}

TEST(LivingThreads, KnowsWhoLives) {
  few table;
  const thread_key key = table.join();
  EXPECT_TRUE(table.lives(key));
  table.leave(key);
  EXPECT_FALSE(table.lives(key));
  const thread_key next = table.join();
  EXPECT_TRUE(table.lives(next));
  EXPECT_FALSE(table.lives(key)) << "another thread has its number now";
}

TEST(LivingThreads, SaysWhenThereAreTooMany) {
  few table;
  const thread_key one = table.join();
  static_cast<void>(table.join());
  static_cast<void>(table.join());
  EXPECT_EQ(table.join(), 0u);
  table.leave(one);
  EXPECT_NE(table.join(), 0u);
}

TEST(LivingThreads, AThreadKeepsItsKeyUntilItEnds) {
  thread_key theirs = 0;
  bool lived = false;
  std::jthread([&] {
    theirs = native_sync::this_thread();
    lived = native_sync::lives(theirs) && native_sync::this_thread() == theirs;
  }).join();
  EXPECT_TRUE(lived);
  EXPECT_FALSE(native_sync::lives(theirs));
  EXPECT_NE(native_sync::this_thread(), theirs);
  EXPECT_TRUE(native_sync::lives(native_sync::this_thread()));
}

TEST(LivingThreads, APartOfAKeyTellsUntilItsBitsComeAgain) {
  living_threads<std::atomic, 4> table;
  constexpr thread_key kept = 0x1'ffff;  // the number, and one bit of the generation
  const thread_key first = table.join();
  EXPECT_TRUE(table.may_live(first & kept, kept));
  table.leave(first);
  EXPECT_FALSE(table.may_live(first & kept, kept));
  const thread_key second = table.join();
  EXPECT_FALSE(table.may_live(first & kept, kept)) << "another thread with that number";
  table.leave(second);
  static_cast<void>(table.join());
  EXPECT_TRUE(table.may_live(first & kept, kept)) << "two threads on, the bit is the same";
  EXPECT_TRUE(native_sync::may_live(native_sync::this_thread() & 0xffff'ffff, 0xffff'ffff));
}

TEST(LivingThreads, ThreadsAtTheSameTimeHaveDifferentNumbers) {
  constexpr std::size_t count = 8;
  std::vector<thread_key> keys(count);
  std::atomic<std::size_t> joined{0};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        keys[i] = native_sync::this_thread();
        joined.fetch_add(1, order::acq_rel);
        while (joined.load(order::acquire) != count) std::this_thread::yield();
      });
    }
  }
  std::set<std::size_t> numbers;
  for (const thread_key key : keys) numbers.insert(number_of(key));
  EXPECT_EQ(numbers.size(), count);
}

}  // namespace
}  // namespace tidegate
