// log_recovery.hpp: what a log on disk holds, what is wrong with it, and putting it right after a crash.
//
// A log is a row of segment files in a directory, and maybe a second one that took over when the first one failed.
// examine_log() reads all of it and changes nothing. recover_log() first syncs every file and directory, then reads,
// then cuts off what a crash left half-written; run again, or killed at any point and run again, it comes to the same
// result. It keeps a prefix of the records that were written, each as it was written, and all that were durable.
// Damage before something that is valid, or that was promised to be durable, is never cut off: it is refused, unless
// `salvage` is asked for; then the damaged range is closed by a gap, reported here and by every later reading.
//
// Memory: two windows of 256 KiB and a report a segment. Errors: in the report. Throws: std::bad_alloc only.
// Source: strict tails after etcd's write-ahead log, salted frames after RocksDB's recyclable log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tidegate {

/// Where a log lives.
struct log_location {
  std::string directory;
  std::string name;                ///< letters, digits, '_', '-' and '.', not '.' first
  std::string failover_directory;  ///< the second directory; empty: none
};

/// What to do about damage that is not a half-written tail.
enum class recovery_policy : std::uint8_t {
  strict,   ///< refuse, and say where
  salvage,  ///< skip it, and report what is lost
};

/// What is wrong with a log, where errno has no word for it. Everything else comes with the system category.
enum class log_errc {
  corrupt = 1,       ///< records are damaged or missing before others that are valid, or although they were durable
  no_log,            ///< no segment of this name
  bad_name,          ///< the name of the log has other characters than is allowed
  not_a_file,        ///< a segment's name belongs to a symbolic link, a directory or something else that is no file
  newer_version,     ///< a segment was written by a newer version of the library
  double_segment,    ///< two segment files have the same number
  order_of_numbers,  ///< a segment begins before the one with the number before
  in_use,            ///< another process writes or recovers this log
  record_too_large,  ///< a record is larger than log_reader_config::largest_record
};
const std::error_category& log_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(log_errc code) noexcept {
  return {static_cast<int>(code), log_category()};
}

enum class segment_state : std::uint8_t {
  whole,       ///< all of what counts is valid
  torn,        ///< its end was being written when the writer died
  not_begun,   ///< prepared and never used, or begun by a writer that died before the first record: holds nothing
  superseded,  ///< nothing of it counts: the next segment begins where this one does
  damaged,     ///< see log_recovery::damage
  skipped,     ///< not read: what was asked for lies in later ones
};

/// The enumerator's name, for reports and messages.
[[nodiscard]] constexpr std::string_view to_string(segment_state state) noexcept {
  constexpr std::string_view names[] = {"whole", "torn", "not_begun", "superseded", "damaged", "skipped"};
  const auto index = static_cast<std::size_t>(state);
  return index < std::size(names) ? names[index] : "invalid segment_state";
}

/// One segment file as it was found.
struct segment_report {
  std::string path;
  segment_state state = segment_state::skipped;
  std::uint64_t number = 0;
  std::uint64_t first_seq = 0;   ///< 0: not begun
  std::uint64_t records = 0;     ///< that count: not those which a later segment supersedes
  std::uint64_t file_bytes = 0;  ///< size of the file, preallocated part included
  std::uint64_t used_bytes = 0;  ///< up to the end of the last frame that counts
  std::uint64_t cut_bytes = 0;  ///< of a torn one: from there to the last byte that is not zero; recovery cuts them off
  /// Of a torn one: whole records among those bytes. They were written behind a hole that the crash left and were never
  /// durable.
  std::uint64_t cut_records = 0;
  std::uint64_t created_ns = 0;  ///< since 1970; 0: not known
};

/// A range of a segment that cannot be read, and the records that are lost with it. With first_lost 0, `path` is one of
/// the log's two directories, which salvage has given up: what it held is lost, whatever that was.
struct log_damage {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_lost = 0;  ///< seq
  std::uint64_t last_lost = 0;   ///< first_lost - 1: none; 0: not known, it is the end of the log
  bool closed = false;           ///< by an earlier salvage
};

/// What was found, over all segments in their order.
struct log_recovery {
  std::error_code error;        ///< none: the log can be read and written on
  std::string problem;          ///< the error in one line that names file and offset
  std::uint64_t first_seq = 1;  ///< of the first record there is; next_seq when there is none
  std::uint64_t next_seq = 1;   ///< what the next record to be written gets
  std::uint64_t records = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t last_number = 0;  ///< the highest number of a segment; numbers begin with 1
  std::vector<segment_report> segments;
  std::vector<log_damage> damage;

  /// Bytes at the end that a crash left half-written.
  [[nodiscard]] std::uint64_t cut_bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const segment_report& segment : segments) sum += segment.cut_bytes;
    return sum;
  }
};

/// Reads the whole log and changes nothing. Only while nobody writes it: an end that is being written looks torn. Of a
/// lost directory as recover_log().
[[nodiscard]] log_recovery examine_log(const log_location& log, recovery_policy policy = recovery_policy::strict);

/// Puts the log right and syncs it. Nothing is changed while the report's error is set before; an error on the way
/// (a full or failing disk) leaves the log as recoverable as it was. Takes the log's locks: log_errc::in_use.
/// A directory that is not there or cannot be read (EIO) is refused and named, or with `salvage` given up, if the other
/// one holds segments: see log_damage. One that cannot be written, or that we may not read, is always refused.
[[nodiscard]] log_recovery recover_log(const log_location& log, recovery_policy policy = recovery_policy::strict);

/// The names of the logs that have segments in `directory`, sorted.
[[nodiscard]] std::vector<std::string> log_names(const std::string& directory, std::error_code& error);

}  // namespace tidegate

template <>
struct std::is_error_code_enum<tidegate::log_errc> : std::true_type {};
