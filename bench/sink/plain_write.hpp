// plain_write.hpp: blocking writes of everything, the way a loop without any library does them.
#pragma once

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <system_error>

#include "bench/harness/cell.hpp"

namespace tidegate::bench::sink_bench {

/// write(2) until all is written. Throws std::system_error.
inline void write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) throw std::system_error(errno, std::generic_category(), "write");
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

/// writev(2); the rest of what was written short is written plainly. Throws std::system_error.
inline void writev_all(int fd, std::span<const iovec> parts) {
  const ssize_t done = ::writev(fd, parts.data(), static_cast<int>(parts.size()));
  if (done < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "writev");
  auto skip = static_cast<std::size_t>(std::max<ssize_t>(done, 0));
  for (const iovec& part : parts) {
    const std::size_t written = std::min(skip, part.iov_len);
    skip -= written;
    write_all(fd, {static_cast<const std::byte*>(part.iov_base) + written, part.iov_len - written});
  }
}

/// Copies records behind each other and writes them when the buffer is full: the limit of a blocking loop.
class coalescing_writer {
 public:
  coalescing_writer(int fd, std::size_t buffer_bytes, bool syncs = false)
      : fd_(fd), syncs_(syncs), capacity_(buffer_bytes), buffer_(std::make_unique<std::byte[]>(buffer_bytes)) {}

  void add(std::span<const std::byte> bytes) {
    if (capacity_ - used_ < bytes.size()) flush();
    std::memcpy(buffer_.get() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  void flush() {
    if (used_ == 0) return;
    write_all(fd_, {buffer_.get(), used_});
    used_ = 0;
    if (syncs_ && ::fdatasync(fd_) != 0) throw std::system_error(errno, std::generic_category(), "fdatasync");
  }

 private:
  int fd_;
  bool syncs_;
  std::size_t capacity_;
  std::size_t used_ = 0;
  std::unique_ptr<std::byte[]> buffer_;
};

}  // namespace tidegate::bench::sink_bench
