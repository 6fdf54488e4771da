// run_slots: the elements of a block ring, a run in each slot, read and written by words.
//
// A consumer copies elements out before it knows that they are still there. Words are atomic and relaxed, so that a
// copy that comes too late is merely wrong; the compare-exchange that follows then fails, and the copy is thrown away.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::detail {

/// The largest unsigned type whose size divides `Bytes`.
template <std::size_t Bytes>
using word_of_bytes = std::conditional_t<
    Bytes % 8 == 0, std::uint64_t,
    std::conditional_t<Bytes % 4 == 0, std::uint32_t, std::conditional_t<Bytes % 2 == 0, std::uint16_t, std::uint8_t>>>;

template <plain_element T, std::size_t LongestRun, class Sync>
class run_slots {
  using word = word_of_bytes<sizeof(T)>;
  static constexpr std::size_t words_an_element = sizeof(T) / sizeof(word);
  struct alignas(cache_line_bytes) slot {
    typename Sync::template atomic<word> words[LongestRun * words_an_element];
  };

 public:
  static constexpr std::size_t alignment = alignof(slot);

  [[nodiscard]] static bool storage_bytes(std::size_t slots, std::size_t& bytes) noexcept {
    return !__builtin_mul_overflow(slots, sizeof(slot), &bytes);
  }

  run_slots(std::byte* where, std::size_t slots) noexcept : slots_(reinterpret_cast<slot*>(where)), count_(slots) {
    std::uninitialized_default_construct_n(slots_, slots);
  }
  run_slots(const run_slots&) = delete;
  run_slots& operator=(const run_slots&) = delete;
  ~run_slots() { std::destroy_n(slots_, count_); }

  /// Writes the element number `index` of a slot that belongs to the caller.
  void write(std::uint64_t at, std::size_t index, const T& element) noexcept {
    word values[words_an_element];
    std::memcpy(values, &element, sizeof(T));
    for (std::size_t i = 0; i < words_an_element; ++i) {
      slots_[at].words[index * words_an_element + i].store(values[i], order::relaxed);  // seen with the entry
    }
  }

  /// Copies `count` elements from number `first` on. The slot may be given to somebody else meanwhile: then the copies
  /// are of no use.
  void read(std::uint64_t at, std::size_t first, std::size_t count, std::byte* to) const noexcept {
    const auto* from = slots_[at].words + first * words_an_element;
    for (std::size_t i = 0; i < count * words_an_element; ++i, to += sizeof(word)) {
      const word value = from[i].load(order::relaxed);  // right if the entry still stands: see pop()
      std::memcpy(to, &value, sizeof value);
    }
  }

 private:
  slot* const slots_;
  const std::size_t count_;
};

}  // namespace tidegate::detail
