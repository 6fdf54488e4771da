// `full` and `empty` are facts, not guesses: neither may contradict what is known to have happened before the call.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class exactness : public watched {};
TYPED_TEST_SUITE(exactness, under_test::storage_kinds, kind_names);

/// Calls completed by one thread, told to another one.
struct alignas(cache_line_bytes) tally {
  std::atomic<std::uint32_t> completed{0};
  void add() noexcept { completed.store(completed.load(std::memory_order_relaxed) + 1, std::memory_order_release); }
  [[nodiscard]] std::uint32_t read() const noexcept { return completed.load(std::memory_order_acquire); }
};

// Pops that were over before a push began made room for it, pushes that were over before a pop began are there for it.
TYPED_TEST(exactness, of_failures_beside_a_busy_peer) {
  const std::uint32_t count = under_test::calls_beside_a_peer * stress_factor();
  for (const std::size_t bound : sizes{1, 3, 14, 15}) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    tally pushes;
    tally pops;
    std::jthread producer([&] {
      for (std::uint32_t pushed = 0; pushed < count;) {
        const std::uint32_t popped_before = pops.read();
        if (queue.try_push(std::uint32_t{pushed}) == push_status::ok) {
          pushes.add();
          ++pushed;
        } else {
          EXPECT_GE(pushed - popped_before, bound) << "full, with room since before the call";
          std::this_thread::yield();
        }
      }
    });
    std::uint32_t out = 0;
    for (std::uint32_t popped = 0; popped < count;) {
      const std::uint32_t pushed_before = pushes.read();
      if (queue.try_pop(out) == pop_status::ok) {
        ASSERT_EQ(out, popped);
        pops.add();
        ++popped;
      } else {
        EXPECT_LE(pushed_before, popped) << "empty, with an element inside since before the call";
        std::this_thread::yield();
      }
    }
  }
}

// Two threads take turns, so that each knows exactly what the other one has done.
TYPED_TEST(exactness, of_every_answer_between_threads_that_take_turns) {
  for (const std::size_t bound : sizes{1, 2, 13, 14, 29}) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    std::atomic<std::uint32_t> turn{0};  // even: the producer's
    constexpr std::uint32_t rounds = 400;
    const auto amount = [bound](std::uint32_t round) { return 1 + round % bound; };
    std::jthread producer([&] {
      for (std::uint32_t round = 0; round < rounds; ++round) {
        EXPECT_TRUE(eventually([&] { return turn == 2 * round; }));
        for (std::size_t i = 0; i < amount(round); ++i) EXPECT_EQ(queue.try_push(1U), push_status::ok);
        if (amount(round) == bound) {
          EXPECT_EQ(queue.try_push(1U), push_status::full);
        }
        ++turn;
      }
    });
    std::uint32_t out = 0;
    for (std::uint32_t round = 0; round < rounds; ++round) {
      ASSERT_TRUE(eventually([&] { return turn == 2 * round + 1; }));
      for (std::size_t i = 0; i < amount(round); ++i) ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(queue.try_pop(out), pop_status::empty);
      ++turn;
    }
  }
}

}  // namespace
}  // namespace tidegate::test
