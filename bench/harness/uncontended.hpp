// uncontended.hpp: what a push and a pop cost when no other core is involved: one thread does both.
#pragma once

#include <algorithm>
#include <cstdint>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/styles.hpp"

namespace tidegate::bench {

/// `count` times: `Burst` pushes, then `Burst` pops.
template <class Message, std::size_t Burst, class Producer, class Consumer>
[[gnu::noinline, gnu::flatten]] std::uint64_t push_and_pop(Producer& producer, Consumer& consumer, std::uint64_t first,
                                                           std::uint64_t count) {
  using traits = message_traits<Message>;
  std::uint64_t sum = 0;
  for (std::uint64_t number = first; number < first + count; number += Burst) {
    for (std::uint64_t i = 0; i < Burst; ++i) {
      const Message message = traits::make(number + i);
      while (!producer.try_push(message)) continue;
    }
    for (std::uint64_t i = 0; i < Burst; ++i) {
      Message message{};
      while (!consumer.try_pop(message)) continue;
      sum += traits::number(message);
    }
  }
  return sum;
}

/// Nanoseconds a pair of one push and one pop.
template <class Queue, class Message, std::size_t Burst>
measurement measure_uncontended(const work& todo) {
  constexpr std::uint64_t warm = std::max<std::uint64_t>(4000, 8 * Burst);
  static_assert(warm % Burst == 0);
  const std::uint64_t count = (todo.count + Burst - 1) / Burst * Burst;
  const auto queue = allocate_queue<Queue>(crew{});
  std::uint64_t sum = 0;
  const time_span span = run_alone(todo.cpus.first, [&] {
    auto&& producer = producer_of(*queue);
    auto&& consumer = consumer_of(*queue);
    require_sum(push_and_pop<Message, Burst>(producer, consumer, 1, warm), warm);
    return timed([&] { sum = push_and_pop<Message, Burst>(producer, consumer, 1, count); });
  });
  require_sum(sum, count);
  return {span.ns() / static_cast<double>(count), span.seconds()};
}

}  // namespace tidegate::bench
