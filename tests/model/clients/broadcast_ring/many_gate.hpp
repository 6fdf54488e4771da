// many_gate.hpp: clients of broadcast_ring in gate mode with several publishers, who move the floor together.
//
// A value says who pushed it and as which one: 16 * publisher + 1, 2, 3, ...
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "tests/model/clients/broadcast_ring/many.hpp"

namespace tidegate::model {

/// What the publishers of a client share: their handles and what each has pushed.
template <class Engine, unsigned Publishers>
struct publishing_together {
  using ring_type = typename gated_many::ring<Engine>;
  using number = typename Engine::sync::template atomic<unsigned>;

  void begin(ring_type& ring) noexcept {
    for (auto& each : handles) each = ring.make_publisher();
  }
  push_status push(unsigned index) noexcept {
    begun.fetch_add(1, order::relaxed);
    counted element(static_cast<int>(16 * index + numbers[index] + 1));
    const push_status status = handles[index].try_push(std::move(element));
    Engine::check((status == push_status::ok) != is_whole(element), "a refused push leaves its argument alone");
    if (status == push_status::ok) {
      ++numbers[index];
      published.fetch_add(1, order::acq_rel);
    } else {
      begun.fetch_sub(1, order::relaxed);
    }
    return status;
  }

  /// The first push of all, by its other form, while nobody else is there and there is room.
  void emplace_first() noexcept {
    Engine::check(handles[0].push_ready(), "there is room");
    Engine::check(handles[0].try_emplace(static_cast<int>(++numbers[0])) == push_status::ok, "there is room");
    begun.fetch_add(1, order::relaxed);
    published.fetch_add(1, order::acq_rel);
  }

  std::array<typename ring_type::publisher, Publishers> handles;
  std::array<unsigned, Publishers> numbers{};
  number begun{0};      // pushes that have begun, without those that were refused
  number published{0};  // pushes that were accepted, and have ended
};

/// Publishers and a reader that try; each may be stopped for ever.
template <class Engine, std::size_t Capacity, unsigned Publishers, slow_reader Slow, unsigned Before, unsigned Pushes,
          unsigned Pops>
struct many_gate_accounts {
  using sync = typename Engine::sync;
  using ring_type = typename gated_many::ring<Engine>;
  static constexpr unsigned threads = Publishers + 1;
  static constexpr unsigned may_freeze = (1U << threads) - 1;
  static constexpr bool is_large = Publishers > 1;
  static constexpr std::array probes{"read", Slow == slow_reader::block ? "full" : "lapped"};

  void before() noexcept {
    mine.reader = ring.make_reader({.slow = Slow});
    all.begin(ring);
    for (unsigned i = 0; i < Before; ++i) i == 0 ? all.emplace_first() : push(0);
  }
  void thread(unsigned index) noexcept {
    for (unsigned i = 0; index < Publishers && i < Pushes; ++i) push(index);
    for (unsigned i = 0; index == Publishers && i < Pops; ++i) pop();
  }
  void after() noexcept {
    if (Engine::is_frozen(Publishers)) return;
    while (mine.pop() != pop_status::empty) {
    }
    if (Publishers == 1 && !Engine::frozen()) fill_up();
    const unsigned accepted = all.published.load(order::relaxed);
    const bool late = Engine::frozen() && mine.place == accepted + 1;  // a publisher stopped before it counted
    Engine::check(late || mine.place == accepted, "all that was accepted is read or counted as lost");
  }

 private:
  /// Alone, until it is full, and empties it.
  void fill_up() noexcept {
    for (unsigned i = 0; i < Capacity; ++i) Engine::check(all.push(0) == push_status::ok, "there is room");
    Engine::check(!all.handles[0].push_ready() && all.push(0) == push_status::full, "it is full");
    for (unsigned i = 0; i < Capacity; ++i) Engine::check(mine.pop() == pop_status::ok, "it was pushed");
    Engine::check(all.handles[0].push_ready(), "there is room again");
  }
  void push(unsigned index) noexcept {
    const unsigned known = ended.load(order::acquire);
    const push_status status = all.push(index);
    if (Slow != slow_reader::block) return;
    const unsigned published = all.published.load(order::relaxed);
    Engine::check(published <= newest(begun) + Capacity, "a reader is never more than the capacity behind");
    if (status != push_status::full) return;
    Engine::reached("full");
    Engine::check(newest(all.begun) >= known + Capacity, "full, and there was known to be room");
  }
  void pop() noexcept {
    const unsigned known = all.published.load(order::acquire);
    const unsigned place = mine.place;
    const bool ready = mine.reader.pop_ready();
    begun.store(place + 1, order::relaxed);
    const unsigned steps = Engine::steps();
    const pop_status status = mine.pop();
    Engine::check(Engine::steps() - steps <= 5, "a pop takes a bounded number of steps");
    ended.store(mine.place, order::release);
    if (status == pop_status::ok) Engine::reached("read");
    if (status == pop_status::lapped) Engine::reached("lapped");
    if (status == pop_status::empty || !ready) Engine::check(known <= place, "an unread element was known of");
    Engine::check(!ready || status != pop_status::empty, "ready, and then empty");
    if (status == pop_status::empty) begun.store(place, order::relaxed);
  }

