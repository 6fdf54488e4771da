#include "io/log/log_repair.hpp"

#include <algorithm>
#include <array>

#include "io/log/file_window.hpp"
#include "io/log/log_format.hpp"

namespace tidegate::detail {

namespace {

/// The most that one gap frame covers.
constexpr std::uint64_t widest_gap = frame_size(log_largest_payload) - log_alignment;

/// The first sixteen bytes of a gap frame whose payload is what lies in the file already.
std::error_code write_gap(segment_files& files, int fd, std::uint32_t salted, std::uint64_t offset, std::uint64_t size,
                          std::uint64_t seq) {
  std::array<std::byte, log_frame_bytes> front{};
  store_little(front.data(), frame_word(frame_kind::gap, static_cast<std::uint32_t>(size - log_frame_bytes)));
  store_little(front.data() + 8, seq);
  std::uint32_t state = frame_crc_start(salted, front);
  file_window window(files);
  window.look_at(fd);
  for (std::uint64_t at = offset + log_frame_bytes; at < offset + size;) {
    const auto bytes = window.view(at, static_cast<std::size_t>(offset + size - at));
    if (window.error()) return window.error();
    if (bytes.empty()) return log_errc::corrupt;  // shorter than it was
    state = crc_bytes(state, bytes);
    at += bytes.size();
  }
  store_little(front.data() + 4, crc_end(state));
  return files.write(fd, front, offset);
}

/// From the damage to where reading goes on, or to the end of the file; sixteen bytes at least.
std::error_code write_gaps(segment_files& files, int fd, std::uint64_t file_bytes, std::uint32_t salted,
                           const repair_step& step) {
  const std::uint64_t end = step.end != 0 ? step.end : file_bytes;
  std::uint64_t left = end > step.offset ? (end - step.offset) & ~std::uint64_t{log_alignment - 1} : 0;
  std::uint64_t offset = step.offset;
  do {
    std::uint64_t size = std::clamp<std::uint64_t>(left, log_frame_bytes, widest_gap);
    if (left > size && left - size < log_frame_bytes) size -= log_frame_bytes;  // room for the last one
    if (auto error = write_gap(files, fd, salted, offset, size, step.seq)) return error;
    offset += size;
    left -= std::min(left, size);
  } while (left > 0);
  const bool rest = offset < file_bytes && file_bytes - offset < log_alignment;  // no frame can begin there
  return rest ? files.truncate(fd, offset) : std::error_code();
}

std::error_code change_file(segment_files& files, const segment_info& segment, const repair_step& step) {
  opened_file file;
  if (auto error = files.open(segment.path(), file_access::write, file)) return error;
  const int fd = file.fd.get();
  const auto error = step.kind == repair_kind::cut
                         ? files.truncate(fd, step.offset)
                         : write_gaps(files, fd, file.bytes, salt_crc(segment.header.salt), step);
  return error ? error : files.sync(fd);
}

std::error_code change_directory(segment_files& files, const segment_info& segment, const repair_step& step) {
  const std::string path = segment.path();
  segment_name right = segment.name;
  right.first_seq = segment.header.first_seq;
  const std::string right_path = segment.directory + "/" + to_file_name(right);
  std::error_code error = step.kind == repair_kind::remove   ? files.remove(path)
                          : step.kind == repair_kind::rename ? files.rename(path, right_path)
                                                             : files.rename(path, path + std::string(set_aside_suffix));
  return error ? error : files.sync_directory(segment.directory);
}

}  // namespace

std::error_code repair_log(segment_files& files, const log_walk& walk, std::string& problem) {
  using enum repair_kind;
  for (const repair_kind kind : {close_gap, cut, set_aside, rename, remove}) {
    for (const repair_step& step : walk.steps()) {
      if (step.kind != kind) continue;
      const segment_info& segment = walk.segments()[step.segment];
      const bool in_file = kind == close_gap || kind == cut;
      const auto error = in_file ? change_file(files, segment, step) : change_directory(files, segment, step);
      if (!error) continue;
      problem = segment.path() + ": " + error.message();
      return error;
    }
  }
  return {};
}

log_recovery recover_locked(segment_files& files, const log_location& log, recovery_policy policy) {
  log_recovery failed;
  failed.error = sync_segments(files, log, failed.problem);
  if (failed.error) return failed;
  log_walk walk(files, log, {.damage = policy});
  while (walk.next() < read_status::end) {
  }
  log_recovery& report = walk.report();
  if (!report.error) report.error = repair_log(files, walk, report.problem);
  return report;
}

log_recovery recover_held(segment_files& files, const held_log& held, recovery_policy policy) {
  log_recovery report;
  if (!held.refused()) report = recover_locked(files, held.log, policy);
  return account_for(held, std::move(report));
}

log_recovery account_for(const held_log& held, log_recovery report) {
  if (held.given_up.empty() && !held.refused()) return report;
  if (held.refused() || report.error == log_errc::no_log) {
    report = {};
    report.error = held.error;
    report.problem = held.problem;
    return report;
  }
  report.damage.push_back({.path = held.given_up});
  return report;
}

}  // namespace tidegate::detail
