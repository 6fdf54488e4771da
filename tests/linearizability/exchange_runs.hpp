// exchange_runs.hpp: what several real threads a side do to an exchange ring, in long runs for the rules and short ones
// for the search.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <random>
#include <span>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/exchange/exchange_kinds.hpp"
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

/// How many threads a run has on each side; a side with one thread has one.
struct crew_size {
  std::size_t producers;
  std::size_t consumers;
};
template <class Kind>
[[nodiscard]] constexpr crew_size crew_of(std::size_t threads) noexcept {
  return {Kind::many_producers ? threads : 1, Kind::many_consumers ? threads : 1};
}

/// The first value of each producer: all values are distinct.
[[nodiscard]] constexpr std::uint64_t first_value_of(std::size_t producer) noexcept { return 1'000'000 * producer + 1; }

/// Every producer pushes `each` values, the last one closes, the consumers pop until they are told so. Returns the
/// recording.
template <class Kind, class Queue>
[[nodiscard]] std::vector<timed_operation> long_crew_run(Queue& queue, call_form form, crew_size size,
                                                         std::uint64_t each) {
  std::vector<recorder> records;
  const std::uint64_t refusals = 2'000;
  for (std::size_t thread = 0; thread < size.producers + size.consumers; ++thread) {
    records.emplace_back(thread, 2 * each * size.producers + 2, refusals);
  }
  std::atomic<std::size_t> busy{size.producers};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < size.producers; ++i) {
      threads.emplace_back([&, i] {
        decltype(auto) calls = Kind::producer_of(queue);
        recorded_producer producer(queue, calls, records[i], i + 1, first_value_of(i));
        while (producer.pushed() < each) {
          if (!producer.push(form, each - producer.pushed())) std::this_thread::yield();
        }
        if (--busy == 0) producer.close();
      });
    }
    for (std::size_t i = 0; i < size.consumers; ++i) {
      threads.emplace_back([&, i] {
        decltype(auto) calls = Kind::consumer_of(queue);
        recorded_consumer consumer(queue, calls, records[size.producers + i], i + 7);
        for (pop_status status{}; status != pop_status::closed;) {
          status = consumer.pop(form, largest_batch);
          if (status == pop_status::cancelled) status = consumer.pop(call_form::single, 1);
          if (status == pop_status::empty) std::this_thread::yield();
        }
      });
    }
  }
  return all_of(records);
}

/// Many short runs side by side, each on a ring of its own: few operations, so that the search can judge them.
template <class Kind>
class short_crew_runs {
  using ring = typename Kind::template type<std::uint64_t>;

 public:
  /// With `third_closes` one more thread closes at some time, otherwise nobody does.
  short_crew_runs(std::size_t count, std::size_t capacity, crew_size size, bool third_closes)
      : size_(size), third_closes_(third_closes) {
    for (std::size_t i = 0; i < count; ++i) runs_.emplace_back(capacity, size);
  }

  /// Lets every thread do `calls` calls, of random forms, on each ring.
  void record(std::size_t calls, std::uint64_t seed) {
    rendezvous together(size_.producers + size_.consumers + (third_closes_ ? 1 : 0));
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < size_.producers; ++i) {
      threads.emplace_back([&, i] { produce(together, i, calls, seed + i); });
    }
    for (std::size_t i = 0; i < size_.consumers; ++i) {
      threads.emplace_back([&, i] { consume(together, i, calls, seed + 10 + i); });
    }
    if (third_closes_) threads.emplace_back([&] { close(together, seed + 20); });
  }

  /// Searches an order for each run; returns in how many of them calls of different threads did overlap.
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
      overlapping += overlaps(recording) ? 1 : 0;
    }
    return overlapping;
  }

 private:
  struct run {
    run(std::size_t capacity, crew_size size) : queue(Kind::template make<std::uint64_t>(capacity)) {
      for (std::size_t thread = 0; thread <= size.producers + size.consumers; ++thread) {
        records.emplace_back(thread, 32, 16);
      }
    }
    ring queue;
    std::vector<recorder> records;
  };

  void produce(rendezvous& together, std::size_t number, std::size_t calls, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t step = 0;
    for (run& one : runs_) {
      decltype(auto) mine = Kind::producer_of(one.queue);
      recorded_producer producer(one.queue, mine, one.records[number], random(), first_value_of(number));
      together.meet(++step);
      for (std::size_t call = 0; call < calls; ++call) producer.push(some_push(random()), 2);
    }
  }

  void consume(rendezvous& together, std::size_t number, std::size_t calls, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t step = 0;
    for (run& one : runs_) {
      decltype(auto) mine = Kind::consumer_of(one.queue);
      recorded_consumer consumer(one.queue, mine, one.records[size_.producers + number], random());
      together.meet(++step);
      for (std::size_t call = 0; call < calls; ++call) {
        static_cast<void>(consumer.pop(random() % 4 == 0 ? call_form::bulk : call_form::single, 2));
      }
    }
  }

  void close(rendezvous& together, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::size_t step = 0;
    for (run& one : runs_) {
      together.meet(++step);
      for (std::size_t spin = random() % 400; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
      one.records.back().close([&] { one.queue.close(); });
    }
  }

  [[nodiscard]] static call_form some_push(std::uint64_t random) noexcept {
    if (random % 4 == 0) return call_form::bulk;
    return Kind::evicts && random % 4 == 1 ? call_form::evicting : call_form::single;
  }

  [[nodiscard]] static bool overlaps(std::span<const timed_operation> recording) {
    for (const timed_operation& one : recording) {
      for (const timed_operation& other : recording) {
        const bool apart = ended_before(one, other) || ended_before(other, one);
        if (one.what.thread != other.what.thread && !apart) return true;
      }
    }
    return false;
  }

  crew_size size_;
  bool third_closes_;
  std::list<run> runs_;
};

}  // namespace tidegate::test
