// histories.hpp: every thread plays its part of a script on a conflating_queue; all answers together are those of one
// bounded FIFO of keys with their newest values.
//
// A part is a string, a character a call:
//   a b d   try_push (with the old value handed back) of the next value of key 1, 2 or 3
//   A B D   push of it, which waits       o  try_pop      O  pop, which waits
//   c  close    ?  closed()    w  pop_ready(), by the consumer    v  push_ready(), by the producer
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/linearizability/conflating_fifo.hpp"
#include "tests/model/clients/call_record.hpp"
#include "tests/model/clients/elements.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/conflating_queue.hpp"

namespace tidegate::model {

/// The parts of the producer, the consumer, and one who closes. `lead` is played by the first two before.
struct conflating_script {
  std::size_t capacity;
  std::array<char[8], 3> parts;
  unsigned count = 2;
  char lead[12] = "";
};

template <class Engine, conflating_script Script>
struct conflates {
  static constexpr unsigned threads = Script.count;
  static constexpr bool waits = std::string_view(Script.parts[0]).find_first_of("ABD") != std::string_view::npos ||
                                std::string_view(Script.parts[1]).find('O') != std::string_view::npos;
  static constexpr unsigned may_freeze = waits ? 0 : (1U << threads) - 1;  // who waits for a stopped thread waits
  static constexpr bool is_large = threads > 2 || waits;
  using queue_type =
      conflating_queue<unsigned, counted,
                       conflating_options{.wait = wait_kind::park, .stats = stats_kind::off, .check_roles = false},
                       std::hash<unsigned>, std::equal_to<unsigned>, typename Engine::sync>;

  void before() {
    for (const char call : std::string_view(Script.lead)) play(call);
  }
  void thread(unsigned index) {
    for (const char call : std::string_view(Script.parts[index])) play(call);
  }
  void after() {
    if (!Engine::is_frozen(1)) {
      while (pop(false) == pop_status::ok) {
      }
    }
    calls.judge({.capacity = Script.capacity, .failures = test::failure_judgement::each_failure_alone});
    if (Engine::frozen()) return Engine::bury_frozen();
    const queue_stats stats = queue.stats();
    Engine::check(stats.pushed == accepted_pushes && stats.popped == taken, "what was accepted and taken is counted");
    Engine::check(stats.pushed == stats.popped + stats.evicted + stats.depth, "the rest was replaced");
    Engine::check(stats.evicted == told_replaced, "each replaced value is told with its key");
  }

 private:
  void play(char call) {
    if (call == 'a' || call == 'A') push(1, call == 'A');
    if (call == 'b' || call == 'B') push(2, call == 'B');
    if (call == 'd' || call == 'D') push(3, call == 'D');
    if (call == 'o' || call == 'O') static_cast<void>(pop(call == 'O'));
    if (call == 'c') close();
    if (call == '?') ask();
    if (call == 'w') look();
    if (call == 'v') look_for_room();
  }

