// hand_over.hpp: clients that show what passes through a spsc_ring: elements in order, and what was done before.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// What the producer did before a push is seen after the pop of its element, whatever calls are used.
template <class Engine, class Kind>
struct hands_over {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"popped", "empty"};

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept {}  // the element, when it was not popped, is left to the destructor

  void produce() noexcept {
    const auto form = static_cast<push_form>(Engine::choose(push_forms));
    note.set(7);
    Engine::check(push_by<Engine>(form, ring, 1), "an empty ring has room");
  }
  void consume() noexcept {
    const auto form = static_cast<pop_form>(Engine::choose(pop_forms));
    if (!pop_by(form, ring, seen)) return Engine::reached("empty");
    Engine::reached("popped");
    Engine::check(note.get() == 7, "what was done before the push is seen after the pop");
  }

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> note;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{1};
};

/// What the consumer did before a pop is seen after a push that needed its slot.
template <class Engine, class Kind>
struct hands_back {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"room", "full"};

  void before() noexcept { fill<Engine>(ring, 1, 1); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept {}

  void produce() noexcept {
    if (!push_by<Engine>(static_cast<push_form>(Engine::choose(push_forms)), ring, 2)) return Engine::reached("full");
    Engine::reached("room");
    Engine::check(note.get() == 7, "what was done before the pop is seen after the push into its slot");
  }
  void consume() noexcept {
    const auto form = static_cast<pop_form>(Engine::choose(pop_forms));
    note.set(7);
    Engine::check(pop_by(form, ring, seen), "a full ring is not empty");
  }

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> note;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{1};
};

/// Elements come out once and in order while both sides go round the ring. It starts full, across the end of the array.
template <class Engine, class Kind, unsigned Capacity>
struct goes_round {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"full", "empty", "a lap"};

  void before() noexcept {
    turn(ring, 1);
    fill<Engine>(ring, 1, pushed);
  }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept {
    if (pushed > static_cast<int>(Capacity) + 1) Engine::reached("a lap");
    take_rest(ring, seen, pushed);
  }

  void produce() noexcept {
    for (unsigned i = 0; i < 3; ++i) {
      typename Kind::element element{pushed + 1};
      if (ring.try_push(std::move(element)) == push_status::ok) {
        ++pushed;
      } else {
        Engine::reached("full");
        Engine::check(element.value == pushed + 1, "a refused push leaves its argument alone");
      }
    }
  }
  void consume() noexcept {
    for (unsigned i = 0; i < Capacity + 1; ++i) {
      if (take(ring, seen) == pop_status::empty) Engine::reached("empty");
    }
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = Capacity;
  typename Kind::template ring<Engine> ring{Capacity};
};

/// Elements that nobody took are destroyed with the ring, wherever they lie.
template <class Engine, class Kind>
struct leaves_the_rest {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"nothing left", "everything left"};

  void before() noexcept { turn(ring, 2); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept {
    if (ring.depth_hint() == 0) Engine::reached("nothing left");
    if (ring.depth_hint() == 3) Engine::reached("everything left");
  }

  void produce() noexcept { fill<Engine>(ring, 1, 3); }
  void consume() noexcept {
    for (unsigned i = 0; i < 3; ++i) static_cast<void>(take(ring, seen));
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{3};
};

}  // namespace tidegate::model
