// support.hpp: what the clients of mpmc_queue, mpsc_queue and spmc_queue share: the kinds of queue, and handles for the
// threads.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "tests/model/clients/elements.hpp"
#include "tests/model/clients/exchange_ring/support.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/shared_queue.hpp"

namespace tidegate::model {

/// mpsc_ring that evicts.
constexpr exchange_options evicting(unsigned attempts) noexcept {
  exchange_options made = helped(attempts);
  made.evicts = true;
  return made;
}

/// Sides and ring of a queue, and how its threads wait. Nothing is counted: it would only add schedules.
template <side_count Sides, exchange_options Ring, wait_kind Wait = wait_kind::park, class Element = counted>
struct shared_kind {
  using element = Element;
  static constexpr side_count sides = Sides;
  static constexpr queue_options options{.wait = Wait, .stats = stats_kind::off, .exchange = Ring};
  template <class Engine>
  using queue = shared_queue<Element, Sides, options, typename Engine::sync>;

  [[nodiscard]] static queue_config config(std::size_t capacity) {
    queue_config made;
    made.capacity = capacity;
    made.rows = {.producers = 4, .consumers = 4};  // three threads, and the one that sets up
    made.budget = {.spins = 1, .yields = 1};
    made.offer_for = std::chrono::microseconds(500);
    return made;
  }
};

/// A queue, and a handle of each side for each thread that asks for one.
template <class Engine, class Kind>
struct shared_stage {
  using queue_type = typename Kind::template queue<Engine>;
  using element = typename Kind::element;

  explicit shared_stage(std::size_t capacity) : queue(Kind::config(capacity)) {}

  void let_push(unsigned thread) { producers[thread] = queue.try_make_producer(); }
  void let_pop(unsigned thread) { consumers[thread] = queue.try_make_consumer(); }

  /// Elements 1 to `count`, before the threads.
  void fill(int count) {
    auto filling = queue.try_make_producer();
    for (int i = 1; i <= count; ++i) {
      Engine::check(filling.try_push(element{i}) == push_status::ok, "there is room");
    }
  }

  [[nodiscard]] static deadline::time_point soon() { return Engine::sync::now() + std::chrono::microseconds(500); }

  all_destroyed<Engine> balance;
  queue_type queue;
  std::array<typename queue_type::producer, 3> producers;
  std::array<typename queue_type::consumer, 3> consumers;
};

}  // namespace tidegate::model
