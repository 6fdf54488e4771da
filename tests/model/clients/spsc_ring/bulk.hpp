// bulk.hpp: clients of spsc_ring that move several elements in one call.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/spsc_ring/support.hpp"

namespace tidegate::model {

/// Both sides move several elements at a time, across the end of the array; only what was accepted is moved from.
template <class Engine, class Kind>
struct moves_many {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"some", "all", "none", "two at once"};

  void before() noexcept { turn(ring, 2); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    std::array<element, 4> from{element{1}, element{2}, element{3}, element{4}};
    const std::size_t once = ring.try_push_n(from.data(), 2);
    const std::size_t both = once + ring.try_push_n(from.data() + once, from.size() - once);
    Engine::reached(both == from.size() ? "all" : "some");
    for (std::size_t i = both; i < from.size(); ++i) {
      Engine::check(from[i].value == static_cast<int>(i) + 1, "what was not accepted is not moved from");
    }
    pushed = static_cast<int>(both);
  }
  void consume() noexcept {
    std::array<element, 3> out{element{0}, element{0}, element{0}};
    for (unsigned i = 0; i < 2; ++i) {
      const std::size_t count = ring.try_pop_n(out.data(), out.size());
      if (count == 0) Engine::reached("none");
      if (count == 2) Engine::reached("two at once");
      for (std::size_t j = 0; j < count; ++j) seen(out[j].value);
    }
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 0;
  typename Kind::template ring<Engine> ring{3};
};

/// Single and bulk calls take turns on both sides: neither misleads the other about what it has seen.
template <class Engine, class Kind>
struct mixes_one_and_many {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"three at once", "one after many"};

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    std::array<element, 5> from{element{1}, element{2}, element{3}, element{4}, element{5}};
    pushed += static_cast<int>(ring.try_push_n(from.data(), 1));
    pushed += static_cast<int>(ring.try_push_n(from.data() + 1, 3));
    if (ring.try_push(std::move(from[static_cast<std::size_t>(pushed)])) == push_status::ok) ++pushed;
  }
  void consume() noexcept {
    std::array<element, 3> out{element{0}, element{0}, element{0}};
    static_cast<void>(take(ring, seen));
    const std::size_t count = ring.try_pop_n(out.data(), out.size());
    if (count == out.size()) Engine::reached("three at once");
    for (std::size_t j = 0; j < count; ++j) seen(out[j].value);
    if (take(ring, seen) == pop_status::ok && count != 0) Engine::reached("one after many");
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 0;
  typename Kind::template ring<Engine> ring{4};
};

/// A bulk push or a claim gets all the room that was known of before the call.
template <class Engine, class Kind>
struct gets_all_the_room {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"one", "three"};

  void before() noexcept { fill<Engine>(ring, 1, pushed); }  // the producer knows of one more free slot
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    const bool claims = Engine::choose(2) == 1;
    const std::size_t known = popped.load(order::acquire);
    std::array<element, 3> from{element{3}, element{4}, element{5}};
    std::size_t count = 0;
    if (claims) {
      auto slots = ring.try_claim(from.size());
      count = slots.count();
      for (std::size_t i = 0; i < count; ++i) slots.emplace(std::move(from[i]));
      slots.publish(count);
    } else {
      count = ring.try_push_n(from.data(), from.size());
    }
    if (count == 1) Engine::reached("one");
    if (count == 3) Engine::reached("three");
    Engine::check(count >= 1 + known, "as many are accepted as were known to fit");
    pushed += static_cast<int>(count);
  }
  void consume() noexcept {
    if (take(ring, seen) == pop_status::ok) popped.store(1, order::release);
    if (take(ring, seen) == pop_status::ok) popped.store(2, order::release);
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 2;
  typename Kind::template ring<Engine> ring{3};
  typename sync::template atomic<std::size_t> popped{0};  // pops that have ended
};

/// A bulk pop or a peek gets every element that was known of before the call.
template <class Engine, class Kind>
struct gets_all_that_is_there {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"one", "three"};

  void before() noexcept {
    fill<Engine>(ring, 1, 2);
    static_cast<void>(take(ring, seen));  // the consumer has seen one more
  }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, static_cast<int>(pushed.load(order::acquire))); }

  void produce() noexcept {
    for (std::size_t value = 3; value <= 4; ++value) {
      fill<Engine>(ring, static_cast<int>(value), static_cast<int>(value));
      pushed.store(value, order::release);
    }
  }
  void consume() noexcept {
    const bool peeks = Engine::choose(2) == 1;
    const std::size_t known = pushed.load(order::acquire);
    std::array<element, 3> out{element{0}, element{0}, element{0}};
    std::size_t count = 0;
    if (peeks) {
      auto shown = ring.try_peek(out.size());
      count = shown.count();
      for (std::size_t i = 0; i < count; ++i) seen(shown[i].value);
      shown.release(count);
    } else {
      count = ring.try_pop_n(out.data(), out.size());
      for (std::size_t i = 0; i < count; ++i) seen(out[i].value);
    }
    if (count == 1) Engine::reached("one");
    if (count == 3) Engine::reached("three");
    Engine::check(count + 1 >= known, "as many are delivered as were known to be inside");
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  typename Kind::template ring<Engine> ring{3};
  typename sync::template atomic<std::size_t> pushed{2};  // pushes that have ended
};

/// One call fills the whole ring from the middle of a line on, round into the same line again.
template <class Engine, class Kind, std::size_t Capacity>
struct fills_all_round {
  using sync = typename Engine::sync;
  using element = typename Kind::element;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"all at once"};

  void before() noexcept { turn(ring, 1); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { take_rest(ring, seen, pushed); }

  void produce() noexcept {
    std::array<element, 4> from{element{1}, element{2}, element{3}, element{4}};
    Engine::check(ring.try_push_n(from.data(), Capacity) == Capacity, "there is room for all");
    pushed = static_cast<int>(Capacity);
    element next{pushed + 1};
    if (ring.try_push(std::move(next)) == push_status::ok) ++pushed;
  }
  void consume() noexcept {
    std::array<element, 4> out{element{0}, element{0}, element{0}, element{0}};
    for (unsigned i = 0; i < 2; ++i) {
      const std::size_t count = ring.try_pop_n(out.data(), out.size());
      if (count == Capacity) Engine::reached("all at once");
      for (std::size_t j = 0; j < count; ++j) seen(out[j].value);
    }
  }

  all_destroyed<Engine> balance;
  in_order<Engine> seen;
  int pushed = 0;
  typename Kind::template ring<Engine> ring{Capacity};
};

}  // namespace tidegate::model
