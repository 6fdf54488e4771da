// lane_options.hpp: how a lane_queue is composed. Options choose code and are part of the type; config chooses numbers.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tidegate/flow/deficit_round_robin.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate {

/// How many threads push into a lane.
enum class lane_producers : std::uint8_t {
  many,  ///< mpsc_ring: a thread that stops delays nobody
  one,   ///< spsc_ring: one thread for each lane, no locked operation
};

/// Options of a lane_queue, a template argument: `lane_queue<job, 2, lane_options{.wait = wait_kind::park}>`.
struct lane_options {
  wait_kind wait = wait_kind::spin_park;
  overflow_kind overflow = overflow_kind::block;  ///< of each lane
  stats_kind stats = stats_kind::counters;
  lane_producers producers = lane_producers::many;
  exchange_options exchange = {};     ///< of lane_producers::many
  ring_options ring = {};             ///< of lane_producers::one
  bool check_roles = checks_enabled;  ///< abort when a second thread pops

  bool operator==(const lane_options&) const = default;
};

/// Numbers of one lane. There is no default capacity.
struct lane_config {
  std::size_t capacity;      ///< elements, exact, >= 1
  std::uint32_t weight = 1;  ///< of the service, in proportion to the other lanes: 1 to deficit_round_robin::max_weight
};

/// Numbers of the whole, but for the lanes.
struct lanes_config {
  strict_lane strict = {};     ///< a lane that comes before the others; none
  std::uint32_t quantum = 1;   ///< cost per weight and round, >= 1: best about the cost of a large element
  memory_options memory = {};  ///< where each lane lives; no span: there are several
  ring_rows rows = {};         ///< of each lane: threads that push into it
  wait_budget budget = {};     ///< how long waits stay awake
  std::chrono::nanoseconds offer_for = std::chrono::nanoseconds::max();  ///< limit of overflow_kind::block; max: none
  std::string name = {};                                                 ///< for reports
};

/// Numbers of a lane_queue, a constructor argument.
template <std::size_t N>
struct lane_queue_config {
  std::array<lane_config, N> lanes;
  lanes_config all = {};
};

/// What an element costs of its lane's share, when every element costs the same.
struct one_unit {
  template <class T>
  [[nodiscard]] constexpr std::uint32_t operator()(const T&) const noexcept {
    return 1;
  }
};

/// Tells the cost of an element.
template <class Cost, class T>
concept element_cost = std::is_nothrow_default_constructible_v<Cost> &&
    std::is_nothrow_invocable_r_v<std::uint32_t, const Cost&, const T&>;

/// What happened to one lane so far. `pop_waits` are the queue's.
struct lane_stats : queue_stats {
  std::uint32_t weight = 1;
  double share = 0;  ///< of all elements popped so far
};

namespace detail {

[[nodiscard]] constexpr queue_options to_queue_options(const lane_options& lanes) noexcept {
  queue_options made;
  made.wait = lanes.wait;
  made.overflow = lanes.overflow;
  made.stats = lanes.stats;
  made.ring = lanes.ring;
  made.exchange = lanes.exchange;
  return made;
}

}  // namespace detail
}  // namespace tidegate
