// counters_reader.hpp: what a counters file says, read without the help of whoever writes it.
//
//   const counters_snapshot seen = read_counters(path);
//   if (seen.error) complain(seen.problem);
//
// The file describes itself: its fields are read by name, so that an older or a newer reader can still show them. It is
// trusted in nothing: every offset and length is checked before it is used, and a file that is truncated, half-written,
// damaged, foreign or being cut off meanwhile is an error with one line that says so. It is read, not mapped: one that
// shrinks meanwhile is no signal.
//
// Memory: twice the file, which is refused above 64 MiB. Thread roles: any; a snapshot is a value.
// Progress: blocks as long as reading the file does; a sample that is overwritten meanwhile is read again, 8 times.
// Errors: in the snapshot. Throws: std::bad_alloc only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tidegate {

/// Why a file cannot be shown, where errno has no word for it. Everything else comes with the system category.
enum class counters_errc {
  not_a_file = 1,  ///< a directory, a pipe, a device
  not_counters,    ///< does not begin as a counters file does
  other_version,   ///< another version of the layout, or of another byte order
  truncated,       ///< shorter than it says
  damaged,         ///< its description contradicts itself or its checksum
  too_large,       ///< larger than any counters file
  half_written,    ///< no whole sample in it
};
const std::error_category& counters_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(counters_errc code) noexcept {
  return {static_cast<int>(code), counters_category()};
}

/// How whoever writes the file does.
enum class writer_state : std::uint8_t {
  alive,    ///< it runs, and has published lately
  stalled,  ///< it runs, or may run, and has not published for several periods
  gone,     ///< its process has ended: this is the last it said
};

/// The enumerator's name, for reports and messages.
[[nodiscard]] constexpr std::string_view to_string(writer_state state) noexcept {
  constexpr std::string_view names[] = {"alive", "stalled", "gone"};
  const auto index = static_cast<std::size_t>(state);
  return index < std::size(names) ? names[index] : "invalid writer_state";
}

/// Whether a field only grows, or goes up and down, or is text.
enum class counters_kind : std::uint32_t { counter = 1, gauge = 2, label = 3 };
/// How a field's bytes are read.
enum class counters_type : std::uint32_t { whole = 1, real = 2, text = 3 };

/// One column, as the file describes it.
struct counters_field {
  std::string name;  ///< units last: "oldest_age_ns"
  std::string unit;  ///< "items", "bytes", "ns", "1/s", ...; empty: none
  counters_kind kind = counters_kind::gauge;
  counters_type type = counters_type::whole;
  std::uint32_t offset = 0;  ///< in a row
  std::uint32_t length = 0;
};

/// Who writes, and since when.
struct counters_process {
  std::string name;  ///< of the command
  std::uint32_t pid = 0;
  writer_state state = writer_state::gone;
  std::chrono::nanoseconds created{0};     ///< since 1970
  std::chrono::nanoseconds uptime{0};      ///< from when the file was made to the last sample
  std::chrono::nanoseconds sample_age{0};  ///< how long ago that was
  std::chrono::nanoseconds period{0};      ///< how often it means to publish
};

/// One sample of all rows, and what it needs to be understood.
class counters_snapshot {
 public:
  static constexpr std::size_t npos = ~std::size_t{0};

  std::error_code error;  ///< none: everything else is valid
  std::string problem;    ///< the error in one line that names the file
  counters_process writer;
  std::vector<counters_field> fields;
  std::uint64_t sequence = 0;  ///< counts samples, from 1
  std::uint64_t left_out = 0;  ///< watched things that the file has no room for
  std::size_t rows = 0;

  /// False: this row was being written, or is damaged, each time it was looked at; it has no values.
  [[nodiscard]] bool readable(std::size_t row) const noexcept { return row < rows && whole_rows[row]; }
  /// The field of this name; npos: the writer does not have it.
  [[nodiscard]] std::size_t field(std::string_view name) const noexcept;

  /// The value of a `whole` field; nothing when there is none (time to full of a queue that does not fill).
  [[nodiscard]] std::optional<std::uint64_t> whole(std::size_t row, std::size_t field) const noexcept;
  /// The value of a `real` or `whole` field.
  [[nodiscard]] std::optional<double> real(std::size_t row, std::size_t field) const noexcept;
  /// The value of a `text` field, as it is in the file: it may hold any byte but 0.
  [[nodiscard]] std::string_view text(std::size_t row, std::size_t field) const noexcept;

  std::size_t row_bytes = 0;
  std::vector<std::byte> bytes;  ///< the rows, as they are in the file
  std::vector<bool> whole_rows;  ///< one a row: its checksum holds
};

/// Reads the file's newest whole sample.
[[nodiscard]] counters_snapshot read_counters(const std::string& path);

/// The counters files in `folder`, by name: regular files that do not begin with '.'. An error: the folder cannot be
/// listed.
[[nodiscard]] std::vector<std::string> list_counters(const std::string& folder, std::error_code& error);

}  // namespace tidegate

template <>
struct std::is_error_code_enum<tidegate::counters_errc> : std::true_type {};
