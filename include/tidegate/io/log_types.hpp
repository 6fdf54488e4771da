// log_types.hpp: the words of log_sink: engines, policies, positions, configuration, reports. Plain values.
//
// A record that write() accepts is first `written` (the kernel has it: it survives a killed process), then `durable`
// (fdatasync said so: it survives a power cut). One of the two settles it: `written` under sync_policy::none(),
// `durable` under every other. Until then its bytes are kept in memory and its credit is taken. At any time, in bytes
// and in records: accepted == settled + in flight + lost.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "tidegate/io/log_recovery.hpp"
#include "tidegate/io/sink_types.hpp"

namespace tidegate {

/// How bytes reach the file. What a file system or system refuses falls back to another one: backend() says which.
enum class log_engine : std::uint8_t {
  automatic,  ///< what measured best: `inlined` under sync_policy::none(), `buffered` under every other
  buffered,   ///< page cache, up to four writes in flight on io_uring; without io_uring the same as `inlined`
  inlined,    ///< page cache, pwrite(2) in the calling thread: the least work, but a blocked disk blocks the caller
  direct,     ///< O_DIRECT in whole blocks: errors show at the write, no copy in the page cache, least CPU per byte
};

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(log_engine engine) noexcept {
  constexpr std::string_view names[] = {"automatic", "buffered", "inline", "direct"};
  const auto index = static_cast<std::size_t>(engine);
  return index < std::size(names) ? names[index] : "invalid log_engine";
}

/// When fdatasync is called. One call is under way at a time and covers all that was written before it (group commit);
/// writes go on meanwhile.
struct sync_policy {
  enum class when : std::uint8_t { never, timed, always };
  when rule = when::always;
  std::chrono::milliseconds span{0};

  /// Only sync() does. Survives a killed process, not a power cut, and then recovery may find a hole.
  [[nodiscard]] static constexpr sync_policy none() noexcept { return {when::never, {}}; }
  /// At most this long after the oldest byte that is not durable was written, earlier when credits run low. Only calls
  /// on the sink look at the clock: next_due() says when one is wanted.
  [[nodiscard]] static constexpr sync_policy interval(std::chrono::milliseconds span) noexcept {
    return {when::timed, span};
  }
  /// As soon as something is written and no other one is under way.
  [[nodiscard]] static constexpr sync_policy each_batch() noexcept { return {when::always, {}}; }

  bool operator==(const sync_policy&) const = default;
};

/// While the disk is full the sink is suspended: it keeps what it has, tries again every 100 ms to 1 s, and goes on by
/// itself.
enum class disk_full_policy : std::uint8_t {
  block,     ///< write() accepts while there are credits, then answers `full`
  drop_new,  ///< ... then answers `dropped` and counts
  fail,      ///< the sink fails
};

/// What a failed sync, or a failed write that is not a full disk, does. The segment is never written or synced again:
/// a second fdatasync would answer success for bytes that are gone.
enum class sync_error_policy : std::uint8_t {
  rewrite,        ///< all that is not durable goes to a new segment; the sink fails only when that one fails, too
  fail,           ///< the sink fails
  abort_process,  ///< std::abort(), for those who trust nothing but recovery
};

/// Configuration of one log. Limits as in sink_config; lengths count payload bytes. sink_errc::bad_limits also when
/// segment_bytes cannot hold all that may be in flight.
struct log_config {
  std::string directory = {};           ///< must exist
  std::string name = "log";             ///< of the log: several may share a directory
  std::string failover_directory = {};  ///< where a new segment goes when one here failed; empty: here again
  std::size_t segment_bytes = std::size_t{64} << 20;  ///< rounded up to whole blocks of 4096
  std::size_t capacity_bytes = std::size_t{4} << 20;  ///< hard bound of accepted and not yet settled
  std::size_t high_bytes = std::size_t{1} << 20;      ///< writable() turns false at or above this
  std::size_t low_bytes = std::size_t{256} << 10;     ///< and true again at or below this
  std::size_t batch_bytes = std::size_t{256} << 10;   ///< the most that one write carries, rounded up to whole blocks
  std::size_t capacity_records = 0;                   ///< hard bound of records; 0: one per 64 bytes of capacity
  log_engine engine = log_engine::automatic;
  sync_policy sync = sync_policy::each_batch();
  disk_full_policy on_disk_full = disk_full_policy::block;
  sync_error_policy on_sync_error = sync_error_policy::rewrite;
  recovery_policy recovery = recovery_policy::strict;  ///< what opening does about damage, or a lost directory
  backend_kind backend = backend_kind::automatic;      ///< as in sink_config, TIDEGATE_BACKEND included
  uring_features without = {};                         ///< as in sink_config, TIDEGATE_URING_WITHOUT included
  int wake_fd = -1;                                    ///< as in sink_config
  sink_group* group = nullptr;                         ///< as in sink_config
  bool corked = false;                                 ///< as in sink_config
  unsigned retry_limit = 64;                           ///< transient refusals in a row before a write counts as failed
};

/// Cumulative and monotone. accepted >= written >= durable; accepted == settled + in_flight() + lost.
struct log_marks {
  std::uint64_t accepted = 0;   ///< taken by write()
  std::uint64_t submitted = 0;  ///< handed to the kernel at least once
  std::uint64_t written = 0;    ///< in the file, as far as a killed process is concerned
  std::uint64_t durable = 0;    ///< synced
  std::uint64_t settled = 0;    ///< `written` under sync_policy::none(), else `durable`: credits are given back here
  std::uint64_t lost = 0;  ///< not settled and never to be, though the file may hold it; final once failed or closed

