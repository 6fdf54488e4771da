// histories.hpp: every thread plays its part of a script on a latest; all answers together are those of one bounded
// FIFO of capacity 1 whose pushes evict, and the consumer is told exactly how many values it has skipped.
//
// A part is a string, a character a call:
//   e  push_evict of the next value    p  try_emplace of it, where nothing can be inside
//   o  try_pop                         h  try_hold, and a look at what is kept
//   r  release of what is kept         c  close        ?  closed()        w  pop_ready()
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/model/clients/call_record.hpp"
#include "tests/model/clients/elements.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/ring/latest.hpp"

namespace tidegate::model {

/// The parts of the producer, the consumer and others, who only close or ask. `turns`: values that went through before.
struct latest_script {
  std::array<char[8], 4> parts;
  unsigned count = 2;
  unsigned turns = 0;
};

template <class Engine, latest_script Script>
struct latest_plays_a_fifo {
  static constexpr unsigned threads = Script.count;
  static constexpr unsigned may_freeze = (1U << threads) - 1;
  static constexpr bool is_large = threads > 2;
  using element = counted;
  using sync = typename Engine::sync;

  void before() {
    for (unsigned i = 0; i < Script.turns; ++i) {
      static_cast<void>(place.try_push(element(0)));
      static_cast<void>(place.try_consume([](element&&) noexcept {}));
    }
  }
  void thread(unsigned index) {
    for (const char call : std::string_view(Script.parts[index])) play(call);
  }
  void after() {
    if (!Engine::is_frozen(1)) {
      while (pop() == pop_status::ok) {
      }
    }
    calls.judge({.capacity = 1});
    if (Engine::frozen()) return Engine::bury_frozen();
    const std::uint64_t all = place.pushed_hint() - Script.turns;
    Engine::check(all == accepted_pushes, "every accepted push is counted");
    Engine::check(place.popped_hint() - Script.turns == taken, "every value that was taken is counted");
    Engine::check(all == taken + place.evicted_hint() + place.depth_hint(), "the rest was replaced");
  }

 private:
  void play(char call) {
    if (call == 'e') evict();
    if (call == 'p') emplace();
    if (call == 'o') static_cast<void>(pop());
    if (call == 'h') hold();
    if (call == 'r') place.release();
    if (call == 'c') close();
    if (call == '?') ask();
    if (call == 'w') look();
  }

  void evict() {
    test::operation pending = test::operation::pending(test::operation_kind::push, Engine::thread(), next);
    pending.evicts = true;
    calls.note(pending, {10, "steps of a push"}, [&] {
      unsigned victim = 0;
      element given(static_cast<int>(next));
      const push_status status =
          place.push_evict(std::move(given), [&](element&& out) noexcept { victim = number_in(out); });
      if (status == push_status::closed) Engine::check(number_in(given) == next, "what is refused keeps its value");
      const test::operation done = test::operation::push_evict(Engine::thread(), next, status, victim);
      note_accepted(status);
      return done;
    });
  }
  void emplace() {
    calls.note(test::operation::pending(test::operation_kind::push, Engine::thread(), next), {10, "steps of a push"},
               [&] {
                 const push_status status = place.try_emplace(static_cast<int>(next));
                 const test::operation done = test::operation::push(Engine::thread(), next, status);
                 note_accepted(status);
                 return done;
               });
  }
  /// Accepted values are numbered without gaps, so that the consumer can tell what it has missed.
  void note_accepted(push_status status) {
    if (!accepted(status)) return;
    ++accepted_pushes;
    ++next;
  }

  pop_status pop() {
    pop_status status = pop_status::empty;
    note_pop([&] {
      element out(0);
      status = place.try_pop(out);
      return told(status, status == pop_status::ok ? number_in(out) : 0);
    });
    return status;
  }
  void hold() {
    note_pop([&] {
      const pop_status status = place.try_hold();
      return told(status, status == pop_status::ok ? number_in(*place.held()) : 0);
    });
    if (place.held() != nullptr) Engine::check(number_in(*place.held()) == last, "what is kept stays as it is");
  }
  template <class Call>
  void note_pop(Call&& call) {
    calls.note(test::operation::pending(test::operation_kind::pop, Engine::thread()), {6, "steps of a pop"}, call);
  }
  test::operation told(pop_status status, unsigned value) {
    if (status == pop_status::ok) {
      ++taken;
      Engine::check(value == last + place.skipped() + 1, "skipped values are counted exactly");
      last = value;
    }
    return test::operation::pop(Engine::thread(), status, value);
  }

