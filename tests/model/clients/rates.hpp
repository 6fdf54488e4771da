// rates.hpp: clients of what threads of flow control share in one word or a few: rate limiters, budgets, codel and the
// admission level. Never more than allowed, no refusal that is not true, and no count that is lost.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "tests/model/explorer/engine.hpp"
#include "tidegate/flow/admission_level.hpp"
#include "tidegate/flow/codel.hpp"
#include "tidegate/flow/keyed_rate_limiter.hpp"
#include "tidegate/flow/rate_limiter.hpp"
#include "tidegate/flow/retry_budget.hpp"

namespace tidegate::model {

/// A permit every 100 ns.
[[nodiscard]] inline rate_limit ten_a_us(std::uint64_t burst) {
  return {.permits = 10, .period = std::chrono::microseconds(1), .burst = burst};
}

/// While time stands still, one or two permits at a time: the burst and no more, and whoever is refused was told the
/// truth, also of the time to wait.
template <class Engine>
struct rate_is_exact {
  static constexpr unsigned threads = 3;
  static constexpr unsigned may_freeze = 0b111;
  static constexpr std::uint64_t burst = 3;
  static constexpr std::array probes{"admitted", "refused"};
  rate_limiter<rate_limiter_options{}, typename Engine::sync> limit{ten_a_us(burst)};
  struct call {
    std::uint64_t count = 0;
    rate_answer answer{rate_status::contended};
  };
  std::array<call, threads> calls{};

  void before() {
    for (call& each : calls) each.count = 1 + Engine::choose(2);
  }
  void thread(unsigned index) {
    calls[index].answer = limit.try_acquire(calls[index].count);
    Engine::reached(calls[index].answer ? "admitted" : "refused");
    Engine::measure("steps of try_acquire", Engine::steps());
    Engine::check(Engine::steps() <= 1 + threads, "each failed exchange is somebody's success");
  }
  void after() {
    std::uint64_t admitted = 0;
    for (const call& each : calls) admitted += each.answer ? each.count : 0;
    Engine::check(admitted <= burst, "never more than the burst");
    if (Engine::frozen()) return Engine::bury_frozen();
    for (const call& each : calls) {
      if (each.answer) continue;
      Engine::check(each.answer.status == rate_status::limited, "nothing else is the matter");
      Engine::check(each.count + admitted > burst, "a refusal is true");
      const std::uint64_t missing = each.count + admitted - burst;
      const auto wait = static_cast<std::uint64_t>(each.answer.wait.count());
      Engine::check(wait % 100 == 0 && wait >= 100 && wait <= missing * 100, "so is the wait");
    }
  }
};

/// Two calls of each thread, by clocks that differ: between any two instants no more than burst and rate.
template <class Engine>
struct rate_over_time {
  static constexpr unsigned threads = 2;
  static constexpr unsigned calls_each = 2;
  static constexpr std::uint64_t burst = 2;
  static constexpr std::array probes{"all admitted", "some refused"};
  rate_limiter<rate_limiter_options{}, typename Engine::sync> limit{ten_a_us(burst)};
  struct call {
    std::uint64_t at_ns = 0;
    bool admitted = false;
  };
  std::array<call, threads * calls_each> calls{};

