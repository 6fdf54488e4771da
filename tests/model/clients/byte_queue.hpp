// byte_queue.hpp: clients of the byte queues: nobody sleeps past what it waits for, whatever ends the wait.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include "tests/model/clients/byte_ring/support.hpp"
#include "tests/model/clients/exchange_ring/threads.hpp"
#include "tidegate/queue/byte_queue.hpp"

namespace tidegate::model {

template <producer_count Producers, wait_kind Wait>
struct byte_queue_kind {
  static constexpr producer_count producers = Producers;
  static constexpr byte_queue_options options{.wait = Wait, .stats = stats_kind::off, .ring = {.check_roles = false}};
  template <class Sync>
  using queue_with = basic_byte_queue<Producers, options, Sync>;
  template <class Engine>
  using queue = queue_with<typename Engine::sync>;

  [[nodiscard]] static byte_queue_config config(std::size_t words) {
    return {.capacity = 8 * words, .budget = {.spins = 1, .yields = 1}, .look_after = std::chrono::microseconds(100)};
  }
};
using parking_one = byte_queue_kind<producer_count::one, wait_kind::park>;
using parking_many = byte_queue_kind<producer_count::many, wait_kind::park>;
using yielding_many = byte_queue_kind<producer_count::many, wait_kind::spin_yield>;

/// Both sides wait: records through room for one, in every way to put them in and to take them out.
template <class Engine, class Kind>
struct byte_sides_wait {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = Kind::producers == producer_count::many;
  static constexpr unsigned count = 2;

  void before() { in_place = Engine::choose(2) == 1; }
  void thread(unsigned index) {
    for (unsigned number = 1; number <= count; ++number) index == 0 ? push(number) : take(number);
  }
  void after() {}

  void push(unsigned number) {
    if (!in_place) {
      const push_status status = queue.push(numbered_record(number, 8).bytes());
      return Engine::check(status == push_status::ok, "a push without limit ends with ok");
    }
    auto room = queue.claim(8);
    Engine::check(static_cast<bool>(room), "a claim without limit is granted");
    room.bytes().fill(static_cast<std::uint8_t>(number));
    room.publish();
  }
  void take(unsigned number) {
    const auto use = [number](auto record) {
      Engine::check(record.number() == static_cast<int>(number), "records come out in their order");
    };
    if (!in_place) return Engine::check(queue.consume(use) == pop_status::ok, "a pop without limit ends with ok");
    auto shown = queue.peek_until(2, deadline::never().when());
    Engine::check(shown.count() == 1, "a peek without limit shows what there can be");
    for (const auto record : shown) use(record);
    shown.release(1);
  }

  bool in_place = false;
  typename Kind::template queue<Engine> queue{Kind::config(3)};
};

/// A close wakes the consumer behind the last record, and a producer that waits for room.
template <class Engine, class Kind, bool OfTheProducer>
struct byte_close_wakes {
  static constexpr unsigned threads = 2;

  void before() {
    if (OfTheProducer) fill();
  }
  void thread(unsigned index) {
    if (index == 0) {
      if (!OfTheProducer) fill();
      return queue.close();
    }
    if (OfTheProducer) {
      const push_status status = queue.push(numbered_record(2, 8).bytes());
      return Engine::check(status == push_status::closed, "nobody makes room, so it ends by the close");
    }
    const auto use = [](auto record) { Engine::check(record.number() == 1, "what was accepted is delivered"); };
    Engine::check(queue.consume(use) == pop_status::ok, "what was accepted is delivered");
    Engine::check(!queue.peek_until(1, deadline::never().when()) && queue.ended(), "then the queue has ended");
    Engine::check(queue.consume(use) == pop_status::closed, "in every form");
  }
  void after() {}
  void fill() { Engine::check(queue.try_push(numbered_record(1, 8).bytes()) == push_status::ok, "there is room"); }

