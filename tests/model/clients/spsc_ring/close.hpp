// close.hpp: clients of spsc_ring that close it, from the producer's thread and from a third one.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// Closed by the producer's thread: everything accepted is popped before `closed` is answered, and that is final.
template <class Engine, class Kind>
struct drains_after_close {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"empty", "closed"};

  void before() noexcept {
    form = static_cast<pop_form>(Engine::choose(pop_forms));
    turn(ring, 1);
  }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept {
    while (pop_by(form, ring, seen)) {
    }
    Engine::check(ring.ended(), "every form of pop tells that a drained ring is closed");
    Engine::check(seen.last == pushed, "everything accepted before the close is popped");
    Engine::check(take(ring, seen) == pop_status::closed && ring.ended(), "a drained ring stays closed");
  }

  void produce() noexcept {
    fill<Engine>(ring, 1, 2);
    ring.close();
    Engine::check(ring.try_push(typename Kind::element{3}) == push_status::closed, "a closed ring says so");
    Engine::check(!push_by<Engine>(push_form::many, ring, 3) && !push_by<Engine>(push_form::claimed, ring, 3),
                  "a closed ring takes nothing, though there is room");
  }
  void consume() noexcept {
    for (unsigned i = 0; i < 3; ++i) {
      if (pop_by(form, ring, seen)) continue;
      Engine::reached(ring.ended() ? "closed" : "empty");
      if (ring.ended()) Engine::check(seen.last == pushed, "closed, and an accepted element was not popped");
    }
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  const int pushed = 2;
  pop_form form = pop_form::one;
  typename Kind::template ring<Engine> ring{3};
};

/// Closed by a third thread: `closed` is final on both sides. What was accepted and not seen stays for the destructor.
template <class Engine, class Kind>
struct closed_from_outside {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"refused", "told the consumer", "one left behind", "two left behind"};

  void before() noexcept { form = Engine::choose(push_forms); }
  void thread(unsigned index) noexcept {
    if (index == 0) produce();
    if (index == 1) consume();
    if (index == 2) ring.close();
  }
  void after() noexcept {
    const bool told = ring.ended();
    const int left = pushed - seen.last;
    if (told && left == 1) Engine::reached("one left behind");
    if (told && left == 2) Engine::reached("two left behind");
    Engine::check(ring.depth_hint() == static_cast<std::size_t>(left),
                  "what was accepted is inside until it is popped");
    if (!told) take_rest(ring, seen, pushed);
  }

  void produce() noexcept {
    bool refused = false;
    for (unsigned i = 0; i < 2; ++i) {
      const bool accepted =
          push_by<Engine>(static_cast<push_form>(form), ring, pushed + 1);  // there is room: only a close refuses
      Engine::check(!refused || !accepted, "`closed` is final for the producer");
      refused = !accepted;
      if (accepted) ++pushed;
    }
    if (refused) Engine::reached("refused");
  }
  void consume() noexcept {
    bool told = false;
    for (unsigned i = 0; i < 2; ++i) {
      const bool popped = pop_by(static_cast<pop_form>(form), ring, seen);
      Engine::check(!told || (!popped && ring.ended()), "`closed` is final for the consumer");
      told = ring.ended();
    }
    if (told) Engine::reached("told the consumer");
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 0;
  unsigned form = 0;  // of push and of pop: there are as many
  typename Kind::template ring<Engine> ring{2};
};

/// Whoever is told that the ring is closed sees what was done before the close.
template <class Engine, class Kind>
struct close_tells {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told the producer", "told the consumer", "told an observer", "not told"};

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? close() : ask(); }
  void after() noexcept {}

  void close() noexcept {
    note.set(7);
    ring.close();
  }
  void ask() noexcept {
    const unsigned role = Engine::choose(3);
    if (!is_told(role)) return Engine::reached("not told");
    Engine::reached(probes[role]);
    Engine::check(note.get() == 7, "what was done before the close is seen by who is told of it");
  }
  [[nodiscard]] bool is_told(unsigned role) noexcept {
    if (role == 0) return ring.try_push(typename Kind::element{1}) == push_status::closed;
    if (role == 1) return take(ring, seen) == pop_status::closed;
    return ring.closed();
  }

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> note;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{1};
};

}  // namespace tidegate::model