  [[nodiscard]] constexpr std::uint64_t in_flight() const noexcept { return accepted - settled - lost; }
  bool operator==(const log_marks&) const = default;
};

/// Marks in payload bytes and in records. Bytes count with the last one of their record. Since construction: seqs go
/// on from what recovery found.
struct log_position {
  log_marks bytes;
  log_marks records;
  bool operator==(const log_position&) const = default;
};

/// The same in the words of a sink: what is settled is `written`, and confirmed.
[[nodiscard]] constexpr sink_position as_sink_position(const log_position& at) noexcept {
  const auto as_sink = [](const log_marks& from) noexcept {
    return sink_marks{from.accepted, from.submitted, from.settled, from.settled, from.lost};
  };
  return {as_sink(at.bytes), as_sink(at.records)};
}

/// For whoever treats all kinds of sinks alike.
[[nodiscard]] constexpr const sink_position& as_sink_position(const sink_position& at) noexcept { return at; }

/// An inclusive range of seqs; empty when last < first.
struct seq_range {
  std::uint64_t first = 1;
  std::uint64_t last = 0;

  [[nodiscard]] constexpr bool is_none() const noexcept { return last < first; }
  bool operator==(const seq_range&) const = default;
};

/// Counters of one log, for reports. Cumulative.
struct log_stats {
  std::uint64_t writes = 0;                  ///< operations handed to the kernel, resubmissions included
  std::uint64_t short_writes = 0;            ///< completed with fewer bytes than asked
  std::uint64_t retries = 0;                 ///< transient refusals that were tried again
  std::uint64_t syncs = 0;                   ///< fdatasync calls that succeeded
  std::uint64_t segments = 0;                ///< segments begun
  std::uint64_t poisoned = 0;                ///< segments given up after a failed write or sync
  std::uint64_t rewritten = 0;               ///< records that went to another segment because of that
  std::uint64_t suspensions = 0;             ///< times the disk was full
  std::uint64_t dropped = 0;                 ///< records refused under disk_full_policy::drop_new
  std::uint64_t pauses = 0;                  ///< times writable() turned false
  std::uint64_t fulls = 0;                   ///< write() and write_run() answered full
  std::uint64_t waits = 0;                   ///< times a call slept
  std::chrono::nanoseconds waited{0};        ///< time asleep
  std::chrono::nanoseconds sync_longest{0};  ///< the longest sync
  std::chrono::nanoseconds sync_total{0};    ///< all syncs together
  std::uint64_t most_bytes = 0;              ///< highest number of bytes in flight so far
};

/// What close() found. The base's position counts what was settled as `written`.
struct log_close_report : close_report {
  log_position marks;     ///< final: in flight is 0
  seq_range undelivered;  ///< the records that are lost, by seq; handed back when a callback was given
};

}  // namespace tidegate
