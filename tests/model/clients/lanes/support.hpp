// support.hpp: what the clients of lane_queue and fair_queue share: the kinds of queue.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/model/clients/elements.hpp"
#include "tests/model/clients/exchange_ring/support.hpp"
#include "tests/model/explorer/engine.hpp"
#include "tidegate/queue/fair_queue.hpp"
#include "tidegate/queue/lane_queue.hpp"

namespace tidegate::model {

/// Numbers of a queue for three threads and the one that sets up.
[[nodiscard]] inline lanes_config few_threads() {
  lanes_config made;
  made.rows = {.producers = 4, .consumers = 1};
  made.budget = {.spins = 1, .yields = 1};
  made.offer_for = std::chrono::microseconds(500);
  return made;
}

/// Two lanes. Nothing is counted, and no role checked: it would only add schedules.
template <exchange_options Ring, lane_producers Producers = lane_producers::many, wait_kind Wait = wait_kind::park>
struct two_lanes_kind {
  static constexpr lane_options options{.wait = Wait,
                                        .stats = stats_kind::off,
                                        .producers = Producers,
                                        .exchange = Ring,
                                        .ring = {.failures = Ring.failures, .check_roles = false},
                                        .check_roles = false};
  static constexpr auto failures = Ring.failures == failure_order::joint ? test::failure_judgement::joint
                                                                         : test::failure_judgement::each_failure_alone;
  template <class Engine>
  using queue = lane_queue<counted, 2, options, one_unit, typename Engine::sync>;

  [[nodiscard]] static lane_queue_config<2> config(std::size_t capacity) {
    return {.lanes = {{{.capacity = capacity, .weight = 2}, {.capacity = capacity}}}, .all = few_threads()};
  }
};

}  // namespace tidegate::model
