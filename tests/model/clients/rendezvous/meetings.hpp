// meetings.hpp: clients of rendezvous. Every thread plays its part of a script; whoever waits is found by who comes.
//
// A part is a string, a character a call:
//   p  push, which must succeed         o  pop, which must succeed
//   t  try_push                         u  try_pop
//   P  try_push until it succeeds       O  try_pop until it succeeds
//   d  push with a deadline             e  pop with a deadline
//   s  push that may be closed          r  pop that may be closed
//   c  close                            w  pop_ready() and push_ready()
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

#include "tests/model/clients/rendezvous/support.hpp"
#include "tidegate/ring/detail/meeting/meeting.hpp"

namespace tidegate::model {

struct meeting_script {
  std::array<char[4], 4> parts;
  unsigned count;
};

/// Plays any script on one kind: compiled once for the kind.
template <class Engine, class Kind>
class meeting_player {
 public:
  explicit meeting_player(const meeting_script& played) : script_(played) {}

  void before() {}
  void thread(unsigned index) {
    unsigned value = 2 * index + 1;
    for (const char call : std::string_view(script_.parts[index])) play(call, value++);
  }
  void after() {
    all.judge();
    Engine::check(!place.pop_ready() || place.closed(), "nobody offers any more");
    Engine::check(!place.push_ready() || place.closed(), "nobody asks any more");
  }

 private:
  void play(char call, unsigned value) {
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    if (call == 'p') Engine::check(push(value) == push_status::ok, "a consumer comes");
    if (call == 'o') Engine::check(pop() == pop_status::ok, "a producer comes");
    if (call == 't') static_cast<void>(try_push(value));
    if (call == 'u') static_cast<void>(try_pop());
    if (call == 'P')
      while (try_push(value) != push_status::ok) Engine::pause();
    if (call == 'O')
      while (try_pop() != pop_status::ok) Engine::pause();
    if (call == 'd') {
      const push_status status =
          all.push(value, [&](counted&& given) { return place.push_until(std::move(given), until); });
      const bool late = status == push_status::timed_out && Engine::sync::now() >= until;
      Engine::check(status == push_status::ok || late, "a wait does not end before its deadline");
    }
    if (call == 'e') {
      const pop_status status = all.pop([&](counted& out) { return place.pop_until(out, until); });
      const bool late = status == pop_status::timed_out && Engine::sync::now() >= until;
      Engine::check(status == pop_status::ok || late, "a wait does not end before its deadline");
    }
    if (call == 's') told(push(value) == push_status::closed);
    if (call == 'r') told(pop() == pop_status::closed);
    if (call == 'c') place.close();
    if (call == 'w') static_cast<void>(place.pop_ready() && place.push_ready());
  }
  void told(bool of_the_close) {
    if (of_the_close) Engine::check(place.closed(), "closed, and does not say so");
  }

  push_status push(unsigned value) {
    return all.push(value, [&](counted&& given) { return place.push(std::move(given)); });
  }
  pop_status pop() {
    return all.pop([&](counted& out) { return place.pop(out); });
  }
  push_status try_push(unsigned value) {
    const unsigned before = Engine::steps();
    const push_status status = all.push(value, [&](counted&& given) { return place.try_push(std::move(given)); });
    Engine::measure("steps of try_push", Engine::steps() - before);
    return status;
  }
  pop_status try_pop() {
    const unsigned before = Engine::steps();
    const pop_status status = all.pop([&](counted& out) { return place.try_pop(out); });
    Engine::measure("steps of try_pop", Engine::steps() - before);
    return status;
  }

  const meeting_script& script_;
  all_destroyed<Engine> balance;
  receipts<Engine> all;
  typename Kind::template place<Engine> place{Kind::config()};
};

/// The client of one script.
template <class Engine, class Kind, meeting_script Script>
struct plays_meetings : meeting_player<Engine, Kind> {
  static constexpr unsigned threads = Script.count;
  static constexpr bool is_large = true;
  static constexpr meeting_script played = Script;
  plays_meetings() : meeting_player<Engine, Kind>(played) {}
};

/// One thread is stopped for ever anywhere in its call; two others meet all the same.
template <class Engine, char Stopped>
struct meets_beside_a_stopped_thread {
  static constexpr unsigned threads = 3;
  static constexpr unsigned may_freeze = 0b001;
  static constexpr bool is_large = true;
  using kind = meeting_kind<2, 2>;

