// close.hpp: clients of ticketed_ring that close it: exact for pushes, final for pops, from any thread.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/ticketed_ring/support.hpp"

namespace tidegate::model {

/// Closed by a third thread: whoever was told `closed` is told so for ever, and then everything accepted came out.
template <class Engine, bool InBulk>
struct closed_by_a_third_thread {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"refused", "told the consumer", "both accepted"};

  void before() noexcept { turn_ticketed(ring, 1); }
  void thread(unsigned index) noexcept {
    if (index == 0) produce();
    if (index == 1) consume();
    if (index == 2) {
      ring.close();
      Engine::check(push_next<Engine>(ring, all, 1) == push_status::closed, "closed for who has closed it");
    }
  }
  void after() noexcept {
    if (all.pushed() == 2) Engine::reached("both accepted");
    if (told) Engine::check(all.popped() == all.pushed(), "told `closed`, and an accepted element is left");
    all.settle(ring);
    Engine::check(pop_next<Engine>(ring, all, 0) == pop_status::closed && ring.ended(), "a drained ring stays closed");
  }

  void produce() noexcept {
    push_status before = push_status::ok;
    for (unsigned i = 0; i < 2; ++i) {
      const push_status now = InBulk ? push_in_bulk() : push_next<Engine>(ring, all, 0);
      Engine::check(before != push_status::closed || now == push_status::closed, "`closed` is final for the producer");
      Engine::check(now != push_status::full, "there is room");
      before = now;
    }
    if (before == push_status::closed) Engine::reached("refused");
  }
  [[nodiscard]] push_status push_in_bulk() noexcept {
    counted element{all.next_of(0)};
    if (ring.try_push_n(&element, 1) == 0) return ring.closed() ? push_status::closed : push_status::full;
    all.push(0);
    return push_status::ok;
  }
  void consume() noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      const pop_status now = pop_next<Engine>(ring, all, 0);
      Engine::check(!told || now == pop_status::closed, "`closed` is final for the consumer");
      told = now == pop_status::closed;
      if (told) Engine::check(ring.ended() && ring.closed(), "closed, and it does not say so");
    }
    if (told) Engine::reached("told the consumer");
  }

  all_destroyed<Engine> balance;
  account<Engine, 2, 1> all;
  bool told = false;
  ticketed_ring_of<Engine> ring{3};
};

/// With two producers, a close between their claims: what was accepted comes out, and nothing else.
template <class Engine>
struct close_between_claims {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"one refused", "both refused", "none refused"};

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 2) return ring.close();
    const push_status status = push_next<Engine>(ring, all, index);
    Engine::check(status != push_status::full, "there is room");
  }
  void after() noexcept {
    Engine::reached(all.pushed() == 2 ? "none refused" : all.pushed() == 1 ? "one refused" : "both refused");
    Engine::check(push_next<Engine>(ring, all, 0) == push_status::closed, "closed is closed");
    all.settle(ring);
    Engine::check(ring.ended(), "drained and closed");
  }

  all_destroyed<Engine> balance;
  account<Engine, 2, 0> all;
  ticketed_ring_of<Engine> ring{2};
};

/// Whoever is told that the ring is closed sees what was done before the close, and tells others the same.
template <class Engine>
struct close_is_told {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told the producer", "told the consumer", "told an observer", "told of the end",
                                     "not told"};

  void before() noexcept {}
  void thread(unsigned index) noexcept { index == 0 ? close() : ask(); }
  void after() noexcept {}

  void close() noexcept {
    note.set(7);
    ring.close();
  }
  void ask() noexcept {
    const unsigned role = Engine::choose(4);
    if (!is_told(role)) return Engine::reached("not told");
    Engine::reached(probes[role]);
    Engine::check(note.get() == 7, "what was done before the close is seen by who is told of it");
    Engine::check(pop_next<Engine>(ring, all, 0) == pop_status::closed, "told of the close, and a pop is not");
  }
  [[nodiscard]] bool is_told(unsigned role) noexcept {
    if (role == 0) return push_next<Engine>(ring, all, 0) == push_status::closed || take_back();
    if (role == 1) return pop_next<Engine>(ring, all, 0) == pop_status::closed;
    return role == 2 ? ring.closed() : ring.ended();
  }
  /// Pushed instead: out again, so that what follows finds nothing.
  [[nodiscard]] bool take_back() noexcept {
    Engine::check(pop_next<Engine>(ring, all, 0) == pop_status::ok, "an own element is there");
    return false;
  }

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> note;
  account<Engine, 1, 1> all;
  ticketed_ring_of<Engine> ring{1};
};

}  // namespace tidegate::model
