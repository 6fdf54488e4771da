// window.hpp: the part of the open block that is being filled: admitted records behind, the unfinished one, free room.
//
//   block: | records already offered | unfinished record of `owner` | room |
//                                    begin                          end
//
// All sources of a reader share one window, so that many of them need only one block. When another source has its turn,
// the unfinished record of the last one moves out to its carry, and back later. When the room runs out, it moves to the
// next block.
// Thread role: the reader.
#pragma once

#include <cstddef>
#include <span>

#include "pump/block_pool.hpp"
#include "pump/intake.hpp"
#include "pump/source.hpp"

namespace tidegate::pump {

/// Carries up to this size keep their memory between turns.
inline constexpr std::size_t carry_kept_bytes = 4096;

class window {
 public:
  window(block_share& blocks, intake& to) noexcept : blocks_(blocks), intake_(to) {}

  /// Gives `next` its turn and returns where to read to: at least a page, and not much more than `wanted`.
  [[nodiscard]] std::span<std::byte> room_for(source& next, std::size_t wanted);

  /// `count` bytes were read.
  void filled(std::size_t count) noexcept { end_ += count; }

  /// What has not been cut into records yet, of the source whose turn it is.
  [[nodiscard]] std::span<const std::byte> unfinished() const noexcept {
    return {blocks_.data(blocks_.open()) + begin_, end_ - begin_};
  }

  /// The same for any source.
  [[nodiscard]] std::size_t unfinished_bytes(const source& of) const noexcept {
    return owner_ == &of ? end_ - begin_ : of.carry.size();
  }

  /// Offers the records of these lengths, which begin the unfinished part.
  void offer(std::span<const std::uint32_t> lengths, std::size_t bytes) noexcept {
    intake_.offer(begin_, lengths);
    begin_ += bytes;
  }

  /// `ended` is about to go: its unfinished bytes are forgotten.
  void forget(const source& ended) noexcept;

 private:
  void move_out();
  void move_in(source& next);
  void open_next_block() noexcept;

  block_share& blocks_;
  intake& intake_;
  source* owner_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace tidegate::pump