  typename Kind::template queue<Engine> queue{Kind::config(3)};
};

/// Waits with a deadline against the other side's call: it comes in time, or not early.
template <class Engine, class Kind>
struct byte_timeouts {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"timed out", "in time"};

  void before() {
    consumer_waits = Engine::choose(2) == 1;
    if (!consumer_waits) push(1);
  }
  void thread(unsigned index) {
    if (index == 1) return consumer_waits ? push(1) : take();
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    if (consumer_waits) {
      const pop_status status = queue.consume_until([](auto) noexcept {}, until);
      Engine::check(status == pop_status::ok || status == pop_status::timed_out, "nothing else ends it");
      in_time = status == pop_status::ok;
    } else {
      const push_status status = queue.push_until(numbered_record(2, 8).bytes(), until);
      Engine::check(status == push_status::ok || status == push_status::timed_out, "nothing else ends it");
      in_time = status == push_status::ok;
    }
    Engine::reached(in_time ? "in time" : "timed out");
    Engine::check(in_time || Engine::sync::now() >= until, "a wait does not end before its deadline");
  }
  void after() {
    const bool some = queue.try_consume([](auto) noexcept {}) == pop_status::ok;
    Engine::check(some == (consumer_waits != in_time), "what was accepted is there, once");
  }
  void push(unsigned number) {
    Engine::check(queue.try_push(numbered_record(number, 8).bytes()) == push_status::ok, "there is room");
  }
  void take() {
    Engine::check(queue.try_consume([](auto) noexcept {}) == pop_status::ok, "a record is there");
  }

  bool consumer_waits = false;
  bool in_time = false;
  typename Kind::template queue<Engine> queue{Kind::config(3)};
};

/// A request to stop ends a wait, whenever it comes. The token itself is not modelled: it takes no steps.
template <class Engine, class Kind>
struct byte_stop_ends_the_wait {
  static constexpr unsigned threads = 2;

  void before() {
    call = Engine::choose(3);
    if (call == 2) Engine::check(queue.try_push(numbered_record(1, 8).bytes()) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    if (index == 1) {
      source.request_stop();
      return;
    }
    const auto stop = source.get_token();
    if (call == 0) Engine::check(queue.consume([](auto) {}, stop) == pop_status::cancelled, "nothing else ends it");
    if (call == 1) Engine::check(!queue.peek_until(1, deadline::never().when(), stop), "nothing else ends it");
    if (call == 2) Engine::check(queue.claim(8, stop).status() == push_status::cancelled, "nothing else ends it");
  }
  void after() {}

  std::stop_source source;
  unsigned call = 0;
  typename Kind::template queue<Engine> queue{Kind::config(3)};
};

/// A third thread waits until everything is out of a full queue, beside a producer that waits for room at the same
/// place; it sees what the consumer did.
template <class Engine, class Kind>
struct byte_drain_is_waited_for {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;

  void before() {
    for (unsigned i = 0; i < 2; ++i) {
      Engine::check(queue.try_push(numbered_record(1, 8).bytes()) == push_status::ok, "there is room");
    }
  }
  void thread(unsigned index) {
    if (index == 0) Engine::check(queue.push(numbered_record(2, 8).bytes()) == push_status::ok, "room comes");
    if (index == 1) {
      Engine::check(queue.consume([](auto) {}) == pop_status::ok, "a record is there");
      Engine::check(queue.consume([this](auto) { note.set(7); }) == pop_status::ok, "a record is there");
      Engine::check(queue.consume([](auto) {}) == pop_status::ok, "a record comes");
    }
    if (index == 2) {
      Engine::check(queue.wait_drained(deadline::never().when()), "without limit it ends drained");
      Engine::check(note.get() == 7, "what the consumer did before is seen");
    }
  }
  void after() { Engine::check(queue.wait_drained({}), "nothing is inside"); }

