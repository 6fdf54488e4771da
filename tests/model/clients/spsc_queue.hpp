// spsc_queue.hpp: clients of spsc_queue: nobody sleeps past what it waits for, whatever ends the wait.
//
// The kinds differ in layout, in how a thread waits and in the fences beneath. A queue that parks at once is explored
// with every interleaving of its sleep; one that spins a little first shows that the way there is right, too.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "tests/model/clients/elements.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::model {

template <class Element, ring_layout Layout, wait_kind Wait>
struct queue_kind {
  using element = Element;
  static constexpr queue_options options{
      .wait = Wait, .stats = stats_kind::off, .ring = {.layout = Layout, .check_roles = false}};
  template <class Engine>
  using queue = spsc_queue<Element, options, typename Engine::sync>;

  [[nodiscard]] static queue_config config(std::size_t capacity) {
    queue_config made;
    made.capacity = capacity;
    made.budget = {.spins = 1, .yields = 1};
    made.offer_for = std::chrono::microseconds(500);
    return made;
  }
};
using parking_indexed = queue_kind<counted, ring_layout::indexed, wait_kind::park>;
using parking_packed = queue_kind<wide, ring_layout::packed, wait_kind::park>;
using spinning_first = queue_kind<wide, ring_layout::packed, wait_kind::spin_park>;
using yielding = queue_kind<wide, ring_layout::packed, wait_kind::spin_yield>;

/// How an element is moved: by a call for one, a call for many, or in place.
enum class single_move : std::uint8_t { tried, bulk, in_place };

/// Both sides wait: three elements through one slot.
template <class Engine, class Kind>
struct both_sides_wait {
  static constexpr unsigned threads = 2;
  static constexpr int count = 3;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() {}
  void thread(unsigned index) {
    for (int i = 1; i <= count; ++i) {
      typename Kind::element element{i};
      if (index == 0) {
        Engine::check(queue.push(std::move(element)) == push_status::ok, "a push without limit ends with ok");
      } else {
        Engine::check(queue.pop(element) == pop_status::ok, "a pop without limit ends with ok");
        Engine::check(element.value == i, "elements come out in the order of their pushes");
      }
    }
  }
  void after() {}
};

/// The producer closes while the consumer waits or is on its way to sleep.
template <class Engine, class Kind>
struct close_wakes_the_consumer {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"closed after the element"};
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(2)};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room");
      queue.close();
    } else {
      typename Kind::element out{0};
      Engine::check(queue.pop(out) == pop_status::ok && out.value == 1, "what was accepted is delivered");
      Engine::check(queue.pop(out) == pop_status::closed, "then the queue has ended");
      Engine::reached("closed after the element");
    }
  }
  void after() {}
};

/// A third thread closes; the producer waits for room that never comes.
template <class Engine, class Kind>
struct close_wakes_the_producer {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() { Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    if (index == 1) return queue.close();
    typename Kind::element element{2};
    Engine::check(queue.push(std::move(element)) == push_status::closed, "nobody makes room, so it ends by the close");
    Engine::check(element.value == 2, "what was not accepted is untouched");
  }
  void after() {}
};

/// A pop with a deadline against a push: the element is popped, or it is still there.
template <class Engine, class Kind>
struct timeout_races_with_push {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"timed out", "in time"};
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};
  bool popped = false;

  void before() {}
  void thread(unsigned index) {
    typename Kind::element element{1};
    if (index == 0) {
      Engine::check(queue.push(std::move(element)) == push_status::ok, "there is room");
      return;
    }
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    const pop_status status = queue.pop_until(element, until);
    popped = status == pop_status::ok;
    Engine::reached(popped ? "in time" : "timed out");
    const bool late = status == pop_status::timed_out && Engine::sync::now() >= until;
    Engine::check(popped || late, "a wait does not end before its deadline");
  }
  void after() {
    typename Kind::element rest{0};
    Engine::check((queue.try_pop(rest) == pop_status::ok) != popped, "the element comes out exactly once");
  }
};

