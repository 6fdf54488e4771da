// fan_out_types.hpp: the words of fan_out: policies, reports and counters of peers. Plain values, no behaviour.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string_view>

#include "tidegate/io/drive_types.hpp"
#include "tidegate/io/sink_types.hpp"

namespace tidegate {

/// What happens while a peer has no credit for the next record.
enum class behind_policy : std::uint8_t {
  wait,   ///< nothing is taken from the queue: the slowest such peer sets the pace, and none misses a record
  drop,   ///< it misses records, counted, until it is writable() again; the others go on
  evict,  ///< as wait, but a peer that stays behind for stall_after is shut out, and the others go on
};

/// Why a peer is no longer served.
enum class peer_end : std::uint8_t {
  left,     ///< leave(), or the end of the fan_out: what it had accepted was written, or its deadline came
  evicted,  ///< behind for too long
  failed,   ///< its sink failed, or could not be made
};

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(behind_policy policy) noexcept {
  constexpr std::string_view names[] = {"wait", "drop", "evict"};
  const auto index = static_cast<std::size_t>(policy);
  return index < std::size(names) ? names[index] : "invalid behind_policy";
}
/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(peer_end end) noexcept {
  constexpr std::string_view names[] = {"left", "evicted", "failed"};
  const auto index = static_cast<std::size_t>(end);
  return index < std::size(names) ? names[index] : "invalid peer_end";
}

/// A peer's number, never used twice. 0: none.
using peer_id = std::uint64_t;

struct peer_config {
  behind_policy when_behind = behind_policy::wait;
  /// With `evict`: from the moment that it is not writable(), or lacks the credit for a record.
  std::chrono::nanoseconds stall_after = std::chrono::seconds(5);
  /// Of a sink that fan_out makes; wake_fd and group are fan_out's own.
  sink_config sink = {};
};

/// What became of the records that were taken while a peer was served: offered == accepted + dropped + refused.
struct peer_stats {
  std::uint64_t offered = 0;
  std::uint64_t accepted = 0;  ///< by its sink, whose position tells of the rest
  std::uint64_t dropped = 0;   ///< behind, with behind_policy::drop
  std::uint64_t refused = 0;   ///< larger than its sink's whole capacity
  bool operator==(const peer_stats&) const = default;
};

/// How a peer ended. stats.accepted == sink.position.records.written + lost, handed back or not, if the sink was new.
struct peer_report {
  peer_id id = 0;
  peer_end why = peer_end::left;
  close_report sink;
  peer_stats stats;
};

struct fan_out_config {
  /// As drive_config::max_record_bytes; 0: 16 KiB.
  std::size_t max_record_bytes = 0;
  std::size_t most_records = 4096;  ///< as in drive_config
  std::size_t most_peers = 64;      ///< served or joining at the same time
  /// At the end, the peers have so long to take what their sinks hold.
  std::chrono::nanoseconds close_for = std::chrono::seconds(5);
  /// One wait for all sinks, which fan_out makes members of it; nullptr: none. It must outlive the fan_out.
  sink_group* group = nullptr;
  /// How often to look at what cannot wake the thread: rings, and sinks that are in no group.
  std::chrono::nanoseconds look_after = std::chrono::milliseconds(1);
  /// Gets each record that a peer's sink had accepted and did not write, in order. Must not throw, nor use the fan_out.
  std::function<void(peer_id, const undelivered_record&)> on_undelivered = {};
  /// Is told once of every peer that joined. Likewise.
  std::function<void(const peer_report&)> on_left = {};
};

/// What a fan_out has done so far. Cumulative; any thread may look.
struct fan_out_stats {
  std::uint64_t records = 0;  ///< left the queue, for all peers alike
  std::uint64_t bytes = 0;    ///< of them, as encoded
  std::uint64_t batches = 0;  ///< turns that took some
  std::uint64_t pauses = 0;   ///< times that a peer without credit kept it from taking
  std::uint64_t parks = 0;    ///< times that it slept
  std::uint64_t wakes = 0;    ///< of them, those that the queue's doorbell ended
  std::uint64_t dropped = 0;  ///< copies that peers missed
  std::uint64_t joined = 0;
  std::uint64_t left = 0;     ///< of any peer_end
  std::uint64_t evicted = 0;  ///< of them
  std::uint64_t failed = 0;   ///< of them
};

struct fan_out_report {
  drive_status why = drive_status::idle;
  fan_out_stats stats;
};

}  // namespace tidegate