  typename Engine::template variable<int> note{0};
  typename Kind::template queue<Engine> queue{Kind::config(4)};
};

/// All room is claimed and given up again: the consumer, which waits for a record, makes it room for who waits for
/// some.
template <class Engine>
struct abandoned_room_reaches_who_waits {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"had to wait"};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      auto room = queue.try_claim(8);
      if (room) room.bytes().fill(3);
      room.abandon();
    }
    if (index == 1) {
      const bool at_once = queue.try_push(numbered_record(1, 8).bytes()) == push_status::ok;
      if (at_once) return;
      Engine::reached("had to wait");
      Engine::check(queue.push(numbered_record(1, 8).bytes()) == push_status::ok, "room comes");
    }
    if (index == 2) {
      const auto use = [](auto record) { Engine::check(record.number() == 1, "nothing else was published"); };
      Engine::check(queue.consume(use) == pop_status::ok, "a record comes");
    }
  }
  void after() {}

  typename parking_many::template queue<Engine> queue{parking_many::config(3)};
};

/// Two producers wait for different amounts of room; whoever is woken, both get theirs.
template <class Engine>
struct different_amounts_of_room {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;

  void before() { Engine::check(queue.try_push(numbered_record(9, 8).bytes()) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    if (index == 2) {
      for (unsigned i = 0; i < 3; ++i) Engine::check(queue.consume([](auto) {}) == pop_status::ok, "a record comes");
      return;
    }
    const push_status status = queue.push(numbered_record(index, index == 0 ? 0 : 8).bytes());
    Engine::check(status == push_status::ok, "room comes");
  }
  void after() { Engine::check(queue.depth_hint() == 0, "all came out"); }

  typename parking_many::template queue<Engine> queue{parking_many::config(3)};
};

/// A claim's thread ends without a word while the consumer sleeps on it, or is about to: what is behind is delivered.
template <class Engine>
struct asleep_on_a_claim_of_the_dead {
  using sync = mortal<typename Engine::sync, 4>;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"recovered"};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      auto room = queue.try_claim(8);
      if (room) ::new (static_cast<void*>(grave.data())) auto(std::move(room));
      sync::end_thread();
    }
    if (index == 1) Engine::check(queue.try_push(numbered_record(2, 8).bytes()) == push_status::ok, "there is room");
    if (index == 2) {
      const auto use = [](auto record) { Engine::check(record.number() == 2, "nothing else was published"); };
      Engine::check(queue.consume(use) == pop_status::ok, "a record comes");
      if (queue.stats().room.recovered != 0) Engine::reached("recovered");
    }
  }
  void after() {}

  alignas(8) std::array<std::byte, 128> grave;
  mortal_threads<4>::population<typename Engine::sync> all;
  parking_many::queue_with<sync> queue{parking_many::config(5)};
};

/// A claim that takes all room, and its thread ends, at any time while the consumer waits for a record, and a producer
/// for room or somebody for the drain.
template <class Engine, bool ForTheDrain>
struct room_of_the_dead {
  using sync = mortal<typename Engine::sync, 4>;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"recovered"};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      auto room = queue.try_claim(8);
      if (room) ::new (static_cast<void*>(grave.data())) auto(std::move(room));
      sync::end_thread();
    }
    if (index == 1 && ForTheDrain) {
      Engine::check(queue.wait_drained(deadline::never().when()), "the drain comes");
      queue.close();
    }
    if (index == 1 && !ForTheDrain) {
      Engine::check(queue.push(numbered_record(2, 8).bytes()) == push_status::ok, "room comes");
    }
    if (index == 2) {
      const pop_status expected = ForTheDrain ? pop_status::closed : pop_status::ok;
      Engine::check(queue.consume([](auto) {}) == expected, "a record comes, or the end");
      if (queue.stats().room.recovered != 0) Engine::reached("recovered");
    }
  }
  void after() {}

  alignas(8) std::array<std::byte, 128> grave;
  mortal_threads<4>::population<typename Engine::sync> all;
  parking_many::queue_with<sync> queue{parking_many::config(3)};
};

