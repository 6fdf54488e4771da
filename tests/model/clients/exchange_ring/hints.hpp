// hints.hpp: a row begins at a hint, and what it sees there must not be older than the hint.
//
// On a side with one thread an exchange is a plain store, which a look may miss although it is in the common order.
#pragma once

#include <array>
#include <cstddef>

#include "tests/model/clients/exchange_ring/directed.hpp"
#include "tests/model/clients/exchange_ring/long_stops.hpp"

namespace tidegate::model {

/// A pop stops before it raises the hint, and goes on when half of all laps and more have gone by: its place looks as
/// if it were later than the hint, and only the era, seen with the hint, says that it is not.
template <class Engine, class Kind>
struct raises_a_hint_too_late : stops_for_laps<Engine, Kind, 2, stopped_call::pop, laps_range{18, 21}> {
  using base = stops_for_laps<Engine, Kind, 2, stopped_call::pop, laps_range{18, 21}>;
  static constexpr std::array probes{"as directed"};
  // it takes the last place of the lap, after the first turn of the other one
  static constexpr std::array stops{stop{0, "look", 1, 1, "take", 3}, stop{1, "take", 3, 0, "raise", 1},
                                    stop{0, "raise", 1, 1, "", never}};

  void before() {
    base::before();
    directed_by.begin();
  }
  void thread(unsigned index) {
    base::thread(index);
    directed_by.end(index);
  }
  void after() {
    director::fall_silent();
    if (directed_by.was_kept(0) && directed_by.was_kept(1) && directed_by.was_kept(2)) Engine::reached("as directed");
    base::after();
  }

 private:
  direction<stops.size()> directed_by{stops};
};

/// A pop stops behind its first look until half of all laps have gone by and more, and sees as little of it as it may:
/// if it hears of the era, the hint at which it begins anew is not of long before.
template <class Engine, class Kind>
struct begins_anew_at_a_hint : stops_for_laps<Engine, Kind, 2, stopped_call::pop, laps_range{18, 20}> {
  using base = stops_for_laps<Engine, Kind, 2, stopped_call::pop, laps_range{18, 20}>;
  static constexpr std::array probes{"as directed"};
  static constexpr std::array stops{stop{0, "era", 1, 1, "", never}};

  void before() {
    base::before();
    directed_by.begin();
  }
  void thread(unsigned index) {
    base::thread(index);
    directed_by.end(index);
  }
  void after() {
    director::fall_silent();
    if (directed_by.was_kept(0)) Engine::reached("as directed");
    base::after();
  }

 private:
  direction<stops.size()> directed_by{stops};
};

/// `stale`: without preemptions.
template <class Engine, class Visit, class Stale>
void for_each_hint(Visit visit, Stale stale) {
  using enum side_count;
  using to_one = exchange_kind<many_to_one, unhelped()>;
  using from_one = exchange_kind<one_to_many, unhelped()>;
  using many = exchange_kind<many_to_many, unhelped(), counted, directed_threads>;
  visit.template operator()<plays_a_fifo<Engine, to_one, 2, script{{"op", "p"}, 2, 1}>>("hints.never_full");
  visit.template operator()<plays_a_fifo<Engine, to_one, 2, script{{"op", "p"}, 2, 1, 4}>>(
      "hints.never_full_eras_later");
  visit.template operator()<plays_a_fifo<Engine, from_one, 2, script{{"po", "o"}, 2, 1, 1}>>("hints.never_empty");
  visit.template operator()<raises_a_hint_too_late<Engine, many>>("hints.raised_too_late");
  stale.template operator()<begins_anew_at_a_hint<Engine, many>>("hints.begins_anew");
}

}  // namespace tidegate::model
