// marks.hpp: what was pushed before a mark was taken has left when the ring says so, and it says so.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/model/clients/block_ring/histories.hpp"

namespace tidegate::model {

/// One pushes, takes a mark and asks; others push and pop runs. Before them, `Turns` times two elements go through.
template <class Engine, unsigned Turns>
struct block_marks {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = Turns == 0 ? 0b110 : 0;
  static constexpr std::uint64_t own = 100;
  static constexpr std::array probes{"left", "not yet"};
  using ring_type = block_ring<lone, block_options{.longest_run = 2}, typename Engine::sync>;

  block_marks() : ring(3, ring_rows{2, 2}) {}

  void before() {
    for (unsigned i = 0; i < 2; ++i) producers[i] = ring.try_make_producer();
    for (unsigned i = 0; i < 2; ++i) consumers[i] = ring.try_make_consumer();
    std::array<lone, 2> some{};
    for (unsigned i = 0; i < Turns; ++i) {
      Engine::check(producers[1].try_push_n(some.data(), 2) == 2, "there is room");
      Engine::check(consumers[1].try_pop_n(some.data(), 2) == 2, "two are there");
    }
  }
  void thread(unsigned index) {
    std::array<lone, 2> some{lone{1}, lone{2}};
    if (index == 0) return push_and_ask();
    if (index == 1) static_cast<void>(producers[1].try_push_n(some.data(), 2));
    if (index == 2) static_cast<void>(consumers[1].try_pop_n(some.data(), 2));
  }
  void after() {}

 private:
  void push_and_ask() {
    const bool is_in = producers[0].try_push(lone{own}) == push_status::ok;
    const auto mark = ring.pushed_mark();
    const bool has_left = ring.has_left(mark);
    Engine::reached(has_left ? "left" : "not yet");
    lone out;
    while (consumers[0].try_pop(out) == pop_status::ok) {
      Engine::check(out.value != own || (is_in && !has_left), "it had left");
    }
    Engine::check(ring.has_left(mark), "it is seen to be empty");
  }

  ring_type ring;
  std::array<typename ring_type::producer, 2> producers;
  std::array<typename ring_type::consumer, 2> consumers;
};

/// One asks for a mark whose elements have left, and stops within the call while another one takes the ring round and
/// round, past half of all laps, and never empties it. The answer stays.
template <class Engine, unsigned Turns>
struct block_mark_stops_for_laps {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  using ring_type = block_ring<lone, block_options{.longest_run = 2}, typename Engine::sync>;

  static constexpr unsigned laps_of_two_epochs = 8;

  block_mark_stops_for_laps() : ring(3, ring_rows{1, 1}) {}

  void before() {
    producer = ring.try_make_producer();
    consumer = ring.try_make_consumer();
    push(1);
    mark = ring.pushed_mark();
    push(1);
    pop(1);
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(ring.has_left(mark), "it had left before");
      fresh = ring.pushed_mark();
      return;
    }
    for (unsigned i = 0; i < Turns; ++i) {
      push(2);
      pop(2);
    }
  }
  void after() {
    push(1);  // from now on every other mark is between two laps
    pop(2);
    for (unsigned i = 0; i < laps_of_two_epochs * 2; ++i) {
      Engine::check(ring.has_left(mark) && ring.has_left(fresh), "the ring was empty");
      push(1);
      const auto newest = ring.pushed_mark();
      push(1);
      Engine::check(!ring.has_left(newest), "two are inside");
      pop(1);
      Engine::check(ring.has_left(newest), "one is left, which came later");
      pop(1);
    }
  }

 private:
  void push(std::size_t count) {
    const std::array<lone, 2> in{};
    Engine::check(producer.try_push_n(in.data(), count) == count, "there is room");
  }
  void pop(std::size_t count) {
    std::array<lone, 2> out;
    Engine::check(consumer.try_pop_n(out.data(), count) == count, "so many are there");
  }

  ring_type ring;
  typename ring_type::producer producer;
  typename ring_type::consumer consumer;
  typename ring_type::mark mark;
  typename ring_type::mark fresh;
};

/// Who is told that an element has left sees what its taker did before. The element is the last one of a lap, so that
/// the hint alone tells.
template <class Engine>
struct block_mark_orders {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"left"};
  using ring_type = block_ring<lone, block_options{.longest_run = 2}, typename Engine::sync>;

  block_mark_orders() : ring(1, ring_rows{1, 1}) {}

  void before() {
    consumer = ring.try_make_consumer();
    Engine::check(ring.make_producer().try_push(lone{}) == push_status::ok, "there is room");
    mark = ring.pushed_mark();
  }
  void thread(unsigned index) {
    lone out;
    if (index == 0) {
      note.set(7);
      Engine::check(consumer.try_pop(out) == pop_status::ok, "one is there");
    } else if (ring.has_left(mark)) {
      Engine::reached("left");
      Engine::check(note.get() == 7, "what was done before");
    }
  }
  void after() {}

  ring_type ring;
  typename ring_type::consumer consumer;
  typename ring_type::mark mark;
  typename Engine::template variable<int> note;
};

template <class Engine, class Visit>
void for_each_block_mark(Visit visit) {
  visit.template operator()<block_marks<Engine, 0>>("block_marks.three");
  visit.template operator()<block_marks<Engine, 2>>("block_marks.a_lap_later");
  visit.template operator()<block_mark_orders<Engine>>("block_marks.order");
}

template <class Engine, class Visit>
void for_each_long_block_mark(Visit visit) {
  visit.template operator()<block_mark_stops_for_laps<Engine, 40>>("block_stops.mark");
}

}  // namespace tidegate::model
