// event_count.hpp: clients of event_count: no wake is lost, whatever the fences, the timing and who gives up.
//
// A "thing" is what is waited for: a counter in shared memory that somebody raises and each waiter lowers by one. It is
// raised and read with the orders that a ring uses for its positions, so that only the event count's own fences order
// the change before the notifier's look.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "tests/model/explorer/engine.hpp"
#include "tidegate/wait/event_count.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate::model {

/// Things that can be taken, by any thread.
template <class Engine>
class things {
 public:
  void put() noexcept { available_.fetch_add(1, order::release); }
  [[nodiscard]] bool any() const noexcept { return available_.load(order::acquire) > 0; }
  [[nodiscard]] bool take() noexcept {
    int now = available_.load(order::acquire);
    while (now > 0) {
      if (available_.compare_exchange_strong(now, now - 1, order::acquire, order::acquire)) return true;
    }
    return false;
  }

 private:
  typename Engine::sync::template atomic<int> available_{0};
};

/// One thread waits for a flag that another one raises by a plain release store.
template <class Engine>
struct waiter_is_woken {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"a sleeper was counted when the flag was up"};
  event_count<typename Engine::sync> event;
  typename Engine::sync::template atomic<int> flag{0};
  typename Engine::template variable<int> message{0};

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      const bool up = event.wait_until([this]() noexcept { return flag.load(order::acquire) == 1; }, deadline::never());
      Engine::check(up && message.get() == 7, "what was written before the flag is seen behind it");
    } else {
      message.set(7);
      flag.store(1, order::release);
      if (event.sleepers_hint() != 0) Engine::reached("a sleeper was counted when the flag was up");
      event.notify();
    }
  }
  void after() { Engine::check(event.sleepers_hint() == 0, "nobody is counted when all have left"); }
};

/// The flag goes up twice, each time with a notify; the waiter waits for both.
template <class Engine>
struct waiter_waits_again {
  static constexpr unsigned threads = 2;
  event_count<typename Engine::sync> event;
  typename Engine::sync::template atomic<int> flag{0};

  void before() {}
  void thread(unsigned index) {
    for (int round = 1; round <= 2; ++round) {
      if (index == 0) {
        const auto up = [this, round]() noexcept { return flag.load(order::acquire) >= round; };
        Engine::check(event.wait_until(up, deadline::never()), "it waits without limit");
      } else {
        flag.store(round, order::release);
        event.notify();
      }
    }
  }
  void after() {}
};

/// Two waiters, two things, one notify for each: both get theirs.
template <class Engine>
struct two_waiters_two_notifies {
  static constexpr unsigned threads = 3;
  event_count<typename Engine::sync> event;
  things<Engine> all;

  void before() {}
  void thread(unsigned index) {
    if (index < 2) {
      Engine::check(event.wait_until([this]() noexcept { return all.take(); }, deadline::never()), "it waits on");
      return;
    }
    for (int i = 0; i < 2; ++i) {
      all.put();
      event.notify();
    }
  }
  void after() { Engine::check(!all.take(), "each thing is taken once"); }
};

/// Two things at once and one notify for both.
template <class Engine>
struct notify_of_everyone {
  static constexpr unsigned threads = 3;
  event_count<typename Engine::sync> event;
  typename Engine::sync::template atomic<int> gate{0};

  void before() {}
  void thread(unsigned index) {
    if (index < 2) {
      const auto open = [this]() noexcept { return gate.load(order::acquire) == 1; };
      Engine::check(event.wait_until(open, deadline::never()), "it waits without limit");
    } else {
      gate.store(1, order::release);
      event.notify(everyone);
    }
  }
  void after() {}
};

/// A wait that ends by its deadline ends neither early nor without a last look.
template <class Engine>
struct wait_times_out {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"timed out", "in time"};
  event_count<typename Engine::sync> event;
  typename Engine::sync::template atomic<int> flag{0};

  void before() {}
  void thread(unsigned index) {
    if (index == 1) {
      flag.store(1, order::release);
      event.notify();
      return;
    }
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    const bool up = event.wait_until([this]() noexcept { return flag.load(order::acquire) == 1; }, until);
    Engine::check(up || Engine::sync::now() >= until, "a wait does not end before its deadline");
    Engine::reached(up ? "in time" : "timed out");
  }
  void after() { Engine::check(event.sleepers_hint() == 0, "nobody is counted when all have left"); }
};