  void before() {
    for (unsigned i = 0; i < threads * calls_each; ++i) {
      const std::uint64_t before_ns = i % calls_each == 0 ? 0 : calls[i - 1].at_ns;
      calls[i].at_ns = before_ns + 60 * Engine::choose(3);
    }
  }
  void thread(unsigned index) {
    const auto began = Engine::sync::now();
    for (unsigned i = index * calls_each; i < (index + 1) * calls_each; ++i) {
      calls[i].admitted = static_cast<bool>(limit.try_acquire(1, began + std::chrono::nanoseconds(calls[i].at_ns)));
    }
  }
  void after() {
    for (const call& first : calls) {
      for (const call& last : calls) {
        std::uint64_t admitted = 0;
        for (const call& each : calls) {
          admitted += each.admitted && each.at_ns >= first.at_ns && each.at_ns <= last.at_ns ? 1 : 0;
        }
        const std::uint64_t span_ns = last.at_ns >= first.at_ns ? last.at_ns - first.at_ns : 0;
        Engine::check(admitted <= burst + span_ns / 100, "never more than burst and rate");
      }
    }
    bool all = true;
    for (const call& each : calls) all = all && each.admitted;
    Engine::reached(all ? "all admitted" : "some refused");
  }
};

/// With a bound on attempts a call takes no more steps, and says `contended` only if somebody was faster.
template <class Engine>
struct rate_is_bounded {
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"contended"};
  rate_limiter<rate_limiter_options{.attempts = 1}, typename Engine::sync> limit{ten_a_us(2)};
  std::array<rate_status, threads> answers{};

  void before() {}
  void thread(unsigned index) {
    answers[index] = limit.try_acquire().status;
    Engine::check(Engine::steps() <= 2, "a load and an exchange");
    if (answers[index] == rate_status::contended) Engine::reached("contended");
  }
  void after() {
    unsigned admitted = 0, contended = 0;
    for (const rate_status each : answers) {
      admitted += each == rate_status::ok ? 1 : 0;
      contended += each == rate_status::contended ? 1 : 0;
    }
    Engine::check(admitted <= 2 && admitted >= 1, "never more than the burst, and somebody always gets on");
    Engine::check(admitted + contended >= 2, "a refusal is true");
  }
};

/// One slot whose owner has rested: the owner and another key want a whole burst each. Whoever is first has it.
template <class Engine, collision_rule Rule>
struct keyed_slot_changes_hands {
  static constexpr unsigned threads = 3;
  static constexpr std::array probes{"the owner", "the other"};
  struct itself {
    std::size_t operator()(std::uint64_t key) const noexcept { return key; }
  };
  keyed_rate_limiter<std::uint64_t, itself, typename Engine::sync> limit{
      {.limit = ten_a_us(2), .slots = 1, .on_collision = Rule}};
  std::array<std::uint64_t, threads> admitted{};

  void before() {
    Engine::check(static_cast<bool>(limit.try_acquire(1, 2)), "the slot is free");
    Engine::check(!limit.try_acquire(1, 1), "the burst is spent");
  }
  void thread(unsigned index) {
    const auto rested = Engine::sync::now() + std::chrono::microseconds(1);
    for (int i = 0; i < 2; ++i) admitted[index] += limit.try_acquire(1 + index % 2, 1, rested) ? 1 : 0;
  }
  void after() {
    const std::uint64_t owner = admitted[0] + admitted[2];
    Engine::reached(owner > admitted[1] ? "the owner" : "the other");
    Engine::check(owner + admitted[1] == 2, "one burst, whoever has it");
    if (Rule == collision_rule::refuse) Engine::check(owner == 0 || admitted[1] == 0, "and only one of the keys");
  }
};

/// Attempts earn, retries pay, and every thousandth is accounted for.
template <class Engine>
struct budget_balances {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"retried", "refused"};
  retry_budget<typename Engine::sync> budget{{.share = 0.5, .most = 4, .first = 1}};
  std::array<unsigned, threads> retried{};

  void before() {}
  void thread(unsigned index) {
    budget.attempt();
    for (int i = 0; i < 2; ++i) retried[index] += budget.try_retry() ? 1 : 0;
    Engine::reached(retried[index] != 0 ? "retried" : "refused");
  }
  void after() {
    const unsigned all = retried[0] + retried[1];
    Engine::check(all + budget.saved_hint() == 2, "one, and two halves");
    Engine::check(all + budget.refused_count() == 4, "every refusal is counted");
  }
};

/// What is saved never exceeds the most.
template <class Engine>
struct budget_is_bounded {
  static constexpr unsigned threads = 3;
  retry_budget<typename Engine::sync> budget{{.share = 2, .most = 2, .first = 1}};

