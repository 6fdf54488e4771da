// lap.hpp: clients of broadcast_ring in lap mode: nothing is torn, what is lost is counted, all answers are true.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "tests/model/clients/broadcast_ring/support.hpp"

namespace tidegate::model {

/// One publisher, readers that try; each may be stopped for ever. A value is `published` once its push has ended, and
/// `begun` before it begins.
template <class Engine, std::size_t Capacity, unsigned Readers, unsigned Before, unsigned Pushes, unsigned Pops>
struct lap_accounts {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 1 + Readers;
  static constexpr unsigned may_freeze = (1U << threads) - 1;
  static constexpr bool is_large = Readers > 1;
  static constexpr std::array branches{"read", "lapped", "empty"};
  static constexpr std::span<const char* const> probes{branches.data(), is_large ? 2 : branches.size()};
  static constexpr unsigned slots = Capacity < 2 ? 2 : Capacity;

  void before() noexcept {
    for (auto& each : readers) each.begin(ring, 0);
    for (unsigned i = 0; i < Before; ++i) push();
    Engine::check(readers[0].reader.lag_hint() == Before, "what is not read is counted");
  }
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 0; i < Pushes; ++i) push();
    } else {
      for (unsigned i = 0; i < Pops; ++i) pop(readers[index - 1]);
    }
  }
  void after() noexcept {
    if (Engine::frozen()) return;
    for (auto& each : readers) {
      while (each.pop() != pop_status::empty) {
      }
      Engine::check(each.place == Before + Pushes, "all that was published was read or counted as lost");
    }
  }

 private:
  void push() noexcept {
    const unsigned value = begun.load(order::relaxed) + 1;
    begun.store(value, order::relaxed);
    const unsigned steps = Engine::steps();
    Engine::check(ring.try_push(paired{value}) == push_status::ok, "a publisher never waits");
    Engine::check(Engine::steps() - steps <= 7, "a push takes a bounded number of steps");
    published.store(value, order::release);
  }
  void pop(accounting<Engine, lapping>& mine) noexcept {
    const unsigned known = published.load(order::acquire);
    const unsigned place = mine.place;
    const unsigned steps = Engine::steps();
    const bool ready = mine.reader.pop_ready();
    const pop_status status = mine.pop();
    Engine::check(Engine::steps() - steps <= 9, "a pop takes a bounded number of steps");
    if (status == pop_status::ok) Engine::reached("read");
    if (status == pop_status::empty) {
      Engine::reached("empty");
      Engine::check(known <= place, "empty, and an unread element was known of");
      Engine::check(!ready, "ready, and then empty");
    }
    if (!ready) Engine::check(known <= place, "not ready, and an unread element was known of");
    if (status == pop_status::lapped) {
      Engine::reached("lapped");
      Engine::check(newest(begun) >= place + 1 + slots, "lost before it had to be overwritten");
      Engine::check(mine.place < newest(begun), "counted as lost before it was published");
    }
  }

  typename lapping::ring<Engine> ring{Capacity};
  std::array<accounting<Engine, lapping>, Readers> readers;
  typename sync::template atomic<unsigned> begun{0};
  typename sync::template atomic<unsigned> published{0};
};

/// Closed by the publisher's thread: a reader has everything accepted, or knows of its loss, before `closed`.
template <class Engine>
struct lap_drains_after_close {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"closed", "empty", "lapped"};
  static constexpr unsigned pushes = 3;

  void before() noexcept {
    mine.begin(ring, 0);
    note.set(1);
  }
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 1; i <= pushes; ++i) static_cast<void>(ring.try_push(paired{i}));
      note.set(2);
      ring.close();
      Engine::check(ring.try_push(paired{9}) == push_status::closed, "a closed ring says so");
    } else {
      for (unsigned i = 0; i < 4; ++i) static_cast<void>(pop());
    }
  }
  void after() noexcept {
    while (pop() != pop_status::closed) {
    }
    Engine::check(mine.reader.ended() && mine.reader.pop_ready() && pop() == pop_status::closed, "closed for ever");
  }

 private:
  pop_status pop() noexcept {
    const bool ended = mine.reader.ended();
    const pop_status status = mine.pop();
    Engine::check(!ended || status == pop_status::closed, "`closed` is final");
    if (status == pop_status::empty) Engine::reached("empty");
    if (status == pop_status::lapped) Engine::reached("lapped");
    if (status != pop_status::closed) return status;
    Engine::reached("closed");
    Engine::check(mine.place == pushes, "closed, and something accepted was neither read nor counted");
    Engine::check(note.get() == 2, "what was done before the close is seen by who is told of it");
    return status;
  }

  typename lapping::ring<Engine> ring{2};
  accounting<Engine, lapping> mine;
  typename Engine::template variable<int> note;
};

