// moodycamel::ConcurrentQueue: one queue inside for each producer, so that only the order of one producer's elements is
// kept. try_enqueue keeps it bounded, by at least the capacity asked for: blocks are reserved for that many elements of
// every producer, as its documentation computes them.
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>

#include <algorithm>

#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// A producer knows so many blocks from the beginning, and try_enqueue never lets it know more: the default of 32 would
/// make 1024 elements the most that any queue takes.
template <std::size_t Capacity>
struct sized_traits : moodycamel::ConcurrentQueueDefaultTraits {
  static constexpr std::size_t blocks = std::max<std::size_t>(Capacity / BLOCK_SIZE, 32);
  static const std::size_t EXPLICIT_INITIAL_INDEX_SIZE = blocks;
  static const std::size_t IMPLICIT_INITIAL_INDEX_SIZE = blocks;
};

/// All or nothing by its bulk call; where that finds no room, one.
template <class... Token, class T, class Queue>
std::size_t push_some(Queue& queue, T* items, std::size_t n, const Token&... token) {
  if (queue.try_enqueue_bulk(token..., items, n)) return n;
  return queue.try_enqueue(token..., *items) ? 1 : 0;
}

template <class T, std::size_t Capacity>
class implicit_queue {
 public:
  explicit implicit_queue(crew threads) : queue_(Capacity, 0, threads.producers) {}

  bool try_push(const T& value) { return queue_.try_enqueue(value); }
  bool try_pop(T& out) { return queue_.try_dequeue(out); }
  std::size_t try_push_n(T* items, std::size_t n) { return push_some(queue_, items, n); }
  std::size_t try_pop_n(T* out, std::size_t n) { return queue_.try_dequeue_bulk(out, n); }

 private:
  moodycamel::ConcurrentQueue<T, sized_traits<Capacity>> queue_;
};

template <class T, std::size_t Capacity>
class token_queue {
  using queue_type = moodycamel::ConcurrentQueue<T, sized_traits<Capacity>>;

  /// Blocks stay with the token that took them. Each takes one before any can have taken all.
  class producer {
   public:
    explicit producer(queue_type& queue) : queue_(queue), token_(queue) {
      T first{};
      if (queue_.try_enqueue(token_, first)) queue_.try_dequeue_from_producer(token_, first);
    }
    bool try_push(const T& value) { return queue_.try_enqueue(token_, value); }
    std::size_t try_push_n(T* items, std::size_t n) { return push_some(queue_, items, n, token_); }

   private:
    queue_type& queue_;
    moodycamel::ProducerToken token_;
  };

  class consumer {
   public:
    explicit consumer(queue_type& queue) : queue_(queue), token_(queue) {}
    bool try_pop(T& out) { return queue_.try_dequeue(token_, out); }
    std::size_t try_pop_n(T* out, std::size_t n) { return queue_.try_dequeue_bulk(token_, out, n); }

   private:
    queue_type& queue_;
    moodycamel::ConsumerToken token_;
  };

 public:
  explicit token_queue(crew threads) : queue_(Capacity, threads.producers, 0) {}

  producer make_producer() { return producer(queue_); }
  consumer make_consumer() { return consumer(queue_); }

 private:
  queue_type queue_;
};

/// The producer cannot sleep: when full it retries.
template <class T, std::size_t Capacity>
class blocking_queue {
 public:
  explicit blocking_queue(crew threads) : queue_(Capacity, 0, threads.producers) {}

  void push(const T& value) {
    while (!queue_.try_enqueue(value)) pauses_and_yield::failed();
  }
  void pop(T& out) { queue_.wait_dequeue(out); }

 private:
  moodycamel::BlockingConcurrentQueue<T, sized_traits<Capacity>> queue_;
};

constexpr const char* package = "libconcurrentqueue-dev";

const enlisted<implicit_queue> without_tokens(
    {.name = "moodycamel::ConcurrentQueue",
     .package = package,
     .note = "relaxed: FIFO of each producer only; capacity is a minimum; stops with a peer stopped in a pop"});
const enlisted<token_queue> with_tokens({.name = "moodycamel::ConcurrentQueue (tokens)",
                                         .package = package,
                                         .note = "the same with a token for each thread"});
const enlisted<blocking_queue> sleeping(
    {.name = "moodycamel::BlockingConcurrentQueue",
     .package = package,
     .note = "relaxed: FIFO of each producer only; a full producer retries with 15 pauses and a yield"});

}  // namespace
}  // namespace tidegate::bench::mpmc
