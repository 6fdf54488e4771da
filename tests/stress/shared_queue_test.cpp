// Lost wakes of mpmc_queue, hunted: 16 producers and 16 consumers that sleep at once, at full and at empty, in short
// rounds. Every element arrives, every thread ends; a watchdog says so when nothing moves any more.
//
// TIDEGATE_STRESS=long (tools/test --full) makes a minute of it.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/queue/mpmc_queue.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using test_clock = std::chrono::steady_clock;

constexpr unsigned threads_a_side = 16;

[[nodiscard]] bool is_long() {
  const char* const wish = std::getenv("TIDEGATE_STRESS");
  return wish != nullptr && std::string(wish) == "long";
}

/// How long each of the tests goes on: 16 of them.
[[nodiscard]] std::chrono::milliseconds time_of_a_test() { return is_long() ? 4000ms : 150ms; }

/// Ends the process when nothing moves for 20 s.
class watchdog {
 public:
  explicit watchdog(const std::atomic<std::uint64_t>& moved) : moved_(moved), thread_([this] { watch(); }) {}
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    std::uint64_t before = moved_.load();
    while (!changed_.wait_for(lock, 20s, [this] { return done_; })) {
      const std::uint64_t now = moved_.load();
      if (now == before) {
        std::fprintf(stderr, "watchdog: nothing has moved for 20 s, after %llu elements: a wake was lost\n",
                     static_cast<unsigned long long>(now));
        std::abort();
      }
      before = now;
    }
  }

  const std::atomic<std::uint64_t>& moved_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;  // last: it uses all of the above
};

constexpr queue_options parking(unsigned attempts) {
  queue_options made;
  made.wait = wait_kind::park;
  made.exchange.attempts = attempts;
  return made;
}

inline constexpr queue_options helped_always = parking(0);
inline constexpr queue_options helped_rarely = parking(64);
inline constexpr queue_options in_runs{
    .wait = wait_kind::park, .many = ring_choice::block, .block = {.longest_run = 4}};

/// What everybody has moved in one round.
struct account {
  std::atomic<std::uint64_t> in{0};
  std::atomic<std::uint64_t> out{0};
  std::atomic<std::uint64_t> sum_in{0};
  std::atomic<std::uint64_t> sum_out{0};
};

/// Every thread moves `each` elements by waiting calls without limit, and nobody closes: whoever misses a wake hangs.
template <class Queue>
void run_round(Queue& queue, account& moved, unsigned each, std::atomic<std::uint64_t>& alive) {
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < threads_a_side; ++i) {
    threads.emplace_back([&, i] {
      for (unsigned k = 0; k < each; ++k) {
        const std::uint64_t value = std::uint64_t{i} << 32 | k;
        if (queue.push(std::uint64_t{value}) == push_status::ok) moved.in.fetch_add(1);
        moved.sum_in.fetch_add(value);
        alive.fetch_add(1);
      }
    });
    threads.emplace_back([&] {
      auto consumer = queue.make_consumer();
      std::uint64_t value = 0;
      for (unsigned k = 0; k < each; ++k) {
        if (consumer.pop(value) == pop_status::ok) moved.out.fetch_add(1);
        moved.sum_out.fetch_add(value);
        alive.fetch_add(1);
      }
    });
  }
}

template <queue_options Options, std::size_t Capacity>
void hunt() {
  std::atomic<std::uint64_t> alive{0};
  const watchdog dog(alive);
  const auto end = test_clock::now() + time_of_a_test();
  std::uint64_t rounds = 0;
  do {
    mpmc_queue<std::uint64_t, Options> queue({.capacity = Capacity});
    account moved;
    const unsigned each = 1 + static_cast<unsigned>(rounds++ * 37 % 200);
    run_round(queue, moved, each, alive);
    ASSERT_EQ(moved.in.load(), threads_a_side * each) << "round " << rounds;
    ASSERT_EQ(moved.out.load(), threads_a_side * each) << "round " << rounds;
    ASSERT_EQ(moved.sum_in.load(), moved.sum_out.load()) << "what comes out is what went in";
    ASSERT_EQ(queue.depth_hint(), 0u);
  } while (test_clock::now() < end);
  testing::Test::RecordProperty("rounds", std::to_string(rounds));
}

TEST(LostWakes, HelpedAlwaysCapacity1) { hunt<helped_always, 1>(); }
TEST(LostWakes, HelpedAlwaysCapacity2) { hunt<helped_always, 2>(); }
TEST(LostWakes, HelpedAlwaysCapacity64) { hunt<helped_always, 64>(); }
TEST(LostWakes, HelpedRarelyCapacity1) { hunt<helped_rarely, 1>(); }
TEST(LostWakes, HelpedRarelyCapacity2) { hunt<helped_rarely, 2>(); }
TEST(LostWakes, HelpedRarelyCapacity64) { hunt<helped_rarely, 64>(); }
TEST(LostWakes, InRunsCapacity1) { hunt<in_runs, 1>(); }
TEST(LostWakes, InRunsCapacity5) { hunt<in_runs, 5>(); }

