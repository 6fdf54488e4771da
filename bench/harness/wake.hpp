// wake.hpp: how long a parked consumer takes to run again, and what waking it costs the producer.
//
// The producer waits until the consumer has long been asleep, reads the clock, and sends the reading through the queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/statistics.hpp"

namespace tidegate::bench {

/// Long enough for every rival's spinning to be over and its thread to sleep.
inline constexpr std::uint64_t asleep_after_ns = 200'000;

inline void spin_until(std::uint64_t when_ns) noexcept {
  while (now_ns() < when_ns) native_sync::pause();
}

/// p50 of the wake-up in microseconds. A bell has ring(stamp) and listen() -> stamp.
template <class MakeBell>
measurement measure_wakes(const work& todo, MakeBell&& make_bell) {
  const auto bell = make_bell();
  std::atomic<std::uint64_t> listening{0};
  std::vector<double> wakes_us;
  std::vector<double> costs_us;
  const time_span span = run_pair(
      todo.cpus,
      [&](start_gate& gate) {
        costs_us.reserve(todo.count);
        gate.wait();
        return timed([&] {
          for (std::uint64_t i = 1; i <= todo.count; ++i) {
            // [listening] acquire, pairs with the release below: the consumer is about to listen for the i-th time.
            while (listening.load(order::acquire) < i) native_sync::pause();
            spin_until(now_ns() + asleep_after_ns);
            const std::uint64_t begin_ns = now_ns();
            bell->ring(begin_ns);
            costs_us.push_back(static_cast<double>(now_ns() - begin_ns) * 1e-3);
          }
        });
      },
      [&](start_gate& gate) {
        wakes_us.reserve(todo.count);
        gate.wait();
        return timed([&] {
          for (std::uint64_t i = 1; i <= todo.count; ++i) {
            listening.store(i, order::release);  // [listening] pairs with the acquire above
            const std::uint64_t sent_ns = bell->listen();
            wakes_us.push_back(static_cast<double>(now_ns() - sent_ns) * 1e-3);
          }
        });
      });
  const percentiles wakes = percentiles_of(std::move(wakes_us));
  return {wakes.p50,
          span.seconds(),
          {{"p90 us", wakes.p90}, {"p99 us", wakes.p99}, {"waker p50 us", percentiles_of(std::move(costs_us)).p50}}};
}

/// A bell made of a queue with blocking calls.
template <class Queue>
class queue_bell {
 public:
  void ring(std::uint64_t stamp) noexcept { producer_.push(stamp); }
  std::uint64_t listen() noexcept {
    word_message stamp = 0;
    consumer_.pop(stamp);
    return stamp;
  }

 private:
  Queue queue_ = make_queue<Queue>(crew{});
  producer_type<Queue> producer_ = producer_of(queue_);
  consumer_type<Queue> consumer_ = consumer_of(queue_);
};

template <class Queue>
measurement measure_queue_wakes(const work& todo) {
  return measure_wakes(todo, [] { return std::make_unique<queue_bell<Queue>>(); });
}

}  // namespace tidegate::bench
