// transfer.hpp: throughput of one producer and one consumer, one element, one bulk or one blocking call at a time.
//
// Both threads are pinned, first move enough elements to have touched every slot, meet at a gate, and then move the
// counted ones. The consumer sums the numbers up: a timed run that lost, invented or doubled an element fails.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "bench/harness/cell.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/harness/styles.hpp"

namespace tidegate::bench {

/// Million elements a second. `Batch` rounds the count up to whole batches.
template <class Queue, class Style, std::size_t Capacity, std::size_t Batch = 1>
measurement measure_transfer(const work& todo) {
  constexpr std::uint64_t warm = (std::max<std::uint64_t>(2 * Capacity, 4096) + Batch - 1) / Batch * Batch;
  const std::uint64_t count = (todo.count + Batch - 1) / Batch * Batch;
  const auto queue = std::make_unique<Queue>();
  std::uint64_t sum = 0;
  const time_span span = run_pair(
      todo.cpus,
      [&](start_gate& gate) {
        Style::send(*queue, 1, warm);
        gate.wait();
        return timed([&] { Style::send(*queue, 1, count); });
      },
      [&](start_gate& gate) {
        require_sum(Style::receive(*queue, warm), warm);
        gate.wait();
        return timed([&] { sum = Style::receive(*queue, count); });
      });
  require_sum(sum, count);
  return {static_cast<double>(count) / span.ns() * 1e3, span.seconds()};
}

}  // namespace tidegate::bench
