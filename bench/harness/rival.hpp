// rival.hpp: what an adapter offers. The minimum is a try pair; bulk and blocking calls enter the regimes they allow.
//
// An adapter is a template over the message and the capacity, owns one queue, and adds nothing to a call. The calls are
// its own, or those of two kinds of handles: a queue that wants one for each thread has make_producer() and
// make_consumer(). A queue that must know in advance how many threads will use it is made from a crew.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>

#include "bench/harness/message.hpp"

namespace tidegate::bench {

/// How many threads use a queue at the same time.
struct crew {
  unsigned producers = 1;
  unsigned consumers = 1;
};

/// A fresh queue for these threads.
template <class Queue>
[[nodiscard]] Queue make_queue(crew threads) {
  if constexpr (std::constructible_from<Queue, crew>) {
    return Queue(threads);
  } else {
    return Queue();
  }
}

/// The same on the heap, where it cannot overflow a stack.
template <class Queue>
[[nodiscard]] std::unique_ptr<Queue> allocate_queue(crew threads) {
  if constexpr (std::constructible_from<Queue, crew>) {
    return std::make_unique<Queue>(threads);
  } else {
    return std::make_unique<Queue>();
  }
}

/// What a producer thread pushes through: a handle of its own, or the queue.
template <class Queue>
[[nodiscard]] decltype(auto) producer_of(Queue& queue) {
  if constexpr (requires { queue.make_producer(); }) {
    return queue.make_producer();
  } else {
    return (queue);
  }
}

/// What a consumer thread pops through: a handle of its own, or the queue.
template <class Queue>
[[nodiscard]] decltype(auto) consumer_of(Queue& queue) {
  if constexpr (requires { queue.make_consumer(); }) {
    return queue.make_consumer();
  } else {
    return (queue);
  }
}

template <class Queue>
using producer_type = decltype(producer_of(std::declval<Queue&>()));
template <class Queue>
using consumer_type = decltype(consumer_of(std::declval<Queue&>()));

/// False for a queue that may deliver one producer's elements in another order; its adapter says so by a constant.
template <class Queue>
[[nodiscard]] constexpr bool keeps_order() noexcept {
  if constexpr (requires { Queue::keeps_order; }) {
    return Queue::keeps_order;
  } else {
    return true;
  }
}

/// try_push(value) and try_pop(out) answer whether it was done.
template <class Q, class Message>
concept try_rival = requires(producer_type<Q> producer, consumer_type<Q> consumer, const Message& in, Message& out) {
  { producer.try_push(in) } -> std::same_as<bool>;
  { consumer.try_pop(out) } -> std::same_as<bool>;
};

/// try_push_n(first, n) and try_pop_n(out, n) answer how many.
template <class Q, class Message>
concept bulk_rival = try_rival<Q, Message> &&
    requires(producer_type<Q> producer, consumer_type<Q> consumer, Message* items, std::size_t n) {
  { producer.try_push_n(items, n) } -> std::same_as<std::size_t>;
  { consumer.try_pop_n(items, n) } -> std::same_as<std::size_t>;
};

/// push(value) and pop(out) return when done; a waiting consumer may sleep.
template <class Q, class Message>
concept blocking_rival = requires(producer_type<Q> producer, consumer_type<Q> consumer, const Message& in,
                                  Message& out) {
  producer.push(in);
  consumer.pop(out);
};

}  // namespace tidegate::bench
