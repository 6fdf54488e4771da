// transfer.hpp: throughput of many producers and many consumers, one element, one bulk or one blocking call at a time.
//
// Elements are handed out to the producers in chunks, and so is the right to receive to the consumers: whoever is
// faster does more, and nobody waits long for the last one. One thread has touched every slot before. All numbers are
// summed up: a timed run that lost, invented or doubled an element fails.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "bench/harness/cell.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/styles.hpp"
#include "bench/harness/team_run.hpp"
#include "bench/mpmc/regimes.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::bench::mpmc {

/// How a run is cut: into chunks of whole units, each at least a bulk call; many for each thread, but large enough to
/// cost nothing.
struct run_size {
  std::uint64_t count = 0;  ///< a multiple of `chunk`
  std::uint64_t chunk = 0;
};

[[nodiscard]] constexpr run_size size_of_run(std::uint64_t count, crew threads, std::uint64_t count_max,
                                             std::uint64_t unit = chunk_unit) noexcept {
  constexpr std::uint64_t chunk_max = 32 * chunk_unit;
  constexpr unsigned chunks_each = 8;
  const std::uint64_t wanted = std::min(count, count_max - chunk_max);
  const std::uint64_t share = wanted / (std::uint64_t{std::max(threads.producers, threads.consumers)} * chunks_each);
  const std::uint64_t chunk = std::clamp<std::uint64_t>(share / unit * unit, unit, chunk_max);
  return {std::max<std::uint64_t>((wanted + chunk - 1) / chunk, 1) * chunk, chunk};
}

/// What is left to do for the threads of one side.
class alignas(128) shares {
 public:
  explicit shares(run_size size) noexcept : size_(size) {}

  /// Calls `work(first number, how many)` for one chunk after the other until all are handed out.
  template <class Work>
  void each(Work&& work) noexcept {
    for (;;) {
      const std::uint64_t at = taken_.fetch_add(size_.chunk, order::relaxed);  // a number each; the queue publishes
      if (at >= size_.count) return;
      work(at + 1, size_.chunk);
    }
  }

 private:
  const run_size size_;
  std::atomic<std::uint64_t> taken_{0};
};

/// Producers and consumers take turns, so that a producer and a consumer have the first two CPUs.
[[nodiscard]] constexpr bool is_producer(unsigned thread, crew threads) noexcept {
  const unsigned pairs = 2 * std::min(threads.producers, threads.consumers);
  return thread < pairs ? thread % 2 == 0 : threads.producers > threads.consumers;
}

/// One more on each side, for the thread that prepares the queue.
[[nodiscard]] constexpr crew with_one_more(crew threads) noexcept {
  return {threads.producers + 1, threads.consumers + 1};
}

/// Half the capacity in and out again until every slot has been used.
template <class Style, std::size_t Capacity, class Queue>
void touch_slots(Queue& queue) {
  auto&& producer = producer_of(queue);
  auto&& consumer = consumer_of(queue);
  constexpr std::uint64_t half = Capacity / 2;
  for (unsigned times = 0; times < 4; ++times) {
    Style::send(producer, 1, half);
    require_sum(Style::receive(consumer, half), half);
  }
}

/// Million elements a second, through all threads.
template <class Queue, class Message, class Style, std::size_t Capacity, std::size_t Unit = chunk_unit>
measurement measure_team(const work& todo, crew threads) {
  const run_size size = size_of_run(todo.count, threads, message_traits<Message>::number_max, Unit);
  const auto queue = allocate_queue<Queue>(with_one_more(threads));
  touch_slots<Style, Capacity>(*queue);
  shares to_send(size);
  shares to_receive(size);
  std::vector<std::uint64_t> sums(threads.producers + threads.consumers);
  const auto body = [&](unsigned thread, start_gate& gate) {
    if (is_producer(thread, threads)) {
      auto&& producer = producer_of(*queue);
      gate.wait();
      return timed([&] {
        to_send.each([&](std::uint64_t first, std::uint64_t count) { Style::send(producer, first, count); });
      });
    }
    auto&& consumer = consumer_of(*queue);
    gate.wait();
    std::uint64_t sum = 0;
    const time_span span = timed(
        [&] { to_receive.each([&](std::uint64_t, std::uint64_t count) { sum += Style::receive(consumer, count); }); });
    sums[thread] = sum;
    return span;
  };
  const time_span span = run_team(todo.team, threads.producers + threads.consumers, body);
  std::uint64_t sum = 0;
  for (const std::uint64_t one : sums) sum += one;
  require_sum(sum, size.count);
  return {static_cast<double>(size.count) / span.ns() * 1e3, span.seconds()};
}

}  // namespace tidegate::bench::mpmc
