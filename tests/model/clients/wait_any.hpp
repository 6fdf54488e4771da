// wait_any.hpp: clients of the wait for several things: no wake is lost, nothing is stranded beside a sleeper, whether
// the kernel waits for many words or all share one event count.
#pragma once

#include <array>
#include <chrono>
#include <span>
#include <string>

#include "tests/model/clients/event_count.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/wait/event_fd.hpp"
#include "tidegate/wait/select.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate::model {

/// A kernel without futex_waitv.
template <class Base>
struct without_waitv : Base {
  [[nodiscard]] static bool waits_for_many() noexcept { return false; }
};

/// A thing, and where to wait for it.
template <class Engine>
struct place_of_things {
  using sync = typename Engine::sync;
  event_count<sync> event;
  things<Engine> all;

  void put() noexcept {
    all.put();
    event.notify();
  }
  [[nodiscard]] wait_source<sync> source() noexcept {
    return {event, *this, [](place_of_things& place) noexcept { return place.all.any(); }};
  }
  /// Waits for this one only.
  [[nodiscard]] bool take_until(deadline when) {
    return event.wait_until([this]() noexcept { return all.take(); }, when);
  }
};

/// Two places, and the event count that all waiters may have in common.
template <class Engine>
struct two_places {
  using sync = typename Engine::sync;
  static constexpr unsigned index_a = 0;
  static constexpr unsigned index_b = 1;

  event_count<sync> common;
  std::array<place_of_things<Engine>, 2> places;

  void before() { sync::template the_common<event_count<sync>> = &common; }
  void after() {}

  /// Waits for both, takes one, and says of which; none_ready after the deadline. Looks at `first` first.
  [[nodiscard]] std::size_t take_any(deadline when, std::size_t first) {
    const std::array<wait_source<sync>, 2> all{places[index_a].source(), places[index_b].source()};
    for (;;) {
      tidegate::detail::wait_for_many<sync> wait(all, first, {});
      const std::size_t found = wait.until(when, {.spins = 0, .yields = 0});
      if (found == none_ready || places[found].all.take()) return found;
    }
  }
};

/// One waits for either, and something comes to the second.
template <class Engine>
struct finds_what_comes : two_places<Engine> {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(this->take_any(deadline::never(), this->index_a) == this->index_b,
                    "it finds the one that is there");
    } else {
      this->places[this->index_b].put();
    }
  }
};

/// Two wait for either, and something comes to each.
template <class Engine>
struct two_wait_for_both : two_places<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  void thread(unsigned index) {
    if (index < 2) {
      Engine::check(this->take_any(deadline::never(), index) != none_ready, "it waits without limit");
    } else {
      for (auto& place : this->places) place.put();
    }
  }
};

/// One waits for either, one for A only. Something comes to B and to A: who is woken by A and takes B passes it on.
template <class Engine>
struct wake_is_passed_on : two_places<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"took what only it waits for", "gave back"};
  void thread(unsigned index) {
    auto& [a, b] = this->places;
    if (index == 2) {
      const std::size_t found = this->take_any(deadline::never(), this->index_b);
      Engine::reached(found == this->index_b ? "took what only it waits for" : "gave back");
      if (found == this->index_a) a.put();
    } else if (index == 0) {
      Engine::check(a.take_until(deadline::never()), "it waits without limit");
    } else {
      a.put();
      b.put();
    }
  }
};

/// The same, and the one that waits for either gives up.
template <class Engine>
struct wake_is_passed_on_by_who_gives_up : two_places<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"gave up"};
  void thread(unsigned index) {
    auto& a = this->places[this->index_a];
    if (index == 0) {
      const auto until = Engine::sync::now() + std::chrono::microseconds(500);
      if (this->take_any(until, this->index_b) == none_ready) {
        Engine::reached("gave up");
      } else {
        a.put();
      }
    } else if (index == 1) {
      Engine::check(a.take_until(deadline::never()), "it waits without limit");
    } else {
      a.put();
    }
  }
};

/// Who waits for either is stopped for ever: of what comes to A, it costs at most one.
template <class Engine>
struct frozen_waiter_for_both : two_places<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  void thread(unsigned index) {
    auto& a = this->places[this->index_a];
    if (index == 0) {
      static_cast<void>(this->take_any(deadline::never(), this->index_b));
    } else if (index == 1) {
      Engine::check(a.take_until(deadline::never()), "it waits without limit");
    } else {
      for (int i = 0; i < 2; ++i) a.put();
    }
  }
};

/// Who tells is stopped for ever, perhaps between its claim and its wake or ring: the next one's notification is heard.
template <class Engine>
struct frozen_teller : two_places<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b010;
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(this->take_any(deadline::never(), this->index_b) == this->index_a, "it waits without limit");
    } else {
      this->places[this->index_a].put();
    }
  }
};

/// A branch of select(): takes a thing.
template <class Engine>
struct taking_branch {
  place_of_things<Engine>& place;

  [[nodiscard]] auto source() const noexcept { return place.source(); }
  pop_status attempt() noexcept { return place.all.take() ? pop_status::ok : pop_status::empty; }
};

