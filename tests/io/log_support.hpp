// log_support.hpp: what the tests of log_sink share: records that tell their seq, and a reader of segment images that
// knows the format and nothing of the library's own recovery.
#pragma once

#include <gtest/gtest.h>

#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "io/log/log_format.hpp"
#include "tests/io/fault_lane.hpp"
#include "tests/io/log_disk_double.hpp"
#include "tidegate/io/log_reader.hpp"

namespace tidegate::test {

/// The payload of record `seq`: its bytes depend on seq and place.
inline image record_bytes(std::uint64_t seq, std::size_t length) {
  image bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = stream_byte(seq * 1'000'003 + i);
  return bytes;
}

struct read_record {
  std::uint64_t seq;
  image payload;
};

/// The frames of one segment from its header on, as far as they are valid; nothing without a valid header.
inline std::optional<std::vector<read_record>> read_segment(const crash_image& segment,
                                                            detail::segment_header* header_out = nullptr) {
  using namespace detail;
  if (segment.first_seq == 0 || segment.bytes.size() < log_header_bytes) return std::nullopt;
  const auto header =
      decode_header(std::span<const std::byte, log_header_bytes>(segment.bytes.data(), log_header_bytes));
  if (!header || header->number != segment.number || header->first_seq != segment.first_seq) return std::nullopt;
  if (header_out != nullptr) *header_out = *header;
  std::vector<read_record> records;
  const std::uint32_t salted = salt_crc(header->salt);
  std::uint64_t next = header->first_seq;
  for (std::size_t at = log_header_bytes; at + log_frame_bytes <= segment.bytes.size();) {
    const std::span<const std::byte, log_frame_bytes> head(segment.bytes.data() + at, log_frame_bytes);
    const auto frame = decode_frame(head);
    if (!frame || frame->seq != next || at + frame_size(frame->length) > segment.bytes.size()) break;
    const std::span payload(segment.bytes.data() + at + log_frame_bytes, frame->length);
    if (crc_end(crc_bytes(frame_crc_start(salted, head), payload)) != frame->crc) break;
    if (frame->kind == frame_kind::data) records.push_back({next++, {payload.begin(), payload.end()}});
    at += frame_size(frame->length);
  }
  return records;
}

/// All records of a log: a segment counts up to where the next one begins. `whole`: nothing is missing in between.
inline std::vector<read_record> oracle_log(std::vector<crash_image> segments, bool& whole) {
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  std::vector<read_record> all;
  whole = true;
  for (const crash_image& each : segments) {
    const auto records = read_segment(each);
    if (!records) continue;
    const std::uint64_t first = each.first_seq;
    const std::uint64_t next = all.empty() ? first : all.back().seq + 1;
    if (next < first) whole = false;
    while (!all.empty() && all.back().seq >= first) all.pop_back();
    all.insert(all.end(), records->begin(), records->end());
  }
  return all;
}

/// What log_reader makes of a log; a gap or an error fails the test.
inline std::vector<read_record> library_log(const log_location& where) {
  std::vector<read_record> all;
  std::error_code error;
  const auto reader = log_reader::make(where, {}, error);
  if (!reader) {
    EXPECT_EQ(error, log_errc::no_log);
    return all;
  }
  while (reader->next() == read_status::ok) {
    const auto payload = reader->payload();
    all.push_back({reader->seq(), {payload.begin(), payload.end()}});
  }
  EXPECT_EQ(reader->next(), read_status::end) << reader->problem();
  return all;
}

/// A folder that is gone afterwards: on tmpfs, or on the disk of /tmp.
class scratch_folder {
 public:
  explicit scratch_folder(const char* parent = "/dev/shm") {
    std::string path = std::filesystem::exists(parent) ? parent : "/tmp";
    path += "/tidegate-log-XXXXXX";
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  void put(const std::string& file, const image& content) const {
    std::ofstream(path_ + "/" + file, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
  /// Files but the lock.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (entry.path().extension() != ".lock") names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::string path_;
};

}  // namespace tidegate::test
