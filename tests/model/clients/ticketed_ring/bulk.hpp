// bulk.hpp: clients of ticketed_ring that move runs of elements: one claim each, in a row, as many as are known to fit.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/ticketed_ring/support.hpp"

namespace tidegate::model {

/// Two producers push runs. A run that went in whole comes out in a row, whatever calls take it out.
template <class Engine, std::size_t Capacity>
struct runs_stay_together {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"a whole run", "a part", "a run of each"};

  void before() noexcept {
    turn_ticketed(ring, Capacity - 1);
    static_cast<void>(push_next<Engine>(ring, all, 2));
  }
  void thread(unsigned index) noexcept {
    if (index == 2) {
      pop_one();
      return pop_one();
    }
    whole[index] = push_two<Engine>(ring, all, index) == 2;
    Engine::reached(whole[index] ? "a whole run" : "a part");
  }
  void after() noexcept {
    if (whole[0] && whole[1]) Engine::reached("a run of each");
    while (ring.depth_hint() != 0) pop_one();
    for (std::size_t i = 0; i < count; ++i) {
      if (out[i] % 10 != 1 || out[i] > 20 || !whole[static_cast<std::size_t>(out[i] / 10)]) continue;
      Engine::check(out[i + 1] == out[i] + 1, "elements of one call come out in a row");
    }
    all.settle(ring);
  }

  void pop_one() noexcept {
    const pop_status status = ring.try_consume([&](counted&& element) noexcept { out[count++] = element.value; });
    if (status == pop_status::ok) all.pop(0, out[count - 1]);
  }

  all_destroyed<Engine> balance;
  account<Engine, 3, 1> all;
  std::array<bool, 2> whole{};
  std::array<int, 8> out{};
  std::size_t count = 0;
  ticketed_ring_of<Engine> ring{Capacity};
};

/// A producer of runs and a consumer of runs go round the ring beside another consumer of single elements.
template <class Engine, std::size_t Capacity>
struct runs_go_round {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"two in", "two out", "one out", "none out"};

  void before() noexcept {
    turn_ticketed(ring, Capacity - 1);
    static_cast<void>(push_next<Engine>(ring, all, 0));
  }
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 0; i < 2; ++i) {
        if (push_two<Engine>(ring, all, 0) == 2) Engine::reached("two in");
      }
    } else if (index == 1) {
      const std::size_t count = pop_two<Engine>(ring, all, 0);
      Engine::reached(count == 2 ? "two out" : count == 1 ? "one out" : "none out");
    } else {
      static_cast<void>(pop_next<Engine>(ring, all, 1));
    }
  }
  void after() noexcept { all.settle(ring); }

  all_destroyed<Engine> balance;
  account<Engine, 1, 2> all;
  ticketed_ring_of<Engine> ring{Capacity};
};

/// A call takes all the room, and all the elements, that were known of before it.
template <class Engine>
struct runs_take_what_is_known {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"room for two", "two elements", "nothing known"};

  void before() noexcept {
    turn_ticketed(ring, 2);
    for (unsigned i = 0; i < 3; ++i) static_cast<void>(push_next<Engine>(ring, all, 0));
  }
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 1; i <= 2 && pop_next<Engine>(ring, all, 0) == pop_status::ok; ++i)
        popped.store(i, order::release);
      const std::size_t known = pushed.load(order::acquire);
      const std::size_t count = pop_two<Engine>(ring, all, 0);
      Engine::check(count >= (known < 2 ? known : 2), "as many come out as were known to be inside");
      if (known == 2) Engine::reached("two elements");
      return;
    }
    const std::size_t known = popped.load(order::acquire);
    const std::size_t count = push_two<Engine>(ring, all, 0);
    Engine::check(count >= known, "as many go in as were known to fit");
    Engine::reached(known == 2 ? "room for two" : "nothing known");
    if (count == 2) pushed.store(2, order::release);
  }
  void after() noexcept { all.settle(ring); }

  all_destroyed<Engine> balance;
  account<Engine, 1, 1> all;
  ticketed_ring_of<Engine> ring{3};
  typename sync::template atomic<std::size_t> popped{0};  // pops that have ended
  typename sync::template atomic<std::size_t> pushed{0};  // elements of pushes that have ended
};

}  // namespace tidegate::model
