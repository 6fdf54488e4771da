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

/// A queue of these sides, options and elements.
template <side_count Sides, queue_options Options, class Element>
struct composed_kind {
  using element = Element;
  static constexpr side_count sides = Sides;
  static constexpr queue_options options = Options;
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

/// Sides and exchange ring of a queue, and how its threads wait. Nothing is counted: it would only add schedules.
template <side_count Sides, exchange_options Ring, wait_kind Wait = wait_kind::park, class Element = counted>
struct shared_kind
    : composed_kind<Sides, queue_options{.wait = Wait, .stats = stats_kind::off, .exchange = Ring}, Element> {};

/// The same on a block ring.
template <side_count Sides, std::size_t LongestRun, wait_kind Wait = wait_kind::park>
struct block_kind
    : composed_kind<
          Sides,
          queue_options{
              .wait = Wait, .stats = stats_kind::off, .many = ring_choice::block, .block = {.longest_run = LongestRun}},
          plain> {};

/// The same on a ticketed ring, whose failures may be false while a peer is in mid-call.
struct ticketed_kind
    : composed_kind<side_count::many_to_many,
                    queue_options{.wait = wait_kind::park, .stats = stats_kind::off, .many = ring_choice::ticketed},
                    counted> {};

/// A queue, and a handle of each side for each thread that asks for one.
template <class Engine, class Kind>
struct shared_stage {
  using queue_type = typename Kind::template queue<Engine>;
  using element = typename Kind::element;

  explicit shared_stage(std::size_t capacity) : queue(Kind::config(capacity)) {}

  void let_push(unsigned thread) { producers[thread] = queue.try_make_producer(); }
  void let_pop(unsigned thread) { consumers[thread] = queue.try_make_consumer(); }

  /// Elements 1 to `count`, before the threads; in one run where the ring moves runs.
  void fill(std::size_t count) {
    element some[] = {element{1}, element{2}};
    Engine::check(queue.try_make_producer().try_push_n(some, count) == count, "there is room");
  }

  [[nodiscard]] static deadline::time_point soon() { return Engine::sync::now() + std::chrono::microseconds(500); }

  all_destroyed<Engine> balance;
  queue_type queue;
  std::array<typename queue_type::producer, 4> producers;
  std::array<typename queue_type::consumer, 4> consumers;
};

}  // namespace tidegate::model