  void before() {}
  void thread(unsigned index) {
    if (index == 0) return stopped();
    index == 1 ? produce() : consume();
  }
  void after() { Engine::check(arrived, "the others have met"); }

 private:
  void stopped() {
    if (Stopped == 't') static_cast<void>(all.push(5, [&](counted&& c) { return place.try_push(std::move(c)); }));
    if (Stopped == 'u') static_cast<void>(all.pop([&](counted& out) { return place.try_pop(out); }));
    const auto until = Engine::sync::now() + patience;
    if (Stopped == 'd')
      static_cast<void>(all.push(5, [&](counted&& c) { return place.push_until(std::move(c), until); }));
    if (Stopped == 'e') static_cast<void>(all.pop([&](counted& out) { return place.pop_until(out, until); }));
  }
  /// The stopped thread can take one element, and leave its producer asleep until the deadline; two are enough.
  void produce() {
    for (unsigned value = 1; value <= 2 && done.load(order::acquire) == 0;) {
      const push_status status =
          all.push(value, [&](counted&& given) { return place.push_for(std::move(given), patience); });
      if (status == push_status::ok) ++value;
    }
  }
  void consume() {
    for (bool came = false; !came;) {
      counted out(0);
      came = place.pop_for(out, patience) == pop_status::ok && number_in(out) != 5;
    }
    arrived = true;
    done.store(1, order::release);
  }
  static constexpr auto patience = std::chrono::microseconds(500);

  all_destroyed<Engine> balance;
  receipts<Engine> all;
  bool arrived = false;
  typename Engine::sync::template atomic<unsigned> done{0};
  typename kind::template place<Engine> place{kind::config()};
};

/// A thread that is stopped between its exchange and the wake: the next call at the place, of either side, wakes its
/// partner. Nobody has a deadline.
template <class Engine, bool ProducerStops>
struct meeting_wake_is_caught_up {
  static constexpr unsigned threads = 3;
  static constexpr unsigned may_freeze = 0b010;
  static constexpr std::array probes{"the first exchange"};
  static constexpr bool is_large = true;
  using kind = meeting_kind<2, 2>;

  void before() {}
  void thread(unsigned index) {
    if (index == 0) return ProducerStops ? consume() : produce();
    if (index == 1) return stopped();
    if (ProducerStops) return Engine::check(push(1) == push_status::ok, "the consumer comes again");
    Engine::check(pop() != 0, "the producer comes again");
    place.close();
  }
  void after() {}

 private:
  void stopped() {
    counted element(5);
    if (ProducerStops) return static_cast<void>(place.try_push(std::move(element)));
    static_cast<void>(place.try_pop(element));
  }
  void consume() {
    while (pop() == 5) Engine::reached("the first exchange");
  }
  void produce() {
    for (unsigned value = 1; value <= 2; ++value) {
      if (push(value) == push_status::ok) Engine::reached("the first exchange");
    }
  }
  push_status push(unsigned value) { return place.push(counted(static_cast<int>(value))); }
  unsigned pop() {
    counted out(0);
    Engine::check(place.pop(out) == pop_status::ok, "a producer comes");
    return number_in(out);
  }

  all_destroyed<Engine> balance;
  typename kind::template place<Engine> place{kind::config()};
};

/// Tells when a thread falls asleep.
struct announcing_sync : model_sync {
  static inline model_atomic<unsigned>* sleeps = nullptr;
  static futex_outcome futex_wait(const atomic<std::uint64_t>& word, std::uint32_t expected, deadline until,
                                  site at = site::here()) noexcept {
    if (sleeps != nullptr) sleeps->store(1, order::release);  // [announce] pairs with the client's load
    return model_sync::futex_wait(word, expected, until, at);
  }
};

/// Who waits is found by the first one who comes afterwards, and readiness says so.
template <class Engine, bool ProducerWaits>
struct a_sleeper_is_found {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  using kind = meeting_kind<2, 2>;

