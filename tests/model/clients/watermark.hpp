// watermark.hpp: clients of watermarks on an account of credits: one edge for each crossing, in order, none left over.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tests/model/explorer/engine.hpp"
#include "tidegate/flow/credits.hpp"
#include "tidegate/flow/source_pause.hpp"

namespace tidegate::model {

inline constexpr credit_options marked_credits{.wait = wait_kind::park, .stats = stats_kind::off, .watermarks = true};

/// Each thread takes and gives back: a, A: one, two; r, R likewise. What is told is checked as it is told.
struct watermark_script {
  watermarks marks;
  std::array<char[6], 3> parts;
  unsigned count;
  unsigned may_freeze = 0;
};

template <class Engine, watermark_script Script>
struct edges_are_told_once {
  static constexpr unsigned threads = Script.count;
  static constexpr unsigned may_freeze = Script.may_freeze;
  static constexpr bool is_large = Script.count > 2;

  edges_are_told_once() : mark(account.on_watermark(Script.marks, [this](watermark_edge edge) { told(edge); })) {}
  void before() {}
  void thread(unsigned index) {
    unsigned has = 0;
    for (const char call : std::string_view(Script.parts[index])) {
      const unsigned count = call == 'A' || call == 'R' ? 2 : 1;
      if (call == 'a' || call == 'A') {
        if (account.try_acquire(count) == acquire_status::ok) has += count;
      } else if (has >= count) {
        has -= count;
        account.release(count);
      }
    }
  }
  void after() {
    if (Engine::frozen()) return;
    const std::size_t level = account.in_use_hint();
    Engine::check(edges.get() == mark.crossings(), "every crossing is told, once");
    Engine::check(level < Script.marks.high || mark.above_hint(), "the level is high, and nobody was told");
    Engine::check(level > Script.marks.low || !mark.above_hint(), "the level is low, and nobody was told");
    Engine::measure("edges", edges.get());
  }

 private:
  /// One at a time, else the explorer finds a race.
  void told(watermark_edge edge) {
    edges.set(edges.get() + 1);
    Engine::check((edges.get() % 2 == 1) == (edge == watermark_edge::above), "edges alternate");
  }

  typename Engine::template variable<unsigned> edges{0};
  credits<marked_credits, typename Engine::sync> account{{.total = 3}};
  watermark<typename Engine::sync>& mark;
};

/// One thread, one level: exactly the edges that a level that goes up and down calls for.
template <class Engine>
struct edges_of_one_thread {
  static constexpr unsigned threads = 1;
  credits<marked_credits, typename Engine::sync> account{{.total = 5}};
  std::string edges;

  void before() {
    account.on_watermark({4, 1}, [this](watermark_edge edge) { edges += edge == watermark_edge::above ? 'a' : 'b'; });
  }
  void thread(unsigned) {
    for (int i = 0; i < 3; ++i) Engine::check(account.try_acquire() == acquire_status::ok, "one is free");
    Engine::check(edges.empty(), "3 is below the high mark");
    Engine::check(account.try_acquire() == acquire_status::ok && edges == "a", "4 is not");
    account.release(2);
    Engine::check(account.try_acquire(3) == acquire_status::ok && edges == "a", "told already");
    account.release(3);
    Engine::check(edges == "a", "2 is above the low mark");
    account.release();
    Engine::check(edges == "ab", "1 is not");
    account.release();
    Engine::check(account.try_acquire(5) == acquire_status::ok && edges == "aba", "and up again");
    account.forget(5);
    Engine::check(edges == "abab", "what is forgotten is not in use");
  }
  void after() {}
};

/// A callback that moves the level itself: what it crosses is told after it.
template <class Engine>
struct a_callback_moves_the_level {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  credits<marked_credits, typename Engine::sync> account{{.total = 4}};
  typename Engine::template variable<int> inside{0}, edges{0};

