// drive_types.hpp: the words of the drivers, sink_driver and fan_out: answers, configuration, counters. Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "tidegate/io/sink_types.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {

/// What a turn of a driver came to. Several at once: stopped, then failed, then drained, then ok, then idle.
enum class [[nodiscard]] drive_status : std::uint8_t{
    ok,       ///< records were taken, or written
    idle,     ///< nothing could be done, until the deadline if one was given
    drained,  ///< the queue is closed, and the sink has taken everything: finish()
    stopped,  ///< a stop was requested: what is in the queue stays there; finish()
    failed,   ///< the sink is dead: what is in the queue stays there; finish() hands back what was taken
    no_row,   ///< the queue has no row for one more consumer (queue_config::rows)
};

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(drive_status status) noexcept {
  constexpr std::string_view names[] = {"ok", "idle", "drained", "stopped", "failed", "no_row"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid drive_status";
}

struct drive_config {
  /// The largest record that the encoder makes, where it does not tell: so much credit must be there before an element
  /// leaves the queue. A larger record is kept until its credit is there, and counted as `carried`. 0: what fits while
  /// the sink is writable().
  std::size_t max_record_bytes = 0;
  /// Taken in one turn at most, before the next look at completions and at a stop.
  std::size_t most_records = 4096;
  /// After the last record, or a stop, the sink has so long to write what it holds before it is cut.
  std::chrono::nanoseconds close_for = std::chrono::seconds(5);
  /// How often to look at a queue that wakes nobody: a ring, or one that spins. Also the most that a claim of an ended
  /// thread can delay the records behind it in a byte queue.
  std::chrono::nanoseconds look_after = std::chrono::milliseconds(1);
  /// How long to stay awake before each sleep while there is nothing in flight.
  wait_budget budget = {};
  /// Gets every record that was taken from the queue and will not be written, in order. Must not throw, nor use the
  /// driver. Empty: they are counted as lost.
  undelivered_callback on_undelivered = {};
};

/// What a driver has done so far. Cumulative; any thread may look.
struct drive_stats {
  std::uint64_t records = 0;  ///< left the queue
  std::uint64_t bytes = 0;    ///< of them, accepted by the sink
  std::uint64_t batches = 0;  ///< turns that took some
  std::uint64_t pauses = 0;   ///< times that it stopped taking because the sink had no room
  std::uint64_t parks = 0;    ///< times that it slept
  std::uint64_t wakes = 0;    ///< of them, those that the queue's doorbell ended
  std::uint64_t carried = 0;  ///< records above max_record_bytes that were kept until there was credit
  std::uint64_t refused = 0;  ///< records above the sink's whole capacity, handed back at once
};

/// How a driver ended. stats.records == sink.position.records.written + handed_back + lost, if the sink was new.
struct drive_report {
  drive_status why = drive_status::idle;
  close_report sink;  ///< as the sink's close() told
  drive_stats stats;
  std::uint64_t handed_back = 0;  ///< records given to on_undelivered
  std::uint64_t lost = 0;         ///< records that were taken, not written, and given to nobody
};

}  // namespace tidegate
