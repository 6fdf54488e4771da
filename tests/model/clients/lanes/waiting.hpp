// waiting.hpp: who waits for a lane_queue or a fair_queue is woken: by a push into any lane, whoever else has stopped;
// by room in any bucket of a hand; by the end; by the last element that leaves.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tests/model/clients/lanes/support.hpp"
#include "tests/model/clients/shared_queue/noting.hpp"

namespace tidegate::model {

/// A push into one lane is stopped wherever it likes; the consumer is woken by the push into the other lane.
template <class Engine, class Kind>
struct stopped_in_another_lane {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  all_destroyed<Engine> balance;
  done_so_far done;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() {}
  void thread(unsigned index) {
    if (index < 2) {
      Engine::check(queue.try_push(index, counted(1)) == push_status::ok, "each lane has room of its own");
      return;
    }
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    counted out(0);
    static_cast<void>(queue.pop_until(out, until));
    check_woken_before<Engine>(until);
  }
  void after() {}
};

/// Who waits for the drain of two lanes is woken by the last element that was there.
template <class Engine, class Kind>
struct both_lanes_drain {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  all_destroyed<Engine> balance;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() {
    Engine::check(queue.try_push(0, counted(1)) == push_status::ok, "there is room");
    Engine::check(queue.try_push(1, counted(2)) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    if (index == 0) return Engine::check(queue.wait_drained(deadline::time_point::max()), "both elements leave");
    counted out(0);
    for (int i = 0; i < 2; ++i) Engine::check(queue.try_pop(out) == pop_status::ok, "both are there");
  }
  void after() {}
};

/// It is not drained before: the consumer takes one of two.
template <class Engine, class Kind>
struct one_lane_drains {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  all_destroyed<Engine> balance;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() {
    Engine::check(queue.try_push(0, counted(1)) == push_status::ok, "there is room");
    Engine::check(queue.try_push(1, counted(2)) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    if (index == 0) {
      const auto until = Engine::sync::now() + std::chrono::microseconds(500);
      Engine::check(!queue.wait_drained(until), "one is left");
      return;
    }
    counted out(0);
    Engine::check(queue.try_pop(out) == pop_status::ok, "two are there");
  }
  void after() {}
};

/// What closed before is seen by whoever is told, in any lane.
template <class Engine, class Kind>
struct lanes_close_tells {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told", "not told"};
  all_destroyed<Engine> balance;
  typename Kind::template queue<Engine> queue{Kind::config(1)};
  typename Engine::template variable<int> note;
  unsigned role = 0;

  void before() { role = Engine::choose(4); }
  void thread(unsigned index) {
    if (index == 0) {
      note.set(7);
      return queue.close();
    }
    counted value(1);
    const bool told = role < 2    ? queue.try_push(role, std::move(value)) == push_status::closed
                      : role == 2 ? queue.try_pop(value) == pop_status::closed
                                  : queue.closed();
    Engine::reached(told ? "told" : "not told");
    if (told) Engine::check(note.get() == 7, "what was done before the close is seen by who is told of it");
  }
  void after() {}
};

/// Two buckets, and every key has both.
struct hand_kind {
  static constexpr fair_options options{
      .buckets = {.wait = wait_kind::park, .stats = stats_kind::off, .exchange = helped(1), .check_roles = false},
      .hand = 2};
  template <class Engine>
  using queue = fair_queue<unsigned, counted, options, one_unit, std::hash<unsigned>, typename Engine::sync>;

  [[nodiscard]] static fair_queue_config config(std::size_t capacity) {
    return {.buckets = 2, .capacity = capacity, .all = few_threads()};
  }
  /// One whose hand begins with bucket 0.
  template <class Queue>
  [[nodiscard]] static unsigned key_from_bucket_0(const Queue& queue) {
    unsigned key = 0;
    while (queue.bucket_of(key) != 0) ++key;
    return key;
  }
};

/// Both buckets are full; room in either of them wakes who waits with that hand.
template <class Engine, bool Closes>
struct room_in_the_hand {
  static constexpr unsigned threads = 2;
  static constexpr bool is_large = true;
  all_destroyed<Engine> balance;
  hand_kind::queue<Engine> queue{hand_kind::config(1)};
  unsigned key = hand_kind::key_from_bucket_0(queue);

  void before() {
    for (int i = 0; i < 2; ++i)
      Engine::check(queue.try_push(key, counted(i)) == push_status::ok, "there are two places");
  }
  void thread(unsigned index) {
    if (index == 0) {
      counted mine(7);
      const push_status status = queue.push(key, std::move(mine));
      Engine::check(status == (Closes ? push_status::closed : push_status::ok), "a push without limit ends so");
      if (Closes) Engine::check(mine.value == 7, "what is refused keeps its value");
    } else if (Closes) {
      queue.close();
    } else {
      counted out(0);
      Engine::check(queue.try_pop(out) == pop_status::ok, "two are there");
    }
  }
  void after() {
    counted out(0);
    for (int i = 0; i < 2; ++i) Engine::check(queue.try_pop(out) == pop_status::ok, "two are inside");
    Engine::check(queue.try_pop(out) == (Closes ? pop_status::closed : pop_status::empty), "and no more");
  }
};

/// Two producers with the same hand wait, and two elements leave: nobody's wake is taken by the other for good.
template <class Engine>
struct two_with_one_hand {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  all_destroyed<Engine> balance;
  hand_kind::queue<Engine> queue{hand_kind::config(1)};
  unsigned key = hand_kind::key_from_bucket_0(queue);

  void before() {
    for (int i = 0; i < 2; ++i)
      Engine::check(queue.try_push(key, counted(i)) == push_status::ok, "there are two places");
  }
  void thread(unsigned index) {
    if (index < 2) {
      Engine::check(queue.push(key, counted(7)) == push_status::ok, "a push without limit ends with ok");
      return;
    }
    counted out(0);
    for (int i = 0; i < 2; ++i) Engine::check(queue.try_pop(out) == pop_status::ok, "two are there");
  }
  void after() {
    counted out(0);
    for (int i = 0; i < 2; ++i) Engine::check(queue.try_pop(out) == pop_status::ok, "both are inside");
  }
};

template <class Engine, class Kind, class Visit>
void for_each_waiting_lanes_client(const std::string& kind, Visit& visit) {
  visit.template operator()<both_lanes_drain<Engine, Kind>>(kind + ".both_lanes_drain");
  visit.template operator()<one_lane_drains<Engine, Kind>>(kind + ".one_lane_drains");
  visit.template operator()<lanes_close_tells<Engine, Kind>>(kind + ".close_tells");
}

}  // namespace tidegate::model
