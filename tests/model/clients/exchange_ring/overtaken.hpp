// overtaken.hpp: a call is overtaken before each of its accesses, and yet ends within its bound.
//
// No search gives a rival so many turns. Here it has one before every access of the call, or before every second or
// third one: on the same thread of the model, for what counts is who comes first.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/model/clients/exchange_ring/directed.hpp"

namespace tidegate::model {

/// The call, and what the rival does.
enum class overtaken_call : std::uint8_t {
  push,                 // the rival pushes and pops
  pop,                  // the rival pops and pushes
  pop_beside_evictors,  // the rival evicts
  evict,                // the rival evicts
};

template <class Engine, class Kind, std::size_t Capacity, overtaken_call Does>
struct overtaken_at_every_step {
  static constexpr unsigned threads = 1;
  static constexpr std::array probes{"overtaken"};
  static constexpr bool pops = Does == overtaken_call::pop || Does == overtaken_call::pop_beside_evictors;
  using ring_type = typename Kind::template ring<Engine>;
  using element = typename Kind::element;

  void before() {
    ring.emplace(Capacity, ring_rows{2, 2});
    rival_producer = ring->try_make_producer();
    if (Kind::sides == side_count::many_to_many || !pops) rival_consumer = ring->try_make_consumer();
    if constexpr (pops) consumer = ring->try_make_consumer();
    if constexpr (!pops) producer = ring->try_make_producer();
    for (std::size_t i = 0; Does != overtaken_call::push && i < Capacity; ++i) {
      Engine::check(rival_producer.try_push(element(1)) == push_status::ok, "there is room");
    }
  }
  void thread(unsigned) {
    period = 1 + Engine::choose(3);
    director::listen(this, [](void* self, std::string_view function) {
      static_cast<overtaken_at_every_step*>(self)->before_an_access(function == "look");
    });
    call();
    director::fall_silent();
    if (turns != 0) Engine::reached("overtaken");
    Engine::measure("steps while overtaken", accesses);
    Engine::check(accesses <= most(), "it ends within its bound, though a rival is always faster");
  }
  void after() {}

 private:
  [[nodiscard]] static constexpr unsigned most() {
    using limits = step_bounds<Kind>;
    constexpr ring_numbers numbers{Capacity, 2, 2};
    if (pops) return limits::pop(numbers, Does == overtaken_call::pop_beside_evictors, false);
    return Does == overtaken_call::push ? limits::push(numbers, false) : limits::evict(numbers, false);
  }

  void call() {
    element out(0);
    if constexpr (pops) {
      Engine::check(consumer.try_pop(out) == pop_status::ok, "it is never empty");
    } else if constexpr (Does == overtaken_call::push) {
      Engine::check(producer.try_push(element(2)) == push_status::ok, "it is never full");
    } else {
      Engine::check(producer.push_evict(element(2)) != push_status::closed, "it is never closed");
    }
  }
  /// Pushes make many looks before they ask: there a rival has its turns at looks alone, to spare the explorer steps.
  void before_an_access(bool is_look) {
    ++accesses;
    Engine::check(accesses <= most(), "it ends within its bound, though a rival is always faster");
    if (!pops && !is_look) return;
    if (++chances % period != 0) return;
    ++turns;
    element out(0);
    if constexpr (Does == overtaken_call::push) {
      static_cast<void>(rival_producer.try_push(element(1)));
      static_cast<void>(rival_consumer.try_pop(out));
    } else if constexpr (Does == overtaken_call::pop) {
      static_cast<void>(rival_consumer.try_pop(out));
      static_cast<void>(rival_producer.try_push(element(1)));
    } else {
      static_cast<void>(rival_producer.push_evict(element(1)));
    }
  }

 public:
  all_destroyed<Engine> balance;
  [[no_unique_address]] typename Kind::threads::template population<typename Engine::sync> living;
  std::optional<ring_type> ring;
  typename ring_type::producer producer;
  typename ring_type::producer rival_producer;
  typename ring_type::consumer consumer;
  typename ring_type::consumer rival_consumer;

 private:
  unsigned period = 1;
  unsigned accesses = 0;
  unsigned chances = 0;  // of the rival
  unsigned turns = 0;
};

/// Both sides, against each rival that they may have.
template <class Engine, class Visit>
void for_each_overtaken_call(Visit visit) {
  using enum side_count;
  using enum overtaken_call;
  using many_0 = exchange_kind<many_to_many, helped(0), counted, directed_threads>;
  using many_2 = exchange_kind<many_to_many, helped(2), counted, directed_threads>;
  using to_one = exchange_kind<many_to_one, evicting(helped(1)), counted, directed_threads>;
  visit.template operator()<overtaken_at_every_step<Engine, many_0, 1, push>>("overtaken.push_0");
  visit.template operator()<overtaken_at_every_step<Engine, many_2, 2, push>>("overtaken.push_2");
  visit.template operator()<overtaken_at_every_step<Engine, many_0, 1, pop>>("overtaken.pop_0");
  visit.template operator()<overtaken_at_every_step<Engine, many_2, 2, pop>>("overtaken.pop_2");
  visit.template operator()<overtaken_at_every_step<Engine, many_0, 1, pop_beside_evictors>>(
      "overtaken.pop_beside_evictors_0");
  visit.template operator()<overtaken_at_every_step<Engine, many_2, 2, pop_beside_evictors>>(
      "overtaken.pop_beside_evictors_2");
  visit.template operator()<overtaken_at_every_step<Engine, to_one, 1, pop_beside_evictors>>(
      "overtaken.one_consumer_beside_evictors");
  visit.template operator()<overtaken_at_every_step<Engine, many_0, 1, evict>>("overtaken.evict_0");
  visit.template operator()<overtaken_at_every_step<Engine, many_2, 2, evict>>("overtaken.evict_2");
}

}  // namespace tidegate::model