  void before() { announcing_sync::sleeps = &sleeps; }
  void thread(unsigned index) {
    if (index == 0 && ProducerWaits) {
      Engine::check(place.push(counted(1)) == push_status::ok, "a consumer comes");
    } else if (index == 0) {
      counted out(0);
      Engine::check(place.pop(out) == pop_status::ok && out.value == 1, "a producer comes");
    } else if (index == 1) {
      come();
    } else if (ProducerWaits) {  // comes and goes beside who waits
      static_cast<void>(place.push_until(counted(2), past));
    } else {
      counted out(0);
      if (place.pop_until(out, past) == pop_status::ok) {
        Engine::check(place.push(std::move(out)) == push_status::ok, "the other consumer waits still");
      }
    }
  }
  void after() {}

 private:
  static constexpr auto past = deadline::time_point::min();

  void come() {
    while (sleeps.load(order::acquire) == 0) Engine::pause();
    if (ProducerWaits) {
      Engine::check(place.pop_ready(), "a producer waits");
      counted out(0);
      Engine::check(place.try_pop(out) == pop_status::ok, "a producer waits");
      if (out.value == 2) Engine::check(place.try_pop(out) == pop_status::ok, "the first one waits still");
    } else {
      Engine::check(place.push_ready(), "a consumer waits");
      Engine::check(place.try_push(counted(1)) == push_status::ok, "a consumer waits");
    }
  }

  all_destroyed<Engine> balance;
  model_atomic<unsigned> sleeps{0};
  typename kind::template place<Engine> place{kind::config()};
};

/// A request to stop ends a wait, whenever it comes.
template <class Engine>
struct meeting_stop_ends_the_wait {
  static constexpr unsigned threads = 2;
  using kind = meeting_kind<1, 1>;
  bool pushes = false;
  std::stop_source source;

  void before() { pushes = Engine::choose(2) == 1; }
  void thread(unsigned index) {
    if (index == 1) return static_cast<void>(source.request_stop());
    counted element(7);
    if (pushes) {
      Engine::check(place.push(std::move(element), source.get_token()) == push_status::cancelled, "nobody comes");
      Engine::check(element.value == 7, "what is not received keeps its value");
    } else {
      Engine::check(place.pop(element, source.get_token()) == pop_status::cancelled, "nobody comes");
    }
  }
  void after() {}

  all_destroyed<Engine> balance;
  typename kind::template place<Engine> place{kind::config()};
};

/// Whoever is told that it is closed sees what was done before the close.
template <class Engine>
struct meeting_close_tells {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"told", "not told"};
  using kind = meeting_kind<1, 1>;
  unsigned role = 0;

  void before() { role = Engine::choose(3); }
  void thread(unsigned index) {
    if (index == 0) {
      note.set(7);
      return place.close();
    }
    counted element(1);
    const bool told = role == 0   ? place.try_push(std::move(element)) == push_status::closed
                      : role == 1 ? place.try_pop(element) == pop_status::closed
                                  : place.closed();
    Engine::reached(told ? "told" : "not told");
    if (told) Engine::check(note.get() == 7, "what was done before the close is seen by who is told of it");
  }
  void after() {}

  all_destroyed<Engine> balance;
  typename Engine::template variable<int> note;
  typename kind::template place<Engine> place{kind::config()};
};

