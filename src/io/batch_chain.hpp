// batch_chain.hpp: the bytes of a sink that are not written yet, as a chain of a few fixed buffers.
//
// Bytes have positions (cumulative, 64-bit). Every buffer of the chain is full but the last; the first may be partly
// released. So a position finds its buffer by one division. Released buffers are reused last in, first out: with a fast
// peer the same one or two buffers stay hot in the cache, whatever the capacity.
// Room: ceil(capacity / batch) + 1 buffers hold any `capacity` bytes, however the first and the last one are cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace tidegate::detail {

class batch_chain {
 public:
  batch_chain() noexcept = default;
  batch_chain(const batch_chain&) = delete;
  batch_chain& operator=(const batch_chain&) = delete;
  ~batch_chain();

  /// Maps the buffers; pages are touched only when used. False: no memory.
  [[nodiscard]] bool allocate(std::size_t capacity_bytes, std::size_t batch_bytes) noexcept;

  /// Copies `bytes` behind the last one. The caller has checked that at most `capacity` bytes are then inside.
  void append(std::span<const std::byte> bytes) noexcept;

  /// `bytes` (at most one batch) of memory in one piece, for commit() to make them the next ones: where they belong, or
  /// in the next free buffer. Changes nothing. There is room, as in append().
  [[nodiscard]] std::span<std::byte> claim(std::size_t bytes) const noexcept;

  /// Appends the first `used` bytes of what claim() gave; nothing happened in between.
  void commit(std::span<const std::byte> place, std::size_t used) noexcept;

  /// Moves the end of an empty chain: these bytes were written past it.
  void skip(std::size_t bytes) noexcept { base_ = end_ += bytes; }

  /// The bytes from `from` on that lie in one buffer, up to `to`. begin <= from <= to <= end.
  [[nodiscard]] std::span<const std::byte> piece(std::uint64_t from, std::uint64_t to) const noexcept;

  /// True when no more bytes can join the buffer that holds the byte before `position`.
  [[nodiscard]] bool ends_buffer(std::uint64_t position) const noexcept { return (position - base_) % batch_ == 0; }

  /// Everything before `position` is finished with.
  void release_to(std::uint64_t position) noexcept;

  /// Gives the memory up without unmapping it, because the kernel may still read it.
  void leak() noexcept { memory_ = nullptr; }

  [[nodiscard]] std::size_t max_bytes() const noexcept { return mapped_bytes_ + 2 * count_ * sizeof(std::uint32_t); }

 private:
  [[nodiscard]] std::byte* buffer_at(std::size_t place) const noexcept;
  void open_buffer() noexcept;

  std::byte* memory_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::size_t batch_ = 1;
  std::size_t count_ = 0;                   // buffers
  std::unique_ptr<std::uint32_t[]> chain_;  // circular: buffer numbers in order of position
  std::unique_ptr<std::uint32_t[]> free_;   // stack of the other buffer numbers
  std::size_t first_ = 0;                   // where the chain begins in chain_
  std::size_t linked_ = 0;                  // buffers in the chain
  std::uint64_t base_ = 0;                  // position of the first byte of the first buffer
  std::uint64_t end_ = 0;                   // position behind the last byte
  std::byte* tail_ = nullptr;               // where the next byte goes
  std::size_t tail_room_ = 0;               // bytes left in the last buffer
};

}  // namespace tidegate::detail
