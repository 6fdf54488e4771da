// copying.hpp: how fast one thread can only write elements into a region of a queue's size: no reader, no index.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/pair_run.hpp"

namespace tidegate::bench {

/// Million elements a second.
template <class Message, std::size_t Capacity>
measurement measure_copying(const work& todo) {
  const auto region = std::make_unique<std::array<Message, Capacity>>();
  const time_span span = run_alone(todo.cpus.first, [&] {
    return timed([&] {
      for (std::uint64_t i = 0; i < todo.count; ++i) {
        Message& slot = (*region)[i % Capacity];
        slot = message_traits<Message>::make(i);
        keep(slot);
      }
    });
  });
  return {static_cast<double>(todo.count) / span.ns() * 1e3, span.seconds()};
}

}  // namespace tidegate::bench