/// The same, and the producer does not wait: it tries until there is room, in every form, once the claimant has ended.
template <class Engine>
struct room_of_the_dead_is_tried_for {
  using sync = mortal<typename Engine::sync, 4>;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"recovered"};

  void before() { form = Engine::choose(4); }
  void thread(unsigned index) {
    if (index == 0) {
      auto room = queue.try_claim(8);
      if (room) ::new (static_cast<void*>(grave.data())) auto(std::move(room));
      sync::end_thread();
      has_ended.store(true, order::release);
    }
    if (index == 1) {
      while (!has_ended.load(order::acquire) || !put()) sync::yield();
    }
    if (index == 2) {
      Engine::check(queue.consume([](auto) {}) == pop_status::ok, "a record comes");
      if (queue.stats().room.recovered != 0) Engine::reached("recovered");
    }
  }
  void after() {}

  [[nodiscard]] bool put() {
    const numbered_record record(2, 8);
    if (form == 1) return queue.push_until(record.bytes(), {}) == push_status::ok;
    if (form == 2) return queue.push_ready(8) && queue.try_push(record.bytes()) == push_status::ok;
    if (form == 0) return queue.try_push(record.bytes()) == push_status::ok;
    auto room = queue.try_claim(8);
    if (!room) return false;
    room.bytes().fill(2);
    room.publish();
    return true;
  }

  unsigned form = 0;
  typename sync::template atomic<bool> has_ended{false};
  alignas(8) std::array<std::byte, 128> grave;
  mortal_threads<4>::population<typename Engine::sync> all;
  parking_many::queue_with<sync> queue{parking_many::config(3)};
};

template <class Engine, class Kind, class Visit>
void for_each_byte_queue_client_of(std::string_view kind, Visit& visit) {
  const auto name = [kind](std::string_view client) { return std::string(kind) + '.' + std::string(client); };
  visit.template operator()<byte_sides_wait<Engine, Kind>>(name("both_sides_wait"));
  visit.template operator()<byte_close_wakes<Engine, Kind, false>>(name("close_wakes_the_consumer"));
  visit.template operator()<byte_close_wakes<Engine, Kind, true>>(name("close_wakes_the_producer"));
  visit.template operator()<byte_timeouts<Engine, Kind>>(name("timeouts"));
  visit.template operator()<byte_stop_ends_the_wait<Engine, Kind>>(name("stop_ends_the_wait"));
  visit.template operator()<byte_drain_is_waited_for<Engine, Kind>>(name("drain_is_waited_for"));
}

template <class Engine, class Visit>
void for_each_byte_queue_client(Visit visit) {
  for_each_byte_queue_client_of<Engine, parking_one>("byte_queue", visit);
  for_each_byte_queue_client_of<Engine, parking_many>("mpsc_byte_queue", visit);
  visit.template operator()<byte_sides_wait<Engine, yielding_many>>("mpsc_byte_queue_yielding.both_sides_wait");
  visit.template operator()<abandoned_room_reaches_who_waits<Engine>>("mpsc_byte_queue.abandoned_room");
  visit.template operator()<different_amounts_of_room<Engine>>("mpsc_byte_queue.different_amounts_of_room");
  visit.template operator()<asleep_on_a_claim_of_the_dead<Engine>>("mpsc_byte_queue.asleep_on_a_claim_of_the_dead");
  visit.template operator()<room_of_the_dead<Engine, false>>("mpsc_byte_queue.room_of_the_dead");
  visit.template operator()<room_of_the_dead<Engine, true>>("mpsc_byte_queue.drain_of_the_dead");
  visit.template operator()<room_of_the_dead_is_tried_for<Engine>>("mpsc_byte_queue.room_of_the_dead_is_tried_for");
}

}  // namespace tidegate::model
