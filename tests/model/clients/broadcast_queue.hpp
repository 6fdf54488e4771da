// broadcast_queue.hpp: clients of broadcast_queue: nobody sleeps past what it waits for, whatever ends the wait.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "tests/model/clients/broadcast_ring/support.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/broadcast_queue.hpp"

namespace tidegate::model {

template <class Element, broadcast_mode Mode>
struct broadcast_queue_kind {
  using element = Element;
  static constexpr queue_options options{
      .wait = wait_kind::park, .stats = stats_kind::off, .broadcast = {.mode = Mode, .check_roles = false}};
  template <class Engine>
  using queue = broadcast_queue<Element, options, typename Engine::sync>;

  [[nodiscard]] static queue_config config(std::size_t capacity, std::size_t readers) {
    queue_config made;
    made.capacity = capacity;
    made.rows.consumers = readers;
    made.offer_for = std::chrono::microseconds(500);
    return made;
  }
};
using parking_gate = broadcast_queue_kind<counted, broadcast_mode::gate>;
using parking_lap = broadcast_queue_kind<paired, broadcast_mode::lap>;

/// What a reader reads, without copying it.
template <class Engine, class Reader>
[[nodiscard]] pop_status wait_for(Reader& reader, unsigned& value,
                                  deadline::time_point until = deadline::never().when()) noexcept {
  return reader.consume_until([&](const auto& element) noexcept { value = number_in(element); }, until);
}

/// Each of two readers waits for every element; in gate mode the publisher waits for both.
template <class Engine, class Kind, unsigned Readers, unsigned Count>
struct everyone_waits {
  static constexpr unsigned threads = 1 + Readers;
  static constexpr bool is_large = Readers > 1;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(Count == 1 ? 2 : 1, Readers)};
  std::array<typename Kind::template queue<Engine>::reader, Readers> readers;

  void before() {
    for (auto& each : readers) each = queue.make_reader();
  }
  void thread(unsigned index) {
    for (unsigned i = 1; i <= Count; ++i) {
      if (index == 0) {
        typename Kind::element element(static_cast<int>(i));
        Engine::check(queue.push(std::move(element)) == push_status::ok, "a push without limit ends with ok");
      } else {
        unsigned value = 0;
        const pop_status status = wait_for<Engine>(readers[index - 1], value);
        Engine::check(status == pop_status::ok && value == i, "every reader gets every element");
      }
    }
  }
  void after() {}
};

/// A close ends the waits of both sides: of a reader behind what was accepted, of a publisher that has no room.
template <class Engine, class Kind, bool Pushes>
struct close_ends_waits {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1, 1)};
  typename Kind::template queue<Engine>::reader reader = queue.make_reader();

  void before() {
    if (Pushes) Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    typename Kind::element element{1};
    unsigned value = 0;
    if (Pushes && index == 0) {
      Engine::check(queue.push(std::move(element)) == push_status::closed, "nobody makes room");
      Engine::check(is_whole(element), "what was not accepted is untouched");
    } else if (Pushes) {
      queue.close();
    } else if (index == 0) {
      Engine::check(queue.try_push(std::move(element)) == push_status::ok, "there is room");
      queue.close();
    } else {
      Engine::check(wait_for<Engine>(reader, value) == pop_status::ok && value == 1, "what was accepted is delivered");
      Engine::check(wait_for<Engine>(reader, value) == pop_status::closed, "then the queue has ended");
    }
  }
  void after() {}
};

/// The publisher waits for a reader that leaves, or that reads with a callback that throws.
template <class Engine>
struct reader_makes_room {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"left", "left by assignment", "thrown", "read"};
  all_destroyed<Engine> first;
  typename parking_gate::template queue<Engine> queue{parking_gate::config(1, 1)};
  std::optional<typename parking_gate::template queue<Engine>::reader> reader{queue.make_reader()};
  unsigned way = 0;

  void before() {
    Engine::check(queue.try_push(counted{1}) == push_status::ok, "there is room");
    way = Engine::choose(4);
  }
  void thread(unsigned index) {
    if (index == 0) return Engine::check(queue.push(counted{2}) == push_status::ok, "room comes");
    Engine::reached(probes[way]);
    if (way == 0) reader.reset();
    if (way == 1) *reader = {};
    if (way == 2) read_and_throw();
    if (way == 3) static_cast<void>(reader->try_consume([](const counted&) noexcept {}));
  }
  void after() {}

 private:
  void read_and_throw() {
    try {
      static_cast<void>(reader->try_consume([](const counted&) { throw 1; }));
    } catch (int) {
    }
  }
};

/// A publisher that waits without limit goes on when the grace of a reader is over, and not before.
template <class Engine, slow_reader Slow>
struct grace_ends_the_wait {
  static constexpr unsigned threads = 2;
  static constexpr auto grace = std::chrono::microseconds(700);
  static constexpr std::array probes{"overtaken", "in time"};
  all_destroyed<Engine> first;
  typename parking_gate::template queue<Engine> queue{parking_gate::config(1, 2)};
  typename parking_gate::template queue<Engine>::reader reader = queue.make_reader({.slow = Slow, .grace = grace});
  typename parking_gate::template queue<Engine>::reader sure = queue.make_reader();
  bool reads = false;
  bool has_read = false;

