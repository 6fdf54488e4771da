// log_disk_double.hpp: a disk that does everything a kernel and a disk may do to a log, chosen by a seed, on a clock of
// its own. It remembers what is in the cache and what is on the medium, and what a power cut could leave of the rest.
//
// It checks its user on the way: lent bytes do not change, no two writes under way overlap, nothing of a segment that
// failed is synced or written again, a direct file sees whole blocks only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "io/log/log_files.hpp"

namespace tidegate::test {

using detail::log_block_bytes;
using detail::log_done;
using detail::log_work;

using image = std::vector<std::byte>;

/// One segment as a crash leaves it; first_seq 0: it has not begun.
struct crash_image {
  std::uint64_t number = 0;
  std::uint64_t first_seq = 0;
  bool in_failover = false;
  image bytes;
};

/// Odds out of 1000.
struct disk_plan {
  unsigned short_count = 50;
  unsigned transient = 30;
  unsigned full = 10;         // ENOSPC at a write
  unsigned broken = 3;        // EIO at a write
  unsigned sync_fails = 5;    // EIO or ENOSPC at a sync
  unsigned no_segment = 30;   // ENOSPC when a segment is made
  unsigned bad_segment = 5;   // EIO when a segment is made or begun
  unsigned still_full = 400;  // ENOSPC when asked again
  unsigned wake = 20;
  std::int64_t slowest_ns = 3'000'000;
};

class disk_double final : public detail::log_files {
 public:
  using time_point = deadline::time_point;

  disk_double(std::uint64_t seed, unsigned depth, bool direct, std::size_t segment_bytes, const disk_plan& plan)
      : plan_(plan), depth_(depth), direct_(direct), segment_bytes_(segment_bytes), random_(seed ^ 0xd15c) {}

  // --- detail::log_files
  [[nodiscard]] unsigned depth() const noexcept override { return depth_; }
  [[nodiscard]] bool direct() const noexcept override { return direct_; }

  void prepare(std::uint64_t number, bool in_failover, bool synced) noexcept override {
    EXPECT_FALSE(spare_.has_value());
    const bool refused = scarce > 0;
    if (refused) --scarce;
    const std::int64_t result = refused                     ? -EMFILE
                                : chance(plan_.no_segment)  ? -ENOSPC
                                : chance(plan_.bad_segment) ? -EIO
                                                            : 0;
    segment_file made;
    made.in_failover = in_failover;
    made.cache.resize(segment_bytes_);
    if (synced) made.medium = made.cache;
    later(log_work::prepare, result, [this, number, made = std::move(made), result] {
      if (result < 0) return;
      EXPECT_TRUE(files_.emplace(number, made).second) << "a number used twice";
      spare_ = number;
    });
  }

  void begin(const detail::segment_start& start) noexcept override {
    EXPECT_FALSE(active_.has_value());
    ASSERT_TRUE(spare_ == start.number);
    const std::int64_t result = chance(plan_.no_segment) ? -ENOSPC : chance(plan_.bad_segment) ? -EIO : 0;
    begun = std::max(begun, start.number);
    segment_file& file = files_[start.number];
    const image head(start.head.begin(), start.head.end());
    file.unsynced.push_back({0, head});
    put(file.cache, 0, head);
    file.first_seq = start.first_seq;
    later(log_work::begin, result, [this, start, head, result] {
      EXPECT_TRUE(std::equal(head.begin(), head.end(), start.head.begin())) << "the head changed";
      spare_.reset();
      if (result < 0) {
        files_.erase(start.number);
        return;
      }
      active_ = start.number;
      if (start.synced) commit(files_[start.number], files_[start.number].cache, true);
    });
  }

  void drop_spare() noexcept override {
    EXPECT_TRUE(spare_.has_value());
    files_.erase(*spare_);
    spare_.reset();
  }

  void write(unsigned slot, std::span<const std::byte> bytes, std::uint64_t offset) noexcept override {
    ASSERT_TRUE(active_.has_value());
    segment_file& file = files_[*active_];
    EXPECT_FALSE(file.failed) << "a segment that failed is written";
    EXPECT_FALSE(writes_[slot].has_value()) << "slot reused before its completion";
    EXPECT_GT(bytes.size(), 0u);
    EXPECT_LE(offset + bytes.size(), segment_bytes_);
    if (direct_) {
      EXPECT_EQ(offset % log_block_bytes, 0u);
      EXPECT_EQ(bytes.size() % log_block_bytes, 0u);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % log_block_bytes, 0u);
    }
    for (const auto& other : writes_) {
      if (!other) continue;
      EXPECT_TRUE(offset + bytes.size() <= other->offset || other->offset + other->bytes.size() <= offset)
          << "writes under way overlap";
    }
    writes_[slot] = {bytes, {bytes.begin(), bytes.end()}, offset, write_result(bytes.size()), now_ + delay()};
    ++writes;
  }

