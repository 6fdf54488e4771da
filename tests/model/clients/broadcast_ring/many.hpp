// many.hpp: clients of broadcast_ring with several publishers: no holes, nothing torn, losses counted, close exact.
//
// A value says who pushed it and as which one: 16 * publisher + 1, 2, 3, ...
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "tests/model/clients/broadcast_ring/support.hpp"

namespace tidegate::model {

struct lapping_many {
  using element = paired;
  template <class Engine>
  using ring = broadcast_ring<
      paired, broadcast_options{.mode = broadcast_mode::lap, .publishers = publisher_count::many, .check_roles = false},
      typename Engine::sync>;
};

struct gated_many {
  using element = counted;
  template <class Engine>
  using ring = broadcast_ring<counted, broadcast_options{.publishers = publisher_count::many, .check_roles = false},
                              typename Engine::sync>;
};

/// A reader that counts what it has read and lost, and knows each publisher's order.
template <class Engine, class Kind, unsigned Publishers>
struct counting {
  typename Kind::template ring<Engine>::reader reader;
  unsigned place = 0;  // read and lost
  std::array<unsigned, Publishers> last{};

  pop_status pop() noexcept {
    const std::uint64_t lost_before = reader.lost();
    const pop_status status = reader.try_consume([this](const auto& element) noexcept {
      Engine::check(is_whole(element), "no element is torn");
      const unsigned publisher = number_in(element) / 16;
      const unsigned number = number_in(element) % 16;
      Engine::check(publisher < Publishers && number > last[publisher % Publishers], "in the order of its publisher");
      last[publisher % Publishers] = number;
      ++place;
    });
    place += static_cast<unsigned>(reader.lost() - lost_before);
    return status;
  }
};

/// Publishers and a reader that try; each may be stopped for ever, and the others go on.
template <class Engine, std::size_t Capacity, unsigned Publishers, unsigned Before, unsigned Pushes, unsigned Pops>
struct many_accounts {
  using sync = typename Engine::sync;
  using ring_type = typename lapping_many::ring<Engine>;
  static constexpr unsigned threads = Publishers + 1;
  static constexpr unsigned may_freeze = (1U << threads) - 1;
  static constexpr bool is_large = Publishers > 1;
  static constexpr std::array branches{"read", "lapped", "empty"};
  static constexpr std::span<const char* const> probes{branches.data(), is_large ? 2 : branches.size()};

  void before() noexcept {
    mine.reader = ring.make_reader();
    for (auto& each : publishers) each = ring.make_publisher();
    for (unsigned i = 0; i < Before; ++i) push(0);
  }
  void thread(unsigned index) noexcept {
    for (unsigned i = 0; index < Publishers && i < Pushes; ++i) push(index);
    for (unsigned i = 0; index == Publishers && i < Pops; ++i) pop();
  }
  void after() noexcept {
    if (Engine::is_frozen(Publishers)) return;
    while (mine.pop() != pop_status::empty) {
    }
    const unsigned accepted = published.load(order::relaxed);
    if (Engine::frozen()) {
      Engine::check(mine.place == accepted || mine.place == accepted + 1, "what the others published is read");
    } else {
      Engine::check(mine.place == accepted && accepted == Before + Publishers * Pushes, "all was read or counted");
    }
  }

 private:
  void push(unsigned index) noexcept {
    begun.fetch_add(1, order::relaxed);
    const paired element(16 * index + ++numbers[index]);
    Engine::check(publishers[index].try_push(element) == push_status::ok, "a publisher never waits");
    published.fetch_add(1, order::acq_rel);
  }
  void pop() noexcept {
    const unsigned known = published.load(order::acquire);
    const unsigned place = mine.place;
    const bool ready = mine.reader.pop_ready();
    const unsigned steps = Engine::steps();
    const pop_status status = mine.pop();
    Engine::check(Engine::steps() - steps <= 5 + 1 + Capacity, "a pop takes a bounded number of steps");
    if (status == pop_status::ok) Engine::reached("read");
    if (status == pop_status::empty) Engine::reached("empty");
    if (status == pop_status::empty || !ready) Engine::check(known <= place, "an unread element was known of");
    Engine::check(!ready || status != pop_status::empty, "ready, and then empty");
    if (status != pop_status::lapped) return;
    Engine::reached("lapped");
    const unsigned most = newest(begun);
    Engine::check(most > place + Capacity && mine.place <= most, "lost before it had to be overwritten");
  }