  void before() {
    account.on_watermark({2, 1}, [this](watermark_edge edge) {
      Engine::check(inside.get() == 0, "one callback at a time");
      inside.set(1);
      edges.set(edges.get() + 1);
      if (edge == watermark_edge::above) account.release(1);
      inside.set(0);
    });
  }
  void thread(unsigned) { Engine::check(account.try_acquire(2) == acquire_status::ok, "two are free"); }
  void after() {
    const bool above = edges.get() % 2 == 1;
    const std::size_t level = account.in_use_hint();
    Engine::check(above ? level > 1 : level < 2, "the last edge is what the level is");
  }
};

/// A listener sleeps until an edge comes, and gets all of them in order.
template <class Engine>
struct a_listener_is_woken {
  static constexpr unsigned threads = 2;
  credits<marked_credits, typename Engine::sync> account{{.total = 2}};
  watermark<typename Engine::sync>* mark = nullptr;
  typename Engine::template variable<int> done{0};

  void before() { mark = &account.on_watermark({2, 0}); }
  void thread(unsigned index) {
    if (index == 1) {
      done.set(1);
      Engine::check(account.try_acquire(2) == acquire_status::ok, "two are free");
      account.release(2);
      return;
    }
    typename watermark<typename Engine::sync>::listener mine(*mark);
    if (mark->crossings() != 0) return;  // came too late for one of them, perhaps
    const auto source = mine.source();
    for (const watermark_edge expected : {watermark_edge::above, watermark_edge::below}) {
      const bool came = source.where().wait_until([&]() noexcept { return source.ready(); }, deadline::never());
      Engine::check(came && mine.next() == expected && done.get() == 1, "in order, and behind what moved the level");
    }
    Engine::check(!mine.next().has_value(), "no more than there were");
  }
  void after() {}
};

/// A source that is paused is read again after what made room.
template <class Engine>
struct a_source_is_resumed {
  static constexpr unsigned threads = 2;
  credits<marked_credits, typename Engine::sync> account{{.total = 2}};
  basic_source_pause<wait_kind::park, typename Engine::sync> reading;
  typename Engine::template variable<int> room{0};

  void before() {
    account.on_watermark({2, 1}, reading.follow());
    Engine::check(!reading.paused_hint() && account.try_acquire(2) == acquire_status::ok, "it is read");
    Engine::check(reading.paused_hint() && reading.pauses() == 1, "it is paused");
    Engine::check(!reading.wait_until_resumed(deadline::time_point::min()), "a try");
  }
  void thread(unsigned index) {
    if (index == 1) {
      room.set(1);
      return account.release();
    }
    Engine::check(reading.wait_until_resumed(deadline::time_point::max()), "it is resumed");
    Engine::check(room.get() == 1, "behind what made room");
  }
  void after() { Engine::check(!reading.paused_hint(), "it is read again"); }
};

/// `seen_again`: of a client that takes a level of before twice, which is more than others need.
template <class Engine, class Visit, class Twice>
void for_each_watermark_client(Visit&& visit, Twice&& seen_again) {
  const auto add = [&]<watermark_script Script>(const char* name) {
    visit.template operator()<edges_are_told_once<Engine, Script>>(std::string("watermark.") + name);
  };
  add.template operator()<watermark_script{{2, 0}, {"ar", "ar"}, 2}>("two_ones");
  add.template operator()<watermark_script{{2, 1}, {"ar", "AR"}, 2}>("one_and_two");
  add.template operator()<watermark_script{{1, 0}, {"arar", "ar"}, 2}>("again");
  add.template operator()<watermark_script{{2, 1}, {"ar", "ar", "ar"}, 3}>("three");
  add.template operator()<watermark_script{{2, 0}, {"A", "ar"}, 2}>("stays_high");
  seen_again.template operator()<edges_are_told_once<Engine, watermark_script{{2, 1}, {"a", "ar"}, 2}>>(
      "watermark.seen_again");
  visit.template operator()<edges_of_one_thread<Engine>>("watermark.one_thread");
  visit.template operator()<a_callback_moves_the_level<Engine>>("watermark.callback_moves");
  visit.template operator()<a_source_is_resumed<Engine>>("watermark.source_pause");
  visit.template operator()<a_listener_is_woken<Engine>>("watermark.listener");
}

}  // namespace tidegate::model