  void before() {
    Engine::check(queue.try_push(counted{1}) == push_status::ok, "there is room");
    reads = Engine::choose(2) == 1;
  }
  void thread(unsigned index) {
    if (index == 0) {
      const auto start = Engine::sync::now();
      Engine::check(queue.push(counted{2}) == push_status::ok, "room comes");
      if (!reads) Engine::check(Engine::sync::now() >= start + grace, "not before its grace is over");
      return;
    }
    unsigned value = 0;
    Engine::check(wait_for<Engine>(sure, value) == pop_status::ok, "one is there");
    has_read = reads && reader.try_consume([](const counted&) noexcept {}) == pop_status::ok;
  }
  void after() {
    Engine::reached(has_read ? "in time" : "overtaken");
    unsigned value = 0;
    const pop_status status = wait_for<Engine>(reader, value, Engine::sync::now());
    if (has_read) {
      Engine::check(status == pop_status::ok && value == 2, "it was not too slow");
    } else if (Slow == slow_reader::evict) {
      Engine::check(status == pop_status::evicted, "it was too slow");
    } else {
      Engine::check(status == pop_status::lapped || (reader.lost() == 1 && value == 2), "it has lost one");
    }
  }
};

/// While a publisher waits for a reader without a grace, one with a grace comes to the same place, and the first one
/// leaves: now the wait ends with that grace.
template <class Engine>
struct late_grace_ends_the_wait {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename parking_gate::template queue<Engine> queue{parking_gate::config(1, 2)};
  std::optional<typename parking_gate::template queue<Engine>::reader> there{queue.make_reader()};
  typename parking_gate::template queue<Engine>::reader late;

  void before() { Engine::check(queue.try_push(counted{1}) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    if (index == 0) return Engine::check(queue.push(counted{2}) == push_status::ok, "room comes");
    const auto grace = std::chrono::microseconds(700);
    late = queue.make_reader({.start = reader_start::oldest, .slow = slow_reader::lap, .grace = grace});
    there.reset();
  }
  void after() {}
};

/// Nothing comes: waits end by their deadline, at its time, or by a request to stop.
template <class Engine, class Kind>
struct nothing_comes_to_readers {
  static constexpr unsigned threads = 2;
  static constexpr auto patience = std::chrono::microseconds(500);
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1, 1)};
  typename Kind::template queue<Engine>::reader reader = queue.make_reader();
  std::stop_source source;
  unsigned call = 0;

  void before() {
    call = Engine::choose(Kind::options.broadcast.mode == broadcast_mode::gate ? 5 : 2);
    if (call >= 2) Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    const auto until = Engine::sync::now() + patience;
    if (index == 1) {
      source.request_stop();
      return static_cast<void>(reader.lag_hint());
    }
    typename Kind::element element{2};
    const auto ignore = [](const auto&) noexcept {};
    if (call == 0) Engine::check(reader.consume_until(ignore, until) == pop_status::timed_out, "nothing came");
    if (call == 1) {
      const auto never = deadline::never().when();
      const pop_status status = reader.consume_until(ignore, never, source.get_token());
      Engine::check(status == pop_status::cancelled, "nothing else ends it");
    }
    if (call == 2) Engine::check(queue.push_until(std::move(element), until) == push_status::timed_out, "no room");
    if (call == 3) {
      const push_status status = queue.push(std::move(element), source.get_token());
      Engine::check(status == push_status::cancelled, "nothing else ends it");
    }
    if (call == 4) Engine::check(queue.offer(std::move(element)) == push_status::timed_out, "no room");
    Engine::check(is_whole(element), "what was not accepted is untouched");
    const bool timed = call == 0 || call == 2 || call == 4;
    if (timed) Engine::check(Engine::sync::now() >= until, "a wait does not end before its deadline");
  }
  void after() {}
};

/// Calls `visit.operator()<Client>(name)` for every client of broadcast_queue.
template <class Engine, class Visit>
void for_each_broadcast_queue_client(const std::string& fences, Visit visit) {
  const std::string gate = "broadcast_queue_gate" + fences;
  const std::string lap = "broadcast_queue_lap" + fences;
  visit.template operator()<everyone_waits<Engine, parking_gate, 1, 2>>(gate + ".both_wait");
  visit.template operator()<everyone_waits<Engine, parking_lap, 2, 1>>(lap + ".everyone_waits");
  visit.template operator()<close_ends_waits<Engine, parking_gate, true>>(gate + ".close_ends_pushes");
  visit.template operator()<close_ends_waits<Engine, parking_gate, false>>(gate + ".close_ends_pops");
  visit.template operator()<close_ends_waits<Engine, parking_lap, false>>(lap + ".close_ends_pops");
  visit.template operator()<reader_makes_room<Engine>>(gate + ".reader_makes_room");
  visit.template operator()<grace_ends_the_wait<Engine, slow_reader::lap>>(gate + ".grace_before_a_lap");
  visit.template operator()<grace_ends_the_wait<Engine, slow_reader::evict>>(gate + ".grace_before_eviction");
  visit.template operator()<late_grace_ends_the_wait<Engine>>(gate + ".late_grace");
  visit.template operator()<nothing_comes_to_readers<Engine, parking_gate>>(gate + ".nothing_comes");
  visit.template operator()<nothing_comes_to_readers<Engine, parking_lap>>(lap + ".nothing_comes");
}

/// The larger ones.
template <class Engine, class Visit>
void for_each_large_broadcast_queue_client(Visit visit) {
  visit.template operator()<everyone_waits<Engine, parking_gate, 2, 2>>("broadcast_queue_gate.everyone_waits");
  visit.template operator()<everyone_waits<Engine, parking_gate, 1, 3>>("broadcast_queue_gate.both_wait_long");
}

}  // namespace tidegate::model