/// Closed by a third thread: `closed` is final on both sides.
template <class Engine>
struct lap_closed_from_outside {
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"refused", "told the reader", "a late one"};

  void before() noexcept { mine.begin(ring, 0); }
  void thread(unsigned index) noexcept {
    if (index == 0) publish();
    if (index == 1) read();
    if (index == 2) ring.close();
  }
  void after() noexcept {
    if (mine.reader.ended() && mine.place < pushed) Engine::reached("a late one");
    if (mine.reader.ended()) return;
    while (mine.pop() != pop_status::closed) {
    }
    Engine::check(mine.place == pushed, "closed, and something accepted was neither read nor counted");
  }

 private:
  void publish() noexcept {
    bool refused = false;
    for (unsigned i = 0; i < 2; ++i) {
      const bool accepted = ring.try_push(paired{pushed + 1}) == push_status::ok;
      Engine::check(!refused || !accepted, "`closed` is final for the publisher");
      refused = !accepted;
      if (accepted) ++pushed;
    }
    if (refused) Engine::reached("refused");
  }
  void read() noexcept {
    bool told = false;
    for (unsigned i = 0; i < 2; ++i) {
      const pop_status status = mine.pop();
      Engine::check(!told || status == pop_status::closed, "`closed` is final for a reader");
      told = status == pop_status::closed;
    }
    if (told) Engine::reached("told the reader");
  }

  typename lapping::ring<Engine> ring{2};
  accounting<Engine, lapping> mine;
  unsigned pushed = 0;
};

/// A reader comes while the publisher publishes: it begins no later than what comes next, and with `oldest` no later
/// than what had to be there.
template <class Engine, std::size_t Capacity, reader_start From>
struct lap_joins {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"read"};
  static constexpr unsigned already = From == reader_start::oldest ? 1 : 0;
  static constexpr unsigned pushes = 3;

  void before() noexcept {
    for (unsigned i = 0; i < already; ++i) push();
  }
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 0; i < pushes; ++i) push();
      return;
    }
    const unsigned known = published.load(order::acquire);
    mine.reader = ring.make_reader({.start = From});
    const unsigned begun_then = newest(begun);
    first_value(known, begun_then);
  }
  void after() noexcept {
    if (!placed) return;
    while (mine.pop() != pop_status::empty) {
    }
    Engine::check(mine.place == already + pushes, "all that came after its beginning was read or counted");
  }

 private:
  void push() noexcept {
    const unsigned value = begun.load(order::relaxed) + 1;
    begun.store(value, order::relaxed);
    static_cast<void>(ring.try_push(paired{value}));
    published.store(value, order::release);
  }
  /// The first element tells where the reader is.
  void first_value(unsigned known, unsigned begun_then) noexcept {
    pop_status status = pop_status::lapped;
    unsigned value = 0;
    for (unsigned i = 0; i < 2 && status == pop_status::lapped; ++i) {
      status = mine.reader.try_consume([&](const paired& element) noexcept {
        Engine::check(element.is_whole(), "no element is torn");
        value = number_in(element);
      });
    }
    if (status != pop_status::ok) return;
    Engine::reached("read");
    placed = true;
    mine.place = value;
    const unsigned first = value - static_cast<unsigned>(mine.reader.lost());
    const unsigned kept = From == reader_start::next ? 0 : static_cast<unsigned>(Capacity) - 1;
    Engine::check(first <= begun_then + 1, "it began behind what came next");
    Engine::check(first + kept >= known + 1, "it began before what was there");
    if (From == reader_start::oldest)
      Engine::check(first <= (begun_then > kept ? begun_then - kept + 1 : 1), "too late");
  }

  typename lapping::ring<Engine> ring{Capacity};
  accounting<Engine, lapping> mine;
  bool placed = false;
  typename sync::template atomic<unsigned> begun{0};
  typename sync::template atomic<unsigned> published{0};
};

/// Calls `visit.operator()<Client>(name)` for every client of lap mode.
template <class Engine, class Visit>
void for_each_lap_client(Visit visit) {
  visit.template operator()<lap_accounts<Engine, 1, 1, 0, 4, 3>>("broadcast_lap.accounts_1");
  visit.template operator()<lap_accounts<Engine, 2, 1, 1, 4, 3>>("broadcast_lap.accounts_2");
  visit.template operator()<lap_accounts<Engine, 4, 1, 2, 4, 3>>("broadcast_lap.accounts_4");
  visit.template operator()<lap_accounts<Engine, 2, 2, 1, 3, 2>>("broadcast_lap.accounts_of_two");
  visit.template operator()<lap_drains_after_close<Engine>>("broadcast_lap.drains_after_close");
  visit.template operator()<lap_closed_from_outside<Engine>>("broadcast_lap.closed_from_outside");
  visit.template operator()<lap_joins<Engine, 2, reader_start::next>>("broadcast_lap.joins_next");
  visit.template operator()<lap_joins<Engine, 4, reader_start::oldest>>("broadcast_lap.joins_oldest");
}

}  // namespace tidegate::model
