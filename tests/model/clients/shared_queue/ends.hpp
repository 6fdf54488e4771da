// ends.hpp: close() against those who wait, on both sides, and against those who are on their way to sleep.
#pragma once

#include <array>
#include <chrono>

#include "tests/model/clients/shared_queue/support.hpp"

namespace tidegate::model {

/// Two consumers wait; one element comes, then the end.
template <class Engine, class Kind, bool WithElement>
struct close_ends_the_pops {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{1};
  std::array<pop_status, 2> got{};

  void before() {
    stage.let_pop(0);
    stage.let_pop(1);
    stage.let_push(2);
  }
  void thread(unsigned index) {
    cargo out{0};
    if (index < 2) {
      got[index] = stage.consumers[index].pop(out);
      return;
    }
    if (WithElement) Engine::check(stage.producers[2].try_push(cargo{1}) == push_status::ok, "there is room");
    stage.queue.close();
  }
  void after() {
    int delivered = 0;
    for (const pop_status each : got) {
      Engine::check(each == pop_status::ok || each == pop_status::closed, "nothing else ends a pop without limit");
      delivered += each == pop_status::ok ? 1 : 0;
    }
    Engine::check(delivered == (WithElement ? 1 : 0), "what was accepted is delivered, once");
  }
};

/// Two producers wait for room that never comes.
template <class Engine, class Kind>
struct close_ends_the_pushes {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_push(1);
  }
  void thread(unsigned index) {
    if (index == 2) return stage.queue.close();
    cargo mine{2};
    Engine::check(stage.producers[index].push(std::move(mine)) == push_status::closed, "nobody makes room");
    Engine::check(mine.value == 2, "what was not accepted is untouched");
  }
  void after() {}
};

/// A producer waits for room, a pop makes some, and somebody closes: the push is in, or it was told.
template <class Engine, class Kind>
struct close_beside_a_pop {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{1};
  push_status status{};

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    cargo element{2};
    if (index == 0) {
      status = stage.producers[0].push(std::move(element));
      Engine::check(status == push_status::ok || status == push_status::closed, "nothing else ends it");
    } else if (index == 1) {
      Engine::check(stage.consumers[1].pop(element) == pop_status::ok && element.value == 1, "the first one is there");
      const pop_status next = stage.consumers[1].pop(element);
      Engine::check(next == pop_status::ok || next == pop_status::closed, "nothing else ends it");
      if (next == pop_status::ok) {
        Engine::check(stage.consumers[1].pop(element) == pop_status::closed, "and then the queue has ended");
      }
      Engine::check(element.value == (next == pop_status::ok ? 2 : 1), "it comes out if it went in");
    } else {
      stage.queue.close();
    }
  }
  void after() {
    if (Kind::sides == side_count::one_to_many) return;  // its pushes may be late, see spmc_ring.hpp
    Engine::check(stage.queue.depth_hint() == 0, "what was accepted came before the end");
  }
};

/// A producer waits for room, and somebody for the drain that never comes.
template <class Engine, class Kind>
struct close_wakes_both_places {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    stage.let_push(0);
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(stage.producers[0].push(cargo{2}) == push_status::closed, "nobody makes room");
    } else if (index == 1) {
      stage.queue.close();
    } else {
      const auto until = Engine::sync::now() + std::chrono::milliseconds(5);
      Engine::check(!stage.queue.wait_drained(until), "nobody takes anything out");
      Engine::check(Engine::sync::now() >= until, "and the wait is not ended before its deadline");
    }
  }
  void after() {}
};

/// One producer's element may come behind the last look of a pop, which is told `closed`: it never leaves, and whoever
/// waits for the drain is told so.
template <class Engine, class Kind>
struct late_element_never_leaves {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"left inside"};
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    typename Kind::element out{0};
    if (index == 0) {
      static_cast<void>(stage.producers[0].try_push(typename Kind::element{1}));
    } else if (index == 1) {
      stage.queue.close();
      while (stage.consumers[1].try_pop(out) == pop_status::ok) {
      }
    } else {
      Engine::check(stage.queue.wait_drained(deadline::never().when()), "all has left, or never will");
    }
  }
  void after() {
    if (stage.queue.depth_hint() != 0) Engine::reached("left inside");
  }
};

}  // namespace tidegate::model
