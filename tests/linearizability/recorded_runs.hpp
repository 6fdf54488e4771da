// recorded_runs.hpp: what two or three real threads do to a queue, in long runs for the rules and short ones for the
// search.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/recorded_traffic.hpp"
#include "tests/linearizability/recorder.hpp"
#include "tests/linearizability/rendezvous.hpp"
#include "tests/linearizability/rules.hpp"
#include "tests/linearizability/search.hpp"

namespace tidegate::test {

/// Pushes `count` values through `queue`, closes it, pops until it is told so, and returns the recording.
template <class Queue>
[[nodiscard]] std::vector<timed_operation> long_run(Queue& queue, call_form form, std::uint64_t count) {
  std::vector<recorder> records;
  for (std::size_t thread = 0; thread < 2; ++thread) records.emplace_back(thread, count + 2, count);
  std::jthread consumer_thread([&] {
    recorded_consumer consumer(queue, records[1], 2);
    for (pop_status status{}; status != pop_status::closed;) {
      status = consumer.pop(form, largest_batch);
      if (status == pop_status::empty) std::this_thread::yield();
    }
  });
  recorded_producer producer(queue, records[0], 1);
  while (producer.pushed() < count) {
    if (!producer.push(form, count - producer.pushed())) std::this_thread::yield();
  }
  producer.close();
  consumer_thread.join();
  return all_of(records);
}

/// True when the rules find nothing.
[[nodiscard]] inline testing::AssertionResult keeps_the_rules(const std::vector<timed_operation>& recording,
                                                              const promise& promised) {
  const accusations found = judge(recording, promised, ending::drained);
  return (found.empty() ? testing::AssertionSuccess() : testing::AssertionFailure()) << to_text(recording, found);
}

/// Many short runs side by side, each on a queue of its own: few operations, so that the search can judge them.
template <class Queue>
class short_runs {
 public:
  /// `make` returns a new queue. With `third_closes` a third thread closes at some time, otherwise nobody does.
  template <class Make>
  short_runs(std::size_t count, bool third_closes, Make&& make) : third_closes_(third_closes) {
    for (std::size_t i = 0; i < count; ++i) runs_.emplace_back(make());
  }

  /// Lets every thread do `calls` calls, of random forms, on each queue.
  void record(std::size_t calls, std::uint64_t seed) {
    rendezvous together(third_closes_ ? 3 : 2);
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { produce(together, calls, seed); });
    threads.emplace_back([&] { consume(together, calls, seed + 1); });
    if (third_closes_) threads.emplace_back([&] { close(together, seed + 2); });
  }

  /// Searches an order for each run; returns in how many of them calls did overlap.
  [[nodiscard]] std::size_t check(const promise& promised) {
    linearizer<> search;
    std::size_t overlapping = 0;
    for (const run& one : runs_) {
      const std::vector<timed_operation> recording = all_of(one.records);
      const std::vector<operation> history = order_by_time(recording);
      const linearization found = search.check(history, promised);
      EXPECT_TRUE(found) << explain(history, promised, found);
      EXPECT_EQ(to_text(recording, judge(recording, promised)), "");
      if (testing::Test::HasFailure()) break;
      overlapping += overlaps(one) ? 1 : 0;
    }
    return overlapping;
  }

 private:
  struct run {
    explicit run(std::unique_ptr<Queue> made) : queue(std::move(made)) {
      for (std::size_t thread = 0; thread < 3; ++thread) records.emplace_back(thread, 32, 16);
    }
    std::unique_ptr<Queue> queue;
    std::vector<recorder> records;
  };

  void produce(rendezvous& together, std::size_t calls, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t step = 0;
    for (run& one : runs_) {
      recorded_producer producer(*one.queue, one.records[0], random());
      together.meet(++step);
      for (std::size_t call = 0; call < calls; ++call) producer.push(some_form(random()), 3);
    }
  }

  void consume(rendezvous& together, std::size_t calls, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t step = 0;
    for (run& one : runs_) {
      recorded_consumer consumer(*one.queue, one.records[1], random());
      together.meet(++step);
      for (std::size_t call = 0; call < calls; ++call) static_cast<void>(consumer.pop(some_form(random()), 3));
    }
  }

  void close(rendezvous& together, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t step = 0;
    for (run& one : runs_) {
      together.meet(++step);
      for (std::size_t spin = random() % 400; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
      one.records[2].close([&] { one.queue->close(); });
    }
  }

  [[nodiscard]] static call_form some_form(std::uint64_t random) noexcept {
    return random % 5 < 3 ? call_form::single : random % 5 == 3 ? call_form::bulk : call_form::in_place;
  }

  /// True when some call of the producer overlapped some call of the consumer.
  [[nodiscard]] static bool overlaps(const run& one) {
    for (const timed_operation& push : one.records[0].operations()) {
      for (const timed_operation& pop : one.records[1].operations()) {
        if (!ended_before(push, pop) && !ended_before(pop, push)) return true;
      }
    }
    return false;
  }

  bool third_closes_;
  std::list<run> runs_;
};

}  // namespace tidegate::test
