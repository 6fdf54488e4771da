// record_word.hpp: eight bytes of a byte ring: the header of a record, or payload.
//
// Which of them a word is, and who may touch it, is the ring's to know. The model checker substitutes a word that does
// know, and reports a race, a header that is looked for where payload lies and payload that lies on a header. Arrays of
// words are plain memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace tidegate {

class alignas(8) plain_word {
 public:
  using room = std::span<std::byte>;  ///< payload that is being written
  using view = std::span<std::byte>;  ///< payload of a record

  // A header that threads pass to each other.

  [[nodiscard]] std::uint64_t load(std::memory_order how) noexcept { return std::atomic_ref(value_).load(how); }
  void store(std::uint64_t header, std::memory_order how) noexcept { std::atomic_ref(value_).store(header, how); }

  // A header that something else publishes.

  [[nodiscard]] std::uint64_t get() const noexcept { return value_; }
  void put(std::uint64_t header) noexcept { value_ = header; }

  // Payload, from a word on.

  [[nodiscard]] static room room_at(plain_word* first, std::size_t bytes) noexcept { return {bytes_of(first), bytes}; }
  [[nodiscard]] static view view_at(plain_word* first, std::size_t bytes) noexcept { return {bytes_of(first), bytes}; }

  static void write(plain_word* first, std::span<const std::byte> from) noexcept {
    if (!from.empty()) std::memcpy(bytes_of(first), from.data(), from.size());
  }

  /// Makes `count` words that nothing may be found in.
  static void clear(plain_word* first, std::size_t count) noexcept {
    std::memset(bytes_of(first), 0, count * sizeof(plain_word));
  }

 private:
  [[nodiscard]] static std::byte* bytes_of(plain_word* first) noexcept { return reinterpret_cast<std::byte*>(first); }

  std::uint64_t value_ = 0;
};

static_assert(sizeof(plain_word) == 8 && std::atomic_ref<std::uint64_t>::is_always_lock_free);

}  // namespace tidegate
