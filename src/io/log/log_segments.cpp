#include "io/log/log_segments.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "io/log/file_window.hpp"

namespace tidegate::detail {

namespace {

/// True when a byte behind the header is not zero. Reads until it finds one.
bool holds_something(file_window& window) {
  for (std::uint64_t at = log_header_bytes;;) {
    const auto bytes = window.view_from(at, 1);
    if (bytes.empty()) return false;
    if (std::ranges::any_of(bytes, [](std::byte byte) { return byte != std::byte{0}; })) return true;
    at += bytes.size();
  }
}

std::error_code read_header(file_window& window, segment_info& segment) {
  const auto bytes = window.view(0, log_header_bytes);
  if (window.error()) return window.error();
  segment.header = {.number = segment.name.number, .first_seq = segment.name.first_seq};
  if (bytes.size() == log_header_bytes) {
    const auto whole = bytes.first<log_header_bytes>();
    const auto version = header_version(whole);
    const auto header = decode_header(whole);
    const bool named = header && header->number == segment.name.number &&
                       (segment.name.first_seq == 0 || segment.name.first_seq == header->first_seq);
    if (named) {
      segment.state = header_state::good;
      segment.header = *header;
      return {};
    }
    if (version && *version > log_version && segment.name.first_seq != 0) return log_errc::newer_version;
  }
  // A file that waits for its turn may hold what another one left in it.
  const bool begun = segment.name.first_seq != 0 && holds_something(window);
  segment.state = begun ? header_state::damaged : header_state::not_begun;
  return window.error();
}

/// One at a time holds a descriptor, however many segments there are.
std::error_code inspect(segment_files& files, file_window& window, segment_info& segment) {
  opened_file file;
  if (auto error = files.open(segment.path(), file_access::read, file)) return error;
  segment.file_bytes = file.bytes;
  window.look_at(file.fd.get());
  return read_header(window, segment);
}

void fail(segment_set& set, std::error_code error, std::string problem) {
  set.error = error;
  set.problem = std::move(problem);
}

void fail_at(segment_set& set, std::error_code error, const std::string& path) {
  fail(set, error, path + ": " + error.message());
}

void take_entry(std::string_view file, const std::string& directory, const std::string& log, segment_set& set) {
  const bool aside = file.ends_with(set_aside_suffix);
  if (aside) file.remove_suffix(set_aside_suffix.size());
  auto name = parse_file_name(file);
  if (!name || name->log != log) return;
  if (aside) {
    set.aside_number = std::max(set.aside_number, name->number);
    set.aside_seq = std::max(set.aside_seq, name->first_seq);
  } else {
    set.segments.push_back({.directory = directory, .name = std::move(*name), .header = {}});
  }
}

std::error_code list_segments(segment_files& files, const std::string& directory, const std::string& log,
                              segment_set& set) {
  std::vector<std::string> names;
  if (auto error = files.list(directory, names)) return error;
  for (const std::string& file : names) take_entry(file, directory, log, set);
  return {};
}

/// A segment that had its turn, for a later one begins behind it, has lost what it held.
void find_emptied(std::vector<segment_info>& segments) {
  std::uint64_t later = 0;  // first seq of the next one that has begun
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    const bool named = segment->name.first_seq != 0;
    if (named && segment->state == header_state::not_begun && segment->name.first_seq < later) {
      segment->state = header_state::damaged;
    }
    if (segment->state != header_state::not_begun) later = segment->header.first_seq;
  }
}

/// No two begun segments have one number, and first seqs do not decrease.
void check_order(segment_set& set) {
  const segment_info* before = nullptr;
  for (const segment_info& segment : set.segments) {
    if (segment.state == header_state::not_begun) continue;
    if (before != nullptr && before->name.number == segment.name.number) {
      fail(set, log_errc::double_segment, segment.path() + ": has the same number as " + before->path());
      return;
    }
    if (before != nullptr && segment.header.first_seq < before->header.first_seq) {
      fail(set, log_errc::order_of_numbers, segment.path() + ": begins before " + before->path() + " does");
      return;
    }
    before = &segment;
  }
}

std::error_code list_all(segment_files& files, const log_location& log, segment_set& set) {
  for (const std::string& directory : directories_of(log)) {
    if (auto error = list_segments(files, directory, log.name, set)) {
      fail_at(set, error, directory);
      return error;
    }
  }
  std::ranges::sort(set.segments, {},
                    [](const segment_info& segment) { return std::pair(segment.name.number, segment.name.first_seq); });
  return {};
}

}  // namespace

std::vector<std::string> directories_of(const log_location& log) {
  std::vector<std::string> directories{log.directory};
  std::error_code not_there;
  const bool one = log.failover_directory.empty() || log.failover_directory == log.directory ||
                   std::filesystem::equivalent(log.directory, log.failover_directory, not_there);
  if (!one) directories.push_back(log.failover_directory);
  return directories;
}

segment_set load_segments(segment_files& files, const log_location& log) {
  segment_set set;
  if (!is_log_name(log.name)) {
    fail(set, log_errc::bad_name, "'" + log.name + "': " + make_error_code(log_errc::bad_name).message());
    return set;
  }
  if (list_all(files, log, set)) return set;
  if (set.segments.empty() && set.aside_number == 0) {
    fail(set, log_errc::no_log, log.directory + ": no log '" + log.name + "' here");
    return set;
  }
  file_window window(files);
  for (segment_info& segment : set.segments) {
    if (auto error = inspect(files, window, segment)) {
      fail_at(set, error, segment.path());
      return set;
    }
  }
  find_emptied(set.segments);
  check_order(set);
  return set;
}

std::error_code sync_segments(segment_files& files, const log_location& log, std::string& problem) {
  segment_set set;
  std::error_code error = is_log_name(log.name) ? list_all(files, log, set) : std::error_code();
  for (const segment_info& segment : set.segments) {
    if (error) break;
    opened_file file;
    error = files.open(segment.path(), file_access::write, file);
    if (!error) error = files.sync(file.fd.get());
    if (error) set.problem = segment.path() + ": " + error.message();
  }
  for (const std::string& directory : directories_of(log)) {
    if (error) break;
    error = files.sync_directory(directory);
    if (error) set.problem = directory + ": " + error.message();
  }
  problem = std::move(set.problem);
  return error;
}

}  // namespace tidegate::detail
