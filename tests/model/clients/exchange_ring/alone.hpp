// alone.hpp: what each call answers, and what it costs, when nobody else is there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "tests/model/clients/exchange_ring/directed.hpp"

namespace tidegate::model {

/// Calls that move several, that construct in place, and that keep an element.
template <class Engine, class Kind>
struct calls_that_others_do_not_make {
  static constexpr unsigned threads = 1;
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{3, ring_rows{1, 1}};

  void before() {}
  void thread(unsigned) {
    begins_anywhere();
    moves_several();
    constructs_in_place();
    keeps_one();
  }
  void after() {}

 private:
  void begins_anywhere() {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    element out(0);
    for (unsigned passed = Engine::choose(3); passed != 0; --passed) {
      Engine::check(producer.try_push(element(1)) == push_status::ok, "there is room");
      Engine::check(consumer.try_pop(out) == pop_status::ok, "there is an element");
    }
  }
  void moves_several() {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    std::array<element, 4> in{element(1), element(2), element(3), element(4)};
    std::array<element, 4> out{element(0), element(0), element(0), element(0)};
    Engine::check(producer.try_push_n(in.data(), 2) == 2, "there is room for two");
    Engine::check(producer.try_push_n(in.data() + 2, 2) == 1, "there is room for one of two");
    Engine::check(number_in(in[3]) == 4, "what finds no room stays");
    Engine::check(consumer.try_pop_n(out.data(), 2) == 2, "there are two");
    Engine::check(consumer.try_pop_n(out.data() + 2, 2) == 1, "there is one of two");
    Engine::check(number_in(out[0]) == 1 && number_in(out[1]) == 2 && number_in(out[2]) == 3, "in their order");
  }
  void constructs_in_place() {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    for (int i = 1; i <= 3; ++i) Engine::check(producer.try_emplace(i) == push_status::ok, "there is room");
    Engine::check(producer.try_emplace(4) == push_status::full, "there is none");
    element out(0);
    for (unsigned i = 1; i <= 3; ++i) {
      Engine::check(consumer.try_pop(out) == pop_status::ok && number_in(out) == i, "what was constructed comes out");
    }
  }
  void keeps_one() {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    Engine::check(!consumer.pop_ready() && producer.push_ready(), "it is empty");
    Engine::check(consumer.try_hold() == pop_status::empty, "there is none to keep");
    for (int i = 1; i <= 3; ++i) Engine::check(producer.try_push(element(i)) == push_status::ok, "there is room");
    Engine::check(consumer.pop_ready() && !producer.push_ready(), "it is full");
    Engine::check(consumer.try_hold() == pop_status::ok && number_in(*consumer.held()) == 1, "the oldest is kept");
    element out(0);
    for (unsigned i = 2; i <= 3; ++i) {
      Engine::check(consumer.try_pop(out) == pop_status::ok && number_in(out) == i, "the others come in their order");
    }
    ring.close();
    Engine::check(consumer.try_hold() == pop_status::closed, "closed, and there is none to keep");
    Engine::check(producer.try_emplace(4) == push_status::closed, "closed, and there is no room");
    Engine::check(consumer.pop_ready() && producer.push_ready(), "both would be told at once");
  }
};

/// A producer alone asks about a ring that is full and closed: it would be told at once.
template <class Engine, class Kind>
struct ready_to_be_told {
  static constexpr unsigned threads = 1;
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{3, ring_rows{1, 1}};

  void before() {}
  void thread(unsigned) {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    element out(0);
    for (unsigned passed = Engine::choose(3); passed != 0; --passed) {
      Engine::check(producer.try_push(element(1)) == push_status::ok, "there is room");
      Engine::check(consumer.try_pop(out) == pop_status::ok, "there is an element");
    }
    for (int i = 0; i < 3; ++i) Engine::check(producer.try_push(element(1)) == push_status::ok, "there is room");
    Engine::check(!producer.push_ready() && consumer.pop_ready(), "it is full");
    ring.close();
    Engine::check(producer.push_ready() && consumer.pop_ready(), "it is full, and closed");
    Engine::check(producer.try_push(element(1)) == push_status::closed, "closed for pushes");
  }
  void after() {}
};

/// Elements in entries keep all their bits.
template <class Engine, class Kind, std::uint32_t Value>
struct small_element_keeps_its_bits {
  static constexpr unsigned threads = 1;
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{2, ring_rows{1, 1}};

  void before() { Engine::check(!Kind::holds, "it travels in the entry"); }
  void thread(unsigned) {
    auto producer = ring.try_make_producer();
    auto consumer = ring.try_make_consumer();
    const auto value = static_cast<element>(std::array{Value, ~Value, Value >> 1}[Engine::choose(3)]);
    element out = 0;
    Engine::check(producer.try_push(element{value}) == push_status::ok, "there is room");
    Engine::check(consumer.try_pop(out) == pop_status::ok, "there is an element");
    Engine::check(out == value, "what was pushed comes out");
  }
  void after() {}
};

/// A row that is some places behind, with the hint no further, looks at each, and for a hint at every eighth.
template <class Engine, class Kind>
struct walks_and_seldom_asks_the_hint {
  static constexpr unsigned threads = 1;
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{13, ring_rows{2, 1}};

