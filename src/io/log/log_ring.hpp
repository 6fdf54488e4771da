// log_ring.hpp: the frames of a log that are not settled yet, in one ring that is mapped twice in a row.
//
// Bytes have positions (cumulative, 64-bit); any range of live positions is contiguous in memory, also across the
// ring's end. A position and its address are equal modulo the block, so that an aligned part of a file is an aligned
// part of memory. An empty ring begins again at its start, which keeps the memory of a fast log hot in the cache.
// Source: the mirrored ring buffer, known as "magic ring buffer" (Howard 1999).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate::detail {

class log_ring {
 public:
  log_ring() noexcept = default;
  log_ring(const log_ring&) = delete;
  log_ring& operator=(const log_ring&) = delete;
  ~log_ring();

  /// Room for `bytes`, rounded up to whole pages. `keep_block`: what lies before the released position in its block
  /// stays readable, for it will be written again. 0, or the errno value that says why not.
  [[nodiscard]] int allocate(std::size_t bytes, bool keep_block) noexcept;

  /// Where the byte at `position` lies: at or after the block of the last release_to(), less than `bytes` behind it.
  [[nodiscard]] std::byte* at(std::uint64_t position) const noexcept {
    std::uint64_t distance = position - base_;
    if (distance >= bytes_) distance -= bytes_;
    return memory_ + distance;
  }

  /// Everything before `position` is finished with; `end` is where the next byte goes.
  void release_to(std::uint64_t position, std::uint64_t end) noexcept;

  /// Gives the memory up without unmapping it, because the kernel may still read it.
  void leak() noexcept { memory_ = nullptr; }

  [[nodiscard]] std::size_t max_bytes() const noexcept { return bytes_; }

 private:
  std::byte* memory_ = nullptr;  // `bytes_`, twice
  std::uint64_t bytes_ = 0;
  bool keep_block_ = false;
  std::uint64_t base_ = 0;  // the position that lies at memory_; a multiple of the block
};

}  // namespace tidegate::detail