  all_destroyed<Engine> balance;
  ring_type ring{Capacity, broadcast_rows{.readers = 1, .publishers = Publishers}};
  publishing_together<Engine, Publishers> all;
  counting<Engine, gated_many, Publishers> mine;
  typename sync::template atomic<unsigned> begun{0};  // places of which a read may have begun
  typename sync::template atomic<unsigned> ended{0};  // places that were read
};

/// A reader joins while publishers raise the floor together: it reads each publisher's elements without a gap, and none
/// is overwritten while it does.
template <class Engine, std::size_t Capacity, reader_start From, unsigned Before, unsigned Pushes>
struct many_gate_joins {
  using ring_type = typename gated_many::ring<Engine>;
  static constexpr unsigned threads = 3;
  static constexpr unsigned may_freeze = 0b111;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"read"};

  void before() noexcept {
    all.begin(ring);
    for (unsigned i = 0; i < Before; ++i) static_cast<void>(all.push(0));
  }
  void thread(unsigned index) noexcept {
    for (unsigned i = 0; index < 2 && i < Pushes; ++i) static_cast<void>(all.push(index));
    if (index != 2) return;
    const unsigned known = all.published.load(order::acquire);
    reader = ring.try_make_reader({.start = From});
    for (unsigned i = 0; i < 2; ++i) static_cast<void>(read(known));
  }
  void after() noexcept {
    if (Engine::frozen()) return;
    while (read(0) == pop_status::ok) {
    }
    for (unsigned i = 0; i < 2; ++i)
      Engine::check(last[i] == 0 || last[i] == all.numbers[i], "it reads all since then");
  }

 private:
  pop_status read(unsigned known) noexcept {
    return reader.try_consume([&](const counted& element) noexcept {
      Engine::reached("read");
      const unsigned publisher = number_in(element) / 16 % 2;
      const unsigned number = number_in(element) % 16;
      Engine::check(last[publisher] == 0 || number == last[publisher] + 1, "it reads without a gap");
      const bool is_first = last[0] + last[1] == 0;
      if (is_first && From == reader_start::next && known == Before) {
        Engine::check(publisher == 1 || number > Before, "it began before what was there");
      }
      last[publisher] = number;
    });
  }

  all_destroyed<Engine> balance;
  ring_type ring{Capacity, broadcast_rows{.readers = 1, .publishers = 2}};
  publishing_together<Engine, 2> all;
  typename ring_type::reader reader;
  std::array<unsigned, 2> last{};
};

/// A row passes from one reader to the next while a publisher is about to give the first one its place: nothing is
/// admitted that the second one holds back. The second one has looked at the frontier before the others came.
template <class Engine>
struct many_gate_reuses_a_row {
  using sync = typename Engine::sync;
  using position = typename sync::position;
  using gate = tidegate::detail::reader_gate<sync>;
  using row = tidegate::detail::reader_row<sync>;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"admitted", "begun"};

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 0) return fill(1);
    typename gate::cursor reader;
    if (!readers.join(reader, {.start = reader_start::oldest}, frontier)) return;
    if (index == 1) {
      readers.leave(reader);
      return fill(3);
    }
    Engine::reached("begun");
    place = reader.next;
    stays = true;
  }
  void after() noexcept {
    Engine::check(!stays || distance(place, filled.load(order::relaxed)) <= 1, "admitted beyond a reader");
  }

 private:
  /// From the frontier on, as many places as are admitted.
  void fill(unsigned most) noexcept {
    deadline grace_end = deadline::never();
    position at = frontier;
    for (unsigned i = 0; i < most && readers.admits(at, grace_end); ++i) {
      Engine::reached("admitted");
      position so_far = at++;
      filled.compare_exchange_strong(so_far, at, order::acq_rel, order::acquire);
    }
  }

  static constexpr position frontier = advanced(sync::first_position, 1);  // there is room for one, and it is taken
  alignas(row) std::byte storage[sizeof(row)];
  gate readers{reinterpret_cast<row*>(storage), 1, 1};
  typename sync::template atomic<position> filled{frontier};
  position place = frontier;
  bool stays = false;
};