template <class Engine, class Visit>
void for_each_meeting_client(const std::string& prefix, Visit visit) {
  const auto with = [&]<class Kind, meeting_script Script>(const char* name) {
    visit.template operator()<plays_meetings<Engine, Kind, Script>>(prefix + "." + name);
  };
  using one = meeting_kind<1, 1>;
  using few = meeting_kind<2, 2>;
  using spinning = meeting_kind<1, 1, wait_kind::spin_park>;
  with.template operator()<one, meeting_script{{"p", "o"}, 2}>("both_wait");
  with.template operator()<one, meeting_script{{"pp", "oo"}, 2}>("both_wait_twice");
  with.template operator()<spinning, meeting_script{{"ppp", "ooo"}, 2}>("spinning_first");
  with.template operator()<one, meeting_script{{"t", "u"}, 2}>("both_try");
  with.template operator()<one, meeting_script{{"tt", "uu"}, 2}>("both_try_twice");
  with.template operator()<one, meeting_script{{"p", "O"}, 2}>("found_by_tries_to_pop");
  with.template operator()<one, meeting_script{{"P", "o"}, 2}>("found_by_tries_to_push");
  with.template operator()<one, meeting_script{{"d", "e"}, 2}>("deadlines");
  with.template operator()<one, meeting_script{{"d", "u"}, 2}>("deadline_against_a_try_to_pop");
  with.template operator()<one, meeting_script{{"t", "e"}, 2}>("deadline_against_a_try_to_push");
  with.template operator()<one, meeting_script{{"s", "c"}, 2}>("close_wakes_the_producer");
  with.template operator()<one, meeting_script{{"r", "c"}, 2}>("close_wakes_the_consumer");
  with.template operator()<few, meeting_script{{"s", "r", "c"}, 3}>("close_against_a_meeting");
  with.template operator()<few, meeting_script{{"p", "p", "oo"}, 3}>("two_producers");
  with.template operator()<few, meeting_script{{"pp", "o", "o"}, 3}>("two_consumers");
  with.template operator()<few, meeting_script{{"t", "t", "u"}, 3}>("two_try_to_push");
  with.template operator()<few, meeting_script{{"t", "u", "u"}, 3}>("two_try_to_pop");
  with.template operator()<few, meeting_script{{"t", "t", "u", "u"}, 4}>("four_try");
  with.template operator()<few, meeting_script{{"p", "o", "w"}, 3}>("watched");
  visit.template operator()<meets_beside_a_stopped_thread<Engine, 't'>>(prefix + ".stopped_producer");
  visit.template operator()<meets_beside_a_stopped_thread<Engine, 'u'>>(prefix + ".stopped_consumer");
  visit.template operator()<meets_beside_a_stopped_thread<Engine, 'd'>>(prefix + ".stopped_waiting_producer");
  visit.template operator()<meets_beside_a_stopped_thread<Engine, 'e'>>(prefix + ".stopped_waiting_consumer");
  visit.template operator()<meeting_wake_is_caught_up<Engine, true>>(prefix + ".wake_of_a_stopped_producer");
  visit.template operator()<meeting_wake_is_caught_up<Engine, false>>(prefix + ".wake_of_a_stopped_consumer");
  visit.template operator()<meeting_stop_ends_the_wait<Engine>>(prefix + ".stop_ends_the_wait");
  visit.template operator()<meeting_close_tells<Engine>>(prefix + ".close_tells");
}

/// A producer that is late proposes what was taken already, to the next request in the same seat: an element would come
/// twice if an offer did not name the request that it was given to.
template <class Engine>
struct late_proposal {
  static constexpr unsigned threads = 3;
  using place_type = tidegate::detail::meeting<counted, 1, 1, typename Engine::sync>;
  static constexpr std::array probes{"a seat for the second"};

  void before() {
    asked = place.open_request();
    offered = place.open_offer(counted(1));
  }
  void thread(unsigned index) {
    if (index == 0) found = place.look_for_request(offered, nobody);
    if (index == 1) take(asked);
    if (index == 2) {  // when the first one has left
      const auto mine = place.open_request();
      if (mine) Engine::reached("a seat for the second");
      if (mine) take(mine);
    }
  }
  void after() {
    counted back(0);
    const bool was_left = !found && place.withdraw_offer(offered, back);
    Engine::check(taken + (was_left ? 1 : 0) == 1, "an element is taken once");
  }

 private:
  void take(const typename place_type::place& mine) {
    if (!place.look_for_offer(mine, nobody) && place.withdraw_request(mine, nobody)) return;
    place.consume(mine, [&](counted&& element) noexcept { taken += element.value; });
  }
  static constexpr auto nobody = [](unsigned, unsigned) noexcept {};

  all_destroyed<Engine> balance;
  place_type place;
  typename place_type::place offered;
  typename place_type::place asked;
  bool found = false;
  int taken = 0;
};

template <class Engine, class Visit>
void for_each_late_proposal(Visit visit) {
  visit.template operator()<late_proposal<Engine>>("rendezvous.late_proposal");
}

/// With a policy that tells who sleeps.
template <class Engine, class Visit>
void for_each_sleeper_found(Visit visit) {
  visit.template operator()<a_sleeper_is_found<Engine, true>>("rendezvous.sleeping_producer_is_found");
  visit.template operator()<a_sleeper_is_found<Engine, false>>("rendezvous.sleeping_consumer_is_found");
}

}  // namespace tidegate::model
