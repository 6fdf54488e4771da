// stopped.hpp: a thread that stops for ever in any call harms nobody: others are woken for what they are due.
//
// A thread that has put an element in and stops before it can tell of it leaves that one element, or place,
// unannounced. No more than that: what somebody else has completed for it, and what others do, is told of.
#pragma once

#include <array>
#include <cstdint>

#include "tests/model/clients/shared_queue/noting.hpp"
#include "tests/model/clients/shared_queue/support.hpp"

namespace tidegate::model {

/// Two consumers sleep and two elements come; one consumer is stopped: it takes no more than its own.
template <class Engine, class Kind>
struct stopped_sleeper_of_two {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    stage.let_pop(0);
    stage.let_pop(1);
    stage.let_push(2);
  }
  void thread(unsigned index) {
    cargo out{0};
    if (index < 2) {
      Engine::check(stage.consumers[index].pop(out) == pop_status::ok, "a pop without limit ends with ok");
    } else {
      for (int i = 1; i <= 2; ++i) {
        Engine::check(stage.producers[2].try_push(cargo{i}) == push_status::ok, "there is room for two");
      }
    }
  }
  void after() {}
};

/// The same on a full queue, with two producers and two pops.
template <class Engine, class Kind>
struct stopped_producer_of_two {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    stage.fill(2);
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    if (index < 2) {
      Engine::check(stage.producers[index].push(cargo{3}) == push_status::ok, "a push without limit ends with ok");
    } else {
      cargo out{0};
      for (int i = 1; i <= 2; ++i) Engine::check(stage.consumers[2].try_pop(out) == pop_status::ok, "two are there");
    }
  }
  void after() {}
};

/// Two push into the one place, one of them is stopped, and a consumer sleeps: it is woken by whoever completed a push,
/// for itself or for the other.
template <class Engine, class Kind>
struct stopped_pusher {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b011;
  static constexpr std::array probes{"completed for the other"};
  done_so_far done;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    if (index == 2) return take_it();
    if (stage.producers[index].try_push(cargo{7}) == push_status::ok) return;
    const bool helped = done.completed_by(index) != 0;
    if (helped) Engine::reached("completed for the other");
    if (!helped) stage.queue.close();  // the other one may have stopped before it could tell
  }
  void after() {}

 private:
  void take_it() {
    cargo out{0};
    const auto until = stage.soon();
    static_cast<void>(stage.consumers[2].pop_until(out, until));
    check_woken_before<Engine>(until);
  }
};

/// What a constructor that throws is called with, and an element that has one.
struct poison {};
struct fussy : counted {
  using counted::counted;
  explicit fussy(poison) : counted(0) { throw 1; }
};

/// A push is stopped; another one completes it on its way to a constructor that throws.
template <class Engine, class Kind>
struct stopped_beside_a_throw {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  static constexpr std::array probes{"completed for the other"};
  done_so_far done;
  shared_stage<Engine, Kind> stage{2};

  void before() {
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    if (index == 0) return static_cast<void>(stage.producers[0].try_push(fussy{1}));
    if (index == 1) return push_and_throw();
    fussy out{0};
    const auto until = stage.soon();
    for (int i = 0; i < 2; ++i) static_cast<void>(stage.consumers[2].pop_until(out, until));
    check_woken_before<Engine>(until);
  }
  void after() {}

 private:
  void push_and_throw() {
    Engine::check(stage.producers[1].try_push(fussy{2}) == push_status::ok, "there is room for two");
    Engine::pause();  // the other one goes on, and asks for help
    try {
      static_cast<void>(stage.producers[1].try_emplace(poison{}));
    } catch (int) {
    }
    const bool helped = done.completed_by(1) > 1;
    if (helped) Engine::reached("completed for the other");
    if (!helped) stage.queue.close();
  }
};

/// Two pop the one element, one of them is stopped, and a producer sleeps.
template <class Engine, class Kind>
struct stopped_popper {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b011;
  static constexpr std::array probes{"completed for the other"};
  done_so_far done;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    done.forget();
    stage.let_pop(0);
    stage.let_pop(1);
    stage.let_push(2);
  }
  void thread(unsigned index) {
    cargo out{0};
    if (index == 2) {
      const auto until = stage.soon();
      static_cast<void>(stage.producers[2].push_until(cargo{2}, until));
      return check_woken_before<Engine>(until);
    }
    if (stage.consumers[index].try_pop(out) == pop_status::ok) return;
    const bool helped = done.completed_by(index) != 0;
    if (helped) Engine::reached("completed for the other");
    if (!helped) stage.queue.close();
  }
  void after() {}
};

/// A push is stopped before it can tell of its element, and somebody evicts that: a sleeping consumer is told of the
/// new one.
template <class Engine, class Kind>
struct stopped_before_an_eviction {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  static constexpr std::array probes{"evicted"};
  done_so_far done;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    if (index == 0) {
      static_cast<void>(stage.producers[0].try_push(counted{1}));
    } else if (index == 1) {
      const push_status status = stage.producers[1].push_evict(counted{2});
      if (status == push_status::evicted) Engine::reached("evicted");
    } else {
      counted out{0};
      const auto until = stage.soon();
      static_cast<void>(stage.consumers[2].pop_until(out, until));
      check_woken_before<Engine>(until);
    }
  }
  void after() {}
};

/// Who meets an eviction that was begun.
enum class bystander : std::uint8_t { push, close };

/// An eviction is stopped, somebody else completes it, and a third one waits for the drain.
template <class Engine, class Kind, bystander By>
struct stopped_evictor {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  static constexpr unsigned may_freeze = 0b001;
  static constexpr std::array probes{"completed for the other"};
  done_so_far done;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    done.forget();
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    if (index == 0) {
      await_sleeper<Engine>(2);
      const push_status status = stage.producers[0].push_evict(cargo{2});
      Engine::check(status != push_status::full, "an eviction is never refused");
    } else if (index == 1) {
      await_sleeper<Engine>(2);
      meet();
    } else {
      const auto until = stage.soon();
      static_cast<void>(stage.queue.wait_drained(until));
      check_woken_before<Engine>(until);
    }
  }
  void after() {}

 private:
  void meet() {
    if (By == bystander::close) {
      stage.queue.close();
    } else {
      static_cast<void>(stage.producers[1].try_push(cargo{3}));
    }
    const bool helped = done.completed_by(1) != 0;
    if (helped) Engine::reached("completed for the other");
    cargo out{0};
    if (!helped) static_cast<void>(stage.consumers[1].try_pop(out));  // the drain is told of, in any case
  }
};

}  // namespace tidegate::model
