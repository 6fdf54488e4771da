// styles.hpp: the loops of every timed transfer: one element, one bulk or one blocking call at a time.
//
// Loops of try calls are flattened: a program that pops in one place gets its call inlined by the compiler; this one,
// with its many loops, would not, and queues with larger calls would pay for that.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"

namespace tidegate::bench {

/// How elements are moved: one by one with try calls, under a wait policy.
template <class Message, class Wait>
struct singly {
  using traits = message_traits<Message>;

  template <class Producer>
  [[gnu::noinline, gnu::flatten]] static void send(Producer& producer, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t number = first; number != first + count; ++number) {
      const Message message = traits::make(number);
      while (!producer.try_push(message)) Wait::failed();
    }
  }

  template <class Consumer>
  [[gnu::noinline, gnu::flatten]] static std::uint64_t receive(Consumer& consumer, std::uint64_t count) {
    std::uint64_t sum = 0;
    Message message{};
    for (std::uint64_t i = 0; i < count; ++i) {
      while (!consumer.try_pop(message)) Wait::failed();
      sum += traits::number(message);
    }
    return sum;
  }
};

/// In bulk calls of at most `Batch`; a call that moved nothing is a failed try. Counts are multiples of `Batch`.
template <class Message, class Wait, std::size_t Batch>
struct in_bulk {
  using traits = message_traits<Message>;

  template <class Producer>
  [[gnu::noinline, gnu::flatten]] static void send(Producer& producer, std::uint64_t first, std::uint64_t count) {
    Message items[Batch];
    for (std::uint64_t number = first; number != first + count; number += Batch) {
      for (std::size_t i = 0; i < Batch; ++i) items[i] = traits::make(number + i);
      for (std::size_t sent = 0; sent < Batch;) {
        const std::size_t accepted = producer.try_push_n(items + sent, Batch - sent);
        if (accepted == 0) Wait::failed();
        sent += accepted;
      }
    }
  }

  template <class Consumer>
  [[gnu::noinline, gnu::flatten]] static std::uint64_t receive(Consumer& consumer, std::uint64_t count) {
    Message items[Batch];
    std::uint64_t sum = 0;
    for (std::uint64_t received = 0; received < count;) {
      const std::size_t got = consumer.try_pop_n(items, std::min<std::uint64_t>(Batch, count - received));
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

  template <class Producer>
  [[gnu::noinline]] static void send(Producer& producer, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t number = first; number != first + count; ++number) producer.push(traits::make(number));
  }

  template <class Consumer>
  [[gnu::noinline]] static std::uint64_t receive(Consumer& consumer, std::uint64_t count) {
    std::uint64_t sum = 0;
    Message message{};
    for (std::uint64_t i = 0; i < count; ++i) {
      consumer.pop(message);
      sum += traits::number(message);
    }
    return sum;
  }
};

/// Throws wrong_result unless the sum is that of the elements 1 to `count`.
inline void require_sum(std::uint64_t sum, std::uint64_t count) {
  if (sum != sum_to(count)) throw wrong_result("wrong sum: elements were lost, doubled or changed in a timed run");
}

}  // namespace tidegate::bench
