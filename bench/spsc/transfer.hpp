// transfer.hpp: throughput of one producer and one consumer, one element, one bulk or one blocking call at a time.
//
// Both threads are pinned, first move enough elements to have touched every slot, meet at a gate, and then move the
// counted ones. The consumer sums the numbers up: a timed run that lost, invented or doubled an element fails.
//
// Loops of try calls are flattened: a program that pops in one place gets its call inlined by the compiler; this one,
// with its many loops, would not, and queues with larger calls would pay for that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/pair_run.hpp"

namespace tidegate::bench {

/// How elements are moved: one by one with try calls, under a wait policy.
template <class Message, class Wait>
struct singly {
  using traits = message_traits<Message>;

  template <class Queue>
  [[gnu::noinline, gnu::flatten]] static void send(Queue& queue, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t number = first; number != first + count; ++number) {
      const Message message = traits::make(number);
      while (!queue.try_push(message)) Wait::failed();
    }
  }

  template <class Queue>
  [[gnu::noinline, gnu::flatten]] static std::uint64_t receive(Queue& queue, std::uint64_t count) {
    std::uint64_t sum = 0;
    Message message{};
    for (std::uint64_t i = 0; i < count; ++i) {
      while (!queue.try_pop(message)) Wait::failed();
      sum += traits::number(message);
    }
    return sum;
  }
};

/// In bulk calls of at most `Batch`; a call that moved nothing is a failed try. Counts are multiples of `Batch`.
template <class Message, class Wait, std::size_t Batch>
struct in_bulk {
  using traits = message_traits<Message>;

  template <class Queue>
  [[gnu::noinline, gnu::flatten]] static void send(Queue& queue, std::uint64_t first, std::uint64_t count) {
    Message items[Batch];
    for (std::uint64_t number = first; number != first + count; number += Batch) {
      for (std::size_t i = 0; i < Batch; ++i) items[i] = traits::make(number + i);
      for (std::size_t sent = 0; sent < Batch;) {
        const std::size_t accepted = queue.try_push_n(items + sent, Batch - sent);
        if (accepted == 0) Wait::failed();
        sent += accepted;
      }
    }
  }

  template <class Queue>
  [[gnu::noinline, gnu::flatten]] static std::uint64_t receive(Queue& queue, std::uint64_t count) {
    Message items[Batch];
    std::uint64_t sum = 0;
    for (std::uint64_t received = 0; received < count;) {
      const std::size_t got = queue.try_pop_n(items, std::min<std::uint64_t>(Batch, count - received));
      if (got == 0) Wait::failed();
      for (std::size_t i = 0; i < got; ++i) sum += traits::number(items[i]);
      received += got;
    }
    return sum;
  }
};

/// With the queue's own blocking calls and the queue's own way of waiting.
template <class Message>
struct blocking {
  using traits = message_traits<Message>;

  template <class Queue>
  [[gnu::noinline]] static void send(Queue& queue, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t number = first; number != first + count; ++number) queue.push(traits::make(number));
  }

  template <class Queue>
  [[gnu::noinline]] static std::uint64_t receive(Queue& queue, std::uint64_t count) {
    std::uint64_t sum = 0;
    Message message{};
    for (std::uint64_t i = 0; i < count; ++i) {
      queue.pop(message);
      sum += traits::number(message);
    }
    return sum;
  }
};

/// Throws wrong_result unless the sum is that of the elements 1 to `count`.
inline void require_sum(std::uint64_t sum, std::uint64_t count) {
  if (sum != sum_to(count)) throw wrong_result("wrong sum: elements were lost, doubled or changed in a timed run");
}

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