/// One selects from either, one waits for B only. Something comes to B and to A: who is woken by B does not leave with
/// something from A.
template <class Engine>
struct select_does_what_it_was_told : two_places<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"took what only it waits for"};
  void thread(unsigned index) {
    auto& [a, b] = this->places;
    if (index == 0) {
      taking_branch<Engine> from_a{a};
      taking_branch<Engine> from_b{b};
      tidegate::detail::selecting<typename Engine::sync, taking_branch<Engine>, taking_branch<Engine>> selecting(
          {}, {.spins = 0, .yields = 0}, from_a, from_b);
      const selection done = selecting.until(deadline::never(), from_a, from_b);
      Engine::check(static_cast<bool>(done), "it waits without limit");
      if (done.index == this->index_b) return b.put();
      Engine::reached("took what only it waits for");
    } else if (index == 1) {
      Engine::check(b.take_until(deadline::never()), "it waits without limit");
    } else {
      b.put();
      a.put();
    }
  }
};

/// Who is told of a thing, and finds that another one was faster, may leave: what comes then is not meant for it.
template <class Engine>
struct leaves_when_another_is_faster : two_places<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr std::array probes{"another one was faster"};
  void thread(unsigned index) {
    auto& a = this->places[this->index_a];
    if (index == 0) {
      const std::array<wait_source<typename Engine::sync>, 2> all{a.source(), this->places[this->index_b].source()};
      tidegate::detail::wait_for_many<typename Engine::sync> wait(all, 0, {});
      if (wait.until(deadline::never(), {.spins = 0, .yields = 0}) != this->index_a) return;
      if (a.all.take()) {
        a.put();
      } else {
        Engine::reached("another one was faster");
      }
    } else if (index == 1) {
      for (int i = 0; i < 2; ++i) Engine::check(a.take_until(deadline::never()), "it waits without limit");
      this->places[this->index_b].put();
    } else {
      for (int i = 0; i < 2; ++i) a.put();
    }
  }
};

/// Calls `visit.operator()<Client>(name)` for every client, with one kind of kernel.
template <class Engine, class Visit>
void for_each_wait_any_client(const std::string& kind, Visit visit) {
  visit.template operator()<finds_what_comes<Engine>>(kind + ".finds_what_comes");
  visit.template operator()<two_wait_for_both<Engine>>(kind + ".two_wait_for_both");
  visit.template operator()<wake_is_passed_on<Engine>>(kind + ".wake_is_passed_on");
  visit.template operator()<wake_is_passed_on_by_who_gives_up<Engine>>(kind + ".wake_is_passed_on_by_who_gives_up");
  visit.template operator()<frozen_waiter_for_both<Engine>>(kind + ".frozen_waiter_for_both");
  visit.template operator()<frozen_teller<Engine>>(kind + ".frozen_teller");
  visit.template operator()<select_does_what_it_was_told<Engine>>(kind + ".select_does_what_it_was_told");
  visit.template operator()<leaves_when_another_is_faster<Engine>>(kind + ".leaves_when_another_is_faster");
}

/// An eventfd: what is rung is heard until it is hushed. An event loop sleeps on it.
template <class Base>
struct with_bells : Base {
  class bell {
   public:
    void ring() noexcept {
      rings_.fetch_or(1, order::relaxed);  // the descriptor orders nothing
      Base::futex_wake(rings_, everyone);
    }
    void hush() noexcept { rings_.exchange(0, order::relaxed); }
    [[nodiscard]] int fd() const noexcept { return 0; }
    /// As poll(2) does.
    void await() const noexcept {
      while (rings_.load(order::relaxed) == 0) Base::futex_wait(rings_, 0, deadline::never());
    }

   private:
    typename Base::template atomic<std::uint64_t> rings_{0};
  };
};

/// An event loop that waits for one place.
template <class Engine>
struct event_loop {
  using sync = typename Engine::sync;
  event_count<sync> common;
  place_of_things<Engine> place;

  void before() { sync::template the_common<event_count<sync>> = &common; }
  /// Until it has taken `most` things; counts how often it was ready to sleep, and how often arm() found more.
  void run(int most) {
    event_fd<sync> arrivals(place.source());
    for (int taken = 0; taken < most;) {
      place.event.bell().await();
      do {
        while (place.all.take()) ++taken;
      } while (!arrivals.arm() && found_more());
    }
  }
  bool found_more() noexcept { return ++more_found != 0; }

  int more_found = 0;
};

/// It takes all that comes.
template <class Engine>
struct loop_hears_all : event_loop<Engine> {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"found more when it was about to sleep"};
  void thread(unsigned index) {
    if (index == 0) return this->run(2);
    for (int i = 0; i < 2; ++i) this->place.put();
  }
  void after() {
    if (this->more_found != 0) Engine::reached("found more when it was about to sleep");
    Engine::check(!this->place.all.take(), "each thing is taken once");
  }
};

/// Who pushes is stopped for ever, perhaps before it has rung: the next push is heard.
template <class Engine>
struct loop_hears_beside_a_frozen_one : event_loop<Engine> {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b010;
  void thread(unsigned index) {
    if (index == 0) return this->run(1);
    this->place.put();
  }
  void after() {}
};

/// The same for event loops.
template <class Engine, class Visit>
void for_each_event_fd_client(const std::string& kind, Visit visit) {
  visit.template operator()<loop_hears_all<Engine>>(kind + ".loop_hears_all");
  visit.template operator()<loop_hears_beside_a_frozen_one<Engine>>(kind + ".loop_hears_beside_a_frozen_one");
}

}  // namespace tidegate::model
