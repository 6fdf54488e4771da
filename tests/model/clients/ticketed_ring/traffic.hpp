// traffic.hpp: clients of ticketed_ring with several threads on a side: in order, once, whole, never too many.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/ticketed_ring/support.hpp"

namespace tidegate::model {

/// `Producers` threads try `Tries` times each, and `Consumers` as often together, across the end of the array and the
/// wrap of the laps.
template <class Engine, unsigned Producers, unsigned Consumers, unsigned Tries, std::size_t Capacity>
struct all_come_out_once {
  static constexpr unsigned threads = Producers + Consumers;
  static constexpr bool is_large = threads > 2;
  static constexpr std::array probes{"popped", "empty", "all popped"};

  void before() noexcept { turn_ticketed(ring, 1); }
  void thread(unsigned index) noexcept {
    const bool pushes = index < Producers;
    for (unsigned i = 0; i < (pushes ? Tries : Producers * Tries / Consumers); ++i) {
      if (pushes) {
        static_cast<void>(push_next<Engine>(ring, all, index));
      } else {
        Engine::reached(pop_next<Engine>(ring, all, index - Producers) == pop_status::ok ? "popped" : "empty");
      }
    }
  }
  void after() noexcept {
    if (all.popped() == all.pushed()) Engine::reached("all popped");
    all.settle(ring);
  }

  all_destroyed<Engine> balance;
  account<Engine, Producers, Consumers> all;
  ticketed_ring_of<Engine> ring{Capacity};
};

/// A ring that starts full, across the wrap of the laps, is emptied and filled again by several threads.
template <class Engine, unsigned Producers, unsigned Consumers, std::size_t Capacity>
struct cells_are_used_again {
  static constexpr unsigned threads = Producers + Consumers;
  static constexpr bool is_large = threads > 2;
  static constexpr std::array probes{"full", "room"};
  static constexpr unsigned filler = Producers;  // whoever pushed what is inside at first

  void before() noexcept {
    turn_ticketed(ring, 1);
    for (std::size_t i = 0; i < Capacity; ++i) static_cast<void>(push_next<Engine>(ring, all, filler));
  }
  void thread(unsigned index) noexcept {
    if (index >= Producers) {
      Engine::check(pop_next<Engine>(ring, all, index - Producers) == pop_status::ok, "nothing is in the way");
      return;
    }
    for (unsigned i = 0; i < 2; ++i) {
      Engine::reached(push_next<Engine>(ring, all, index) == push_status::ok ? "room" : "full");
    }
  }
  void after() noexcept {
    Engine::check(all.pushed() <= Capacity + Consumers, "never more than the capacity inside");
    all.settle(ring);
  }

  all_destroyed<Engine> balance;
  account<Engine, Producers + 1, Consumers> all;
  ticketed_ring_of<Engine> ring{Capacity};
};

/// Where there is room for all, nobody is told `full`, whoever is in whose way.
template <class Engine, std::size_t Capacity>
struct room_for_all {
  static constexpr unsigned threads = 2;

  void before() noexcept { turn_ticketed(ring, Capacity - 1); }
  void thread(unsigned index) noexcept {
    const bool in_bulk = Engine::choose(2) == 1;
    if (in_bulk) {
      Engine::check(push_two<Engine>(ring, all, index) == 2, "there is room for both");
      return;
    }
    for (unsigned i = 0; i < 2; ++i) {
      Engine::check(push_next<Engine>(ring, all, index) == push_status::ok, "there is room");
    }
  }
  void after() noexcept { all.settle(ring); }

  all_destroyed<Engine> balance;
  account<Engine, 2, 0> all;
  ticketed_ring_of<Engine> ring{Capacity};
};

/// Where there is an element for everybody, nobody is told `empty`.
template <class Engine, std::size_t Capacity>
struct element_for_all {
  static constexpr unsigned threads = 2;

  void before() noexcept {
    turn_ticketed(ring, Capacity - 1);
    for (unsigned i = 0; i < 4; ++i) static_cast<void>(push_next<Engine>(ring, all, 0));
  }
  void thread(unsigned index) noexcept {
    const bool in_bulk = Engine::choose(2) == 1;
    if (in_bulk) {
      Engine::check(pop_two<Engine>(ring, all, index) == 2, "there are elements for both");
      return;
    }
    for (unsigned i = 0; i < 2; ++i) {
      Engine::check(pop_next<Engine>(ring, all, index) == pop_status::ok, "there is an element");
    }
  }
  void after() noexcept { all.settle(ring); }

  all_destroyed<Engine> balance;
  account<Engine, 1, 2> all;
  ticketed_ring_of<Engine> ring{Capacity};
};

/// What was done before a push is seen after the pop of its element, and before a pop after the push into its cell.
template <class Engine>
struct hands_over_and_back {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"popped", "empty", "room", "full"};

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept { all.settle(ring); }

