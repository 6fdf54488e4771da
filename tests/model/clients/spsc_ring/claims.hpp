// claims.hpp: clients of spsc_ring that work on slots in place: claim, publish, abandon; peek, release.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// Of a claim any number is published and the rest given back; a dropped claim leaves no trace.
template <class Engine, class Kind>
struct publishes_part_of_a_claim {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"nothing of it", "all of it", "granted less"};

  void before() noexcept {
    turn(ring, 1);
    fill<Engine>(ring, 1, 1);
  }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    publish_some();
    if (auto dropped = ring.try_claim(1)) construct(dropped, 1, 0);
    publish_some();
  }
  void publish_some() noexcept {
    auto slots = ring.try_claim(2);
    if (slots.count() < 2) Engine::reached("granted less");
    const std::size_t part = slots ? Engine::choose(static_cast<unsigned>(slots.count()) + 1) : 0;
    if (slots && part == 0) Engine::reached("nothing of it");
    if (slots && part == slots.count()) Engine::reached("all of it");
    construct(slots, slots.count(), part);
    slots.publish(part);
    pushed += static_cast<int>(part);
  }
  /// Constructs what will be published; and the rest, unless it is plain and would not be destroyed.
  template <class Claim>
  void construct(Claim& slots, std::size_t granted, std::size_t part) noexcept {
    const std::size_t count = plain_element<element> ? part : granted;
    for (std::size_t i = 0; i < count; ++i) slots.emplace(element{pushed + 1 + static_cast<int>(i)});
  }
  void consume() noexcept {
    for (unsigned i = 0; i < 2; ++i) static_cast<void>(take(ring, seen));
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 1;
  typename Kind::template ring<Engine> ring{3};
};

/// Of a peek any number is released and the rest stays; a dropped peek changes nothing.
template <class Engine, class Kind>
struct releases_part_of_a_peek {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"nothing of it", "some of it", "all of it", "room"};

  void before() noexcept {
    turn(ring, 2);
    fill<Engine>(ring, 1, 3);
  }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      if (ring.try_push(element{pushed + 1}) != push_status::ok) continue;
      Engine::reached("room");
      ++pushed;
    }
  }
  void consume() noexcept {
    auto shown = ring.try_peek(3);
    look_at(shown);
    Engine::check(shown.count() == 3, "everything inside is shown");
    const std::size_t part = Engine::choose(4);
    Engine::reached(part == 0 ? "nothing of it" : part == 3 ? "all of it" : "some of it");
    shown.release(part);
    seen.last += static_cast<int>(part);
    look_at(ring.try_peek(3));
    static_cast<void>(take(ring, seen));
  }
  template <class Peek>
  void look_at(const Peek& shown) noexcept {
    for (std::size_t i = 0; i < shown.count(); ++i) {
      Engine::check(shown[i].value == seen.last + 1 + static_cast<int>(i), "a peek shows the oldest, in order");
    }
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 3;
  typename Kind::template ring<Engine> ring{3};
};

/// A peek during pushes shows the oldest elements without a gap, also where they cross into the next line.
template <class Engine, class Kind>
struct peeks_without_a_gap {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"one", "three"};

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, 4); }

  void produce() noexcept { fill<Engine>(ring, 1, 4); }
  void consume() noexcept {
    auto shown = ring.try_peek(3);
    if (shown.count() == 1) Engine::reached("one");
    if (shown.count() == 3) Engine::reached("three");
    Engine::check(shown.count() <= 3, "no more is shown than was asked for");
    for (std::size_t i = 0; i < shown.count(); ++i) seen(shown[i].value);
    shown.release(shown.count());
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{4};
};

/// A claim and a peek of more than lies in two lines get what does.
template <class Engine, class Kind>
struct works_in_place {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"none", "many"};

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    auto slots = ring.try_claim(5);
    Engine::check(slots.count() >= 4, "an empty ring grants all that lies in two lines");
    for (std::size_t i = 0; i < slots.count(); ++i) slots.emplace(element{static_cast<int>(i) + 1});
    pushed = static_cast<int>(slots.count());
    slots.publish(slots.count());
  }
  void consume() noexcept {
    auto shown = ring.try_peek(5);
    Engine::reached(shown.count() >= 4 ? "many" : "none");
    for (std::size_t i = 0; i < shown.count(); ++i) seen(shown[i].value);
    shown.release(shown.count());
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 0;
  typename Kind::template ring<Engine> ring{5};
};

}  // namespace tidegate::model
