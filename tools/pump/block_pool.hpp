// block_pool.hpp: the memory that records lie in: equal blocks, of which all but one may hold queued records.
//
// A block carries one byte credit. The reader fills its open block and may admit records of it only while another
// block is spare: that is the credit, taken with the block's first admission. So there is always a block to read into,
// whatever the sink does, and the bytes held for the queue never exceed credits * block_bytes. Blocks return through a
// queue of their own, in the other direction; the reader reuses the one that came back last, which is warm in cache.
// Thread roles: reader: open(), spare(), wait_for_spare(), open_next(). Sink thread: give_back(). Any: data().
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pump/control.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::pump {

class block_pool {
 public:
  /// Throws failure when the memory cannot be had.
  block_pool(std::size_t block_bytes, std::uint32_t credits);

  [[nodiscard]] std::size_t block_bytes() const noexcept { return block_bytes_; }
  [[nodiscard]] std::byte* data(std::uint32_t block) noexcept { return arena_.data() + block * block_bytes_; }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return arena_.bytes() + returned_.max_bytes(); }

  /// The block that is being filled.
  [[nodiscard]] std::uint32_t open() const noexcept { return open_; }

  /// True when another block is free: the open block's records may be admitted.
  [[nodiscard]] bool spare() noexcept;

  /// The same, waiting while `until` allows. False when the pump is to end first.
  [[nodiscard]] bool wait_for_spare(const control& until) noexcept;

  /// The open block is full and holds admitted records: opens the spare. There is one, see spare().
  void open_next() noexcept;

  /// The sink has copied every record of `block`.
  void give_back(std::uint32_t block) noexcept;

  /// Times that the reader slept for a spare block, so far.
  [[nodiscard]] std::uint64_t waits() const noexcept { return returned_.stats().pop_waits; }

  /// Part of the credits in use, 0 to 1, a moment ago.
  [[nodiscard]] double saturation_hint() const noexcept;

 private:
  std::size_t block_bytes_;
  std::uint32_t credits_;
  region arena_;
  spsc_queue<std::uint32_t> returned_;  // sink thread → reader
  std::vector<std::uint32_t> free_;     // the reader's stack
  std::uint32_t open_ = 0;
  native_sync::atomic<std::size_t> free_hint_{0};  // free_.size(), for saturation_hint()
};

}  // namespace tidegate::pump
