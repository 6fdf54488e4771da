// block_pool.hpp: the memory that records lie in: equal blocks, of which all but one a reader may hold queued records.
//
// A block carries one byte credit. A reader fills its open block and may admit records of it only while it has another
// block at hand: that is the credit, taken with the block's first admission. So there is always a block to read into,
// whatever the sink does, and the bytes held for the queue never exceed credits * block_bytes. With at least as many
// credits as readers some block always comes back: a reader that waits has one, every other one at most two.
// A block goes back when its reader has left it and every record admitted from it has been released. While it is open
// its count stands far above zero; at the end the reader puts right by how much.
// With a share for each reader (--lane) no reader can take the blocks of another: each has its part of the credits.
// Threads: any, except block_share, which belongs to one reader.
//
// Protocol: [reuse] whoever has copied or forgotten records of a block → whoever makes the count zero and returns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "pump/control.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/queue/mpmc_queue.hpp"

namespace tidegate::pump {

class block_pool {
 public:
  /// Throws failure when the memory cannot be had. `credits` >= `readers`. `shares`: 1, or one for each reader.
  block_pool(std::size_t block_bytes, std::uint32_t credits, std::uint32_t readers = 1, std::uint32_t shares = 1);

  [[nodiscard]] std::size_t block_bytes() const noexcept { return block_bytes_; }
  [[nodiscard]] std::byte* data(std::uint32_t block) noexcept { return arena_.data() + block * block_bytes_; }
  [[nodiscard]] std::uint32_t readers() const noexcept { return readers_; }
  [[nodiscard]] std::size_t max_bytes() const noexcept;

  /// What the blocks that may hold queued records hold together.
  [[nodiscard]] std::size_t credit_bytes() const noexcept { return credits_ * block_bytes_; }

  /// `records` admitted records of `block` have been copied, or are not wanted any more.
  void release(std::uint32_t block, std::uint64_t records) noexcept;

  /// Times that readers slept for a spare block, so far.
  [[nodiscard]] std::uint64_t waits() const noexcept;

  /// Part of the credits in use, 0 to 1, a moment ago.
  [[nodiscard]] double saturation_hint() const noexcept;

 private:
  friend class block_share;
  using count_type = native_sync::atomic<std::uint64_t>;

  /// Blocks that go round among the readers of one share.
  struct share {
    share(std::uint32_t credit_count, std::size_t readers);

    [[nodiscard]] std::size_t used_hint() const noexcept;

    std::uint32_t credits;
    mpmc_queue<std::uint32_t> returned;        // whoever releases last → readers
    native_sync::atomic<std::size_t> free{0};  // blocks that are neither open nor hold records
  };

  [[nodiscard]] share& share_of(std::uint32_t block) noexcept { return shares_[block % shares_.size()]; }
  void open(std::uint32_t block) noexcept;
  void leave(std::uint32_t block, std::uint64_t admitted) noexcept;
  void give_back(std::uint32_t block) noexcept;

  std::size_t block_bytes_;
  std::uint32_t credits_;
  std::uint32_t readers_;
  region arena_;
  std::unique_ptr<count_type[]> held_;  // admitted and not released records of each block
  std::deque<share> shares_;
};

/// A reader's own blocks: the open one, and those it took back. Thread role: the reader.
class block_share {
 public:
  /// The share of reader `number`, counted from 0.
  explicit block_share(block_pool& from, std::uint32_t number = 0);

  [[nodiscard]] std::size_t block_bytes() const noexcept { return pool_.block_bytes(); }
  [[nodiscard]] std::byte* data(std::uint32_t block) noexcept { return pool_.data(block); }

  /// The block that is being filled.
  [[nodiscard]] std::uint32_t open() const noexcept { return open_; }

  /// True when another block is at hand: the open block's records may be admitted.
  [[nodiscard]] bool spare() noexcept;

  /// The same, waiting while `until` allows. False when the pump is to end first.
  [[nodiscard]] bool wait_for_spare(const control& until) noexcept;

  /// Part of the credits in use, 0 to 1, a moment ago.
  [[nodiscard]] double saturation_hint() const noexcept {
    return static_cast<double>(share_.used_hint()) / share_.credits;
  }

  /// `records` more records of the open block have been admitted.
  void admitted(std::size_t records) noexcept { admitted_ += records; }

  /// The open block is full and holds admitted records: opens the spare, with `unfinished` of the old one at its front.
  /// There is one, see spare(). Once the old block is left, another reader may write to it.
  void open_next(std::span<const std::byte> unfinished = {}) noexcept;

  /// Nothing more is read: all blocks go back.
  void leave() noexcept;

 private:
  block_pool& pool_;
  block_pool::share& share_;
  std::vector<std::uint32_t> free_;  // a stack: the one that came back last is warm in cache
  std::size_t most_free_;            // a lone reader keeps all; one of several only what it needs
  std::uint32_t open_;
  std::uint64_t admitted_ = 0;  // from the open block
};

}  // namespace tidegate::pump
