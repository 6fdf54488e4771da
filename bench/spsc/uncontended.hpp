// uncontended.hpp: what a push and a pop cost when no other core is involved: one thread does both.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/spsc/transfer.hpp"

namespace tidegate::bench {

/// `count` times: `Burst` pushes, then `Burst` pops.
template <class Queue, std::size_t Burst>
[[gnu::noinline, gnu::flatten]] std::uint64_t push_and_pop(Queue& queue, std::uint64_t first, std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t number = first; number < first + count; number += Burst) {
    for (std::uint64_t i = 0; i < Burst; ++i) {
      while (!queue.try_push(number + i)) continue;
    }
    for (std::uint64_t i = 0; i < Burst; ++i) {
      word_message message = 0;
      while (!queue.try_pop(message)) continue;
      sum += message;
    }
  }
  return sum;
}

/// Nanoseconds a pair of one push and one pop.
template <class Queue, std::size_t Burst>
measurement measure_uncontended(const work& todo) {
  constexpr std::uint64_t warm = std::max<std::uint64_t>(4000, 8 * Burst);
  static_assert(warm % Burst == 0);
  const std::uint64_t count = (todo.count + Burst - 1) / Burst * Burst;
  const auto queue = std::make_unique<Queue>();
  std::uint64_t sum = 0;
  const time_span span = run_alone(todo.cpus.first, [&] {
    require_sum(push_and_pop<Queue, Burst>(*queue, 1, warm), warm);
    return timed([&] { sum = push_and_pop<Queue, Burst>(*queue, 1, count); });
  });
  require_sum(sum, count);
  return {span.ns() / static_cast<double>(count), span.seconds()};
}

}  // namespace tidegate::bench
