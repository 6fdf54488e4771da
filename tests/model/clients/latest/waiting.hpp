// waiting.hpp: clients of latest_queue: the consumer does not sleep past a fresh value, whatever ends the wait.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "tests/model/clients/elements.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/latest_queue.hpp"

namespace tidegate::model {

template <wait_kind Wait>
struct latest_kind {
  static constexpr latest_queue_options options{
      .wait = Wait, .stats = stats_kind::off, .place = {.check_roles = false}};
  template <class Engine>
  using queue = latest_queue<counted, options, typename Engine::sync>;
  [[nodiscard]] static latest_queue_config config() { return {.budget = {.spins = 1, .yields = 1}}; }
};

/// The newest value always arrives, and the way to push it does not matter.
template <class Engine, class Kind>
struct latest_newest_arrives {
  static constexpr unsigned threads = 2;
  static constexpr int count = 3;
  static constexpr std::array probes{"skipped", "none skipped"};
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config()};
  unsigned way = 0;

  void before() { way = Engine::choose(3); }
  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= count; ++i) push(i);
      return;
    }
    int seen = 0;
    std::uint64_t skipped = 0;
    while (seen != count) {
      const int value = take();
      Engine::check(value > seen, "values come in the order of their pushes");
      skipped += queue.skipped();
      Engine::check(value == seen + static_cast<int>(queue.skipped()) + 1, "skipped values are counted");
      seen = value;
    }
    Engine::reached(skipped == 0 ? "none skipped" : "skipped");
  }
  void after() {
    const queue_stats stats = queue.stats();
    Engine::check(stats.pushed == count && stats.popped + stats.evicted == count, "every value is accounted for");
  }

 private:
  void push(int value) {
    counted given(value);
    push_status status = push_status::ok;
    if (way == 0) status = queue.try_push(std::move(given));
    if (way == 1) status = queue.try_emplace(value);
    if (way == 2) status = queue.push_evict(std::move(given), [](counted&&) noexcept {});
    Engine::check(accepted(status), "a push is never refused");
  }
  [[nodiscard]] int take() {
    counted out(0);
    if (way != 1) {
      Engine::check(queue.pop(out) == pop_status::ok, "a pop without limit ends with ok");
      return out.value;
    }
    Engine::check(queue.hold() == pop_status::ok && queue.held() != nullptr, "a hold without limit ends with ok");
    return queue.held()->value;
  }
};

/// Closed by the producer or by a third thread: what was accepted is delivered first.
template <class Engine, class Kind>
struct latest_close_wakes {
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config()};
  bool pushed = false;

  void before() {}
  void thread(unsigned index) {
    if (index == 0) pushed = queue.push(counted(1)) == push_status::ok;
    if (index == 1) queue.close();
    if (index == 2) consume();
  }
  void after() { Engine::check(pushed == seen, "accepted and delivered, or neither"); }

  void consume() {
    counted out(0);
    pop_status status = queue.pop(out);
    seen = status == pop_status::ok;
    Engine::reached(seen ? "after the value" : "without it");
    if (seen) status = queue.pop(out);
    Engine::check(status == pop_status::closed && queue.ended(), "then it has ended");
  }
  bool seen = false;
};

/// A pop with a deadline against a push: the value is taken, or it is still there.
template <class Engine, class Kind>
struct latest_timeout_races_with_push {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"timed out", "in time"};
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config()};
  bool popped = false;

  void before() {}
  void thread(unsigned index) {
    if (index == 0) return Engine::check(queue.push(counted(1)) == push_status::ok, "a push is never refused");
    counted out(0);
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    const pop_status status = queue.pop_until(out, until);
    popped = status == pop_status::ok;
    Engine::reached(popped ? "in time" : "timed out");
    const bool late = status == pop_status::timed_out && Engine::sync::now() >= until;
    Engine::check(popped || late, "a wait does not end before its deadline");
  }
  void after() {
    counted rest(0);
    Engine::check((queue.try_pop(rest) == pop_status::ok) != popped, "the value comes out exactly once");
  }
};

