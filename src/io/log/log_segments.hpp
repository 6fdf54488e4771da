// log_segments.hpp: the segment files of one log, from one or two directories, in the order of their numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "io/log/log_format.hpp"
#include "io/log/segment_files.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::detail {

enum class header_state : std::uint8_t {
  good,
  not_begun,  ///< incomplete, and nothing behind it; or a file that waits for its turn
  damaged,    ///< not a header, or another segment's, and something behind it or later segments after it
};

struct segment_info {
  std::string directory;
  segment_name name;
  header_state state = header_state::not_begun;
  segment_header header;  ///< when good; when damaged, number and first seq are what the name says
  std::uint64_t file_bytes = 0;

  [[nodiscard]] std::string path() const { return directory + "/" + to_file_name(name); }
  /// Begun, but the name says otherwise: the writer died before it could rename.
  [[nodiscard]] bool waits_for_name() const noexcept { return state == header_state::good && name.first_seq == 0; }
};

/// What a salvaged segment's name ends in. Numbers and seqs that such a name mentions are not given out again.
inline constexpr std::string_view set_aside_suffix = ".damaged";

struct segment_set {
  std::vector<segment_info> segments;
  std::uint64_t aside_number = 0;  ///< the highest of a segment that was set aside
  std::uint64_t aside_seq = 0;     ///< and its first seq
  std::error_code error;
  std::string problem;
};

/// The directories of a log: one or two. Two names for one directory are one.
[[nodiscard]] std::vector<std::string> directories_of(const log_location& log);

/// Lists the files and reads their headers. Other files are passed over.
[[nodiscard]] segment_set load_segments(segment_files& files, const log_location& log);

/// Syncs every segment and directory, so that what is read afterwards is what the disk holds.
std::error_code sync_segments(segment_files& files, const log_location& log, std::string& problem);

}  // namespace tidegate::detail
