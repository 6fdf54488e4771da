// enlist_cell_ring.cpp: enters the plain cell ring and the limits beside the queues, in the same rounds.
#include <memory>

#include "bench/limits/cell_ring.hpp"
#include "bench/limits/ping_pong.hpp"
#include "bench/limits/sleepers.hpp"
#include "bench/limits/two_counters.hpp"
#include "bench/mpmc/enlist.hpp"

namespace tidegate::bench::mpmc {
namespace {

const enlisted<cell_ring> cells({.name = std::string(cell_ring_name),
                                 .plays = role::reference,
                                 .note = "ours, for comparison only: FIFO; stops with a stopped peer; a line or more "
                                         "for each element"});

/// Million elements a second for which all threads have only drawn their tickets.
measurement measure_counters(const work& todo, crew threads) {
  const run_size size = size_of_run(todo.count, threads, message_traits<word_message>::number_max);
  two_counters counters;
  shares to_send(size);
  shares to_receive(size);
  const time_span span =
      run_team(todo.team, threads.producers + threads.consumers, [&](unsigned thread, start_gate& gate) {
        const bool sends = is_producer(thread, threads);
        gate.wait();
        return timed([&] {
          (sends ? to_send : to_receive).each([&](std::uint64_t, std::uint64_t count) {
            sends ? counters.send(count) : counters.receive(count);
          });
        });
      });
  return {static_cast<double>(size.count) / span.ns() * 1e3, span.seconds()};
}

entrant limit(std::string_view name, std::string note = {}) {
  return {.name = std::string(name), .plays = role::limit, .note = std::move(note)};
}

struct enlisted_limits {
  enlisted_limits() {
    registry& list = registry::global();
    for (const crew threads : map_crews) {
      list.add(single_cell("u64", threads, text_of<pauses_and_yield>),
               {limit(two_counters_name, "what a ticket on each side costs; bulk calls and private queues need fewer"),
                [threads](const work& todo) { return measure_counters(todo, threads); }});
    }
    const cell_info trips = round_trip_cell(text_of<one_pause>);
    list.add(trips, {limit("limit: one-line ping-pong"), [](const work& todo) {
                       return measure_trips(todo, [] { return std::make_unique<one_line_court>(); });
                     }});
    list.add(trips, {limit("limit: two-line ping-pong"), [](const work& todo) {
                       return measure_trips(todo, [] { return std::make_unique<two_line_court>(); });
                     }});
    list.add(wake_cell(), {limit(futex_wake_name), [](const work& todo) {
                             return measure_wakes(todo, [] { return std::make_unique<futex_bell>(); });
                           }});
  }
};

const enlisted_limits limits;

}  // namespace
}  // namespace tidegate::bench::mpmc
