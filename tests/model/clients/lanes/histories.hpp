// histories.hpp: every thread plays its part of a script on a lane_queue of two lanes; all answers together are those
// of two bounded FIFOs, of which a pop takes from any, with one end.
//
// A part is a string, a character a call:
//   a b  try_push of the next value into lane 0 or 1     A B  push of it, which waits
//   o    try_pop    O  pop, which waits    w  pop_ready()
//   v u  push_ready() of lane 0 or 1       c  close()    ?    closed()
// The consumer is the last thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/linearizability/lanes_fifo.hpp"
#include "tests/model/clients/call_record.hpp"
#include "tests/model/clients/lanes/support.hpp"

namespace tidegate::model {

/// The parts of up to three threads. `lead` is played before.
struct lanes_script {
  std::size_t capacity;
  std::array<char[8], 3> parts;
  unsigned count = 3;
  char lead[8] = "";

  [[nodiscard]] constexpr bool plays(std::string_view calls) const noexcept {
    for (unsigned i = 0; i < count; ++i) {
      if (std::string_view(parts[i]).find_first_of(calls) != std::string_view::npos) return true;
    }
    return false;
  }
};

template <class Engine, class Kind, lanes_script Script>
struct lanes_history {
  static constexpr unsigned threads = Script.count;
  static constexpr unsigned consumer = threads - 1;
  static constexpr bool waits = Script.plays("ABO");
  static constexpr unsigned may_freeze = waits ? 0 : (1U << consumer) - 1;  // who waits for a stopped thread waits
  static constexpr bool is_large = true;
  using queue_type = typename Kind::template queue<Engine>;

  void before() {
    for (const char call : std::string_view(Script.lead)) play(call);
  }
  void thread(unsigned index) {
    for (const char call : std::string_view(Script.parts[index])) play(call);
  }
  void after() {
    while (pop(false) == pop_status::ok) {
    }
    calls.judge({.capacity = Script.capacity, .failures = Kind::failures});
    if (Engine::frozen()) return Engine::bury_frozen();
    Engine::check(queue.stats().depth == 0, "everything has come out");
  }

 private:
  void play(char call) {
    if (call == 'a' || call == 'A') push(0, call == 'A');
    if (call == 'b' || call == 'B') push(1, call == 'B');
    if (call == 'o' || call == 'O') static_cast<void>(pop(call == 'O'));
    if (call == 'w') look();
    if (call == 'v' || call == 'u') look_for_room(call == 'v' ? 0 : 1);
    if (call == 'c') close();
    if (call == '?') ask();
  }

  [[nodiscard]] unsigned next_value(std::size_t lane) {
    const unsigned thread = Engine::thread();
    return static_cast<unsigned>(100 * (lane + 1)) + 10 * thread + used_[thread]++;
  }
  void push(std::size_t lane, bool waiting) {
    const unsigned value = next_value(lane);
    calls.note(test::operation::pending(test::operation_kind::push, Engine::thread(), value),
               {waiting ? 400U : 120U, "steps of a push"}, [&] {
                 counted given(static_cast<int>(value));
                 const push_status status =
                     waiting ? queue.push(lane, std::move(given)) : queue.try_push(lane, std::move(given));
                 if (!accepted(status)) Engine::check(number_in(given) == value, "what is refused keeps its value");
                 return test::operation::push(Engine::thread(), value, status);
               });
  }
  pop_status pop(bool waiting) {
    pop_status status = pop_status::empty;
    calls.note(test::operation::pending(test::operation_kind::pop, Engine::thread()),
               {waiting ? 600U : 300U, "steps of a pop"}, [&] {
                 counted out(0);
                 std::size_t lane = 0;
                 status = waiting ? queue.pop(out, lane) : queue.try_pop(out, lane);
                 if (status == pop_status::ok)
                   Engine::check(number_in(out) / 100 == lane + 1, "an element comes with its lane");
                 return test::operation::pop(Engine::thread(), status, status == pop_status::ok ? number_in(out) : 0);
               });
    return status;
  }
  void close() {
    calls.note(test::operation::pending(test::operation_kind::close, Engine::thread()), {200, "steps of a close"}, [&] {
      queue.close();
      return test::operation::close(Engine::thread());
    });
  }
  void ask() {
    test::operation unsaid = test::operation::push(Engine::thread(), 0, push_status::cancelled);
    calls.note(unsaid, {10, "steps of closed()"}, [&] {
      return queue.closed() ? test::operation::push(Engine::thread(), 0, push_status::closed) : unsaid;
    });
  }
  /// `false` is what a pop that is told `empty`, or a push that is told `full`, knows.
  void look() {
    test::operation unsaid = test::operation::pop(Engine::thread(), pop_status::cancelled);
    calls.note(unsaid, {60, "steps of a look"},
               [&] { return queue.pop_ready() ? unsaid : test::operation::pop(Engine::thread(), pop_status::empty); });
  }
  void look_for_room(std::size_t lane) {
    test::operation unsaid = test::operation::push(Engine::thread(), 0, push_status::cancelled);
    calls.note(unsaid, {60, "steps of a look"}, [&] {
      const unsigned any_value = static_cast<unsigned>(100 * (lane + 1)) + 99;
      return queue.push_ready(lane) ? unsaid : test::operation::push(Engine::thread(), any_value, push_status::full);
    });
  }