/// A request to stop ends a wait, whenever it comes.
template <class Engine, class Kind>
struct latest_stop_ends_the_wait {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config()};
  std::stop_source source;
  bool holds = false;

  void before() { holds = Engine::choose(2) == 1; }
  void thread(unsigned index) {
    if (index == 1) return static_cast<void>(source.request_stop());
    counted out(0);
    const pop_status status = holds ? queue.hold(source.get_token()) : queue.pop(out, source.get_token());
    Engine::check(status == pop_status::cancelled, "nothing else ends it");
  }
  void after() {}
};

/// A third thread waits until everything that was pushed has left. (A push that replaces it wakes, too; but whoever
/// comes to wait after that push waits for more: unit tests show it.)
template <class Engine, class Kind>
struct latest_drain_is_waited_for {
  static constexpr unsigned threads = 2;
  all_destroyed<Engine> first;
  typename Kind::template queue<Engine> queue{Kind::config()};
  unsigned way = 0;

  void before() {
    way = Engine::choose(2);
    Engine::check(queue.try_push(counted(1)) == push_status::ok, "there is nothing inside");
  }
  void thread(unsigned index) {
    if (index == 1) {
      Engine::check(queue.wait_drained(deadline::never().when()), "it waits without limit");
      const queue_stats stats = queue.stats();
      Engine::check(stats.popped + stats.evicted >= 1, "the first value has left");
      return;
    }
    if (way == 0) Engine::check(queue.try_consume([](counted&&) noexcept {}) == pop_status::ok, "one is there");
    if (way == 1) Engine::check(queue.try_hold() == pop_status::ok, "one is there");
  }
  void after() {}
};

/// Nobody takes anything: a wait for the drain ends by its deadline, not before.
template <class Engine, class Kind>
struct latest_nothing_happens {
  static constexpr unsigned threads = 2;
  typename Kind::template queue<Engine> queue{Kind::config()};
  unsigned call = 0;

  void before() {
    call = Engine::choose(3);
    if (call == 2) Engine::check(queue.try_push(counted(1)) == push_status::ok, "there is nothing inside");
  }
  void thread(unsigned index) {
    if (index == 1) return static_cast<void>(queue.depth_hint());
    const auto until = Engine::sync::now() + std::chrono::microseconds(500);
    counted out(0);
    bool timed_out = false;
    if (call == 0) timed_out = queue.pop_until(out, until) == pop_status::timed_out;
    if (call == 1) timed_out = queue.hold_for(std::chrono::microseconds(500)) == pop_status::timed_out;
    if (call == 2) timed_out = !queue.wait_drained(until);
    Engine::check(timed_out, "nothing else can end it");
    Engine::check(Engine::sync::now() >= until, "a wait does not end before its deadline");
    Engine::check(Engine::sync::now() <= until + std::chrono::milliseconds(1), "nor long after it");
  }
  void after() {}
};

template <class Engine, class Kind, class Visit>
void for_each_latest_queue_client_of(const std::string& kind, Visit& visit) {
  visit.template operator()<latest_newest_arrives<Engine, Kind>>(kind + ".newest_arrives");
  visit.template operator()<latest_close_wakes<Engine, Kind>>(kind + ".close_wakes");
  visit.template operator()<latest_timeout_races_with_push<Engine, Kind>>(kind + ".timeout_races_with_push");
  visit.template operator()<latest_stop_ends_the_wait<Engine, Kind>>(kind + ".stop_ends_the_wait");
  visit.template operator()<latest_drain_is_waited_for<Engine, Kind>>(kind + ".drain_is_waited_for");
  visit.template operator()<latest_nothing_happens<Engine, Kind>>(kind + ".nothing_happens");
}

}  // namespace tidegate::model
