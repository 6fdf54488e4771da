// wakers.hpp: one waits, the other calls once: every call that lets somebody go on wakes it.
#pragma once

#include <cstdint>

#include "tests/model/clients/shared_queue/noting.hpp"
#include "tests/model/clients/shared_queue/support.hpp"

namespace tidegate::model {

/// The ways in which an element comes in.
enum class arrival : std::uint8_t { tried, waiting, emplaced, bulk, evicting, offered };

/// The ways in which an element goes out.
enum class departure : std::uint8_t { tried, consumed, bulk, thrown_at, evicted, evicted_with_a_throw };

template <class Engine, class Cargo, class Handle>
void let_in(Handle& producer, arrival way, int value) {
  Cargo element{value};
  switch (way) {
    case arrival::tried: return Engine::check(producer.try_push(std::move(element)) == push_status::ok, "it goes in");
    case arrival::emplaced: return Engine::check(producer.try_emplace(value) == push_status::ok, "it goes in");
    case arrival::bulk: return Engine::check(producer.try_push_n(&element, 1) == 1, "it goes in");
    case arrival::offered: return Engine::check(producer.offer(std::move(element)) == push_status::ok, "it goes in");
    case arrival::evicting:
      if constexpr (Handle::can_evict) {
        Engine::check(producer.push_evict(std::move(element)) == push_status::ok, "it goes in");
      }
      return;
    default: return Engine::check(producer.push(std::move(element)) == push_status::ok, "it goes in");
  }
}

/// A consumer waits while an element comes in.
template <class Engine, class Kind, arrival Way>
struct arrival_wakes {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 2;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    if (index == 0) return let_in<Engine, cargo>(stage.producers[0], Way, 7);
    cargo out{0};
    Engine::check(stage.consumers[1].pop(out) == pop_status::ok && out.value == 7, "it comes out");
  }
  void after() {}
};

template <class Engine, class Stage>
void let_out(Stage& stage, unsigned thread, departure way) {
  using cargo = typename Stage::element;
  cargo out{0};
  try {
    switch (way) {
      case departure::tried:
        return Engine::check(stage.consumers[thread].try_pop(out) == pop_status::ok, "one is there");
      case departure::bulk: return Engine::check(stage.consumers[thread].try_pop_n(&out, 1) == 1, "one is there");
      case departure::thrown_at: static_cast<void>(stage.consumers[thread].try_consume([](auto&&) { throw 1; })); break;
      case departure::consumed:
        return Engine::check(stage.consumers[thread].try_consume([](auto&&) noexcept {}) == pop_status::ok, "as above");
      default:
        if constexpr (Stage::queue_type::can_evict) {
          const bool throws = way == departure::evicted_with_a_throw;
          const auto use = [throws](cargo&&) { throws ? throw 1 : 0; };
          Engine::check(stage.producers[thread].push_evict(cargo{2}, use) == push_status::evicted, "one was there");
        }
    }
  } catch (int) {
    return;
  }
  const bool throws = way == departure::thrown_at || way == departure::evicted_with_a_throw;
  Engine::check(!throws, "what the callback throws comes through");
}

/// A producer waits on a full queue while an element goes out.
template <class Engine, class Kind, departure Way>
struct departure_wakes {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 2;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    if (index == 1) return let_out<Engine>(stage, 1, Way);
    Engine::check(stage.producers[0].push(cargo{2}) == push_status::ok, "room comes");
  }
  void after() {}
};

/// Somebody waits for the drain while the last element goes out, or is replaced.
template <class Engine, class Kind, departure Way>
struct departure_drains {
  static constexpr unsigned threads = 2;
  static constexpr bool evicts = Way == departure::evicted || Way == departure::evicted_with_a_throw;
  done_so_far done;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    stage.let_push(1);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    if (index == 1 && evicts) await_sleeper<Engine>(0);  // who asks later waits for the new element
    if (index == 1) return let_out<Engine>(stage, 1, Way);
    Engine::check(stage.queue.wait_drained(deadline::never().when()), "it waits without limit");
  }
  void after() {}
};

/// Somebody waits for the drain, and a producer for room, and one pop comes.
template <class Engine, class Kind>
struct one_pop_wakes_two {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  done_so_far done;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_pop(1);
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(stage.producers[0].push(cargo{2}) == push_status::ok, "room comes");
    } else if (index == 1) {
      await_sleeper<Engine>(2);
      let_out<Engine>(stage, 1, departure::tried);
    } else {
      Engine::check(stage.queue.wait_drained(deadline::never().when()), "what was there has left");
    }
  }
  void after() {}
};

/// Beside a producer that waits, an eviction and a pop: whichever element leaves by the pop, room comes.
template <class Engine, class Kind>
struct room_comes_beside_evictions {
  using cargo = typename Kind::element;
  static constexpr unsigned threads = 3;
  static constexpr bool is_large = true;
  shared_stage<Engine, Kind> stage{1};

  void before() {
    stage.fill(1);
    stage.let_push(0);
    stage.let_push(1);
    stage.let_pop(2);
  }
  void thread(unsigned index) {
    if (index == 0) {
      Engine::check(stage.producers[0].push(cargo{2}) == push_status::ok, "room comes");
    } else if (index == 1) {
      Engine::check(accepted(stage.producers[1].push_evict(cargo{3})), "it always goes in");
    } else {
      cargo out{0};
      let_out<Engine>(stage, 2, departure::tried);
      Engine::check(stage.consumers[2].pop(out) == pop_status::ok, "another one follows");
    }
  }
  void after() {}
};

}  // namespace tidegate::model