  void before() {}
  void thread(unsigned) { budget.attempt(); }
  void after() { Engine::check(budget.saved_hint() == 2, "full, and no fuller"); }
};

/// Two consumers turn a window at once; a third has noted the short wait, or has not: then both see the overload.
template <class Engine>
struct codel_window_turns_once {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"short", "standing"};
  codel<typename Engine::sync> shedder{{}};
  bool was_short = false;
  std::array<bool, threads> shed{};

  void before() {
    was_short = Engine::choose(2) == 1;
    Engine::check(!shedder.sheds(std::chrono::milliseconds(50)), "nothing is known at first");
  }
  void thread(unsigned index) {
    const auto began = Engine::sync::now();
    if (was_short && index == 0) Engine::check(!shedder.sheds(std::chrono::milliseconds(4), began), "too early");
    if (was_short && index == 1) Engine::check(!shedder.sheds(std::chrono::milliseconds(60), began), "too early");
    if (!was_short) shed[index] = shedder.sheds(std::chrono::milliseconds(50), began + std::chrono::milliseconds(100));
  }
  void after() {
    const auto later = Engine::sync::now() + std::chrono::milliseconds(100);
    if (was_short) Engine::check(!shedder.sheds(std::chrono::milliseconds(50), later), "the short wait is not lost");
    if (!was_short) Engine::check(shed[0] && shed[1] && shedder.shed_count() == 2, "both are in the new window");
    Engine::reached(was_short ? "short" : "standing");
  }
};

/// The report that ends a window is the one that ends it: the level falls once, and no report is lost to the next one.
template <class Engine>
struct level_moves_once {
  static constexpr unsigned threads = 2;
  static constexpr std::array probes{"refused", "admitted"};
  admission_level<4, typename Engine::sync> level{{.window_count = 2}};
  std::array<bool, threads> admitted{};

  void before() {}
  void thread(unsigned index) {
    level.observe(3, std::chrono::milliseconds(30));
    admitted[index] = level.admit(3);
    Engine::reached(admitted[index] ? "admitted" : "refused");
  }
  void after() {
    Engine::check(level.level_hint() == 2, "one step");
    Engine::check(!level.admit(3) && level.admit(2), "and it holds");
    level.observe(2, std::chrono::milliseconds(30));
    Engine::check(level.level_hint() == 2, "a new window needs two");
    level.observe(2, std::chrono::milliseconds(30));
    Engine::check(level.level_hint() == 1, "and has them");
  }
};

/// The time of a window is over for two at once: one of them ends it, and the other one's report is in a new window.
template <class Engine>
struct level_moves_once_by_time {
  static constexpr unsigned threads = 2;
  admission_level<4, typename Engine::sync> level{{}};

  void before() { level.observe(3, std::chrono::milliseconds(30)); }
  void thread(unsigned) {
    level.observe(3, std::chrono::milliseconds(30), Engine::sync::now() + std::chrono::seconds(1));
  }
  void after() { Engine::check(level.level_hint() == 2, "one step"); }
};

template <class Engine, class Visit>
void for_each_rate_client(Visit visit) {
  visit.template operator()<rate_is_exact<Engine>>("rates.exact");
  visit.template operator()<rate_over_time<Engine>>("rates.over_time");
  visit.template operator()<rate_is_bounded<Engine>>("rates.bounded_attempts");
  visit.template operator()<keyed_slot_changes_hands<Engine, collision_rule::share>>("rates.keyed_slot_is_shared");
  visit.template operator()<keyed_slot_changes_hands<Engine, collision_rule::refuse>>("rates.keyed_slot_changes_hands");
  visit.template operator()<budget_balances<Engine>>("rates.budget_balances");
  visit.template operator()<budget_is_bounded<Engine>>("rates.budget_is_bounded");
  visit.template operator()<codel_window_turns_once<Engine>>("rates.codel_window");
  visit.template operator()<level_moves_once<Engine>>("rates.admission_level");
  visit.template operator()<level_moves_once_by_time<Engine>>("rates.admission_level_by_time");
}

}  // namespace tidegate::model