  ring_type ring{Capacity, broadcast_rows{.publishers = Publishers}};
  std::array<typename ring_type::publisher, Publishers> publishers;
  std::array<unsigned, Publishers> numbers{};
  counting<Engine, lapping_many, Publishers> mine;
  typename sync::template atomic<unsigned> begun{0};
  typename sync::template atomic<unsigned> published{0};
};

/// A third thread closes, and may be stopped in the middle of it: what was accepted comes before `closed`, for each
/// reader, and `closed` is final.
template <class Engine, class Kind, unsigned Publishers>
struct many_closes {
  using element = typename Kind::element;
  using ring_type = typename Kind::template ring<Engine>;
  static constexpr unsigned threads = Publishers + 2;
  static constexpr unsigned may_freeze = 1U << (Publishers + 1);
  static constexpr bool is_large = Publishers > 1;
  static constexpr unsigned pushes = Publishers == 1 ? 2 : 1;  // there is room for them
  static constexpr std::array probes{"refused", "accepted", "told the reader"};

  void before() noexcept {
    note.set(1);
    mine.reader = ring.make_reader();
    for (auto& each : publishers) each = ring.make_publisher();
  }
  void thread(unsigned index) noexcept {
    if (index < Publishers) return publish(index);
    if (index == Publishers) {
      for (unsigned i = 0; i < 3; ++i) static_cast<void>(pop());
      return;
    }
    note.set(2);
    ring.close();
  }
  void after() noexcept {
    if (Engine::frozen()) {
      if (!ring.closed()) return;
      Engine::check(publishers[0].try_push(element(15)) == push_status::closed, "a close that began is a close");
    }
    while (pop() != pop_status::closed) {
    }
    unsigned all = 0;
    for (const unsigned each : accepted) all += each;
    Engine::check(mine.place == all, "everything accepted comes before the close, and nothing else");
    Engine::check(mine.reader.ended() && mine.reader.pop_ready(), "it has ended");
  }

 private:
  void publish(unsigned index) noexcept {
    bool refused = false;
    for (unsigned i = 1; i <= pushes; ++i) {
      const push_status status = publishers[index].try_push(element(static_cast<int>(16 * index + i)));
      Engine::check(!refused || status == push_status::closed, "`closed` is final for a publisher");
      refused = status == push_status::closed;
      Engine::reached(refused ? "refused" : "accepted");
      if (refused) Engine::check(note.get() == 2, "what was done before the close is seen by who is told of it");
      if (!refused) ++accepted[index];
    }
  }
  pop_status pop() noexcept {
    const bool ended = mine.reader.ended();
    const pop_status status = mine.pop();
    Engine::check(!ended || status == pop_status::closed, "`closed` is final for a reader");
    if (status != pop_status::closed) return status;
    if (!Engine::frozen()) Engine::check(note.get() == 2, "what was done before the close is seen");
    Engine::reached("told the reader");
    return status;
  }

  all_destroyed<Engine> balance;
  ring_type ring{2, broadcast_rows{.readers = 1, .publishers = Publishers}};
  std::array<typename ring_type::publisher, Publishers> publishers;
  std::array<unsigned, Publishers> accepted{};
  counting<Engine, Kind, Publishers> mine;
  typename Engine::template variable<int> note;
};

/// A close takes nothing from a reader that is a whole ring behind.
template <class Engine>
struct many_close_overtakes_nobody {
  using ring_type = typename lapping_many::ring<Engine>;
  static constexpr unsigned threads = 2;

