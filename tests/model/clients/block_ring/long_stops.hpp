// long_stops.hpp: a thread stops within a call while another one takes the ring round and round, past half of all laps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/model/clients/block_ring/histories.hpp"

namespace tidegate::model {

/// What the thread does that stops.
enum class stopping : std::uint8_t { push, push_last, push_two, push_seeking_room, pop, pop_last, pop_part, pop_two };

/// Somebody pushes and pops two elements, `Turns` times; when the other thread pops, some more are inside at first. The
/// ring is never full, and then never empty. Everything comes out once, and in order.
template <class Engine, stopping Does, unsigned Turns>
struct block_stops_for_laps {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  static constexpr bool pushes = Does < stopping::pop;
  static constexpr std::size_t capacity = Does == stopping::push_two || Does >= stopping::pop_part ? 4 : 3;
  using ring_type = block_ring<lone, block_options{.longest_run = 2}, typename Engine::sync>;

  block_stops_for_laps() : ring(capacity, ring_rows{pushes ? 2u : 1u, pushes ? 1u : 2u}) {}

  void before() {
    producer = ring.try_make_producer();
    consumer = ring.try_make_consumer();
    if constexpr (pushes) other = ring.try_make_producer();
    if constexpr (Does == stopping::push_seeking_room) {  // it knows of no room when it is about to stop
      std::array<lone, capacity> some{};
      Engine::check(other.try_push_n(some.data(), capacity) == capacity, "there is room");
      Engine::check(consumer.try_pop_n(some.data(), capacity) == capacity, "it is full");
    }
    if constexpr (Does == stopping::push_last || Does == stopping::pop_last) {  // at the end of a lap hints are raised
      for (std::size_t i = 0; i < capacity; ++i) {
        push_next(1);
        std::array<lone, 1> out;
        see(out, consumer.try_pop_n(out.data(), 1));
      }
    }
    if constexpr (!pushes) push_next(Does == stopping::pop_part ? 2 : 1);
    if constexpr (Does == stopping::pop_two) push_next(1);
  }
  void thread(unsigned index) {
    if (index == 0) {
      stop_somewhere();
      return;
    }
    turn(Turns);
  }
  void after() {
    turn(turns_after);  // what was left behind by the one that stopped does no harm
    std::array<lone, 1> out;
    while (consumer.try_pop(out[0]) == pop_status::ok) see(out, 1);
    std::size_t sum = taken;
    for (const std::uint8_t times : seen) sum += times;
    Engine::check(sum == next + (pushes ? given : 0), "everything comes out");
    Engine::check(ring.depth_hint() == 0, "an empty ring has no depth");
    ring.close();
    Engine::check(producer.try_push(lone{}) == push_status::closed, "closed for pushes");
    Engine::check(consumer.try_pop(out[0]) == pop_status::closed, "closed for pops");
  }

 private:
  static constexpr std::uint64_t foreign = 1000;
  static constexpr unsigned turns_after = 6;

  void turn(unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      push_next(2);
      std::array<lone, 2> out;
      see(out, consumer.try_pop_n(out.data(), 2));
    }
  }

  void push_next(std::size_t count) {
    std::array<lone, 2> in{lone{next}, lone{next + 1}};
    Engine::check(producer.try_push_n(in.data(), count) == count, "there is room");
    next += count;
  }
  void stop_somewhere() {
    std::array<lone, 2> some{lone{foreign}, lone{foreign + 1}};
    if constexpr (pushes) {
      given = Does == stopping::push_two ? 2 : 1;
      Engine::check(other.try_push_n(some.data(), given) == given, "there is room for the other one, too");
    } else {
      auto another = ring.try_make_consumer();
      taken = another.try_pop_n(some.data(), Does == stopping::pop_two ? 2 : 1);
      Engine::check(taken != 0, "it is never empty");
      for (std::size_t i = 0; i < taken; ++i) Engine::check(++seen[some[i].value] == 1, "each comes out once");
      taken = 0;  // counted
    }
  }
  template <std::size_t Most>
  void see(const std::array<lone, Most>& out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t value = out[i].value;
      if (value >= foreign) {
        Engine::check(pushes && value == foreign + taken++, "the other one's come out in order");
        continue;
      }
      Engine::check(value >= after_last && value < next && ++seen[value] == 1, "each comes out once, in order");
      after_last = value + 1;
    }
  }

  ring_type ring;
  typename ring_type::producer producer;
  typename ring_type::producer other;
  typename ring_type::consumer consumer;
  std::array<std::uint8_t, 2 * (Turns + turns_after) + capacity + 2> seen{};
  std::uint64_t next = 0;        // to be pushed
  std::uint64_t after_last = 0;  // popped
  std::size_t given = 0;         // by the thread that stops
  std::size_t taken = 0;         // of those
};

template <class Engine, class Visit>
void for_each_long_block_stop(Visit visit) {
  visit.template operator()<block_stops_for_laps<Engine, stopping::push, 36>>("block_stops.push");
  visit.template operator()<block_stops_for_laps<Engine, stopping::push_last, 36>>("block_stops.push_last");
  visit.template operator()<block_stops_for_laps<Engine, stopping::pop_last, 36>>("block_stops.pop_last");
  visit.template operator()<block_stops_for_laps<Engine, stopping::push_two, 44>>("block_stops.push_two");
  visit.template operator()<block_stops_for_laps<Engine, stopping::push_seeking_room, 36>>(
      "block_stops.push_seeking_room");
  visit.template operator()<block_stops_for_laps<Engine, stopping::pop, 36>>("block_stops.pop");
  visit.template operator()<block_stops_for_laps<Engine, stopping::pop_part, 44>>("block_stops.pop_part");
  visit.template operator()<block_stops_for_laps<Engine, stopping::pop_two, 44>>("block_stops.pop_two");
}

}  // namespace tidegate::model