  void sync() noexcept override {
    ASSERT_TRUE(active_.has_value());
    start_sync({*active_});
  }

  void sync_since(std::uint64_t first_number) noexcept override {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, file] : files_) {
      if (number >= first_number && file.first_seq != 0) numbers.push_back(number);
    }
    start_sync(numbers);
  }

  void allocate(std::uint64_t offset, std::uint64_t bytes) noexcept override {
    EXPECT_GT(bytes, 0u);
    const bool refused = chance(plan_.still_full);
    later(log_work::allocate, refused ? -ENOSPC : 0, [this, offset, bytes, refused] {
      if (!refused) grow(files_[*active_].cache, offset + bytes);
    });
  }

  [[nodiscard]] int truncate(std::uint64_t bytes) noexcept override {
    for (const auto& one : writes_) EXPECT_FALSE(one.has_value()) << "cut while writes are under way";
    cut(files_[*active_], bytes);
    return 0;
  }

  void retire(std::uint64_t bytes) noexcept override {
    for (const auto& one : writes_) EXPECT_FALSE(one.has_value()) << "closed while writes are under way";
    cut(files_[*active_], bytes);
    active_.reset();
  }

  void abandon() noexcept override {
    for (const auto& one : writes_) EXPECT_FALSE(one.has_value()) << "closed while writes are under way";
    files_[*active_].failed = true;
    active_.reset();
  }

  void discard() noexcept override {
    files_[*active_].removed = true;
    active_.reset();
  }

  std::size_t reap(std::span<log_done> out) noexcept override {
    std::size_t count = 0;
    const unsigned start = static_cast<unsigned>(random_() % depth_);
    for (unsigned i = 0; i < depth_; ++i) {
      const unsigned slot = (start + i) % depth_;
      if (!writes_[slot] || writes_[slot]->due > now_) continue;
      out[count++] = {log_work::write, slot, finish(*writes_[slot])};
      writes_[slot].reset();
    }
    for (std::size_t i = 0; i < jobs_.size();) {
      if (jobs_[i].due > now_) {
        ++i;
        continue;
      }
      const job ended = std::move(jobs_[i]);
      jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
      ended.effect();
      out[count++] = {ended.what, 0, ended.result};
    }
    return count;
  }

  void wait(deadline until, detail::wake_rule) noexcept override {
    time_point next = until.when();
    for (const auto& one : writes_) {
      if (one) next = std::min(next, one->due);
    }
    for (const job& one : jobs_) next = std::min(next, one.due);
    ASSERT_NE(next, time_point::max()) << "would sleep for ever";
    now_ = std::max(now_, next) + std::chrono::nanoseconds{random_() % 1000};  // some waits end early, some late
  }

  [[nodiscard]] bool wake_requested() noexcept override { return chance(plan_.wake); }
  void shut() noexcept override {
    EXPECT_TRUE(jobs_.empty()) << "shut with work under way";
    EXPECT_FALSE(active_ || spare_);
    closed = true;
  }
  [[nodiscard]] time_point now() const noexcept override { return now_; }

  // --- looking

  /// What a killed process leaves: everything that reached the cache.
  [[nodiscard]] std::vector<crash_image> after_kill() const {
    std::vector<crash_image> all;
    for (const auto& [number, file] : files_) {
      if (!file.removed) all.push_back({number, file.first_seq, file.in_failover, file.cache});
    }
    return all;
  }

  /// What a power cut may leave: what was synced, and of the rest any sectors, whatever their order was.
  [[nodiscard]] std::vector<crash_image> after_power_cut(std::minstd_rand& random) const {
    std::vector<crash_image> all;
    for (const auto& [number, file] : files_) {
      if (file.removed && random() % 2 == 0) continue;
      crash_image one{number, file.first_seq, file.in_failover, file.medium};
      const unsigned kept = random() % 5 == 0 ? 1000 : static_cast<unsigned>(random() % 1001);
      for (const piece& each : file.unsynced) put_some(one.bytes, each, random, kept);
      for (const auto& flying : writes_) {
        if (flying && active_ == number) put_some(one.bytes, {flying->offset, flying->snapshot}, random, kept);
      }
      if (!file.name_synced && random() % 2 == 0) one.first_seq = 0;
      all.push_back(std::move(one));
    }
    return all;
  }

  std::uint64_t writes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t begun = 0;  // highest number
  bool closed = false;
  unsigned scarce = 0;       // so many segments are not made for lack of descriptors
  bool keeps_medium = true;  // false: quicker, and nobody looks at what a power cut leaves

 private:
  static constexpr std::size_t sector = 512;

  struct piece {
    std::uint64_t offset;
    image bytes;
  };
  struct segment_file {
    std::uint64_t first_seq = 0;
    bool in_failover = false;
    bool failed = false;
    bool removed = false;  // which a power cut may undo
    bool name_synced = false;
    image cache;
    image medium;
    std::vector<piece> unsynced;
  };
  struct flying_write {
    std::span<const std::byte> bytes;
    image snapshot;
    std::uint64_t offset;
    std::int64_t result;
    time_point due;
  };
  struct job {
    log_work what;
    std::int64_t result;
    time_point due;
    std::function<void()> effect;
  };

  [[nodiscard]] bool chance(unsigned odds) noexcept { return random_() % 1000 < odds; }

  [[nodiscard]] std::chrono::nanoseconds delay() noexcept {
    if (chance(400)) return std::chrono::nanoseconds{0};  // ends inside the call
    return std::chrono::nanoseconds{static_cast<std::int64_t>(random_()) % plan_.slowest_ns};
  }

  [[nodiscard]] std::int64_t write_result(std::size_t size) noexcept {
    constexpr int transient[] = {EINTR, EAGAIN, ENOMEM, ENOBUFS, 0};
    constexpr int full[] = {ENOSPC, EDQUOT, EFBIG};
    if (chance(plan_.broken)) return -EIO;
    if (chance(plan_.full)) return -full[random_() % 3];
    if (chance(plan_.transient)) return -transient[random_() % 5];
    if (chance(plan_.short_count)) return static_cast<std::int64_t>(1 + random_() % size);
    return static_cast<std::int64_t>(size);
  }

  void later(log_work what, std::int64_t result, std::function<void()> effect) {
    for (const job& one : jobs_) EXPECT_NE(one.what, what) << "two of a kind at once";
    jobs_.push_back({what, result, now_ + delay(), std::move(effect)});
  }

  static void grow(image& bytes, std::uint64_t size) {
    if (bytes.size() < size) bytes.resize(size);
  }

  static void put(image& into, std::uint64_t offset, std::span<const std::byte> bytes) {
    grow(into, offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), into.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  /// Sector by sector: `kept` of 1000 reach the medium.
  static void put_some(image& into, const piece& from, std::minstd_rand& random, unsigned kept) {
    for (std::uint64_t at = 0; at < from.bytes.size();) {
      const std::uint64_t left = sector - (from.offset + at) % sector;
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left, from.bytes.size() - at));
      if (random() % 1000 < kept) put(into, from.offset + at, std::span(from.bytes).subspan(at, length));
      at += length;
    }
  }

  /// Reaches the medium with the next sync; until then, what is cut off may be there after a power cut.
  static void cut(segment_file& file, std::uint64_t bytes) {
    file.cache.resize(std::min<std::uint64_t>(bytes, file.cache.size()));
  }

  std::int64_t finish(const flying_write& one) {
    const bool intact = std::equal(one.snapshot.begin(), one.snapshot.end(), one.bytes.begin());
    EXPECT_TRUE(intact) << "bytes changed while a write owned them";
    segment_file& file = files_[*active_];
    if (one.result == -EIO) file.failed = true;
    if (one.result <= 0) return one.result;
    const auto moved = std::span(one.snapshot).first(static_cast<std::size_t>(one.result));
    put(file.cache, one.offset, moved);
    file.unsynced.push_back({one.offset, {moved.begin(), moved.end()}});
    return one.result;
  }

  static void commit(segment_file& file, const image& captured, bool name) {
    file.medium = captured;
    file.name_synced |= name;
  }

  /// Covers what was in the cache when it began. One that fails leaves any part of it on the medium, and a lie behind.
  void start_sync(const std::vector<std::uint64_t>& numbers) {
    ++syncs;
    const std::int64_t result = chance(plan_.sync_fails) ? (chance(500) ? -EIO : -ENOSPC) : 0;
    std::map<std::uint64_t, std::pair<image, std::size_t>> captured;
    for (const std::uint64_t number : numbers) {
      EXPECT_FALSE(files_[number].failed) << "a segment that failed is synced";
      captured[number] = {keeps_medium ? files_[number].cache : image(), files_[number].unsynced.size()};
    }
    later(log_work::sync, result, [this, captured = std::move(captured), result] {
      for (const auto& [number, what] : captured) {
        segment_file& file = files_[number];
        if (result < 0) {
          file.failed = true;
          continue;
        }
        commit(file, what.first, true);
        file.unsynced.erase(file.unsynced.begin(), file.unsynced.begin() + static_cast<std::ptrdiff_t>(what.second));
      }
    });
  }

  disk_plan plan_;
  unsigned depth_;
  bool direct_;
  std::size_t segment_bytes_;
  std::minstd_rand random_;
  std::map<std::uint64_t, segment_file> files_;
  std::optional<std::uint64_t> active_;
  std::optional<std::uint64_t> spare_;
  std::array<std::optional<flying_write>, most_writes> writes_{};
  std::vector<job> jobs_;
  time_point now_{std::chrono::seconds{1000}};
};

}  // namespace tidegate::test