/// A push with a deadline against a pop: accepted and popped, or neither.
template <class Engine, class Kind>
struct timeout_races_with_pop {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"timed out", "in time"};
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};
  bool pushed = false;

  void before() { Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    typename Kind::element element{2};
    if (index == 1) {
      Engine::check(queue.pop(element) == pop_status::ok && element.value == 1, "the first element is there");
      return;
    }
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    pushed = queue.push_until(std::move(element), until) == push_status::ok;
    Engine::reached(pushed ? "in time" : "timed out");
    Engine::check(pushed || (element.value == 2 && Engine::sync::now() >= until), "refused: untouched, and not early");
  }
  void after() {
    typename Kind::element rest{0};
    Engine::check((queue.try_pop(rest) == pop_status::ok) == pushed, "what was accepted is there");
  }
};

/// A request to stop ends a wait, whenever it comes. The token itself is not modelled: it takes no steps.
template <class Engine, class Kind>
struct stop_ends_the_wait {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};
  std::stop_source source;
  unsigned call = 0;

  void before() {
    call = Engine::choose(3);
    const bool fills = call == 2;
    if (fills) Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    if (index == 1) {
      source.request_stop();
      return;
    }
    typename Kind::element element{2};
    const auto never = deadline::never().when();
    if (call == 0) {
      Engine::check(queue.pop(element, source.get_token()) == pop_status::cancelled, "nothing else ends it");
    } else if (call == 1) {
      Engine::check(queue.pop_n_until(&element, 1, never, source.get_token()) == 0, "nothing else ends it");
    } else {
      const push_status status = queue.push(std::move(element), source.get_token());
      Engine::check(status == push_status::cancelled && element.value == 2, "nothing else ends it");
    }
  }
  void after() {}
};

/// A third thread waits until everything is out, beside a producer that waits for room at the same place.
template <class Engine, class Kind, single_move By, std::size_t Capacity>
struct drain_is_waited_for {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr int count = static_cast<int>(Capacity) + 1;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(Capacity)};

  void before() {
    for (int i = 1; i < count; ++i) {
      Engine::check(queue.try_push(typename Kind::element{i}) == push_status::ok, "there is room");
    }
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(queue.push(typename Kind::element{count}) == push_status::ok, "room comes");
    } else if (index == 1) {
      for (int i = 1; i <= count; ++i) take(i);
    } else {
      const std::uint64_t pushed = queue.stats().pushed;
      Engine::check(queue.wait_drained(deadline::never().when()), "it waits without limit");
      Engine::check(queue.stats().popped >= pushed, "what was accepted before the call has left");
    }
  }
  void after() {}

 private:
  void take(int expected) {
    typename Kind::element out{0};
    if (By == single_move::tried) {
      Engine::check(queue.pop(out) == pop_status::ok && out.value == expected, "all come out in order");
    } else if (By == single_move::bulk) {
      Engine::check(queue.pop_n_until(&out, 1, deadline::never().when()) == 1, "it waits without limit");
    } else {
      for (bool taken = false; !taken;) {
        auto peek = queue.try_peek(1);
        taken = peek.count() == 1;
        if (taken) peek.release(1);
        if (!taken) Engine::pause();
      }
    }
  }
};

/// A close wakes everybody who waits at one place: the producer for room, a third thread for the drain.
template <class Engine, class Kind>
struct close_wakes_all {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() { Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(queue.push(typename Kind::element{2}) == push_status::closed, "nobody makes room");
    } else if (index == 1) {
      queue.close();
    } else {
      const auto until = Engine::sync::now() + std::chrono::milliseconds(5);
      Engine::check(!queue.wait_drained(until), "nobody takes anything out");
    }
  }
  void after() {}
};

/// A bulk pop ends by the close.
template <class Engine, class Kind>
struct close_ends_a_bulk_pop {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) return queue.close();
    typename Kind::element out{0};
    Engine::check(queue.pop_n_until(&out, 1, deadline::never().when()) == 0, "nothing comes");
    Engine::check(queue.ended(), "it ended by the close");
  }
  void after() {}
};