/// The same with a second reader that may be shut out, and is, while it is about to go on from the place that was not
/// meant for it: it stays shut out. The first one, in the middle of joining, is made by hand.
template <class Engine>
struct many_gate_stays_shut_out {
  using sync = typename Engine::sync;
  using position = typename sync::position;
  using gate = tidegate::detail::reader_gate<sync>;
  using row = tidegate::detail::reader_row<sync>;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"shut out", "begun"};
  static constexpr reader_options asked{.start = reader_start::oldest, .slow = slow_reader::evict};

  void before() noexcept { only_row().word.store(joining.bits, order::relaxed); }
  void thread(unsigned index) noexcept {
    if (index == 0) return fill(3);
    if (index == 1) {
      only_row().word.store(0, order::release);  // the first one has left
      return fill(2);
    }
    stays = readers.join(reader, asked, frontier);
  }
  void after() noexcept {
    if (!stays) return;
    if (gate::hold(reader) != pop_status::ok) return Engine::reached("shut out");
    Engine::reached("begun");
    Engine::check(distance(reader.next, filled.load(order::relaxed)) <= 1, "admitted beyond a reader");
  }

 private:
  /// From the frontier on, as many places as are admitted.
  void fill(unsigned most) noexcept {
    deadline grace_end = deadline::never();
    position at = frontier;
    for (unsigned i = 0; i < most && readers.admits(at, grace_end); ++i) {
      position so_far = at++;
      filled.compare_exchange_strong(so_far, at, order::acq_rel, order::acquire);
    }
  }
  [[nodiscard]] row& only_row() noexcept { return *reinterpret_cast<row*>(storage); }

  static constexpr position frontier = advanced(sync::first_position, 1);  // there is room for one, and it is taken
  static constexpr tidegate::detail::row_word joining =
      tidegate::detail::row_word::of(tidegate::detail::row_phase::joining, asked).at(frontier);
  alignas(row) std::byte storage[sizeof(row)];
  gate readers{reinterpret_cast<row*>(storage), 1, 1};
  typename gate::cursor reader;
  typename sync::template atomic<position> filled{frontier};
  bool stays = false;
};

/// A publisher is stopped while it notes the time of a place that its reader then leaves: what the others note of the
/// next place counts.
template <class Engine>
struct many_gate_keeps_to_the_grace {
  static constexpr unsigned threads = 2;
  static constexpr int grace = 5;
  static constexpr std::array probes{"refused twice"};
  struct sync : Engine::sync {
    static inline many_gate_keeps_to_the_grace* client = nullptr;
    [[nodiscard]] static deadline::time_point now() noexcept { return client->later(1); }
  };
  using position = typename sync::position;
  using gate = tidegate::detail::reader_gate<sync>;
  using row = tidegate::detail::reader_row<sync>;

  void before() noexcept {
    sync::client = this;
    const reader_options slow{.slow = slow_reader::evict, .grace = std::chrono::nanoseconds(grace)};
    Engine::check(readers.join(reader, slow, sync::first_position), "the row is free");
  }
  void thread(unsigned index) noexcept {
    const position full = advanced(sync::first_position, 1);
    deadline grace_end = deadline::never();
    if (index == 0) return static_cast<void>(readers.admits(full, grace_end));
    Engine::check(gate::hold(reader) == pop_status::ok, "its grace is not over");
    { const typename gate::reading read{reader}; }
    static_cast<void>(later(10));
    Engine::check(readers.admits(full, grace_end), "it has read on");
    for (unsigned i = 0; i < 2; ++i) {
      Engine::check(!readers.admits(advanced(full, 1), grace_end), "shut out before its grace was over");
    }
    Engine::reached("refused twice");
  }
  void after() noexcept {}

 private:
  /// Later than whatever time was told before.
  [[nodiscard]] deadline::time_point later(int by) noexcept {
    return deadline::time_point(std::chrono::nanoseconds(clock.fetch_add(by, order::relaxed) + by));
  }

