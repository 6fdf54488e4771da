// round_trip.hpp: a word there and back through two queues, both sides spinning.
//
// The mean comes from a pass without clock reads; the percentiles come from a second pass that reads the clock once a
// trip, and contain that read. p99.9 shows what interrupts the machine, for the raw ping-pong as for every queue.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/harness/cell.hpp"
#include "bench/harness/message.hpp"
#include "bench/harness/pair_run.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/statistics.hpp"

namespace tidegate::bench {

/// A court (see limits/ping_pong.hpp) made of two queues; each side has the handles it needs.
template <class Queue, class Wait>
class queue_court {
 public:
  void ask(std::uint64_t trip) noexcept {
    while (!asker_out_.try_push(trip + 1)) Wait::failed();
    word_message answer = 0;
    while (!asker_in_.try_pop(answer)) Wait::failed();
    wrong_ |= answer ^ (trip + 1);
  }
  void answer(std::uint64_t) noexcept {
    word_message question = 0;
    while (!answerer_in_.try_pop(question)) Wait::failed();
    while (!answerer_out_.try_push(question)) Wait::failed();
  }

  /// An answer was not its question.
  [[nodiscard]] bool went_wrong() const noexcept { return wrong_ != 0; }

 private:
  Queue there_ = make_queue<Queue>(crew{});
  Queue back_ = make_queue<Queue>(crew{});
  producer_type<Queue> asker_out_ = producer_of(there_);
  consumer_type<Queue> asker_in_ = consumer_of(back_);
  std::uint64_t wrong_ = 0;  // the asker's
  alignas(128) consumer_type<Queue> answerer_in_ = consumer_of(there_);
  producer_type<Queue> answerer_out_ = producer_of(back_);
};

template <class Court>
[[gnu::noinline, gnu::flatten]] void ask_trips(Court& court, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t trip = first; trip != first + count; ++trip) court.ask(trip);
}

template <class Court>
[[gnu::noinline, gnu::flatten]] void answer_trips(Court& court, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t trip = first; trip != first + count; ++trip) court.answer(trip);
}

/// One clock reading a trip.
template <class Court>
[[gnu::noinline, gnu::flatten]] std::vector<double> ask_timed_trips(Court& court, std::uint64_t first,
                                                                    std::uint64_t count) {
  std::vector<double> trips_ns;
  trips_ns.reserve(count);
  std::uint64_t last_ns = now_ns();
  for (std::uint64_t trip = first; trip != first + count; ++trip) {
    court.ask(trip);
    const std::uint64_t this_ns = now_ns();
    trips_ns.push_back(static_cast<double>(this_ns - last_ns));
    last_ns = this_ns;
  }
  return trips_ns;
}

/// Nanoseconds a trip; `make_court` gives a fresh one, by pointer.
template <class MakeCourt>
measurement measure_trips(const work& todo, MakeCourt&& make_court) {
  constexpr std::uint64_t warm = 2000;
  constexpr std::uint64_t timed_trips_max = 100'000;
  const std::uint64_t count = todo.count;
  const std::uint64_t tail = std::min(count, timed_trips_max);
  const auto court = make_court();
  std::vector<double> trips_ns;
  time_span span;
  run_pair(
      todo.cpus,
      [&](start_gate& gate) {
        ask_trips(*court, 0, warm);
        gate.wait();
        span = timed([&] { ask_trips(*court, warm, count); });
        trips_ns = ask_timed_trips(*court, warm + count, tail);
        return span;
      },
      [&](start_gate& gate) {
        answer_trips(*court, 0, warm);
        gate.wait();
        return timed([&] { answer_trips(*court, warm, count + tail); });
      });
  if constexpr (requires { court->went_wrong(); }) {
    if (court->went_wrong()) throw wrong_result("a round trip brought back another element");
  }
  const percentiles rest = percentiles_of(std::move(trips_ns));
  return {span.ns() / static_cast<double>(count),
          span.seconds(),
          {{"p50 ns", rest.p50}, {"p90 ns", rest.p90}, {"p99 ns", rest.p99}, {"p99.9 ns", rest.p999}}};
}

template <class Queue, class Wait>
measurement measure_round_trip(const work& todo) {
  return measure_trips(todo, [] { return std::make_unique<queue_court<Queue, Wait>>(); });
}

}  // namespace tidegate::bench
