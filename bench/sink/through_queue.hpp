// through_queue.hpp: a producer, a queue, and a consumer thread that drains it to the target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <thread>
#include <type_traits>

#include "bench/sink/job.hpp"
#include "bench/sink/record.hpp"
#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::bench::sink_bench {

inline constexpr std::size_t queue_bytes = std::size_t{256} << 10;  // of records, whatever their size

template <std::size_t Bytes>
using record_queue = spsc_queue<sized_record<Bytes>>;
using record_bytes_queue = byte_queue<>;

/// How records are put into a queue.
enum class entry_kind : std::uint8_t {
  push,    ///< one at a time
  claims,  ///< up to 64 in place, published together
};

/// A queue for records of that size.
template <class Queue, std::size_t Bytes>
[[nodiscard]] std::size_t queue_capacity() noexcept {
  if constexpr (requires { typename Queue::value_type; }) return queue_bytes / Bytes;
  return queue_bytes;
}

template <std::size_t Bytes>
void push_one(record_queue<Bytes>& queue, const sized_record<Bytes>& record) {
  static_cast<void>(queue.push(sized_record<Bytes>(record)));
}
template <std::size_t Bytes>
void push_one(record_bytes_queue& queue, const sized_record<Bytes>& record) {
  static_cast<void>(queue.push(record.bytes));
}

/// Fills up to 64 slots in place; waits for the first one.
template <std::size_t Bytes>
void push_in_claims(record_queue<Bytes>& queue, record_source<Bytes>& source, std::uint64_t records) {
  constexpr std::uint64_t most = 64;
  while (records != 0) {
    auto claim = queue.try_claim(static_cast<std::size_t>(std::min(records, most)));
    const std::size_t count = claim.count();
    if (count == 0) {
      push_one(queue, source.next());
      --records;
      continue;
    }
    for (const auto& slots : claim.spans()) {
      for (sized_record<Bytes>& slot : slots) slot = source.next();
    }
    claim.publish(count);
    records -= count;
  }
}

template <std::size_t Bytes, class Queue>
void produce(Queue& queue, const job& todo, entry_kind entry) {
  record_source<Bytes> source(todo.pause);
  if constexpr (std::is_same_v<Queue, record_queue<Bytes>>) {
    if (entry == entry_kind::claims) return push_in_claims<Bytes>(queue, source, todo.records);
  }
  for (std::uint64_t i = 0; i < todo.records; ++i) push_one<Bytes>(queue, source.next());
}

/// Opens with `open(queue)`, then runs `drain(queue, opened)` in a thread of its own while this one produces; hands on
/// what the drain throws.
template <std::size_t Bytes, class Queue, class Open, class Drain>
void send_through_queue(const job& todo, entry_kind entry, Open&& open, Drain&& drain) {
  Queue queue({.capacity = queue_capacity<Queue, Bytes>()});
  auto target = open(queue);
  todo.opened();
  std::exception_ptr problem;
  std::thread consumer([&] {
    try {
      drain(queue, target);
    } catch (...) {
      problem = std::current_exception();
      queue.close();
    }
  });
  produce<Bytes>(queue, todo, entry);
  queue.close();
  consumer.join();
  if (problem) std::rethrow_exception(problem);
}

}  // namespace tidegate::bench::sink_bench
