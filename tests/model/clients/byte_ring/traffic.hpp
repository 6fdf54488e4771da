// traffic.hpp: clients of the byte rings with one producer: records of several sizes go round, every answer is true.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/byte_ring/support.hpp"

namespace tidegate::model {

/// Records of several sizes through a ring that holds few of them, so that they meet its end and each other's words.
template <class Engine, class Kind, std::size_t Words, std::size_t... Sizes>
struct records_go_round {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"full", "nothing there"};
  static constexpr std::array<std::size_t, sizeof...(Sizes)> sizes{Sizes...};

  void before() noexcept {
    form = static_cast<take_form>(Engine::choose(take_forms));
    push();
    take();
    push();
  }
  void thread(unsigned index) noexcept {
    for (unsigned i = 0; i < 3; ++i) index == 0 ? push() : take();
  }
  void after() noexcept {
    while (ring.try_consume(seen) == pop_status::ok) {
    }
    Engine::check(seen.last == pushed, "every accepted record comes out, once");
    settle_accounts<Engine>(ring);
  }

  void push() noexcept {
    if (push_record(ring, pushed + 1, sizes[pushed % sizes.size()]) == push_status::ok) {
      ++pushed;
    } else {
      Engine::reached("full");
    }
  }
  void take() noexcept {
    if (take_record<Engine>(form, ring, seen) == 0) Engine::reached("nothing there");
  }

  sized_in_order<Engine, sizeof...(Sizes)> seen{sizes};
  unsigned pushed = 0;
  take_form form = take_form::one;
  typename Kind::template ring<Engine> ring{8 * Words};
};

/// `full` is only said when the room that is known to be free is not enough, and push_ready() says the same; `empty`
/// only when no record is known to be inside, and pop_ready() says the same.
template <class Engine, class Kind, std::size_t Words, std::size_t Bytes>
struct failures_are_true {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"full", "empty", "room for all", "record for all"};
  static constexpr std::size_t tries = Bytes == 0 ? Words + 1 : 3;
  static constexpr std::size_t cost = 1 + tidegate::detail::words_for(Bytes);

  void before() noexcept { asks = Engine::choose(2) == 1; }
  void thread(unsigned index) noexcept {
    for (std::size_t i = 0; i < tries; ++i) index == 0 ? push() : take();
  }
  void after() noexcept {}

  void push() noexcept {
    const std::size_t index = tail % Words;
    const std::size_t padding = cost <= Words - index ? 0 : Words - index;
    const bool room = Words + freed.load(order::acquire) >= tail + padding + cost;
    if (room) Engine::reached("room for all");
    if (asks && !ring.push_ready(Bytes)) Engine::check(!room, "push_ready() is false, and there was room");
    ends[pushed + 1] = tail + padding + cost;
    if (push_record(ring, 1, Bytes) != push_status::ok) {
      Engine::reached("full");
      return Engine::check(!room, "`full`, and there was room");
    }
    tail = ends[++pushed];
    complete.store(pushed, order::release);
  }
  void take() noexcept {
    const bool some = complete.load(order::acquire) > taken;
    if (some) Engine::reached("record for all");
    if (asks && !ring.pop_ready()) Engine::check(!some, "pop_ready() is false, and there was a record");
    if (ring.try_consume([](auto) noexcept {}) != pop_status::ok) {
      Engine::reached("empty");
      return Engine::check(!some, "`empty`, and there was a record");
    }
    ++taken;
    freed.store(ends[taken], order::release);
  }

  bool asks = false;
  std::size_t tail = 0;   // the producer's
  std::size_t taken = 0;  // the consumer's
  std::size_t pushed = 0;
  std::array<std::size_t, 8> ends{};  // of records, in words
  typename Engine::sync::template atomic<std::size_t> freed{0};
  typename Engine::sync::template atomic<std::size_t> complete{0};
  typename Kind::template ring<Engine> ring{8 * Words};
};

