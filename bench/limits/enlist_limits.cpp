// enlist_limits.cpp: enters what the hardware and the kernel allow beside the queues, in the same rounds.
#include <memory>
#include <string>

#include "bench/harness/wait_policy.hpp"
#include "bench/limits/copying.hpp"
#include "bench/limits/ping_pong.hpp"
#include "bench/limits/sleepers.hpp"
#include "bench/limits/stream.hpp"
#include "bench/spsc/enlist.hpp"

namespace tidegate::bench {
namespace {

/// Million elements a second through a plain ring whose index moves every `Every` elements.
template <class Message, std::size_t Capacity, std::uint64_t Every>
measurement measure_stream(const work& todo) {
  constexpr std::uint64_t warm = 4 * Capacity;
  const std::uint64_t batches = (todo.count + Every - 1) / Every;
  const std::uint64_t count = batches * Every;
  const auto stream = std::make_unique<stream_limit<Message, Capacity>>();
  std::uint64_t sum = 0;
  const time_span span = run_pair(
      todo.cpus,
      [&](start_gate& gate) {
        stream->send(1, warm / Every, Every);
        gate.wait();
        return timed([&] { stream->send(1, batches, Every); });
      },
      [&](start_gate& gate) {
        require_sum(stream->receive(warm), warm);
        gate.wait();
        return timed([&] { sum = stream->receive(count); });
      });
  require_sum(sum, count);
  return {static_cast<double>(count) / span.ns() * 1e3, span.seconds()};
}

template <class Court>
measurement measure_court(const work& todo) {
  return measure_trips(todo, [] { return std::make_unique<Court>(); });
}

template <class Bell>
measurement measure_bell(const work& todo) {
  return measure_wakes(todo, [] { return std::make_unique<Bell>(); });
}

entrant limit(std::string_view name) { return {.name = std::string(name), .plays = role::limit}; }

template <std::size_t Capacity>
void enlist_stream(registry& list, wait_text wait) {
  list.add(single_cell(Capacity, wait), {limit(stream_limit_name), &measure_stream<word_message, Capacity, 8>});
}

template <std::size_t Capacity, std::size_t Batch>
void enlist_bulk(registry& list) {
  list.add(bulk_cell(Capacity, Batch), {limit(stream_limit_name), &measure_stream<word_message, Capacity, Batch>});
}

template <class Message>
void enlist_payload(registry& list, wait_text wait) {
  const cell_info cell = payload_cell(message_traits<Message>::name, small_capacity, wait);
  list.add(cell, {limit(stream_limit_name), &measure_stream<Message, small_capacity, 1>});
  list.add(cell, {limit(copying_limit_name), &measure_copying<Message, small_capacity>});
}

struct enlisted_limits {
  enlisted_limits() {
    registry& list = registry::global();
    for (const wait_text wait : {text_of<bare_retry>, text_of<one_pause>, text_of<ten_pauses>}) {
      enlist_stream<small_capacity>(list, wait);
      enlist_payload<line_message>(list, wait);
    }
    enlist_stream<tiny_capacity>(list, text_of<one_pause>);
    enlist_stream<large_capacity>(list, text_of<bare_retry>);
    enlist_stream<large_capacity>(list, text_of<one_pause>);
    enlist_payload<block_message>(list, text_of<one_pause>);
    enlist_bulk<small_capacity, 8>(list);
    enlist_bulk<small_capacity, 32>(list);
    enlist_bulk<small_capacity, 256>(list);
    enlist_bulk<large_capacity, 256>(list);
    for (const wait_text wait : {text_of<bare_retry>, text_of<one_pause>}) {
      list.add(round_trip_cell(wait), {limit(one_line_limit_name), &measure_court<one_line_court>});
      list.add(round_trip_cell(wait), {limit(two_line_limit_name), &measure_court<two_line_court>});
    }
    list.add(wake_cell(), {limit(futex_wake_name), &measure_bell<futex_bell>});
    list.add(wake_cell(), {limit(eventfd_limit_name), &measure_bell<eventfd_bell>});
  }
};

const enlisted_limits limits;

}  // namespace
}  // namespace tidegate::bench