/// Many at once: each call moves what it can, and wakes the other side for it.
template <class Engine, class Kind>
struct bulk_calls_wake {
  static constexpr unsigned threads = 2;
  static constexpr int count = 3;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(2)};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      typename Kind::element elements[] = {typename Kind::element{1}, typename Kind::element{2}};
      const std::size_t pushed = queue.try_push_n(elements, 2);
      Engine::check(pushed == 2, "there is room for two");
      Engine::check(queue.push(typename Kind::element{3}) == push_status::ok, "room comes");
      return;
    }
    typename Kind::element out[] = {typename Kind::element{0}, typename Kind::element{0}};
    for (int seen = 0; seen < count;) {
      const std::size_t popped = queue.pop_n_until(out, 2, deadline::never().when());
      Engine::check(popped != 0, "it waits without limit");
      for (std::size_t i = 0; i < popped; ++i) Engine::check(out[i].value == ++seen, "in order");
    }
  }
  void after() {}
};

/// The consumer waits; the producer has a call of its own that does not.
template <class Engine, class Kind, single_move By>
struct push_wakes {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() {}
  void thread(unsigned index) {
    typename Kind::element element{1};
    if (index == 1) {
      Engine::check(queue.pop(element) == pop_status::ok && element.value == 1, "the element comes");
    } else if constexpr (By == single_move::tried) {
      Engine::check(queue.try_push(std::move(element)) == push_status::ok, "there is room");
    } else if constexpr (By == single_move::bulk) {
      Engine::check(queue.try_push_n(&element, 1) == 1, "there is room");
    } else {
      auto claim = queue.try_claim(1);
      Engine::check(claim.count() == 1, "there is room");
      claim.emplace(std::move(element));
      claim.publish(1);
    }
  }
  void after() {}
};

/// The producer waits for room; the consumer has a call of its own that does not.
template <class Engine, class Kind, single_move By>
struct pop_wakes {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() { Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    typename Kind::element element{2};
    if (index == 0) {
      Engine::check(queue.push(std::move(element)) == push_status::ok, "room comes");
    } else if constexpr (By == single_move::tried) {
      Engine::check(queue.try_consume([](auto&&) noexcept {}) == pop_status::ok, "one is there");
    } else if constexpr (By == single_move::bulk) {
      Engine::check(queue.try_pop_n(&element, 1) == 1, "one is there");
    } else {
      auto peek = queue.try_peek(1);
      Engine::check(peek.count() == 1 && peek[0].value == 1, "one is there");
      peek.release(1);
    }
  }
  void after() {}
};

/// Nobody comes: a wait with a deadline ends by it, at its time, also one that never sleeps.
template <class Engine, class Kind>
struct nothing_comes {
  static constexpr unsigned threads = 2;
  static constexpr auto patience = std::chrono::microseconds(500);
  typename Kind::template queue<Engine> queue{Kind::config(1)};
  unsigned call = 0;

  void before() {
    call = Engine::choose(6);
    const bool fills = call >= 3;
    if (fills) Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room");
  }
  void thread(unsigned index) {
    if (index == 1) return static_cast<void>(queue.depth_hint());
    const auto until = Engine::sync::now() + patience;
    Engine::check(times_out(until), "nothing else can end it");
    Engine::check(Engine::sync::now() >= until, "a wait does not end before its deadline");
    Engine::check(Engine::sync::now() <= until + std::chrono::milliseconds(1), "nor long after it");
  }
  void after() {}

 private:
  [[nodiscard]] bool times_out(deadline::time_point until) {
    typename Kind::element element{2};
    switch (call) {
      case 0: return queue.pop_until(element, until) == pop_status::timed_out;
      case 1: return queue.pop_for(element, patience) == pop_status::timed_out;
      case 2: return queue.pop_n_until(&element, 1, until) == 0;
      case 3: return queue.push_for(std::move(element), patience) == push_status::timed_out;
      case 4: return queue.offer(std::move(element)) == push_status::timed_out;
      default: return !queue.wait_drained(until);
    }
  }
};

/// offer() of a queue that blocks waits as push() does.
template <class Engine, class Kind>
struct offer_waits {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"accepted", "timed out"};
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() { Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    if (index == 1) {
      Engine::check(queue.try_consume([](auto&&) noexcept {}) == pop_status::ok, "one is there");
      return;
    }
    const push_status status = queue.offer(typename Kind::element{2});
    Engine::check(status == push_status::ok || status == push_status::timed_out, "it waits");
    Engine::reached(status == push_status::ok ? "accepted" : "timed out");
  }
  void after() {}
};

