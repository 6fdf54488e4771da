// close.hpp: clients that close a byte ring, from the producer's thread and from a third one.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/byte_ring/support.hpp"

namespace tidegate::model {

/// Closed behind its records by the producer, whose last claim is published afterwards where there may be several.
template <class Engine, class Kind>
struct closes_behind_its_records {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"empty", "closed"};

  void before() noexcept { form = static_cast<take_form>(Engine::choose(take_forms)); }
  void thread(unsigned index) noexcept { index == 0 ? produce() : consume(); }
  void after() noexcept {
    while (take_record<Engine>(form, ring, seen) != 0) {
    }
    Engine::check(seen.last == 2 && ring.ended(), "everything accepted comes out, then the ring has ended");
    Engine::check(ring.try_consume(seen) == pop_status::closed && ring.pop_ready(), "a drained ring stays closed");
    settle_accounts<Engine>(ring);
  }

  void produce() noexcept {
    note.set(7);
    Engine::check(push_record(ring, 1, 8) == push_status::ok, "there is room");
    if constexpr (Kind::producers == producer_count::many) {
      auto room = ring.try_claim(8);
      room.bytes().fill(2);
      ring.close();
      room.publish();
    } else {
      Engine::check(push_record(ring, 2, 8) == push_status::ok, "there is room");
      ring.close();
    }
    Engine::check(push_record(ring, 3, 0) == push_status::closed, "a closed ring says so");
    Engine::check(push_record(ring, 3, 32) == push_status::closed, "before it says that the record is too large");
    Engine::check(ring.try_claim(0).status() == push_status::closed && ring.push_ready(0), "in every form");
  }
  void consume() noexcept {
    for (unsigned i = 0; i < 3; ++i) {
      if (take_record<Engine>(form, ring, seen) != 0) continue;
      Engine::reached(ring.ended() ? "closed" : "empty");
      if (ring.ended()) Engine::check(seen.last == 2, "closed, and an accepted record was not delivered");
      if (ring.closed()) Engine::check(note.get() == 7, "what was done before the close is seen");
    }
  }

  sized_in_order<Engine, 1> seen{{8}};
  typename Engine::template variable<int> note{0};
  take_form form = take_form::one;
  typename Kind::template ring<Engine> ring{8 * 5};
};

/// Closed by a third thread: `closed` is final on both sides; with many producers it is exact, too.
template <class Engine, class Kind>
struct closed_from_beside {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"refused", "told the consumer"};
  static constexpr bool exact = Kind::producers == producer_count::many;

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 0) produce();
    if (index == 1) consume();
    if (index == 2) ring.close();
  }
  void after() noexcept {
    const bool told = ring.ended();
    if (told && exact) Engine::check(seen.last == pushed, "told `closed`, and an accepted record is left");
    if (told) return;
    while (ring.try_consume(seen) == pop_status::ok) {
    }
    Engine::check(seen.last == pushed, "everything accepted comes out");
  }

  void produce() noexcept {
    bool refused = false;
    for (unsigned i = 0; i < 2; ++i) {
      const push_status status = push_record(ring, pushed + 1, 8);
      Engine::check(!refused || status == push_status::closed, "`closed` is final for the producer");
      Engine::check(status != push_status::full, "there is room");
      refused = status == push_status::closed;
      if (!refused) ++pushed;
    }
    if (refused) Engine::reached("refused");
  }
  void consume() noexcept {
    bool told = false;
    for (unsigned i = 0; i < 2; ++i) {
      const pop_status status = ring.try_consume(seen);
      Engine::check(!told || status == pop_status::closed, "`closed` is final for the consumer");
      told = status == pop_status::closed;
    }
    if (told) Engine::reached("told the consumer");
  }

  sized_in_order<Engine, 1> seen{{8}};
  unsigned pushed = 0;
  typename Kind::template ring<Engine> ring{8 * 5};
};

/// Whoever is told that the ring is closed sees what was done before the close.
template <class Engine, class Kind>
struct byte_close_tells {
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
    if (role == 0) return push_record(ring, 1, 0) == push_status::closed;
    if (role == 1) return ring.try_consume([](auto) noexcept {}) == pop_status::closed;
    return ring.closed();
  }

  typename Engine::template variable<int> note{0};
  typename Kind::template ring<Engine> ring{24};
};

/// A third thread's look at the depth is within bounds, and what it sees gone was consumed before.
template <class Engine, class Kind>
struct byte_depth_is_possible {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      if (index == 0) static_cast<void>(push_record(ring, 1, 8));
      if (index == 1) static_cast<void>(ring.try_consume([](auto) noexcept {}));
      if (index == 2) Engine::check(ring.depth_hint() <= ring.capacity(), "the depth is within capacity");
    }
  }
  void after() noexcept {
    while (ring.try_consume([](auto) noexcept {}) == pop_status::ok) {
    }
    settle_accounts<Engine>(ring);
  }

  typename Kind::template ring<Engine> ring{24};
};

}  // namespace tidegate::model