/// Nobody notifies, but what is waited for is there before the deadline: the last look must find it.
template <class Engine>
struct last_look_is_after_the_deadline {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"found by the last look"};
  event_count<typename Engine::sync> event;
  typename Engine::sync::template atomic<int> flag{0};
  deadline::time_point until{};
  deadline::time_point raised{};
  bool up = false;

  void before() { until = Engine::sync::now() + std::chrono::microseconds(500); }
  void thread(unsigned index) {
    if (index == 1) {
      flag.store(1, order::seq_cst);  // so that a later look sees it
      raised = Engine::sync::now();
      return;
    }
    up = event.wait_until([this]() noexcept { return flag.load(order::seq_cst) == 1; }, until);
    if (up && Engine::sync::now() >= until) Engine::reached("found by the last look");
  }
  void after() { Engine::check(up || raised >= until, "what is there in time is found"); }
};

/// A waiter gives up and passes on what may have been meant for it; the other one has no deadline.
template <class Engine>
struct baton_is_passed {
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"gave up"};
  event_count<typename Engine::sync> event;
  things<Engine> all;

  void before() {}
  void thread(unsigned index) {
    const auto take = [this]() noexcept { return all.take(); };
    if (index == 0) {
      if (event.wait_until(take, Engine::sync::now() + std::chrono::microseconds(500))) {
        all.put();
      } else {
        Engine::reached("gave up");
      }
      event.notify();
    } else if (index == 1) {
      Engine::check(event.wait_until(take, deadline::never()), "it waits without limit");
    } else {
      all.put();
      event.notify();
    }
  }
  void after() {}
};

/// A waiter that is stopped for ever takes nobody's wake but its own.
template <class Engine>
struct frozen_waiter_harms_nobody {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  event_count<typename Engine::sync> event;
  things<Engine> all;

  void before() {}
  void thread(unsigned index) {
    const auto take = [this]() noexcept { return all.take(); };
    if (index < 2) {
      Engine::check(event.wait_until(take, deadline::never()), "it waits without limit");
    } else {
      for (int i = 0; i < 2; ++i) {
        all.put();
        event.notify();
      }
    }
  }
  void after() {}
};

/// A notifier that is stopped for ever, also between its claim and its wake, costs nobody but itself: the next
/// notification reaches the sleeper.
template <class Engine>
struct frozen_notifier_harms_nobody {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b010;
  event_count<typename Engine::sync> event;
  things<Engine> all;

  void before() {}
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(event.wait_until([this]() noexcept { return all.take(); }, deadline::never()), "it waits on");
    } else {
      all.put();
      event.notify();
    }
  }
  void after() {}
};

/// Two sleepers, each claimed by a notifier of its own, of which one is stopped, perhaps while the other one is between
/// its claim and its wake: the other one's next notification wakes whoever still sleeps.
template <class Engine>
struct frozen_notifier_of_two {
  static constexpr unsigned threads = 4;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b0100;
  event_count<typename Engine::sync> event;
  things<Engine> all;

  void before() {}
  void thread(unsigned index) {
    if (index < 2) {
      Engine::check(event.wait_until([this]() noexcept { return all.take(); }, deadline::never()), "it waits on");
    } else if (index == 2) {
      all.put();
      event.notify();
    } else {
      for (int i = 0; i < 2; ++i) {
        all.put();
        event.notify();
      }
    }
  }
  void after() {}
};

/// Calls `visit.operator()<Client>(name)` for every client, with one kind of fences.
template <class Engine, class Visit>
void for_each_event_count_client(const std::string& kind, Visit visit) {
  visit.template operator()<waiter_is_woken<Engine>>(kind + ".waiter_is_woken");
  visit.template operator()<waiter_waits_again<Engine>>(kind + ".waiter_waits_again");
  visit.template operator()<two_waiters_two_notifies<Engine>>(kind + ".two_waiters_two_notifies");
  visit.template operator()<notify_of_everyone<Engine>>(kind + ".notify_of_everyone");
  visit.template operator()<wait_times_out<Engine>>(kind + ".wait_times_out");
  visit.template operator()<last_look_is_after_the_deadline<Engine>>(kind + ".last_look_is_after_the_deadline");
  visit.template operator()<baton_is_passed<Engine>>(kind + ".baton_is_passed");
  visit.template operator()<frozen_waiter_harms_nobody<Engine>>(kind + ".frozen_waiter_harms_nobody");
  visit.template operator()<frozen_notifier_harms_nobody<Engine>>(kind + ".frozen_notifier_harms_nobody");
  visit.template operator()<frozen_notifier_of_two<Engine>>(kind + ".frozen_notifier_of_two");
}

}  // namespace tidegate::model