  void produce() noexcept {
    there.set(7);
    Engine::check(push_next<Engine>(ring, all, 0) == push_status::ok, "an empty ring has room");
    const bool accepted = Engine::choose(2) == 0 ? push_next<Engine>(ring, all, 0) == push_status::ok
                                                 : push_two<Engine>(ring, all, 0) == 1;
    if (!accepted) return Engine::reached("full");
    Engine::reached("room");
    Engine::check(back.get() == 7, "what was done before the pop is seen after the push into its cell");
  }
  void consume() noexcept {
    back.set(7);
    const bool popped =
        Engine::choose(2) == 0 ? pop_next<Engine>(ring, all, 0) == pop_status::ok : pop_two<Engine>(ring, all, 0) == 1;
    if (!popped) return Engine::reached("empty");
    Engine::reached("popped");
    Engine::check(there.get() == 7, "what was done before the push is seen after the pop");
  }

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> there;
  typename Engine::template variable<int> back;
  account<Engine, 1, 1> all;
  ticketed_ring_of<Engine> ring{1};
};

/// A callback works on the element in place, and its cell is free afterwards; others pop what is behind it meanwhile.
template <class Engine>
struct consumes_in_place {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"the first", "the second"};

  void before() noexcept {
    for (unsigned i = 0; i < 2; ++i) static_cast<void>(push_next<Engine>(ring, all, 0));
  }
  void thread(unsigned index) noexcept {
    const pop_status status = ring.try_consume([&](counted&& element) noexcept {
      Engine::reached(element.value == 1 ? "the first" : "the second");
      all.pop(index, std::exchange(element.value, counted::moved_out));
    });
    Engine::check(status == pop_status::ok, "there is an element for each");
  }
  void after() noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      Engine::check(push_next<Engine>(ring, all, 0) == push_status::ok, "both cells are free");
    }
    all.settle(ring);
  }

  all_destroyed<Engine> balance;
  account<Engine, 1, 2> all;
  ticketed_ring_of<Engine> ring{2};
};

/// Its constructor from a number may throw, for all that a ring knows.
struct built_outside {
  static inline int built = 0;  // of one execution

  explicit built_outside(int of) noexcept(false) : value(of) { ++built; }

  int value;
};

/// What may throw is built outside: not at all when there is no room, nor when it is closed; and goes in whole.
template <class Engine>
struct builds_outside_when_there_is_room {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"accepted", "built in vain", "not built"};

  void before() noexcept { built_outside::built = 0; }
  void thread(unsigned index) noexcept {
    accepted[index] = ring.try_emplace(static_cast<int>(index) + 1) == push_status::ok;
  }
  void after() noexcept {
    Engine::check(accepted[0] != accepted[1], "there is room for one, and one gets it");
    Engine::reached(built_outside::built == 2 ? "built in vain" : "not built");
    const int built = built_outside::built;
    Engine::check(ring.try_emplace(3) == push_status::full && built_outside::built == built, "full: nothing is built");
    built_outside out{0};
    Engine::check(ring.try_pop(out) == pop_status::ok && accepted[static_cast<std::size_t>(out.value - 1)],
                  "what was accepted comes out");
    Engine::reached("accepted");
    ring.close();
    Engine::check(ring.try_emplace(4) == push_status::closed && built_outside::built == built + 1,
                  "closed: nothing is built");
  }

  std::array<bool, 2> accepted{};
  ticketed_ring<built_outside, ticketed_options{}, typename Engine::sync> ring{1};
};

/// A third thread's look at the depth: possible at any moment.
template <class Engine>
struct depth_is_possible_here {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"none", "one", "two"};

  void before() noexcept { static_cast<void>(push_next<Engine>(ring, all, 0)); }
  void thread(unsigned index) noexcept {
    if (index == 0) static_cast<void>(push_next<Engine>(ring, all, 0));
    if (index == 1) {
      for (unsigned i = 0; i < 2; ++i) static_cast<void>(pop_next<Engine>(ring, all, 0));
    }
    if (index == 2) {
      const std::size_t depth = ring.depth_hint();
      Engine::check(depth <= 2, "no more are inside than were ever pushed");
      Engine::reached(probes[depth % 3]);
    }
  }
  void after() noexcept { all.settle(ring); }

  all_destroyed<Engine> balance;
  account<Engine, 1, 1> all;
  ticketed_ring_of<Engine> ring{3};
};

/// Both looks are exact when nobody else is there; of a closed ring they are never refused.
template <class Engine>
struct ticketed_looks {
  static constexpr unsigned threads = 1;
  all_destroyed<Engine> balance;
  ticketed_ring_of<Engine> ring{2};

  void before() noexcept { turn_ticketed(ring, Engine::choose(3)); }
  void thread(unsigned) noexcept {
    Engine::check(ring.push_ready() && !ring.pop_ready(), "it is empty");
    Engine::check(ring.try_push(counted{1}) == push_status::ok, "there is room");
    Engine::check(ring.push_ready() && ring.pop_ready(), "one is inside");
    Engine::check(ring.try_push(counted{2}) == push_status::ok, "there is room");
    Engine::check(!ring.push_ready() && ring.pop_ready(), "it is full");
    ring.close();
    Engine::check(ring.push_ready() && ring.pop_ready(), "it is full, and closed");
    turn_ticketed(ring, 2);  // nothing goes in any more
    Engine::check(ring.push_ready() && ring.pop_ready(), "it is empty, and closed");
  }
  void after() noexcept {}
};

}  // namespace tidegate::model
