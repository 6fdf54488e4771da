// sink_types.hpp: the words of the sinks: answers, positions, configuration, reports. Plain values, no behaviour.
//
// A record that write() accepts ends in exactly one of two places: `written` (the kernel took every byte of it) or
// `lost` (the sink failed or was closed before). At any time, in bytes and in records: accepted == written + in flight
// + lost.
#pragma once

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
};

/// Outcome of a call that waits. Several at once: interrupted, then failed or closed, then ok, then timed_out.
enum class [[nodiscard]] wait_status : std::uint8_t{
    ok,           ///< what was waited for holds
    timed_out,    ///< the deadline passed first
    failed,       ///< the sink is dead, error() says why; also when nothing was left to wait for
    closed,       ///< close() was called before
    interrupted,  ///< `sink_config::wake_fd` is readable; nothing is undone, call again after reading it
};

/// How bytes reach the kernel. `automatic` takes what measured best among what this system allows.
enum class backend_kind : std::uint8_t { automatic, uring, posix };

/// True when the sink took the record.
[[nodiscard]] constexpr bool accepted(sink_status status) noexcept { return status <= sink_status::pause; }

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(sink_status status) noexcept {
  constexpr std::string_view names[] = {"ok", "pause", "full", "too_big", "closing", "failed"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid sink_status";
}

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(wait_status status) noexcept {
  constexpr std::string_view names[] = {"ok", "timed_out", "failed", "closed", "interrupted"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid wait_status";
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
};
const std::error_category& sink_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(sink_errc code) noexcept {
  return {static_cast<int>(code), sink_category()};
}

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
  /// Borrowed eventfd (or any pollable descriptor), -1: none. While it is readable, drain(), flush() and
  /// wait_progress() return `interrupted`. The sink never reads it: whoever owns it does. close() does not look at it.
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
};

/// Cumulative and monotone. accepted >= submitted >= written; accepted >= written + lost.
struct sink_marks {
  std::uint64_t accepted = 0;   ///< taken by write()
  std::uint64_t submitted = 0;  ///< handed to the kernel at least once
  std::uint64_t written = 0;    ///< taken by the kernel: not the same as delivered to a peer or to the disk
  std::uint64_t lost = 0;       ///< never to be written by this sink; final once the sink has failed or is closed

  [[nodiscard]] constexpr std::uint64_t in_flight() const noexcept { return accepted - written - lost; }
  bool operator==(const sink_marks&) const = default;
};

/// Marks in bytes and in whole records. A record counts as submitted or written with its last byte. A record without
/// bytes is written as soon as everything before it is.
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

/// Counters of one sink, for reports. Cumulative.
struct sink_stats {
  std::uint64_t batches = 0;       ///< operations handed to the kernel, resubmissions included
  std::uint64_t direct_bytes = 0;  ///< of the bytes written, those that went from the caller's memory without a copy
  std::uint64_t short_writes = 0;  ///< completed with fewer bytes than asked; the rest was resubmitted
  std::uint64_t retries = 0;       ///< transient refusals (EINTR, EAGAIN, ENOMEM, ENOBUFS) that were tried again
  std::uint64_t pauses = 0;        ///< times writable() turned false
  std::uint64_t fulls = 0;         ///< write() and write_run() answered full
  std::uint64_t waits = 0;         ///< times a call slept
  std::chrono::nanoseconds waited{0};  ///< time asleep in drain(), flush(), wait_progress() and close()
  std::uint64_t most_bytes = 0;        ///< highest number of bytes in flight so far
};

/// One record that close() hands back. Valid during the callback only.
struct undelivered_record {
  std::span<const std::byte> bytes;  ///< what the kernel has not taken of it: all of it, or the rest if `partial`
  std::uint64_t written_bytes = 0;   ///< bytes of this record that the kernel took before; 0 unless `partial`
  bool partial = false;              ///< the record that was cut: its beginning is already with the peer or in the file
};
using undelivered_callback = std::function<void(const undelivered_record&)>;

/// What close() found. position.records.lost == handed_back_records when a callback was given.
struct close_report {
  std::error_code error;   ///< none: everything accepted was written; else the sink's error or sink_errc::cut_short
  sink_position position;  ///< final: in flight is 0
  std::uint64_t handed_back_records = 0;
  std::uint64_t handed_back_bytes = 0;
  std::uint64_t abandoned_operations = 0;  ///< never reaped, their buffers are leaked on purpose; 0 unless used wrongly
};

/// Whether this process may use io_uring: kind uring or posix, and the reason in words. Makes a ring and drops it.
[[nodiscard]] backend_report probe_uring();

}  // namespace tidegate

template <>
struct std::is_error_code_enum<tidegate::sink_errc> : std::true_type {};
