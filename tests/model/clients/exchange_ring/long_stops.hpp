// long_stops.hpp: a thread stops within a call while others take the ring round, past half of all laps or all of them.
//
// The tags of the explorer's words have sixteen laps, so that an era is one lap. Nothing is asked of a thread that is
// stopped between its look and its compare-exchange until exactly all laps have gone by: see entry_word.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/model/clients/exchange_ring/support.hpp"
#include "tests/model/explorer/engine.hpp"

namespace tidegate::model {

/// The call in which a thread stops.
enum class stopped_call : std::uint8_t { push, evict, pop };

/// How many pushes go by meanwhile: every number from `first` to `last` is tried.
struct laps_range {
  unsigned first;
  unsigned last;
};

/// Somebody pushes and pops an element in turn, with `Inside` of them in the ring at first, so that the ring is never
/// full for a stopped push, and never empty for a stopped pop; where it is full, every turn evicts. Everything comes
/// out once, in order; afterwards the row of the stopped thread, with what it left behind, answers exactly as others.
template <class Engine, class Kind, std::size_t Capacity, stopped_call Does, laps_range Gone, unsigned Inside = 1>
struct stops_for_laps {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  static constexpr bool pushes = Does == stopped_call::push || Does == stopped_call::evict;
  static constexpr std::array probes{"stopped for all the time"};
  using ring_type = typename Kind::template ring<Engine>;
  using element = typename Kind::element;

  void before() {
    ring.emplace(Capacity, ring_rows{pushes ? 2u : 1u, pushes ? 1u : 2u});
    producer = ring->try_make_producer();
    consumer = ring->try_make_consumer();
    if constexpr (pushes) other_producer = ring->try_make_producer();
    if constexpr (!pushes) other_consumer = ring->try_make_consumer();
    for (unsigned i = 0; i < Inside; ++i) push_next(producer);
  }
  void thread(unsigned index) {
    if (index == 0) {
      is_inside = true;
      call_that_stops();
      is_inside = false;
      return;
    }
    const unsigned turns = Gone.first + Engine::choose(Gone.last - Gone.first + 1);
    const bool was_inside = is_inside;
    for (unsigned i = 0; i < turns; ++i) turn();
    if (was_inside && is_inside) Engine::reached("stopped for all the time");
  }
  void after() {
    drain(consumer);
    for (unsigned round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < Capacity; ++i) push_next(pushes && round != 0 ? other_producer : producer);
      check_full(producer);
      if constexpr (pushes) check_full(other_producer);
      drain(!pushes && round != 0 ? other_consumer : consumer);
      check_empty(consumer);
      if constexpr (!pushes) check_empty(other_consumer);
    }
    Engine::check(ring->depth_hint() == 0, "an empty ring has no depth");
    Engine::check(expected == next && skipped == taken && came == pushes, "everything has come out");
    ring->close();
    Engine::check(producer.try_push(element(foreign)) == push_status::closed, "closed for pushes");
  }

 private:
  static constexpr unsigned foreign = 1000;
  static constexpr unsigned none = ~0u;
  static constexpr bool is_full = Inside == Capacity;

  void call_that_stops() {
    if constexpr (Does == stopped_call::push) {
      Engine::check(other_producer.try_push(element(foreign)) == push_status::ok, "there is room for the other one");
    } else if constexpr (Does == stopped_call::evict) {
      const auto use = [this](element&& victim) noexcept { taken = number_in(victim); };
      const push_status status = other_producer.push_evict(element(foreign), use);
      Engine::check(status == (is_full ? push_status::evicted : push_status::ok), "it evicts if it must");
    } else {
      element out(0);
      Engine::check(other_consumer.try_pop(out) == pop_status::ok, "there is one for the other one");
      taken = number_in(out);
    }
  }

  void turn() {
    if constexpr (is_full) {
      const auto use = [this](element&& victim) noexcept { see(number_in(victim)); };
      const push_status status = producer.push_evict(element(static_cast<int>(next++)), use);
      Engine::check(status == push_status::evicted || (!pushes && status == push_status::ok), "it is full");
    } else {
      push_next(producer);
      element out(0);
      Engine::check(consumer.try_pop(out) == pop_status::ok, "it is never empty");
      see(number_in(out));
    }
  }
  template <class Producer>
  void push_next(Producer& by) {
    Engine::check(by.try_push(element(static_cast<int>(next++))) == push_status::ok, "there is room");
  }
  template <class Consumer>
  void drain(Consumer& by) {
    element out(0);
    while (by.try_pop(out) == pop_status::ok) see(number_in(out));
  }
  template <class Producer>
  void check_full(Producer& by) {
    Engine::check(by.try_push(element(foreign)) == push_status::full, "it is full for every row");
  }
  template <class Consumer>
  void check_empty(Consumer& by) {
    element out(0);
    Engine::check(by.try_pop(out) == pop_status::empty, "it is empty for every row");
  }

  /// What comes out, but for the one that the other thread takes.
  void see(unsigned value) {
    if (value == foreign) {
      Engine::check(pushes && !came, "the other one's comes once");
      came = true;
      return;
    }
    if (value == expected + 1 && skipped == none) skipped = expected++;
    Engine::check(value == expected, "each comes once, in order");
    ++expected;
  }

 public:
  all_destroyed<Engine> balance;
  [[no_unique_address]] typename Kind::threads::template population<typename Engine::sync> living;
  std::optional<ring_type> ring;
  typename ring_type::producer producer;
  typename ring_type::producer other_producer;
  typename ring_type::consumer consumer;
  typename ring_type::consumer other_consumer;

 private:
  unsigned next = 0;        // to be pushed
  unsigned expected = 0;    // to come out
  unsigned skipped = none;  // did not
  unsigned taken = none;    // by the other thread
  bool came = false;        // what the other thread pushed
  bool is_inside = false;   // the other thread, in its call
};

/// Around half of all laps, and beyond all of them; not as many as after which an entry says again what it said.
template <class Engine, class Kind, class Visit>
void for_each_long_stop(const std::string& kind, Visit& visit) {
  using enum stopped_call;
  constexpr laps_range half{14, 19};    // of 2 places
  constexpr laps_range half_3{21, 28};  // of 3
  constexpr laps_range wrap{36, 37};
  constexpr laps_range wrap_3{54, 55};
  if constexpr (Kind::sides != side_count::one_to_many) {
    visit.template operator()<stops_for_laps<Engine, Kind, 3, push, half_3>>(kind + ".push");
    visit.template operator()<stops_for_laps<Engine, Kind, 3, push, wrap_3>>(kind + ".push_wrap");
  }
  if constexpr (Kind::sides != side_count::many_to_one) {
    visit.template operator()<stops_for_laps<Engine, Kind, 2, pop, half>>(kind + ".pop");
    visit.template operator()<stops_for_laps<Engine, Kind, 2, pop, wrap>>(kind + ".pop_wrap");
  }
  if constexpr (Kind::evicts && Kind::sides != side_count::one_to_many) {
    visit.template operator()<stops_for_laps<Engine, Kind, 2, evict, half, 2>>(kind + ".evict");
    visit.template operator()<stops_for_laps<Engine, Kind, 2, evict, wrap, 2>>(kind + ".evict_wrap");
  }
  if constexpr (Kind::evicts && Kind::sides != side_count::many_to_one) {
    visit.template operator()<stops_for_laps<Engine, Kind, 2, pop, half, 2>>(kind + ".pop_beside_evictions");
  }
}

}  // namespace tidegate::model
