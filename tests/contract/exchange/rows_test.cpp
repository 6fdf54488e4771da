// Rows: each thread and each handle has one of its own, is told when there is none, and leaves it to the next.
#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class rows : public watched {
 protected:
  template <class T>
  using ring = typename Kind::template type<T>;
};
using kinds_with_rows = testing::Types<mpmc_default, mpmc_helped, mpmc_lock_free>;
TYPED_TEST_SUITE(rows, kinds_with_rows, kind_names);

template <class Queue>
void expect_whole(Queue& queue) {
  std::uint32_t out = 0;
  for (std::uint32_t id = 0; id < queue.capacity(); ++id) ASSERT_EQ(queue.try_push(std::uint32_t{id}), push_status::ok);
  ASSERT_EQ(queue.try_push(0U), push_status::full);
  for (std::uint32_t id = 0; id < queue.capacity(); ++id) {
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    ASSERT_EQ(out, id);
  }
  ASSERT_EQ(queue.try_pop(out), pop_status::empty);
}

TYPED_TEST(rows, of_a_thousand_short_lived_threads_are_four) {
  typename TestFixture::template ring<std::uint32_t> queue(3, ring_rows{4, 4});
  std::atomic<std::uint64_t> pushed{0};
  std::atomic<std::uint64_t> popped{0};
  for (int wave = 0; wave < 250; ++wave) {
    std::array<std::jthread, 4> threads;
    for (std::jthread& thread : threads) {
      thread = std::jthread([&] {
        std::uint32_t out = 0;
        const push_status push = queue.try_push(1U);
        const pop_status pop = queue.try_pop(out);
        EXPECT_NE(push, push_status::no_row);
        EXPECT_NE(pop, pop_status::no_row);
        if (push == push_status::ok) ++pushed;
        if (pop == pop_status::ok) ++popped;
      });
    }
  }
  EXPECT_EQ(queue.pushed_hint(), pushed);
  EXPECT_EQ(queue.popped_hint(), popped);
  EXPECT_EQ(queue.depth_hint(), pushed - popped);
  std::uint32_t out = 0;
  while (queue.try_pop(out) == pop_status::ok) continue;
  expect_whole(queue);
}

/// Pushes one element, if there is a row for that.
template <class Queue>
[[nodiscard]] bool gets_to_push(Queue& queue) {
  move_only value(7);
  const push_status answer = queue.try_push(std::move(value));
  if (answer != push_status::no_row) return answer == push_status::ok;
  EXPECT_EQ(queue.push_evict(std::move(value)), push_status::no_row);
  EXPECT_EQ(queue.try_emplace(1U), push_status::no_row);
  EXPECT_EQ(queue.try_push_n(&value, 1), 0U);
  EXPECT_EQ(value.id(), 7U) << "a refused element lost its value";
  return false;
}

/// Pops one element, if there is a row for that.
template <class Queue>
[[nodiscard]] bool gets_to_pop(Queue& queue) {
  move_only out(8);
  const pop_status answer = queue.try_pop(out);
  if (answer != pop_status::no_row) return answer == pop_status::ok;
  EXPECT_EQ(queue.try_consume([](move_only&&) noexcept { ADD_FAILURE() << "called"; }), pop_status::no_row);
  EXPECT_EQ(queue.try_pop_n(&out, 1), 0U);
  EXPECT_EQ(out.id(), 8U) << "a pop without a row wrote to its argument";
  return false;
}

TYPED_TEST(rows, are_for_as_many_threads_at_the_same_time_and_no_more) {
  typename TestFixture::template ring<move_only> queue(64, ring_rows{4, 4});
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> pushed{0};
    std::atomic<int> popped{0};
    {
      std::barrier together(6);
      std::vector<std::jthread> threads;
      for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&] {
          if (gets_to_push(queue)) ++pushed;
          together.arrive_and_wait();
          if (gets_to_pop(queue)) ++popped;
          together.arrive_and_wait();  // nobody ends before everybody has asked
        });
      }
    }
    ASSERT_EQ(pushed, 4) << "round " << round;
    ASSERT_EQ(popped, 4) << "round " << round;
  }
}

TYPED_TEST(rows, of_handles_come_back_with_them) {
  typename TestFixture::template ring<std::uint32_t> queue(3, ring_rows{2, 2});
  for (int round = 0; round < 10; ++round) {
    auto first = queue.make_producer();
    auto second = queue.make_producer();
    EXPECT_FALSE(queue.try_make_producer());
    EXPECT_EQ(queue.try_push(1U), push_status::no_row) << "handles and threads share the rows";
    try {
      static_cast<void>(queue.make_producer());
      ADD_FAILURE() << "a third handle on two rows";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::resource_unavailable_try_again);
      EXPECT_NE(std::string(error.what()).find("producer handle to be had, all 2 rows"), std::string::npos);
    }
    auto moved = std::move(first);
    EXPECT_FALSE(first);  // NOLINT: the moved-from state is what is tested
    EXPECT_FALSE(queue.try_make_producer()) << "moving a handle frees nothing";
    moved = std::move(second);
    EXPECT_TRUE(queue.try_make_producer()) << "what was assigned to gave its row back";
  }
  std::vector<typename TestFixture::template ring<std::uint32_t>::consumer> consumers;
  while (auto one = queue.try_make_consumer()) consumers.push_back(std::move(one));
  EXPECT_EQ(consumers.size(), 2U);
  EXPECT_THROW(static_cast<void>(queue.make_consumer()), std::system_error);
}

TYPED_TEST(rows, pass_between_threads_with_their_handle) {
  typename TestFixture::template ring<std::uint32_t> queue(3, ring_rows{1, 1});
  auto producer = queue.make_producer();
  auto consumer = queue.make_consumer();
  for (std::uint32_t id = 0; id < 50; ++id) {
    std::jthread([&] { EXPECT_EQ(producer.try_push(std::uint32_t{id}), push_status::ok); }).join();
    std::jthread([&] {
      std::uint32_t out = 0;
      EXPECT_EQ(consumer.try_pop(out), pop_status::ok);
      EXPECT_EQ(out, id);
    }).join();
  }
}

TYPED_TEST(rows, of_one_side_alone_can_be_used_up) {
  typename TestFixture::template ring<std::uint32_t> queue(3, ring_rows{1, 5});
  EXPECT_EQ(queue.rows().producers, 1U);
  EXPECT_EQ(queue.rows().consumers, 5U);
  const auto producer = queue.make_producer();
  std::uint32_t out = 0;
  EXPECT_EQ(queue.try_push(1U), push_status::no_row);
  EXPECT_EQ(queue.try_pop(out), pop_status::empty);
}

/// A ring is used by a thread that has used another one at the same address before.
TYPED_TEST(rows, of_a_ring_are_its_own) {
  for (int round = 0; round < 10; ++round) {
    typename TestFixture::template ring<std::uint32_t> first(2, ring_rows{1, 1});
    typename TestFixture::template ring<std::uint32_t> second(2, ring_rows{1, 1});
    expect_whole(first);
    expect_whole(second);
  }
}

}  // namespace
}  // namespace tidegate::test
