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
  overflow_kind overflow = overflow_kind::block;  ///< block, reject or drop_newest
  bool limits_waiters = false;                    ///< looks at byte_queue_config::max_waiters

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
  std::chrono::nanoseconds offer_for = std::chrono::nanoseconds::max();  ///< limit of overflow_kind::block; max: none
  std::size_t max_waiters = queue_config::any_number;                    ///< producers that wait; to others: `full`
  std::string name = {};                                                 ///< for reports
};

/// A snapshot; fields are read one after another while the queue runs. Capacity and depth are in bytes, the rest
/// counts calls; counters are 0 with stats_kind::off, but for `room`.
struct byte_queue_stats {
  std::size_t capacity = 0;
  std::size_t depth = 0;
  byte_counts room;               ///< records, bytes, what was abandoned, and claims in the consumer's way
  std::uint64_t rejected = 0;     ///< claims and pushes answered `full`
  std::uint64_t turned_away = 0;  ///< of those, because max_waiters others waited
  std::uint64_t dropped = 0;      ///< offers answered `dropped`
  std::uint64_t timed_out = 0;    ///< claims and pushes answered `timed_out`
  std::uint64_t cancelled = 0;    ///< claims and pushes answered `cancelled`
  std::uint64_t closed = 0;       ///< claims and pushes answered `closed`
  std::uint64_t push_waits = 0;
  std::uint64_t pop_waits = 0;
  std::chrono::nanoseconds push_wait_time{0};
  std::chrono::nanoseconds pop_wait_time{0};
};

}  // namespace tidegate
