// memory_use.hpp: how much memory a queue takes, by asking the heap before it is made and when it is full.
//
// The queue lies on the heap itself. A queue that takes memory from elsewhere, or that cannot be filled because its
// push waits, is left out: its adapter says so by a constant `hides_memory`, which is true.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdint>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/rival.hpp"

namespace tidegate::bench {

template <class Queue>
[[nodiscard]] constexpr bool hides_memory() noexcept {
  if constexpr (requires { Queue::hides_memory; }) {
    return Queue::hides_memory;
  } else {
    return false;
  }
}

/// Bytes in use, chunks mapped by themselves included.
[[nodiscard]] inline std::size_t heap_bytes() noexcept {
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

/// Bytes for each element of the capacity that was asked for.
template <class Queue, class Message, std::size_t Capacity>
measurement measure_memory(const work&) {
  constexpr std::uint64_t most = 8 * Capacity;  // for a queue that is never full
  const std::size_t before = heap_bytes();
  const auto queue = allocate_queue<Queue>(crew{});
  const std::size_t made = heap_bytes() - before;
  auto&& producer = producer_of(*queue);
  std::uint64_t held = 0;
  while (held < most && producer.try_push(message_traits<Message>::make(held + 1))) ++held;
  const std::size_t full = heap_bytes() - before;
  auto&& consumer = consumer_of(*queue);
  Message out{};
  for (std::uint64_t i = 0; i < held; ++i) {
    if (!consumer.try_pop(out)) throw wrong_result("what was pushed did not come out again");
  }
  return {static_cast<double>(full) / Capacity,
          1e-6,
          {{"empty KiB", static_cast<double>(made) / 1024},
           {"full KiB", static_cast<double>(full) / 1024},
           {"holds", static_cast<double>(held)}}};
}

}  // namespace tidegate::bench