/// A claim is published in part or abandoned; the consumer never sees what is not published.
template <class Engine, class Kind>
struct claims_come_to_something {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"dropped", "all", "part", "refused"};

  void before() noexcept {
    if (Engine::choose(2) == 0) return;
    static_cast<void>(push_record(ring, 0, 8));
    static_cast<void>(ring.try_consume([](auto) noexcept {}));
  }
  void thread(unsigned index) noexcept {
    for (unsigned i = 0; i < 2; ++i) index == 0 ? claim() : take();
  }
  void after() noexcept {
    for (unsigned i = 0; i < 3; ++i) take();
    Engine::check(taken == published, "what was published comes out, once");
    { auto dropped = ring.try_claim(8); }
    const bool some = Kind::producers == producer_count::many;  // one producer's is no room yet
    Engine::check(ring.skip_abandoned() == some && !ring.skip_abandoned(), "what was abandoned is given back");
    settle_accounts<Engine>(ring);
    Engine::check(push_record(ring, 1, 24) == push_status::ok, "the largest record fits into an empty ring");
    Engine::check(push_record(ring, 1, 25) == push_status::too_heavy && ring.push_ready(25), "and no larger one");
    Engine::check(!ring.push_ready(24), "four words of seven are taken");
  }

  void claim() noexcept {
    auto room = ring.try_claim(16);
    if (!room) return Engine::reached("refused");
    const unsigned part = Engine::choose(3);
    Engine::reached(probes[part]);
    Engine::check(room.bytes().size() == 16 && room.status() == push_status::ok, "what was asked for is granted");
    room.bytes().fill(7);
    if (part == 0) return;
    room.publish(part == 1 ? 16 : 5);
    ++published;
  }
  void take() noexcept {
    const auto use = [this](auto record) noexcept {
      Engine::check(record.size() == 16 || record.size() == 5, "a record has the size that was published");
      Engine::check(record.number() == 7, "a record is complete");
      ++taken;
    };
    static_cast<void>(ring.try_consume(use));
  }

  unsigned published = 0;
  unsigned taken = 0;
  typename Kind::template ring<Engine> ring{8 * 7};
};

/// The consumer commits, stops and aborts as it likes while the producer goes on; part of a peek is released.
template <class Engine, class Kind>
struct consumes_as_it_likes {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"went on", "committed", "stopped", "aborted", "peeked", "pushed meanwhile"};

  void before() noexcept {
    for (unsigned number = 1; number <= 3; ++number) static_cast<void>(push_record(ring, number, 1));
  }
  void thread(unsigned index) noexcept {
    if (index == 0) return push();
    if (Engine::choose(2) == 0) return consume();
    Engine::reached("peeked");
    auto shown = ring.try_peek(3);
    const std::size_t part = Engine::choose(3);
    std::size_t i = 0;
    for (const auto record : shown) {
      if (i++ < part) see(record);
    }
    Engine::check(i == 3 && shown.count() == 3 && shown, "all that is inside is shown");
    shown.release(part);
  }
  void after() noexcept {
    while (ring.try_consume([this](auto record) noexcept { see(record); }) == pop_status::ok) {
    }
    Engine::check(last == 3 + pushed, "every record is consumed once");
    settle_accounts<Engine>(ring);
  }

  void push() noexcept {
    for (unsigned i = 0; i < 2; ++i) {
      if (push_record(ring, 4 + pushed, 1) != push_status::ok) continue;
      ++pushed;
      Engine::reached("pushed meanwhile");
    }
  }
  void consume() noexcept {
    const std::size_t counted = ring.try_consume_n(4, [this](auto record) noexcept {
      Engine::check(ring.counts_hint().records == committed, "nothing is given back before a commit");
      const unsigned verdict = Engine::choose(4);
      Engine::reached(probes[verdict]);
      if (verdict < 3) see(record);
      if (verdict == 1) committed = last;
      constexpr std::array verdicts{record_verdict::go_on, record_verdict::commit, record_verdict::stop,
                                    record_verdict::abort};
      return verdicts[verdict];
    });
    Engine::check(counted == last, "as many are counted as were consumed");
  }
  template <class View>
  void see(View record) noexcept {
    ++last;
    Engine::check(record.number() == static_cast<int>(last), "records come out in their order");
  }

  unsigned pushed = 0;
  unsigned last = 0;
  unsigned committed = 0;
  typename Kind::template ring<Engine> ring{8 * 7};
};

}  // namespace tidegate::model
