// gate.hpp: clients of broadcast_ring in gate mode: nothing is lost or overwritten while it is read, all answers are
// true.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "tests/model/clients/broadcast_ring/support.hpp"

namespace tidegate::model {

/// The publisher's side of a client: pushes the next value, and what is known of how far it is.
template <class Engine, class Kind>
struct publishing {
  template <class T>
  using atomic = typename Engine::sync::template atomic<T>;

  push_status push(typename Kind::template ring<Engine>& ring) noexcept {
    const unsigned value = published.load(order::relaxed) + 1;
    begun.store(value, order::relaxed);
    typename Kind::element element{static_cast<int>(value)};
    const push_status status = ring.try_push(std::move(element));
    Engine::check((status == push_status::ok) != is_whole(element), "a refused push leaves its argument alone");
    if (status == push_status::ok) published.store(value, order::release);
    return status;
  }

  atomic<unsigned> begun{0};      // as many pushes have begun, of which the last may be refused
  atomic<unsigned> published{0};  // as many were accepted
};

/// Readers that try against a publisher that tries; each may be stopped for ever.
template <class Engine, std::size_t Capacity, unsigned Readers, unsigned Before, unsigned Pushes, unsigned Pops>
struct gate_accounts {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 1 + Readers;
  static constexpr unsigned may_freeze = (1U << threads) - 1;
  static constexpr bool is_large = Readers > 1;
  static constexpr std::array probes{"read", "full", "empty"};

  void before() noexcept {
    for (auto& each : readers) each.begin(ring, 0);
    for (unsigned i = 0; i < Before; ++i) push();
  }
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 0; i < Pushes; ++i) push();
    } else {
      for (unsigned i = 0; i < Pops; ++i) pop(index - 1);
    }
  }
  void after() noexcept {
    if (Engine::frozen()) return;
    for (unsigned i = 0; i < Readers; ++i) {
      while (readers[i].pop() == pop_status::ok) {
      }
      Engine::check(readers[i].place == all.published.load(order::relaxed), "every reader reads all that was accepted");
    }
  }

 private:
  void push() noexcept {
    std::array<unsigned, Readers> known;
    for (unsigned i = 0; i < Readers; ++i) known[i] = ended[i].load(order::acquire);
    const unsigned steps = Engine::steps();
    const push_status status = all.push(ring);
    Engine::check(Engine::steps() - steps <= 10 + 4 * Readers, "a push takes a bounded number of steps");
    const unsigned pushed = all.published.load(order::relaxed);
    bool held_back = false;
    for (unsigned i = 0; i < Readers; ++i) {
      held_back = held_back || pushed - known[i] >= Capacity;
      Engine::check(pushed <= newest(begun[i]) + Capacity, "a reader is never more than the capacity behind");
    }
    if (status != push_status::full) return;
    Engine::reached("full");
    Engine::check(held_back, "full, and every reader was known to have read on");
  }
  void pop(unsigned index) noexcept {
    accounting<Engine, gated>& mine = readers[index];
    const unsigned known = all.published.load(order::acquire);
    const bool ready = mine.reader.pop_ready();
    const unsigned steps = Engine::steps();
    begun[index].store(mine.place + 1, order::relaxed);
    const pop_status status = mine.pop();
    Engine::check(Engine::steps() - steps <= 4, "a pop takes a bounded number of steps");
    ended[index].store(mine.place, order::release);
    Engine::reached(status == pop_status::ok ? "read" : "empty");
    if (status == pop_status::empty || !ready) Engine::check(known <= mine.place, "an unread element was known of");
    Engine::check(!ready || status == pop_status::ok, "ready, and then empty");
    if (status == pop_status::empty) begun[index].store(mine.place, order::relaxed);
  }

  all_destroyed<Engine> balance;
  typename gated::ring<Engine> ring{Capacity, broadcast_rows{.readers = Readers}};
  publishing<Engine, gated> all;
  std::array<accounting<Engine, gated>, Readers> readers;
  std::array<typename sync::template atomic<unsigned>, Readers> begun{};  // places of which a read may have begun
  std::array<typename sync::template atomic<unsigned>, Readers> ended{};  // places that were read
};

/// A reader joins while the publisher publishes, perhaps in the row of one that leaves. It gets everything from its
/// beginning on, which is where it may be.
template <class Engine, std::size_t Capacity, reader_start From, bool Beside, unsigned Before, unsigned Pushes>
struct gate_joins {
  static constexpr unsigned threads = 2;
  static constexpr unsigned may_freeze = 0b11;
  static constexpr std::array probes{"read", "full"};