  all_destroyed<Engine> balance;
  queue_type queue{Kind::config(Script.capacity)};
  call_record<Engine, test::lanes_fifo> calls{120};
  std::array<unsigned, 8> used_{};
};

/// One producer.
template <class Engine, class Kind, class Visit>
void for_each_short_lanes_history(const std::string& kind, Visit& visit) {
  const auto with = [&]<lanes_script Script>(const char* name) {
    visit.template operator()<lanes_history<Engine, Kind, Script>>(kind + "." + name);
  };
  with.template operator()<lanes_script{1, {"ab", "oo"}, 2}>("both_lanes");
  with.template operator()<lanes_script{1, {"aab", "oo"}, 2, "b"}>("one_is_full");
  with.template operator()<lanes_script{2, {"abv", "owoo"}, 2, "ab"}>("behind_others");
  with.template operator()<lanes_script{1, {"vau", "wow"}, 2, "b"}>("looks");
  with.template operator()<lanes_script{1, {"abc", "ooo"}, 2}>("closed_by_producer");
  with.template operator()<lanes_script{1, {"ab", "OO"}, 2}>("consumer_waits");
  with.template operator()<lanes_script{1, {"ABA", "OOO"}, 2}>("both_wait");
}

/// Several producers, or one who closes beside them.
template <class Engine, class Kind, class Visit>
void for_each_long_lanes_history(const std::string& kind, Visit& visit) {
  const auto with = [&]<lanes_script Script>(const char* name) {
    visit.template operator()<lanes_history<Engine, Kind, Script>>(kind + "." + name);
  };
  with.template operator()<lanes_script{1, {"a", "b", "oo"}}>("a_producer_each");
  with.template operator()<lanes_script{1, {"ab", "ba", "oo"}}>("crosswise");
  with.template operator()<lanes_script{1, {"ab", "oco"}, 2}>("closed_by_consumer");
  with.template operator()<lanes_script{1, {"ab", "c", "oo"}}>("closed_by_a_third");
  with.template operator()<lanes_script{1, {"ba", "c", "oo"}, 3, "a"}>("closed_and_full");
  with.template operator()<lanes_script{1, {"b?a", "c", "o"}}>("closed_and_asked");
  with.template operator()<lanes_script{1, {"au", "c", "w"}, 3, "b"}>("closed_and_looked_for_room");
  with.template operator()<lanes_script{1, {"?", "c", "?w"}}>("closed_and_looked_at");
  with.template operator()<lanes_script{1, {"a", "b", "OO"}}>("consumer_waits_for_two");
  with.template operator()<lanes_script{1, {"A", "c", "OO"}}>("close_wakes_the_consumer");
  with.template operator()<lanes_script{1, {"A", "c", "w"}, 3, "a"}>("close_wakes_the_producer");
}

/// A producer waits in each lane.
template <class Engine, class Kind>
using two_producers_wait = lanes_history<Engine, Kind, lanes_script{1, {"A", "B", "OOO"}, 3, "ab"}>;

}  // namespace tidegate::model
