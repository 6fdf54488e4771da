// exact.hpp: clients that show that spsc_ring answers `full` and `empty` only when that is true.
//
// Each failure is judged alone, by what is known to have happened before the call: a counter that the other side
// released after each of its calls. What may not happen again is judged by a counter set before each call: relaxed,
// because the ring itself must bring it along.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// `full` only if at some instant during the call `Capacity` elements were inside.
template <class Engine, class Kind, unsigned Capacity>
struct full_is_true {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"full", "room that was known of"};

  void before() noexcept {
    turn(ring, 1);
    fill<Engine>(ring, 1, pushed);
  }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      const int known = popped.load(order::acquire);
      if (push_by<Engine>(static_cast<push_form>(i == 0 ? Engine::choose(push_forms) : 0), ring, pushed + 1)) {
        ++pushed;
        if (known != 0) Engine::reached("room that was known of");
      } else {
        Engine::reached("full");
        Engine::check(pushed - known >= static_cast<int>(Capacity), "full, and a slot was known to be free");
      }
    }
  }
  void consume() noexcept {
    for (int i = 1; i <= 2 && take(ring, seen) == pop_status::ok; ++i) popped.store(i, order::release);
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = Capacity;
  typename Kind::template ring<Engine> ring{Capacity};
  typename sync::template atomic<int> popped{0};  // pops that have ended
};

/// `empty` only if at some instant during the call no element was inside.
template <class Engine, class Kind, unsigned Capacity>
struct empty_is_true {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"empty", "an element that was known of"};

  void before() noexcept { turn(ring, 1); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed.load(order::acquire)); }

  void produce() noexcept {
    for (int value = 1; value <= 2; ++value) {
      if (ring.try_push(typename Kind::element{value}) != push_status::ok) return;
      pushed.store(value, order::release);
    }
  }
  void consume() noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      const int known = pushed.load(order::acquire);
      if (pop_by(static_cast<pop_form>(i == 0 ? Engine::choose(pop_forms) : 0), ring, seen)) {
        if (known != 0) Engine::reached("an element that was known of");
      } else {
        Engine::reached("empty");
        Engine::check(known <= seen.last, "empty, and an element was known to be inside");
      }
    }
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{Capacity};
  typename sync::template atomic<int> pushed{0};  // pushes that have ended
};

/// Never more than `Capacity` elements inside: a push that is accepted has seen the pop that made room begin.
template <class Engine, class Kind, unsigned Capacity>
struct never_overfull {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"full", "room"};

  void before() noexcept { fill<Engine>(ring, 1, pushed); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      if (!push_by<Engine>(static_cast<push_form>(i == 0 ? Engine::choose(push_forms) : 0), ring, pushed + 1)) {
        Engine::reached("full");
        continue;
      }
      Engine::reached("room");
      ++pushed;
      Engine::check(pushed <= static_cast<int>(Capacity) + begun.load(order::relaxed), "more than the capacity inside");
    }
  }
  void consume() noexcept {
    for (int i = 1; i <= 2; ++i) {
      begun.store(i, order::relaxed);
      static_cast<void>(take(ring, seen));
    }
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = Capacity;
  typename Kind::template ring<Engine> ring{Capacity};
  typename sync::template atomic<int> begun{0};  // pops that have begun
};

}  // namespace tidegate::model