  void close() {
    calls.note(test::operation::pending(test::operation_kind::close, Engine::thread()), {4, "steps of a close"}, [&] {
      place.close();
      return test::operation::close(Engine::thread());
    });
  }
  /// `true` is what a push that is told `closed` knows.
  void ask() {
    test::operation unsaid = test::operation::push(Engine::thread(), 0, push_status::cancelled);
    calls.note(unsaid, {4, "steps of closed()"}, [&] {
      return place.closed() ? test::operation::push(Engine::thread(), 0, push_status::closed) : unsaid;
    });
  }
  /// `false` is what a pop that is told `empty` knows.
  void look() {
    test::operation unsaid = test::operation::pop(Engine::thread(), pop_status::cancelled);
    calls.note(unsaid, {4, "steps of pop_ready()"},
               [&] { return place.pop_ready() ? unsaid : test::operation::pop(Engine::thread(), pop_status::empty); });
  }

 public:
  all_destroyed<Engine> balance;
  latest<element, latest_options{.check_roles = false}, sync> place;
  call_record<Engine> calls{10};
  unsigned next = 1;  // the producer's
  std::uint64_t accepted_pushes = 0;
  std::uint64_t last = 0;  // the consumer's
  std::uint64_t taken = 0;
};

/// Whoever is told that it is closed sees what was done before the close.
template <class Engine>
struct latest_close_tells {
  using sync = typename Engine::sync;
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told the producer", "told the consumer", "told an observer", "not told"};

  void before() { role = Engine::choose(3); }
  void thread(unsigned index) { index == 0 ? close() : ask(); }
  void after() {}

  void close() {
    note.set(7);
    place.close();
  }
  void ask() {
    if (!is_told()) return Engine::reached("not told");
    Engine::reached(probes[role]);
    Engine::check(note.get() == 7, "what was done before the close is seen by who is told of it");
  }
  [[nodiscard]] bool is_told() {
    if (role == 0) return place.try_push(small{1}) == push_status::closed;
    if (role == 1) return place.try_consume([](small&&) noexcept {}) == pop_status::closed;
    return place.closed();
  }

  typename Engine::template variable<int> note;
  unsigned role = 0;
  latest<small, latest_options{.check_roles = false}, sync> place;
};

template <class Engine, class Visit>
void for_each_latest_client(Visit visit) {
  const auto with = [&visit]<latest_script Script>(const char* name) {
    visit.template operator()<latest_plays_a_fifo<Engine, Script>>(std::string("latest.") + name);
  };
  with.template operator()<latest_script{{"eee", "ooo"}}>("one_to_one");
  with.template operator()<latest_script{{"pee", "hoh"}}>("kept_in_place");
  with.template operator()<latest_script{{"ee", "hrh"}}>("released");
  with.template operator()<latest_script{{"eeee", "oo"}, 2, 13}>("number_wraps");
  with.template operator()<latest_script{{"ee", "wo"}}>("looks");
  with.template operator()<latest_script{{"eece", "ooo"}}>("closed_by_producer");
  with.template operator()<latest_script{{"eee", "oco"}}>("closed_by_consumer");
  with.template operator()<latest_script{{"pe", "ooo", "c"}, 3}>("closed_by_a_third");
  with.template operator()<latest_script{{"e", "ooo", "c"}, 3}>("closed_by_a_third_after_one");
  with.template operator()<latest_script{{"pee", "o", "c"}, 3}>("closed_by_a_third_before_two");
  with.template operator()<latest_script{{"ee", "oo", "c?"}, 3}>("closed_and_asked");
  with.template operator()<latest_script{{"e?", "oo", "c"}, 3}>("closed_and_asked_by_producer");
  with.template operator()<latest_script{{"e", "oo", "c", "?w"}, 4}>("closed_and_watched");
  visit.template operator()<latest_close_tells<Engine>>("latest.close_tells");
}

}  // namespace tidegate::model
