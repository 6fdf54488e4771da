// log_reader.hpp: the records of a log, one after the other, from the oldest or from a given seq.
//
//   while (reader.next() == read_status::ok) use(reader.seq(), reader.payload());
//
// Yields what log_recovery.hpp calls the log: it ends where a crash left a half-written tail, and changes nothing.
// Every record's checksum is verified before it is shown. Segments that lie wholly before `from_seq` are not read.
// For a log that nobody writes meanwhile: it does not follow, and an end that is being written looks torn.
//
// Memory: two windows of 256 KiB, one record if it is larger than that, and a report a segment. Files are read, not
// mapped: one that shrinks or fails meanwhile is an error and no signal.
// Thread roles: one thread at a time. Progress: next() blocks as long as reading the file does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "tidegate/io/log_recovery.hpp"

namespace tidegate {

namespace detail {
class log_walk;
}

/// Answer of log_reader::next().
enum class [[nodiscard]] read_status : std::uint8_t{
    ok,      ///< seq() and payload() are the next record's
    gap,     ///< records are lost here: seq() is the first, last_lost() the last of them; next() goes on behind
    end,     ///< nothing more, also when asked again
    failed,  ///< error() and problem() say why, also when asked again
};

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(read_status status) noexcept {
  constexpr std::string_view names[] = {"ok", "gap", "end", "failed"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid read_status";
}

struct log_reader_config {
  std::uint64_t from_seq = 1;  ///< records before are not yielded
  /// strict: damage in the middle is `failed`; salvage: it is a `gap`. One that an earlier salvage closed always is.
  recovery_policy damage = recovery_policy::strict;
  std::size_t largest_record = std::size_t{256} << 20;  ///< the most memory for one record; a larger one is `failed`
};

class log_reader {
 public:
  /// Lists the segments and reads their headers. Throws std::system_error with log_errc or what the system answered.
  explicit log_reader(const log_location& log, const log_reader_config& config = {});

  /// The same without exceptions: nullptr and `error`.
  [[nodiscard]] static std::unique_ptr<log_reader> make(const log_location& log, const log_reader_config& config,
                                                        std::error_code& error) noexcept;

  log_reader(const log_reader&) = delete;
  log_reader& operator=(const log_reader&) = delete;
  ~log_reader();

  /// Goes to the next record. What was shown before is no longer valid.
  read_status next() noexcept;

  [[nodiscard]] std::uint64_t seq() const noexcept;
  [[nodiscard]] std::span<const std::byte> payload() const noexcept;
  /// After `gap`: the last lost seq; seq() - 1 when damage was passed and no record is lost with it.
  [[nodiscard]] std::uint64_t last_lost() const noexcept;

  [[nodiscard]] std::error_code error() const noexcept;
  /// The error in one line that names file and offset.
  [[nodiscard]] const std::string& problem() const noexcept;
  /// What was found so far; after `end`, of everything from from_seq on.
  [[nodiscard]] const log_recovery& found() const noexcept;

 private:
  explicit log_reader(std::unique_ptr<detail::log_walk> walk) noexcept;

  std::unique_ptr<detail::log_walk> walk_;
};

}  // namespace tidegate
