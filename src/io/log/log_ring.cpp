#include "io/log/log_ring.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "io/log/log_files.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::detail {

namespace {

/// Maps `fd` at `place`, over what is there.
bool map_half(int fd, std::byte* place, std::size_t bytes) noexcept {
  return ::mmap(place, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == place;
}

}  // namespace

log_ring::~log_ring() {
  if (memory_ != nullptr) ::munmap(memory_, 2 * bytes_);
}

int log_ring::allocate(std::size_t bytes, bool keep_block) noexcept {
  const std::size_t whole = (bytes + log_block_bytes - 1) & ~(log_block_bytes - 1);
  const unique_fd fd{::memfd_create("tidegate-log", MFD_CLOEXEC)};
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(whole)) != 0) return errno;
  void* const place = ::mmap(nullptr, 2 * whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return errno;
  memory_ = static_cast<std::byte*>(place);
  bytes_ = whole;
  keep_block_ = keep_block;
  if (map_half(fd.get(), memory_, whole) && map_half(fd.get(), memory_ + whole, whole)) return 0;
  return errno;
}

void log_ring::release_to(std::uint64_t position, std::uint64_t end) noexcept {
  if (position == end) {
    const std::uint64_t block = position & ~std::uint64_t{log_block_bytes - 1};
    if (keep_block_) std::memmove(memory_, at(block), static_cast<std::size_t>(position - block));
    base_ = block;
  } else if (position - base_ >= bytes_) {
    base_ += bytes_;
  }
}

}  // namespace tidegate::detail
