// looped.hpp: bulk calls for a queue that has none: the single try, repeated until it fails.
#pragma once

#include <cstddef>

#include "bench/harness/rival.hpp"

namespace tidegate::bench::mpmc {

template <class Queue, class Message>
class looped {
  struct producer {
    producer_type<Queue> inner;

    bool try_push(const Message& value) { return inner.try_push(value); }
    std::size_t try_push_n(const Message* items, std::size_t n) {
      std::size_t pushed = 0;
      while (pushed < n && inner.try_push(items[pushed])) ++pushed;
      return pushed;
    }
  };

  struct consumer {
    consumer_type<Queue> inner;

    bool try_pop(Message& out) { return inner.try_pop(out); }
    std::size_t try_pop_n(Message* out, std::size_t n) {
      std::size_t popped = 0;
      while (popped < n && inner.try_pop(out[popped])) ++popped;
      return popped;
    }
  };

 public:
  static constexpr bool keeps_order = bench::keeps_order<Queue>();

  explicit looped(crew threads) : queue_(make_queue<Queue>(threads)) {}

  producer make_producer() { return {producer_of(queue_)}; }
  consumer make_consumer() { return {consumer_of(queue_)}; }

 private:
  Queue queue_;
};

}  // namespace tidegate::bench::mpmc