/// A consumer's callback that throws has consumed its element: the producer wakes for its slot.
template <class Engine, class Kind>
struct throwing_consumer_wakes {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"thrown"};
  typename Kind::template queue<Engine> queue{Kind::config(1)};

  void before() { Engine::check(queue.try_push(typename Kind::element{1}) == push_status::ok, "there is room"); }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(queue.push(typename Kind::element{2}) == push_status::ok, "room comes");
      return;
    }
    try {
      static_cast<void>(queue.try_consume([](auto&&) { throw 1; }));
    } catch (int) {
      Engine::reached("thrown");
    }
  }
  void after() {}
};

/// Calls `visit.operator()<Client>(name)` for the clients of one kind.
template <class Engine, class Kind, class Visit>
void for_each_spsc_queue_client_of(const std::string& kind, Visit& visit) {
  visit.template operator()<both_sides_wait<Engine, Kind>>(kind + ".both_sides_wait");
  visit.template operator()<close_wakes_the_consumer<Engine, Kind>>(kind + ".close_wakes_the_consumer");
  visit.template operator()<close_wakes_the_producer<Engine, Kind>>(kind + ".close_wakes_the_producer");
  visit.template operator()<stop_ends_the_wait<Engine, Kind>>(kind + ".stop_ends_the_wait");
  visit.template operator()<drain_is_waited_for<Engine, Kind, single_move::tried, 1>>(kind + ".drain_of_pops");
  visit.template operator()<drain_is_waited_for<Engine, Kind, single_move::bulk, 1>>(kind + ".drain_of_bulk_pops");
  visit.template operator()<drain_is_waited_for<Engine, Kind, single_move::in_place, 1>>(kind + ".drain_of_peeks");
  visit.template operator()<close_wakes_all<Engine, Kind>>(kind + ".close_wakes_all");
  visit.template operator()<close_ends_a_bulk_pop<Engine, Kind>>(kind + ".close_ends_a_bulk_pop");
  visit.template operator()<bulk_calls_wake<Engine, Kind>>(kind + ".bulk_calls_wake");
  visit.template operator()<push_wakes<Engine, Kind, single_move::tried>>(kind + ".push_wakes_tried");
  visit.template operator()<push_wakes<Engine, Kind, single_move::bulk>>(kind + ".push_wakes_bulk");
  visit.template operator()<push_wakes<Engine, Kind, single_move::in_place>>(kind + ".push_wakes_in_place");
  visit.template operator()<pop_wakes<Engine, Kind, single_move::tried>>(kind + ".pop_wakes_tried");
  visit.template operator()<pop_wakes<Engine, Kind, single_move::bulk>>(kind + ".pop_wakes_bulk");
  visit.template operator()<pop_wakes<Engine, Kind, single_move::in_place>>(kind + ".pop_wakes_in_place");
  visit.template operator()<nothing_comes<Engine, Kind>>(kind + ".nothing_comes");
  visit.template operator()<throwing_consumer_wakes<Engine, Kind>>(kind + ".throwing_consumer_wakes");
}

/// For those whose waits end in sleep.
template <class Engine, class Kind, class Visit>
void for_each_timed_client_of(const std::string& kind, Visit& visit) {
  visit.template operator()<timeout_races_with_push<Engine, Kind>>(kind + ".timeout_races_with_push");
  visit.template operator()<timeout_races_with_pop<Engine, Kind>>(kind + ".timeout_races_with_pop");
  visit.template operator()<offer_waits<Engine, Kind>>(kind + ".offer_waits");
}

/// Every kind, with the fences of `Engine`.
template <class Engine, class Visit>
void for_each_spsc_queue_client(const std::string& fences, Visit visit) {
  for_each_spsc_queue_client_of<Engine, parking_indexed>("queue_indexed" + fences, visit);
  for_each_timed_client_of<Engine, parking_indexed>("queue_indexed" + fences, visit);
  for_each_spsc_queue_client_of<Engine, parking_packed>("queue_packed" + fences, visit);
  for_each_timed_client_of<Engine, parking_packed>("queue_packed" + fences, visit);
  visit.template operator()<drain_is_waited_for<Engine, parking_packed, single_move::tried, 2>>(
      "queue_packed" + fences + ".drain_of_two");
}

}  // namespace tidegate::model