  void push(unsigned key, bool waiting) {
    const unsigned value = 10 * key + used_[key]++;
    test::operation pending = test::operation::pending(test::operation_kind::push, Engine::thread(), value);
    calls.note(pending, {waiting ? 200U : 30U, "steps of a push"}, [&] {
      unsigned victim = 0;
      counted given(static_cast<int>(value));
      push_status status = push_status::full;
      if (waiting) {
        status = queue.push(key, std::move(given));
      } else {
        status = queue.push_evict(key, std::move(given), [&](counted&& old) noexcept { victim = number_in(old); });
      }
      if (accepted(status)) ++accepted_pushes;
      if (!accepted(status)) Engine::check(number_in(given) == value, "what is refused keeps its value");
      return test::operation::push_evict(Engine::thread(), value, status, victim);
    });
  }
  pop_status pop(bool waiting) {
    pop_status status = pop_status::empty;
    calls.note(test::operation::pending(test::operation_kind::pop, Engine::thread()),
               {waiting ? 200U : 20U, "steps of a pop"}, [&] {
                 unsigned key = 0;
                 counted out(0);
                 status = waiting ? queue.pop(key, out) : queue.try_pop(key, out);
                 if (status == pop_status::ok) {
                   Engine::check(number_in(out) / 10 == key, "a value comes with its key");
                   ++taken;
                   told_replaced += queue.replaced();
                 }
                 return test::operation::pop(Engine::thread(), status, status == pop_status::ok ? number_in(out) : 0);
               });
    return status;
  }
  void close() {
    calls.note(test::operation::pending(test::operation_kind::close, Engine::thread()), {20, "steps of a close"}, [&] {
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
  /// `false` is what a pop that is told `empty`, or the push of a key that is not inside and is told `full`, knows.
  void look() {
    test::operation unsaid = test::operation::pop(Engine::thread(), pop_status::cancelled);
    calls.note(unsaid, {10, "steps of a look"},
               [&] { return queue.pop_ready() ? unsaid : test::operation::pop(Engine::thread(), pop_status::empty); });
  }
  void look_for_room() {
    test::operation unsaid = test::operation::push(Engine::thread(), 0, push_status::cancelled);
    calls.note(unsaid, {10, "steps of a look"}, [&] {
      return queue.push_ready() ? unsaid : test::operation::push(Engine::thread(), 90, push_status::full);
    });
  }

  all_destroyed<Engine> balance;
  queue_type queue{conflating_config{.capacity = Script.capacity}};
  call_record<Engine, test::conflating_fifo> calls{30};
  std::array<unsigned, 4> used_{};
  std::uint64_t accepted_pushes = 0;
  std::uint64_t taken = 0;
  std::uint64_t told_replaced = 0;
};

/// Whoever is told that it is closed sees what was done before the close; what is left inside is destroyed.
template <class Engine>
struct conflating_close_tells {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told", "not told"};
  using queue_type =
      conflating_queue<unsigned, counted, conflating_options{.wait = wait_kind::park, .check_roles = false},
                       std::hash<unsigned>, std::equal_to<unsigned>, typename Engine::sync>;

  void before() {
    role = Engine::choose(3);
    const bool leaves_some = role != 1;
    if (leaves_some) Engine::check(queue.try_push(9, counted(9)) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    if (index == 0) {
      note.set(7);
      return queue.close();
    }
    counted value(1);
    unsigned key = 0;
    const bool told = role == 0   ? queue.try_push(1, std::move(value)) == push_status::closed
                      : role == 1 ? queue.try_pop(key, value) == pop_status::closed
                                  : queue.closed();
    Engine::reached(told ? "told" : "not told");
    if (told) Engine::check(note.get() == 7, "what was done before the close is seen by who is told of it");
  }
  void after() {}

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> note;
  unsigned role = 0;
  queue_type queue{conflating_config{.capacity = 2}};
};

template <class Engine, class Visit>
void for_each_conflating_client(Visit visit) {
  const auto with = [&visit]<conflating_script Script>(const char* name) {
    visit.template operator()<conflates<Engine, Script>>(std::string("conflating.") + name);
  };
  with.template operator()<conflating_script{1, {"aa", "oo"}}>("one_key");
  with.template operator()<conflating_script{1, {"abab", "ooo"}}>("one_place");
  with.template operator()<conflating_script{2, {"abab", "ooo"}}>("two_keys");
  with.template operator()<conflating_script{2, {"aab", "oo"}, 2, "abo"}>("over_the_wrap");
  with.template operator()<conflating_script{2, {"dab", "oo"}, 2, "ab"}>("full_of_others");
  with.template operator()<conflating_script{2, {"baa", "oo"}, 2, "aboo"}>("keys_come_back");
  with.template operator()<conflating_script{2, {"vav", "wow"}, 2, "b"}>("looks");
  with.template operator()<conflating_script{2, {"abca", "oo"}}>("closed_by_producer");
  with.template operator()<conflating_script{1, {"aab", "oco"}}>("closed_by_consumer");
  with.template operator()<conflating_script{1, {"aa", "oo", "c"}, 3}>("closed_by_a_third");
  with.template operator()<conflating_script{2, {"ab", "oo", "c"}, 3, "a"}>("closed_by_a_third_2");
  with.template operator()<conflating_script{1, {"a?", "oo", "c"}, 3}>("closed_and_asked");
  with.template operator()<conflating_script{1, {"ABA", "OOO"}}>("both_wait");
  with.template operator()<conflating_script{2, {"AABD", "OOO"}}>("both_wait_2");
  with.template operator()<conflating_script{1, {"A", "OO", "c"}, 3}>("close_wakes_the_consumer");
  with.template operator()<conflating_script{1, {"BA", "w", "c"}, 3, "a"}>("close_wakes_the_producer");
  visit.template operator()<conflating_close_tells<Engine>>("conflating.close_tells");
}

}  // namespace tidegate::model
