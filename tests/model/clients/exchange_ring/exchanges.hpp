// exchanges.hpp: small clients of the exchange rings that ask nothing of an engine but checks: Relacy runs them, too.
//
// They say less than histories.hpp: what goes in comes out once, in order of its producer, and a closed ring takes
// nothing more. Races on elements, leaks and uses of nothing are seen by the cells.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tests/model/clients/elements.hpp"
#include "tests/model/clients/exchange_ring/support.hpp"

namespace tidegate::model {

/// The parts of the threads, a character a call as in histories.hpp (p, e, o, c), and how many elements are inside.
struct small_script {
  std::array<char[4], 3> parts;
  unsigned count;
  unsigned inside = 0;

  [[nodiscard]] constexpr bool plays(unsigned thread, std::string_view calls) const noexcept {
    return std::string_view(parts[thread]).find_first_of(calls) != std::string_view::npos;
  }
  [[nodiscard]] constexpr unsigned threads_that_play(std::string_view calls) const noexcept {
    unsigned all = 0;
    for (unsigned i = 0; i < count; ++i) all += plays(i, calls) ? 1 : 0;
    return all;
  }
};

template <class Engine, class Kind, std::size_t Capacity, small_script Script>
struct exchanges {
  static constexpr unsigned threads = Script.count;
  using ring_type = typename Kind::template ring<Engine>;

  void before() {
    ring.emplace(Capacity, ring_rows{Script.threads_that_play("pe") + 1, Script.threads_that_play("o") + 1});
    for (unsigned i = 0; i < threads; ++i) {
      if (Script.plays(i, "pe")) producers[i] = ring->try_make_producer();
      if (Script.plays(i, "o")) consumers[i] = ring->try_make_consumer();
    }
    if (Script.inside == 0) return;
    auto filling = Kind::sides == side_count::one_to_many ? typename ring_type::producer() : ring->try_make_producer();
    for (unsigned i = 0; i < Script.inside; ++i) push(filling ? filling : producers[0], first_inside + i);
  }
  void thread(unsigned index) {
    unsigned value = 2 * index;
    for (const char call : std::string_view(Script.parts[index])) {
      if (call == 'p') push(producers[index], value++);
      if (call == 'e') evict(producers[index], value++);
      if (call == 'o') static_cast<void>(pop(consumers[index]));
      if (call == 'c') close();
    }
  }
  void after() {
    for (unsigned i = 0; i < threads; ++i) {
      while (consumers[i] && pop(consumers[i]) == pop_status::ok) {
      }
    }
    if (Script.threads_that_play("o") != 0) {
      for (unsigned i = 0; i < most; ++i) Engine::check(went_in[i] == came_out[i], "what goes in comes out");
    }
  }

 private:
  static constexpr unsigned most = 8;
  static constexpr unsigned first_inside = 6;

  void push(typename ring_type::producer& by, unsigned value) {
    const bool was_closed = closed;
    const push_status status = by.try_push(counted(static_cast<int>(value)));
    Engine::check(!was_closed || status == push_status::closed, "a closed ring takes nothing");
    went_in[value] = status == push_status::ok;
  }
  void evict(typename ring_type::producer& by, unsigned value) {
    if constexpr (Kind::evicts) {
      const auto use = [this](counted&& victim) noexcept { note(number_in(victim)); };
      const push_status status = by.push_evict(counted(static_cast<int>(value)), use);
      Engine::check(status != push_status::full, "an eviction always finds room");
      went_in[value] = status != push_status::closed;
    }
  }
  pop_status pop(typename ring_type::consumer& by) {
    counted out(0);
    const pop_status status = by.try_pop(out);
    if (status == pop_status::ok) note(number_in(out));
    return status;
  }
  void close() {
    ring->close();
    closed = true;
  }
  void note(unsigned value) {
    Engine::check(value < most && !came_out[value], "each comes once");
    came_out[value] = true;
    const bool in_order = value % 2 == 0 || !went_in[value - 1] || came_out[value - 1];
    const bool one_taker = Script.threads_that_play("oe") == 1;
    Engine::check(in_order || !one_taker, "those of one producer come in order");
  }

 public:
  all_destroyed<Engine> balance;
  std::optional<ring_type> ring;
  std::array<typename ring_type::producer, 3> producers;
  std::array<typename ring_type::consumer, 3> consumers;

 private:
  std::array<bool, most> went_in{};
  std::array<bool, most> came_out{};
  bool closed = false;
};

/// Of one kind of ring.
template <class Engine, class Kind, class Visit>
void for_each_exchange_of(const std::string& kind, Visit& visit) {
  constexpr bool many_push = Kind::sides != side_count::one_to_many;
  constexpr bool many_pop = Kind::sides != side_count::many_to_one;
  visit.template operator()<exchanges<Engine, Kind, 1, small_script{{"pp", "oo"}, 2}>>(kind + ".two_then_one");
  visit.template operator()<exchanges<Engine, Kind, 2, small_script{{"pp", "oo"}, 2, 1}>>(kind + ".one_inside");
  if constexpr (many_push) {  // one producer's last element may come too late: docs/design/exchange-ring.md
    visit.template operator()<exchanges<Engine, Kind, 1, small_script{{"p", "o", "c"}, 3}>>(kind + ".close");
    visit.template operator()<exchanges<Engine, Kind, 1, small_script{{"p", "p", "o"}, 3, 1}>>(kind + ".two_producers");
  }
  if constexpr (many_pop) {
    visit.template operator()<exchanges<Engine, Kind, 1, small_script{{"p", "o", "o"}, 3}>>(kind + ".two_consumers");
    visit.template operator()<exchanges<Engine, Kind, 1, small_script{{"ee", "o"}, 2, 1}>>(kind + ".evict");
  }
  if constexpr (many_push && many_pop) {
    visit.template operator()<exchanges<Engine, Kind, 1, small_script{{"e", "e", "o"}, 3, 1}>>(kind + ".two_evictors");
  }
}

template <class Engine, class Visit>
void for_each_exchange(Visit visit) {
  using enum side_count;
  for_each_exchange_of<Engine, exchange_kind<many_to_many, helped(0)>>("exchange.mpmc_0", visit);
  for_each_exchange_of<Engine, exchange_kind<many_to_many, helped(1)>>("exchange.mpmc_1", visit);
  for_each_exchange_of<Engine, exchange_kind<many_to_many, unhelped()>>("exchange.mpmc_lock_free", visit);
  for_each_exchange_of<Engine, exchange_kind<many_to_one, helped(0)>>("exchange.mpsc_0", visit);
  for_each_exchange_of<Engine, exchange_kind<one_to_many, helped(0)>>("exchange.spmc_0", visit);
}

}  // namespace tidegate::model