  void before() noexcept {
    if (Beside) there.emplace().begin(ring, 0);
    for (unsigned i = 0; i < Before; ++i) {
      Engine::check(push() == push_status::ok || Beside, "nobody holds the publisher back");
    }
  }
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 0; i < Pushes; ++i) static_cast<void>(push());
      return;
    }
    there.reset();
    const unsigned known = all.published.load(order::acquire);
    const unsigned steps = Engine::steps();
    reader = ring.try_make_reader({.start = From});
    Engine::check(static_cast<bool>(reader), "the row is free");
    Engine::check(Engine::steps() - steps <= 8, "a reader begins in a bounded number of steps");
    const unsigned begun = newest(all.begun);
    for (unsigned i = 0; i < 2; ++i) static_cast<void>(read(known, begun));
  }
  void after() noexcept {
    if (Engine::frozen()) return;
    while (read(0, Before + Pushes) == pop_status::ok) {
    }
    const unsigned published = all.published.load(order::relaxed);
    if (last != 0) Engine::check(last == published, "it reads all that came after its beginning");
    if (last == 0)
      Engine::check(push() == push_status::ok && read(0, published + 1) == pop_status::ok, "it begins there");
  }

 private:
  push_status push() noexcept {
    const push_status status = all.push(ring);
    if (status == push_status::full) Engine::reached("full");
    return status;
  }
  pop_status read(unsigned known, unsigned begun) noexcept {
    return reader.try_consume([&](const counted& element) noexcept {
      const unsigned value = number_in(element);
      Engine::reached("read");
      if (last != 0) Engine::check(value == last + 1, "it reads without a gap");
      const unsigned kept = From == reader_start::next ? 0 : static_cast<unsigned>(Capacity);
      if (last == 0) Engine::check(value + kept > known, "it began before what was there");
      if (last == 0) Engine::check(value <= begun + 1, "it began behind what came next");
      last = value;
    });
  }

  all_destroyed<Engine> balance;
  typename gated::ring<Engine> ring{Capacity, broadcast_rows{.readers = 1}};
  publishing<Engine, gated> all;
  std::optional<accounting<Engine, gated>> there;
  typename gated::ring<Engine>::reader reader;
  unsigned last = 0;
};

/// Two readers want one row at the same time, and again when it is free.
template <class Engine>
struct gate_shares_a_row {
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"no row", "both"};

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 0) {
      for (unsigned i = 0; i < 2; ++i) static_cast<void>(all.push(ring));
      return;
    }
    auto reader = ring.try_make_reader({.start = reader_start::oldest});
    if (!reader) return Engine::reached("no row");
    note.set(static_cast<int>(index));  // the row passes from one to the other, and what was done with it
    static_cast<void>(reader.try_consume(
        [](const counted& element) noexcept { Engine::check(number_in(element) != 0, "what is read was pushed"); }));
    had[index - 1] = true;
  }
  void after() noexcept {
    if (had[0] && had[1]) Engine::reached("both");
    Engine::check(had[0] || had[1], "one of them has the row");
    Engine::check(static_cast<bool>(ring.try_make_reader()), "a row is free when its reader has left");
  }

  all_destroyed<Engine> balance;
  typename gated::ring<Engine> ring{1, broadcast_rows{.readers = 1}};
  publishing<Engine, gated> all;
  typename Engine::template variable<int> note;
  std::array<bool, 2> had{};
};

/// A reader that may be overtaken: never in the middle of an element, and its losses are exact.
template <class Engine, std::size_t Capacity, slow_reader Slow, unsigned Before, unsigned Pushes>
struct gate_overtakes {
  static constexpr unsigned threads = 2;
  static constexpr unsigned may_freeze = 0b11;
  static constexpr std::array branches{"read", "full", "lapped", "evicted"};
  static constexpr std::array<const char*, 3> probes{"read", "full", Slow == slow_reader::lap ? "lapped" : "evicted"};

  void before() noexcept {
    mine.begin(ring, 0, {.slow = Slow});
    for (unsigned i = 0; i < Before; ++i) push();
  }
  void thread(unsigned index) noexcept {
    for (unsigned i = 0; index == 0 && i < Pushes; ++i) push();
    for (unsigned i = 0; index == 1 && i < 3; ++i) static_cast<void>(pop());
  }
  void after() noexcept {
    if (Engine::frozen()) return;
    pop_status status = pop_status::ok;
    while (status != pop_status::empty && status != pop_status::evicted) status = pop();
    if (status == pop_status::empty) {
      Engine::check(mine.place == all.published.load(order::relaxed), "all was read or counted as lost");
    }
  }

 private:
  void push() noexcept {
    if (all.push(ring) == push_status::full) Engine::reached("full");
  }
  pop_status pop() noexcept {
    const unsigned place = mine.place;
    const unsigned steps = Engine::steps();
    const pop_status status = mine.pop();
    Engine::check(Engine::steps() - steps <= 5, "a pop takes a bounded number of steps");
    Engine::check(!evicted || status == pop_status::evicted, "`evicted` is final");
    evicted = status == pop_status::evicted;
    if (status == pop_status::ok) Engine::reached("read");
    if (status != pop_status::lapped && !evicted) return status;
    Engine::reached(evicted ? "evicted" : "lapped");
    Engine::check(newest(all.begun) > place + Capacity, "overtaken, and it held nobody back");
    return status;
  }

