// schedule.hpp: one thread, and whose turn it is, exactly: by weight, by cost, and with a strict lane.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "tests/model/clients/lanes/support.hpp"
#include "tidegate/flow/deficit_round_robin.hpp"

namespace tidegate::model {

/// A script on a schedule of three lanes of the weights 3, 1 and 2: `+n` and `-n` make a lane active and idle; a digit
/// is the lane that must be next, which then pays 1, or the number behind a colon, in tens; `.` is nobody.
struct schedule_script {
  std::string_view calls;
  std::uint32_t unit = 1;
  strict_lane strict = {};
};

/// The orders are those of a walk round by round.
inline constexpr std::array schedule_scripts{
    schedule_script{".+0+1+2000122000122"},                             // weights
    schedule_script{"+0+1+200-0122-122-2.+1+0100010-10000"},            // lanes that come and go
    schedule_script{"+0+1+20:20:21:22:12:10:22:20:20:11:1", 10},        // costs
    schedule_script{"+0+1+200:112212212-1-022+0+120122000122"},         // debts
    schedule_script{"+1+0+2110110110-1220+111-0-21111-1.", 1, {1, 2}},  // a strict lane
};

template <class Engine>
struct schedules {
  static constexpr unsigned threads = 1;
  std::array<deficit_round_robin::lane, 3> lanes{{{.weight = 3}, {.weight = 1}, {.weight = 2}}};
  std::size_t choice = 0;

  void before() { choice = Engine::choose(schedule_scripts.size() + 3); }
  void thread(unsigned) {
    if (choice < schedule_scripts.size()) return follow(schedule_scripts[choice]);
    skip_rounds(long_debts[choice - schedule_scripts.size()]);
  }
  void after() {}

 private:
  void follow(const schedule_script& script) {
    deficit_round_robin schedule(lanes, script.unit, script.strict);
    for (std::size_t at = 0; at < script.calls.size();) {
      const char call = script.calls[at++];
      if (call == '+' || call == '-') {
        change(schedule, call, number(script.calls[at++]));
      } else if (call == '.') {
        Engine::check(schedule.is_idle() && schedule.next() == deficit_round_robin::nobody, "all are idle");
      } else {
        const bool costs = at < script.calls.size() && script.calls[at] == ':';
        const auto cost = static_cast<std::uint32_t>(costs ? 10 * number(script.calls[at + 1]) : 1);
        at += costs ? 2 : 0;
        Engine::check(!schedule.is_idle() && schedule.next() == number(call), "whose turn it is");
        schedule.charge(number(call), cost);
      }
    }
  }

  /// Who of two lanes, of the weights 3 and 1, comes first; what their first elements cost; who has paid first, and
  /// what both have left then.
  struct debts {
    std::size_t first;
    std::array<std::uint32_t, 2> costs;
    std::size_t first_paid;
    std::array<std::int64_t, 2> left;
  };
  static constexpr std::array long_debts{
      debts{0, {3'000'000'000, 1'000'000'001}, 0, {3, -1}},
      debts{1, {3'000'000'003, 1'000'000'000}, 1, {-3, 1}},
      debts{0, {3'000'000'000, 500'000'000}, 1, {-1'499'999'997, 1}},
  };

  /// Debts of a billion rounds are paid at once, by all in their ratio.
  void skip_rounds(const debts& owed) {
    deficit_round_robin schedule(std::span<deficit_round_robin::lane>(lanes.data(), 2), 1);
    const std::array order{owed.first, 1 - owed.first};
    for (const std::size_t lane : order) schedule.activate(lane);
    for (const std::size_t lane : order) {
      Engine::check(schedule.next() == lane, "who owes nothing is next");
      schedule.charge(lane, owed.costs[lane]);
    }
    Engine::check(schedule.next() == owed.first_paid, "who has paid first");
    for (const std::size_t lane : order) Engine::check(schedule.left(lane) == owed.left[lane], "after all the rounds");
  }

  [[nodiscard]] static std::size_t number(char digit) { return static_cast<std::size_t>(digit - '0'); }
  static void change(deficit_round_robin& schedule, char call, std::size_t lane) {
    Engine::check(schedule.is_active(lane) == (call == '-'), "it was otherwise");
    call == '+' ? schedule.activate(lane) : schedule.deactivate(lane);
  }
};

/// What a queue serves: filled lanes, by weight; lanes that wake up; the strict one first.
template <class Engine>
struct lanes_are_served {
  static constexpr unsigned threads = 1;
  using queue_type =
      lane_queue<unsigned, 3, two_lanes_kind<helped(1), lane_producers::one>::options, one_unit, typename Engine::sync>;
  bool strict = Engine::choose(2) == 1;
  bool in_bulk = Engine::choose(2) == 1;  // how they are popped
  queue_type queue{numbers()};

  void before() {}
  void thread(unsigned) {
    fill(0, 6);
    fill(1, 2);
    serve(strict ? "0" : "000");
    fill(2, 3);
    serve(strict ? "2202010001." : "12000122.");
    fill(1, 1);
    if (strict) fill(2, 1);
    serve(strict ? "21." : "1.");
  }
  void after() {}

 private:
  [[nodiscard]] lane_queue_config<3> numbers() const {
    lane_queue_config<3> made{.lanes = {}, .all = few_threads()};
    made.lanes.fill({.capacity = 6});
    made.lanes[0].weight = 3;
    made.all.rows.producers = 1;
    if (strict) made.all.strict = {.lane = 2, .in_a_row = 2};
    return made;
  }
  void fill(std::size_t lane, int count) {
    for (int i = 0; i < count; ++i) Engine::check(queue.try_push(lane, 1U) == push_status::ok, "there is room");
  }
  char pop() {
    unsigned out = 0;
    const bool any = in_bulk ? queue.try_pop_n(&out, 1) == 1 : queue.try_pop(out) == pop_status::ok;
    return any ? static_cast<char>('0' + queue.popped_lane()) : '.';
  }
  void serve(std::string_view order) {
    for (const char lane : order) Engine::check(pop() == lane, "whose turn it is");
  }
};

template <class Engine, class Visit>
void for_each_schedule_client(Visit& visit) {
  visit.template operator()<schedules<Engine>>("lanes.schedules");
  visit.template operator()<lanes_are_served<Engine>>("lanes.are_served");
}

}  // namespace tidegate::model