/// Consumers that give up now and then, by deadline: the others get what was meant for them.
template <queue_options Options>
void hunt_with_deserters() {
  std::atomic<std::uint64_t> alive{0};
  const watchdog dog(alive);
  const auto end = test_clock::now() + time_of_a_test();
  do {
    mpmc_queue<std::uint64_t, Options> queue({.capacity = 2});
    constexpr std::uint64_t count = 2000;
    std::atomic<std::uint64_t> left{count};
    std::atomic<std::uint64_t> sum{0};
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < threads_a_side; ++i) {
        threads.emplace_back([&, i] {
          const auto patience = std::chrono::microseconds(i % 2 == 0 ? 50 : 1'000'000'000);
          std::uint64_t value = 0;
          for (pop_status status{}; status != pop_status::closed;) {
            status = queue.pop_for(value, patience);
            if (status != pop_status::ok) continue;
            sum.fetch_add(value);
            alive.fetch_add(1);
            if (left.fetch_sub(1) == 1) queue.close();
          }
        });
      }
      for (std::uint64_t i = 1; i <= count; ++i) ASSERT_EQ(queue.push(std::uint64_t{i}), push_status::ok);
    }
    ASSERT_EQ(sum.load(), count * (count + 1) / 2);
  } while (test_clock::now() < end);
}

TEST(LostWakes, WithDesertersHelpedAlways) { hunt_with_deserters<helped_always>(); }
TEST(LostWakes, WithDesertersHelpedRarely) { hunt_with_deserters<helped_rarely>(); }
TEST(LostWakes, WithDesertersInRuns) { hunt_with_deserters<in_runs>(); }

/// Everybody sleeps on one side when the queue is closed.
template <bool Full, queue_options Options = helped_rarely>
void hunt_at_close() {
  std::atomic<std::uint64_t> alive{0};
  const watchdog dog(alive);
  const auto end = test_clock::now() + time_of_a_test();
  do {
    mpmc_queue<std::uint64_t, Options> queue({.capacity = 1});
    const push_status filled = Full ? queue.push(0) : push_status::ok;
    ASSERT_EQ(filled, push_status::ok);
    std::atomic<unsigned> told{0};
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < threads_a_side; ++i) {
        threads.emplace_back([&] {
          std::uint64_t value = 1;
          const bool closed =
              Full ? queue.push(std::uint64_t{value}) == push_status::closed : queue.pop(value) == pop_status::closed;
          told.fetch_add(closed ? 1 : 0);
          alive.fetch_add(1);
        });
      }
      queue.close();
    }
    ASSERT_EQ(told.load(), threads_a_side);
  } while (test_clock::now() < end);
}

TEST(LostWakes, CloseWakesAllProducers) { hunt_at_close<true>(); }
TEST(LostWakes, CloseWakesAllConsumers) { hunt_at_close<false>(); }
TEST(LostWakes, CloseWakesAllProducersOfRuns) { hunt_at_close<true, in_runs>(); }
TEST(LostWakes, CloseWakesAllConsumersOfRuns) { hunt_at_close<false, in_runs>(); }

/// Bulk calls of both sides, each of as many elements as there is room for, or as are there; they wait when there is
/// none. Somebody waits for every drain meanwhile.
TEST(LostWakes, BulkCallsInRuns) {
  std::atomic<std::uint64_t> alive{0};
  const watchdog dog(alive);
  const auto end = test_clock::now() + time_of_a_test();
  do {
    mpmc_queue<std::uint64_t, in_runs> queue({.capacity = 9});
    constexpr std::uint64_t each = 500;
    std::atomic<std::uint64_t> sum{0};
    {
      std::vector<std::jthread> consumers;
      for (unsigned i = 0; i < threads_a_side; ++i) {
        consumers.emplace_back([&, i] {
          std::uint64_t out[7];
          while (const std::size_t got = queue.pop_n_until(out, 1 + i % 7, test_clock::time_point::max())) {
            for (std::size_t k = 0; k < got; ++k) sum.fetch_add(out[k]);
            alive.fetch_add(got);
          }
        });
      }
      {
        std::vector<std::jthread> producers;
        for (unsigned i = 0; i < threads_a_side; ++i) {
          producers.emplace_back([&, i] {
            std::uint64_t in[6] = {1, 2, 3, 4, 5, 6};
            for (std::uint64_t left = each; left != 0;) {
              const std::size_t pushed = queue.try_push_n(in, left < 1 + i % 6 ? left : 1 + i % 6);
              for (std::size_t k = 0; k < pushed; ++k) sum.fetch_sub(in[k]);
              left -= pushed;
              if (pushed != 0) continue;
              EXPECT_EQ(queue.push(9), push_status::ok);
              sum.fetch_sub(9);
              --left;
            }
          });
        }
      }
      EXPECT_TRUE(queue.wait_drained(test_clock::time_point::max()));
      queue.close();
    }
    ASSERT_EQ(sum.load(), 0u);
    ASSERT_EQ(queue.stats().popped, threads_a_side * each);
  } while (test_clock::now() < end);
}

}  // namespace
}  // namespace tidegate::test
