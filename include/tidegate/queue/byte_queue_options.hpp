// byte_queue_options.hpp: how a byte queue is composed, its numbers, and what it reports.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tidegate/memory/memory_options.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/ring/byte_options.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {

/// Options of a byte queue, a template argument.
struct byte_queue_options {
  wait_kind wait = wait_kind::spin_park;
  stats_kind stats = stats_kind::counters;
  byte_options ring = {};

  bool operator==(const byte_queue_options&) const = default;
};

/// Numbers of a byte queue, a constructor argument. There is no default capacity.
struct byte_queue_config {
  std::size_t capacity;        ///< bytes, exact: a multiple of 8, >= 24
  memory_options memory = {};  ///< where the ring lives
  wait_budget budget = {};     ///< how long waits stay awake

  /// With many producers: how long a consumer sleeps, while something is claimed and not published, before it looks
  /// whether the claim's thread still lives. Nothing wakes it when that thread ends.
  std::chrono::nanoseconds look_after = std::chrono::milliseconds(10);
  std::string name = {};  ///< for reports
};

/// A snapshot; fields are read one after another while the queue runs. Capacity and depth are in bytes, the rest
/// counts calls; counters are 0 with stats_kind::off, but for `room`.
struct byte_queue_stats {
  std::size_t capacity = 0;
  std::size_t depth = 0;
  byte_counts room;             ///< records, bytes, what was abandoned, and claims in the consumer's way
  std::uint64_t rejected = 0;   ///< claims and pushes answered `full`
  std::uint64_t timed_out = 0;  ///< claims and pushes answered `timed_out`
  std::uint64_t push_waits = 0;
  std::uint64_t pop_waits = 0;
  std::chrono::nanoseconds push_wait_time{0};
  std::chrono::nanoseconds pop_wait_time{0};
};

}  // namespace tidegate