  all_destroyed<Engine> balance;
  typename gated::ring<Engine> ring{Capacity, broadcast_rows{.readers = 1}};
  publishing<Engine, gated> all;
  accounting<Engine, gated> mine;
  bool evicted = false;
};

/// Closed by the publisher's thread or by another one: `closed` is final; by the publisher's, it comes last.
template <class Engine, bool FromOutside>
struct gate_closes {
  static constexpr unsigned threads = FromOutside ? 3 : 2;
  static constexpr std::array probes{"closed", "empty"};

  void before() noexcept {
    mine.begin(ring, 0);
    note.set(1);
  }
  void thread(unsigned index) noexcept {
    if (index == 0) publish();
    for (unsigned i = 0; index == 1 && i < 3; ++i) static_cast<void>(pop());
    if (index == 2) ring.close();
  }
  void after() noexcept {
    while (pop() != pop_status::closed) {
    }
    Engine::check(mine.reader.ended() && mine.reader.pop_ready(), "it has ended");
  }

 private:
  void publish() noexcept {
    bool refused = false;
    for (unsigned i = 0; i < 2; ++i) {
      const push_status status = all.push(ring);
      Engine::check(!refused || status == push_status::closed, "`closed` is final for the publisher");
      refused = status == push_status::closed;
    }
    if constexpr (FromOutside) return;
    note.set(2);
    ring.close();
    Engine::check(all.push(ring) == push_status::closed, "a closed ring says so");
  }
  pop_status pop() noexcept {
    const bool ended = mine.reader.ended();
    const pop_status status = mine.pop();
    Engine::check(!ended || status == pop_status::closed, "`closed` is final for a reader");
    if (status == pop_status::empty) Engine::reached("empty");
    if (status != pop_status::closed) return status;
    Engine::reached("closed");
    if constexpr (!FromOutside) {
      Engine::check(mine.place == 2 && note.get() == 2, "what came before the close is read and seen");
    }
    return status;
  }

  all_destroyed<Engine> balance;
  typename gated::ring<Engine> ring{2, broadcast_rows{.readers = 1}};
  publishing<Engine, gated> all;
  accounting<Engine, gated> mine;
  typename Engine::template variable<int> note;
};

/// Calls `visit.operator()<Client>(name)` for every client of gate mode.
template <class Engine, class Visit>
void for_each_gate_client(Visit visit) {
  constexpr auto next = reader_start::next;
  constexpr auto oldest = reader_start::oldest;
  visit.template operator()<gate_accounts<Engine, 1, 1, 0, 3, 3>>("broadcast_gate.accounts_1");
  visit.template operator()<gate_accounts<Engine, 2, 1, 1, 4, 3>>("broadcast_gate.accounts_2");
  visit.template operator()<gate_accounts<Engine, 3, 1, 2, 4, 3>>("broadcast_gate.accounts_3");
  visit.template operator()<gate_accounts<Engine, 1, 2, 0, 3, 2>>("broadcast_gate.accounts_of_two");
  visit.template operator()<gate_joins<Engine, 1, next, false, 5, 3>>("broadcast_gate.joins_next");
  visit.template operator()<gate_joins<Engine, 2, next, false, 2, 4>>("broadcast_gate.joins_next_2");
  visit.template operator()<gate_joins<Engine, 1, oldest, false, 2, 3>>("broadcast_gate.joins_oldest");
  visit.template operator()<gate_joins<Engine, 2, oldest, false, 5, 4>>("broadcast_gate.joins_oldest_2");
  visit.template operator()<gate_joins<Engine, 1, next, true, 1, 3>>("broadcast_gate.follows_next");
  visit.template operator()<gate_joins<Engine, 2, oldest, true, 2, 4>>("broadcast_gate.follows_oldest");
  visit.template operator()<gate_shares_a_row<Engine>>("broadcast_gate.shares_a_row");
  visit.template operator()<gate_overtakes<Engine, 1, slow_reader::lap, 1, 3>>("broadcast_gate.laps_1");
  visit.template operator()<gate_overtakes<Engine, 2, slow_reader::lap, 2, 3>>("broadcast_gate.laps_2");
  visit.template operator()<gate_overtakes<Engine, 1, slow_reader::evict, 1, 3>>("broadcast_gate.evicts_1");
  visit.template operator()<gate_overtakes<Engine, 2, slow_reader::evict, 2, 3>>("broadcast_gate.evicts_2");
  visit.template operator()<gate_closes<Engine, false>>("broadcast_gate.closes");
  visit.template operator()<gate_closes<Engine, true>>("broadcast_gate.closed_from_outside");
}

}  // namespace tidegate::model