  void before() noexcept {
    mine.reader = ring.make_reader();
    auto publisher = ring.make_publisher();
    for (unsigned i = 1; i <= 2; ++i) Engine::check(publisher.try_push(paired(i)) == push_status::ok, "there is room");
  }
  void thread(unsigned index) noexcept {
    if (index == 0) return ring.close();
    for (unsigned i = 0; i < 2; ++i) Engine::check(mine.pop() == pop_status::ok, "nothing has overwritten it");
  }
  void after() noexcept { Engine::check(mine.pop() == pop_status::closed, "the close comes last"); }

 private:
  ring_type ring{2, broadcast_rows{.publishers = 1}};
  counting<Engine, lapping_many, 1> mine;
};

/// A row passes from one publisher to the next, with its slot; a reader comes in between.
template <class Engine, reader_start From>
struct many_pass_a_row {
  using sync = typename Engine::sync;
  using ring_type = typename lapping_many::ring<Engine>;
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"no row", "both", "read"};

  void before() noexcept {}
  void thread(unsigned index) noexcept {
    if (index == 2) return read();
    auto publisher = ring.try_make_publisher();
    if (!publisher) return Engine::reached("no row");
    begun.fetch_add(1, order::relaxed);
    Engine::check(publisher.try_push(paired(16 * index + 1)) == push_status::ok, "a publisher never waits");
    published.fetch_add(1, order::acq_rel);
  }
  void after() noexcept {
    if (published.load(order::relaxed) == 2) Engine::reached("both");
    auto publisher = ring.try_make_publisher();
    Engine::check(static_cast<bool>(publisher), "the row is free when its publisher has left");
    Engine::check(publisher.try_push(paired(2)) == push_status::ok, "a publisher never waits");
    while (mine.pop() == pop_status::ok) {
    }
    Engine::check(mine.place + missed >= published.load(order::relaxed) + 1, "all since it came is read");
    Engine::check(mine.place <= published.load(order::relaxed) + 1, "nothing is read twice");
  }

 private:
  void read() noexcept {
    const unsigned known = published.load(order::acquire);
    mine.reader = ring.make_reader({.start = From});
    missed = From == reader_start::next ? newest(begun) : 0;
    if (mine.pop() != pop_status::ok) return;
    Engine::reached("read");
    if (From == reader_start::next) Engine::check(known < 2, "it began before what was there");
  }

  ring_type ring{4, broadcast_rows{.publishers = 1}};
  counting<Engine, lapping_many, 2> mine;
  unsigned missed = 0;
  typename sync::template atomic<unsigned> begun{0};
  typename sync::template atomic<unsigned> published{0};
};

/// Calls `visit.operator()<Client>(name)` for every client with several publishers.
template <class Engine, class Visit>
void for_each_many_client(Visit visit) {
  visit.template operator()<many_accounts<Engine, 2, 1, 1, 4, 3>>("broadcast_many.accounts_of_one");
  visit.template operator()<many_accounts<Engine, 2, 2, 1, 2, 2>>("broadcast_many.accounts_2");
  visit.template operator()<many_accounts<Engine, 4, 2, 3, 1, 2>>("broadcast_many.accounts_4");
  visit.template operator()<many_closes<Engine, lapping_many, 1>>("broadcast_many.closes");
  visit.template operator()<many_closes<Engine, lapping_many, 2>>("broadcast_many.closes_of_two");
  visit.template operator()<many_close_overtakes_nobody<Engine>>("broadcast_many.close_overtakes_nobody");
  visit.template operator()<many_pass_a_row<Engine, reader_start::next>>("broadcast_many.pass_a_row");
  visit.template operator()<many_pass_a_row<Engine, reader_start::oldest>>("broadcast_many.pass_a_row_oldest");
}

}  // namespace tidegate::model