  alignas(row) std::byte storage[sizeof(row)];
  gate readers{reinterpret_cast<row*>(storage), 1, 1};
  typename gate::cursor reader;
  typename Engine::sync::template atomic<int> clock{1};
};

/// Two publishers find one reader in their way. Whoever finds that the other one watches it already sees since when:
/// nobody takes its grace for over.
template <class Engine>
struct many_gate_tells_the_grace {
  static constexpr unsigned threads = 2;
  static constexpr int grace = 50;
  static constexpr std::array probes{"refused"};
  struct sync : Engine::sync {
    static inline many_gate_tells_the_grace* client = nullptr;
    [[nodiscard]] static deadline::time_point now() noexcept { return client->later(); }
  };
  using position = typename sync::position;
  using gate = tidegate::detail::reader_gate<sync>;
  using row = tidegate::detail::reader_row<sync>;

  void before() noexcept {
    sync::client = this;
    const reader_options slow{.slow = slow_reader::evict, .grace = std::chrono::nanoseconds(grace)};
    Engine::check(readers.join(reader, slow, sync::first_position), "the row is free");
  }
  void thread(unsigned) noexcept {
    deadline grace_end = deadline::never();
    Engine::check(!readers.admits(advanced(sync::first_position, 1), grace_end), "shut out before its grace was over");
    const bool told = !grace_end.is_never() && grace_end.when().time_since_epoch().count() > grace + start;
    Engine::check(told, "the end of the grace is told");
    Engine::reached("refused");
  }
  void after() noexcept {}

 private:
  static constexpr int start = 100;  // long after the time that no publisher has noted

  [[nodiscard]] deadline::time_point later() noexcept {
    return deadline::time_point(std::chrono::nanoseconds(clock.fetch_add(1, order::relaxed) + 1));
  }

  alignas(row) std::byte storage[sizeof(row)];
  gate readers{reinterpret_cast<row*>(storage), 1, 1};
  typename gate::cursor reader;
  typename Engine::sync::template atomic<int> clock{start};
};

/// Calls `visit.operator()<Client>(name)` for every client of gate mode with several publishers.
template <class Engine, class Visit>
void for_each_many_gate_client(Visit visit) {
  constexpr auto block = slow_reader::block;
  visit.template operator()<many_gate_accounts<Engine, 1, 1, block, 0, 3, 3>>("broadcast_many_gate.accounts_of_one");
  visit.template operator()<many_gate_accounts<Engine, 1, 2, block, 0, 2, 2>>("broadcast_many_gate.accounts_1");
  visit.template operator()<many_gate_accounts<Engine, 2, 2, block, 1, 2, 2>>("broadcast_many_gate.accounts_2");
  visit.template operator()<many_gate_joins<Engine, 1, reader_start::next, 0, 2>>("broadcast_many_gate.joins_next");
  visit.template operator()<many_gate_keeps_to_the_grace<Engine>>("broadcast_many_gate.keeps_to_the_grace");
  visit.template operator()<many_gate_tells_the_grace<Engine>>("broadcast_many_gate.tells_the_grace");
  visit.template operator()<many_closes<Engine, gated_many, 1>>("broadcast_many_gate.closes");
}

/// Those that take more than two changes of turn.
template <class Engine, class Visit>
void for_each_turning_many_gate_client(Visit visit) {
  visit.template operator()<many_gate_reuses_a_row<Engine>>("broadcast_many_gate.reuses_a_row");
  visit.template operator()<many_gate_stays_shut_out<Engine>>("broadcast_many_gate.stays_shut_out");
}

/// The larger ones.
template <class Engine, class Visit>
void for_each_large_many_gate_client(Visit visit) {
  constexpr auto lap = slow_reader::lap;
  constexpr auto next = reader_start::next;
  constexpr auto oldest = reader_start::oldest;
  visit.template operator()<many_gate_accounts<Engine, 1, 2, lap, 1, 2, 2>>("broadcast_many_gate.laps");
  visit.template operator()<many_gate_joins<Engine, 1, oldest, 1, 2>>("broadcast_many_gate.joins_oldest");
  visit.template operator()<many_gate_joins<Engine, 2, next, 2, 2>>("broadcast_many_gate.joins_next_2");
  visit.template operator()<many_closes<Engine, gated_many, 2>>("broadcast_many_gate.closes_of_two");
}

}  // namespace tidegate::model
