// file_window.hpp: a bounded view of a file, read and never mapped: a file that shrinks is a short view, not a signal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include "io/log/segment_files.hpp"

namespace tidegate::detail {

class file_window {
 public:
  static constexpr std::size_t capacity_bytes = std::size_t{256} << 10;

  /// Throws std::bad_alloc.
  explicit file_window(segment_files& files) : files_(files), buffer_(capacity_bytes) {}

  /// Looks at another file from now on; borrowed.
  void look_at(int fd) noexcept {
    fd_ = fd;
    length_ = 0;
    error_.clear();
  }

  /// Up to `count` bytes at `offset`, at most the capacity; fewer only where the file ends or cannot be read. Valid
  /// until the next call.
  [[nodiscard]] std::span<const std::byte> view(std::uint64_t offset, std::size_t count) {
    count = std::min(count, capacity_bytes);
    const auto held = view_from(offset, count);
    return held.first(std::min(count, held.size()));
  }

  /// All that is at hand from `offset` on, if that is `least` bytes; else as much as the window takes.
  [[nodiscard]] std::span<const std::byte> view_from(std::uint64_t offset, std::size_t least) {
    if (held_from(offset).size() < least) fill(offset, least);
    return held_from(offset);
  }

  /// Into memory of the caller, past the window.
  void read_past(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) {
    error_ = files_.read(fd_, into, offset, got);
  }

  /// How often the window was filled: what a view held is still what was checked while this stays the same.
  [[nodiscard]] std::uint64_t fills() const noexcept { return fills_; }

  /// What the last read answered; a view is short then.
  [[nodiscard]] std::error_code error() const noexcept { return error_; }

 private:
  static constexpr std::uint64_t page_bytes = 4096;

  [[nodiscard]] std::span<const std::byte> held_from(std::uint64_t offset) const noexcept {
    if (offset < start_ || offset - start_ >= length_) return {};
    return std::span<const std::byte>(buffer_).first(length_).subspan(static_cast<std::size_t>(offset - start_));
  }

  /// From the page's beginning, so that no page is read twice, unless `least` needs the room.
  void fill(std::uint64_t offset, std::size_t least) {
    start_ = offset - offset % page_bytes;
    if (offset - start_ + least > capacity_bytes) start_ = offset;
    length_ = 0;
    error_ = files_.read(fd_, buffer_, start_, length_);
    ++fills_;
  }

  segment_files& files_;
  std::vector<std::byte> buffer_;
  int fd_ = -1;
  std::uint64_t start_ = 0;  // offset of the buffer's first byte
  std::size_t length_ = 0;   // bytes of the buffer that hold something
  std::uint64_t fills_ = 0;
  std::error_code error_;
};

}  // namespace tidegate::detail