  void before() {}
  void thread(unsigned) {
    auto late = ring.try_make_producer();
    auto early = ring.try_make_producer();
    const unsigned passed = 9 + Engine::choose(3);
    for (unsigned i = 1; i < passed; ++i) Engine::check(early.try_push(element(1)) == push_status::ok, "there is room");
    const unsigned before_first = Engine::steps();
    Engine::check(early.try_push(element(1)) == push_status::ok, "there is room");
    const unsigned before_late = Engine::steps();
    Engine::check(late.try_push(element(1)) == push_status::ok, "there is room");
    const unsigned at_place = before_late - before_first;
    const unsigned walked = Engine::steps() - before_late;
    constexpr unsigned looks_at_the_hint = 2;
    Engine::check(walked == at_place + 2 * passed + looks_at_the_hint, "an entry and an era a place, seldom a hint");
  }
  void after() {}
};

/// A row that has lost to nobody asks nobody: passed places count as lost exchanges only eight at a time.
template <class Engine, class Kind>
struct walks_and_asks_nobody {
  static constexpr unsigned threads = 1;
  using element = typename Kind::element;
  [[no_unique_address]] typename Kind::threads::template population<typename Engine::sync> living;
  typename Kind::template ring<Engine> ring{9, ring_rows{2, 1}};
  bool has_asked = false;

  void before() {}
  void thread(unsigned) {
    auto late = ring.try_make_producer();
    auto early = ring.try_make_producer();
    for (unsigned behind = 5 + Engine::choose(3); behind != 0; --behind) {
      Engine::check(early.try_push(element(1)) == push_status::ok, "there is room");
    }
    director::listen(this, [](void* self, std::string_view function) {
      if (function == "ask") static_cast<walks_and_asks_nobody*>(self)->has_asked = true;
    });
    Engine::check(late.try_push(element(1)) == push_status::ok, "there is room");
    director::fall_silent();
    Engine::check(!has_asked, "nobody was in the way");
  }
  void after() {}
};

/// Two handles leave a thread the row of its own number: its calls cost one load more than theirs.
template <class Engine, class Kind>
struct handles_and_threads_do_not_meet {
  static constexpr unsigned threads = 1;
  using element = typename Kind::element;
  typename Kind::template ring<Engine> ring{8, ring_rows{4, 1}};

  void before() {}
  void thread(unsigned) {
    auto one = ring.try_make_producer();
    auto two = ring.try_make_producer();
    for (unsigned calls = 1 + Engine::choose(3); calls != 0; --calls) {
      Engine::check(ring.try_push(element(1)) == push_status::ok, "there is a row");
    }
    Engine::check(two.try_push(element(1)) == push_status::ok, "there is room");
    const unsigned before_handle = Engine::steps();
    Engine::check(two.try_push(element(1)) == push_status::ok, "there is room");
    const unsigned with_handle = Engine::steps() - before_handle;
    Engine::check(ring.try_push(element(1)) == push_status::ok, "there is room");  // its row walks on
    const unsigned before_thread = Engine::steps();
    Engine::check(ring.try_push(element(1)) == push_status::ok, "there is room");
    Engine::check(Engine::steps() - before_thread == with_handle + 1, "it finds its row at the first look");
  }
  void after() {}
};

template <class Engine, class Visit>
void for_each_call_alone(Visit visit) {
  using enum side_count;
  using many = exchange_kind<many_to_many, unhelped()>;
  visit.template operator()<calls_that_others_do_not_make<Engine, exchange_kind<many_to_many, helped(0)>>>(
      "alone.calls_0");
  visit.template operator()<calls_that_others_do_not_make<Engine, many>>("alone.calls_lock_free");
  visit.template operator()<ready_to_be_told<Engine, exchange_kind<one_to_many, helped(0)>>>("alone.ready_to_be_told");
  visit.template
  operator()<small_element_keeps_its_bits<Engine, exchange_kind<many_to_many, helped(0), std::uint16_t>, 0xA5C3>>(
      "alone.two_bytes");
  visit.template
  operator()<small_element_keeps_its_bits<Engine, exchange_kind<many_to_many, unhelped(), std::uint32_t>, 0x8123A5C3>>(
      "alone.four_bytes");
  visit.template operator()<walks_and_seldom_asks_the_hint<Engine, many>>("alone.walks");
  visit.template
  operator()<walks_and_asks_nobody<Engine, exchange_kind<many_to_many, helped(2), counted, directed_threads>>>(
      "alone.walks_and_asks_nobody");
  visit.template operator()<handles_and_threads_do_not_meet<Engine, many>>("alone.handles_and_threads");
}

}  // namespace tidegate::model
