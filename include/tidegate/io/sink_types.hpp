// sink_types.hpp: the words of the sinks: answers, positions, configuration, reports. Plain values, no behaviour.
//
// A record that write() accepts ends in exactly one of two places: `written` (the kernel took every byte of it) or
// `lost` (the sink failed or was closed before). At any time, in bytes and in records: accepted == written + in flight
// + lost. How much of `written` the peer has confirmed, as far as the kernel tells, is `acked`.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "tidegate/io/uring_features.hpp"

namespace tidegate {

class sink_group;

/// Answer of write(). The first two mean accepted; after any other nothing of the record was taken.
enum class [[nodiscard]] sink_status : std::uint8_t{
    ok,       ///< accepted
    pause,    ///< accepted, but the high mark is crossed: stop until writable()
    full,     ///< not accepted: no credit now, even after looking for completions; wait_progress() and try again
    too_big,  ///< not accepted, and never will be: above the whole capacity
    closing,  ///< not accepted: close() was called
    failed,   ///< not accepted: the sink is dead, error() says why
    dropped,  ///< not accepted, counted: a log_sink on a full disk under disk_full_policy::drop_new
};

/// Outcome of a call that waits. Several at once: interrupted, then failed or closed, then ok, then stalled, then
/// timed_out.
enum class [[nodiscard]] wait_status : std::uint8_t{
    ok,           ///< what was waited for holds
    timed_out,    ///< the deadline passed first
    failed,       ///< the sink is dead, error() says why; also when nothing was left to wait for
    closed,       ///< close() was called before
    interrupted,  ///< `sink_config::wake_fd` is readable; nothing is undone, call again after reading it
    stalled,      ///< the peer has taken nothing for `sink_config::stall_after`; said once a stall, nothing is undone
};

/// How bytes reach the kernel. `automatic` takes what measured best among what this system allows.
enum class backend_kind : std::uint8_t { automatic, uring, posix };

/// Why records were lost.
enum class loss_reason : std::uint8_t {
  none,       ///< nothing was lost
  error,      ///< the descriptor failed
  cut_short,  ///< close() gave up at its deadline
  evicted,    ///< the peer stalled, and the configuration says to fail then
};

/// True when the sink took the record.
[[nodiscard]] constexpr bool accepted(sink_status status) noexcept { return status <= sink_status::pause; }

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(sink_status status) noexcept {
  constexpr std::string_view names[] = {"ok", "pause", "full", "too_big", "closing", "failed", "dropped"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid sink_status";
}

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(wait_status status) noexcept {
  constexpr std::string_view names[] = {"ok", "timed_out", "failed", "closed", "interrupted", "stalled"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid wait_status";
}

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(loss_reason reason) noexcept {
  constexpr std::string_view names[] = {"none", "error", "cut_short", "evicted"};
  const auto index = static_cast<std::size_t>(reason);
  return index < std::size(names) ? names[index] : "invalid loss_reason";
}

/// The enumerator's name; also the value that the environment variable TIDEGATE_BACKEND takes.
[[nodiscard]] constexpr std::string_view to_string(backend_kind kind) noexcept {
  constexpr std::string_view names[] = {"automatic", "uring", "posix"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(names) ? names[index] : "invalid backend_kind";
}

/// Why a sink could not be made, where errno has no word for it. Everything else comes with the system category.
enum class sink_errc {
  bad_limits = 1,       ///< capacity_bytes >= high_bytes > low_bytes does not hold, or a limit is 0 or above 1 GiB
  bad_backend_name,     ///< TIDEGATE_BACKEND is neither "uring" nor "posix" nor "automatic"
  backend_unavailable,  ///< io_uring was forced and this system refuses it; probe_uring() gives the reason
  not_a_stream,         ///< a regular file or block device was given to stream_sink: use file_sink
  not_a_file,           ///< something without offsets was given to file_sink: use stream_sink
  not_writable,         ///< the descriptor is open for reading only
  cut_short,            ///< close() gave up at its deadline with records left
  bad_feature_name,     ///< TIDEGATE_URING_WITHOUT names something that is no uring_feature
  evicted,              ///< the peer took nothing for `stall_after`, and `evict_stalled` is set
  forked,               ///< used in a child process: the sink belongs to the parent
};
const std::error_category& sink_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(sink_errc code) noexcept {
  return {static_cast<int>(code), sink_category()};
}

/// What to set on a socket before the first byte. 0 and false leave it as it is. What the socket does not have (a
/// TCP_... option of a unix socket, anything of a pipe) is ignored; what the system refuses fails the construction.
struct socket_options {
  std::size_t send_buffer_bytes = 0;  ///< SO_SNDBUF: bounds what the kernel holds besides our capacity
  /// TCP_NOTSENT_LOWAT: the kernel asks for more only when less than this is waiting to be sent.
  std::size_t unsent_low_bytes = 0;
  std::chrono::milliseconds user_timeout{0};   ///< TCP_USER_TIMEOUT: unconfirmed for so long is ETIMEDOUT
  std::chrono::seconds keepalive_after{0};     ///< SO_KEEPALIVE, TCP_KEEPIDLE: idle for so long, ask the peer
  std::chrono::seconds keepalive_interval{0};  ///< TCP_KEEPINTVL
  unsigned keepalive_probes = 0;               ///< TCP_KEEPCNT
  bool no_delay = false;                       ///< TCP_NODELAY: for small batches that must not wait for the last one
};

/// The limits of one sink. Checked at construction: 1 GiB >= capacity_bytes >= high_bytes > low_bytes.
struct sink_config {
  std::size_t capacity_bytes = std::size_t{4} << 20;  ///< hard bound of accepted and not yet written
  std::size_t high_bytes = std::size_t{1} << 20;      ///< writable() turns false at or above this
  std::size_t low_bytes = std::size_t{256} << 10;     ///< and true again at or below this
  std::size_t batch_bytes = std::size_t{256} << 10;   ///< one buffer, and the most that one operation carries
  /// Hard bound of records accepted and not yet written; 0: one per 16 bytes of capacity. The marks apply in
  /// proportion.
  std::size_t capacity_records = 0;
  /// `automatic` may be overruled by the environment variable TIDEGATE_BACKEND; a value set here may not.
  backend_kind backend = backend_kind::automatic;
  /// What of io_uring is not to be used, in addition to what TIDEGATE_URING_WITHOUT says.
  uring_features without = {};
  /// Borrowed eventfd (or any pollable descriptor), -1: none. While it is readable, drain(), flush(), wait() and
  /// wait_progress() return `interrupted`. The sink never reads it: whoever owns it does. close() and
  /// sink_group::wait() do not look at it.
  int wake_fd = -1;
  /// The group that the sink belongs to, nullptr: none. It must outlive the sink. `automatic` then means the group's
  /// backend, and `without` is the group's.
  sink_group* group = nullptr;
  /// true: write() copies, and only full batches (or large records that meet an idle sink) leave by themselves; call
  /// pump() when there is nothing more to write.
  /// false: write() also pumps, so that a lone record leaves at once, at the price of a system call a record.
  bool corked = false;
  /// Transient refusals in a row (ENOMEM, ENOBUFS, EAGAIN), 1 ms to 50 ms apart, before the sink fails.
  unsigned retry_limit = 64;
  /// The sink counts as stalled when something has been in flight for so long and neither the kernel took a byte of it
  /// nor the peer confirmed one. 0: never.
  std::chrono::nanoseconds stall_after{0};
  /// true: a sink that stalls fails with sink_errc::evicted, and close() hands back what the peer did not take.
  bool evict_stalled = false;
  socket_options socket{};
};

/// Cumulative and monotone. accepted >= submitted >= written >= acked; accepted >= written + lost.
struct sink_marks {
  std::uint64_t accepted = 0;   ///< taken by write()
  std::uint64_t submitted = 0;  ///< handed to the kernel at least once
  std::uint64_t written = 0;    ///< taken by the kernel: not the same as delivered to a peer or to the disk
  /// Confirmed: by the peer's kernel (TCP), read by the peer (unix sockets). Never too high. Moves when the sink looks:
  /// in flush_acked(), kernel_queued(), close() and, with stall_after, now and then. Where tells_acked() is false, the
  /// same as written.
  std::uint64_t acked = 0;
  std::uint64_t lost = 0;  ///< never to be written by this sink; final once the sink has failed or is closed

  [[nodiscard]] constexpr std::uint64_t in_flight() const noexcept { return accepted - written - lost; }
  bool operator==(const sink_marks&) const = default;
};

/// Marks in bytes and in whole records. A record counts as submitted or written with its last byte. A record without
/// bytes is written as soon as everything before it is. records.acked may lag behind bytes.acked by some batches, and
/// does not when bytes.acked == bytes.written.
struct sink_position {
  sink_marks bytes;
  sink_marks records;
  bool operator==(const sink_position&) const = default;
};

/// What could be accepted right now without looking for completions.
struct sink_credits {
  std::size_t bytes = 0;
  std::size_t records = 0;
};

/// Which backend runs and why, in words for a log line: "posix: io_uring_setup: EPERM (seccomp filter or sysctl)".
struct backend_report {
  backend_kind kind = backend_kind::automatic;  ///< uring or posix
  std::string reason;
};

/// What a sink lost: one range at its end, in bytes and in records, numbered from 0 over the sink's life.
struct lost_range {
  std::uint64_t first_byte = 0;  ///< bytes [first_byte, end_byte)
  std::uint64_t end_byte = 0;
  std::uint64_t first_record = 0;  ///< records [first_record, end_record), the first of them maybe cut
  std::uint64_t end_record = 0;
  loss_reason reason = loss_reason::none;
  bool operator==(const lost_range&) const = default;
};

/// Transient refusals that were tried again, by what was answered.
struct retry_counts {
  std::uint64_t interrupted = 0;  ///< EINTR
  std::uint64_t again = 0;        ///< EAGAIN
  std::uint64_t no_memory = 0;    ///< ENOMEM
  std::uint64_t no_buffers = 0;   ///< ENOBUFS
  std::uint64_t nothing = 0;      ///< success, and not a byte taken
};

/// Counters of one sink, for reports. Cumulative.
struct sink_stats {
  std::uint64_t batches = 0;       ///< operations handed to the kernel, resubmissions included
  std::uint64_t direct_bytes = 0;  ///< of the bytes written, those that went from the caller's memory without a copy
  std::uint64_t short_writes = 0;  ///< completed with fewer bytes than asked; the rest was resubmitted
  std::uint64_t retries = 0;       ///< transient refusals that were tried again: the sum of retries_by
  std::uint64_t pauses = 0;        ///< times writable() turned false at the high mark
  std::uint64_t resumes = 0;       ///< and true again at the low mark; a sink that dies paused does not resume
  std::uint64_t fulls = 0;         ///< write() and write_run() answered full
  std::uint64_t waits = 0;         ///< times a call slept
  std::chrono::nanoseconds waited{0};  ///< time asleep in the calls that wait, and in close()
  std::uint64_t most_bytes = 0;        ///< highest number of bytes in flight so far
  std::chrono::nanoseconds paused{0};  ///< time between the marks, from each pause to its resume, or until now
  std::uint64_t drains = 0;            ///< calls of drain()
  std::uint64_t drain_timeouts = 0;    ///< and those that timed out
  std::uint64_t stalls = 0;            ///< times the sink began to count as stalled
  bool stalled = false;                ///< it does now
  retry_counts retries_by{};
  /// Operations by size: [i] counts those of 2^i to 2^(i+1) - 1 bytes, as asked for.
  std::array<std::uint64_t, 31> batch_sizes{};
};

/// One record that close() hands back. Valid during the callback only.
struct undelivered_record {
  std::span<const std::byte> bytes;  ///< what the kernel has not taken of it: all of it, or the rest if `partial`
  std::uint64_t written_bytes = 0;   ///< bytes of this record that the kernel took before; 0 unless `partial`
  bool partial = false;              ///< the record that was cut: its beginning is already with the peer or in the file
  std::uint64_t seq = 0;             ///< its number in a log; 0 where records have none
};
using undelivered_callback = std::function<void(const undelivered_record&)>;

/// What close() found. position.records.lost == handed_back_records when a callback was given from the beginning.
struct close_report {
  std::error_code error;   ///< none: everything accepted was written; else the sink's error or sink_errc::cut_short
  sink_position position;  ///< final: in flight is 0
  lost_range lost{};       ///< the same as position.*.lost, as a range with its reason
  std::uint64_t handed_back_records = 0;
  std::uint64_t handed_back_bytes = 0;
  std::uint64_t abandoned_operations = 0;  ///< never reaped, their buffers are leaked on purpose; 0 unless used wrongly
};

/// Whether this process may use io_uring: kind uring or posix, and the reason in words. Makes a ring and drops it.
[[nodiscard]] backend_report probe_uring();

}  // namespace tidegate

template <>
struct std::is_error_code_enum<tidegate::sink_errc> : std::true_type {};
