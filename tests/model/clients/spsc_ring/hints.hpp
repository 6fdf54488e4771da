// hints.hpp: clients that look at a spsc_ring from a third thread.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// The depth that a third thread sees is within [0, capacity], though the ring moves on between its two looks.
template <class Engine, class Kind>
struct depth_is_within_capacity {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"none", "one", "moved on"};

  void before() noexcept { fill<Engine>(ring, 1, 1); }
  void thread(unsigned index) noexcept {
    if (index == 0) pushed_second = ring.try_push(typename Kind::element{2}) == push_status::ok;
    if (index == 1) static_cast<void>(take(ring, seen));
    if (index == 2) observe();
  }
  void after() noexcept {
    if (pushed_second) Engine::reached("moved on");
  }

  void observe() noexcept {
    const std::size_t depth = ring.depth_hint();
    Engine::reached(depth == 0 ? "none" : "one");
    Engine::check(depth <= ring.capacity(), "the depth is within the capacity");
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  bool pushed_second = false;
  typename Kind::template ring<Engine> ring{1};
};

/// Nor does it see more elements than were ever pushed.
template <class Engine, class Kind>
struct depth_is_possible {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"none", "one"};

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 0) fill<Engine>(ring, 1, 1);
    if (index == 1) static_cast<void>(take(ring, seen));
    if (index == 2) observe();
  }
  void after() noexcept {}

  void observe() noexcept {
    const std::size_t depth = ring.depth_hint();
    Engine::reached(depth == 0 ? "none" : "one");
    Engine::check(depth <= 1, "one element was pushed");
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{2};
};

/// Elements counted as pushed and then as popped differ by at most the capacity: what wait_drained() relies on.
template <class Engine, class Kind>
struct pushed_before_popped {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"the second push"};

  void before() noexcept { fill<Engine>(ring, 1, 1); }
  void thread(unsigned index) noexcept {
    if (index == 0) static_cast<void>(push_by<Engine>(static_cast<push_form>(Engine::choose(push_forms)), ring, 2));
    if (index == 1) static_cast<void>(take(ring, seen));
    if (index == 2) observe();
  }
  void after() noexcept {}

  void observe() noexcept {
    using position = typename sync::position;
    const position pushed = ring.pushed_hint();
    const position popped = ring.popped_hint();
    if (distance(sync::first_position, pushed) == 2) Engine::reached("the second push");
    const auto inside = static_cast<std::make_signed_t<position>>(pushed - popped);
    Engine::check(inside <= 1, "pushed and popped differ by more than the capacity");
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{1};
};

/// Who sees an element counted as popped sees what the consumer did before.
template <class Engine, class Kind>
struct popped_is_done {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"popped", "not yet"};

  void before() noexcept { fill<Engine>(ring, 1, 1); }
  void thread(unsigned index) noexcept { index == 0 ? consume() : observe(); }
  void after() noexcept {}

  void consume() noexcept {
    const auto form = static_cast<pop_form>(Engine::choose(pop_forms));
    note.set(7);
    Engine::check(pop_by(form, ring, seen), "an element is inside");
  }
  void observe() noexcept {
    if (ring.popped_hint() == sync::first_position) return Engine::reached("not yet");
    Engine::reached("popped");
    Engine::check(note.get() == 7, "what was done before the pop is seen with its count");
  }

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> note;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{1};
};

}  // namespace tidegate::model
