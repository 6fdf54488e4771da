// log_image.hpp: logs made by hand for the tests: segment images in memory, put into a folder and read back.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/log/log_format.hpp"
#include "tidegate/io/log_reader.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::test {

using bytes = std::vector<std::byte>;

/// A fork takes twenty times as long with AddressSanitizer.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool slow_forks = true;
#elif defined(__has_feature)
inline constexpr bool slow_forks = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool slow_forks = false;
#endif

/// How often a test with random numbers repeats; less with a sanitizer, more with TIDEGATE_STRESS=long.
inline int repetitions(int usual) {
  const char* const wish = std::getenv("TIDEGATE_STRESS");
  if (slow_forks) usual /= 4;
  return wish != nullptr && std::string_view(wish) == "long" ? usual * 20 : usual;
}

/// The record with this seq: some are empty, none is longer than 63 bytes, each is unlike the others.
inline bytes record_of(std::uint64_t seq) {
  std::mt19937_64 random(seq);
  bytes record((seq * 37) % 64);
  for (std::byte& byte : record) byte = static_cast<std::byte>(random());
  return record;
}

/// One segment file, frame by frame.
class segment_image {
 public:
  explicit segment_image(std::uint64_t number, std::uint64_t first_seq, detail::segment_header header = {})
      : header_(header), next_(first_seq) {
    header_.number = number;
    header_.first_seq = first_seq;
    if (header_.salt == 0) header_.salt = 0x5A17'0000'0000'0000 + number;
    image.resize(detail::log_header_bytes);
    detail::encode_header(header_, std::span<std::byte, detail::log_header_bytes>(image.data(), image.size()));
  }

  segment_image& add(const bytes& payload) {
    std::byte* const frame = room(detail::frame_size(static_cast<std::uint32_t>(payload.size())));
    std::copy(payload.begin(), payload.end(), frame + detail::log_frame_bytes);
    const auto length = static_cast<std::uint32_t>(payload.size());
    detail::seal_frame(frame, salted(), detail::frame_kind::data, length, next_++);
    ends.push_back(image.size());
    return *this;
  }
  /// The records that belong here, up to seq `last`.
  segment_image& fill(std::uint64_t last) {
    while (next_ <= last) add(record_of(next_));
    return *this;
  }
  segment_image& pad(std::uint32_t size) {
    detail::seal_pad(room(size), salted(), size, next_);
    return *this;
  }
  segment_image& mark(std::uint64_t durable) {
    detail::seal_mark(room(detail::mark_size), salted(), next_, durable);
    return *this;
  }
  segment_image& zeros(std::size_t count) {
    image.resize(image.size() + count);
    return *this;
  }
  segment_image& flip(std::size_t offset, int bit = 0) {
    image.at(offset) ^= static_cast<std::byte>(1 << bit);
    return *this;
  }

  [[nodiscard]] std::string file(const std::string& log = "a") const {
    return detail::to_file_name({log, header_.number, header_.first_seq});
  }

  bytes image;
  std::vector<std::size_t> ends;  // of the data frames

 private:
  [[nodiscard]] std::uint32_t salted() const { return detail::salt_crc(header_.salt); }
  std::byte* room(std::uint64_t size) {
    image.resize(image.size() + size);
    return image.data() + image.size() - size;
  }

  detail::segment_header header_;
  std::uint64_t next_;
};

/// A folder that is gone afterwards. On tmpfs where there is one: the tests write thousands of small files.
class folder {
 public:
  folder() {
    std::string path = (std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp");
    path += "/tidegate-log-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) throw std::system_error(errno, std::system_category());
    path_ = path;
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] log_location log(const std::string& failover = {}) const { return {path_, "a", failover}; }
  [[nodiscard]] std::string at(const std::string& file) const { return path_ + "/" + file; }

  void put(const std::string& file, const bytes& content) const {
    std::ofstream(at(file), std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
  void put(const segment_image& segment) const { put(segment.file(), segment.image); }

  /// Every file but the lock, by name.
  [[nodiscard]] std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (!entry.is_regular_file() || entry.path().extension() == ".lock") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      files[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return files;
  }

 private:
  std::string path_;
};

/// What a reader made of a log.
struct read_back {
  std::vector<std::pair<std::uint64_t, bytes>> records;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;
  std::error_code error;
  std::string problem;
};

inline read_back read_log(const log_location& log, const log_reader_config& config = {}) {
  read_back found;
  const auto reader = log_reader::make(log, config, found.error);
  if (!reader) return found;
  for (;;) {
    const read_status status = reader->next();
    if (status == read_status::ok) {
      found.records.emplace_back(reader->seq(), bytes(reader->payload().begin(), reader->payload().end()));
    } else if (status == read_status::gap) {
      found.gaps.emplace_back(reader->seq(), reader->last_lost());
    } else {
      found.error = reader->error();
      found.problem = reader->problem();
      EXPECT_EQ(reader->next(), status) << "says the same again";
      EXPECT_EQ(status == read_status::failed, static_cast<bool>(found.error));
      return found;
    }
  }
}

/// The records count from `first` without a hole, and each is as it was written.
inline void expect_records(const read_back& found, std::uint64_t first, std::uint64_t count) {
  ASSERT_EQ(found.records.size(), count) << found.problem;
  for (std::uint64_t index = 0; index < count; ++index) {
    ASSERT_EQ(found.records[index].first, first + index);
    ASSERT_EQ(found.records[index].second, record_of(first + index)) << "seq " << first + index;
  }
}

inline void expect_prefix(const read_back& found, std::uint64_t at_most) {
  ASSERT_LE(found.records.size(), at_most);
  expect_records(found, 1, found.records.size());
}

}  // namespace tidegate::test
