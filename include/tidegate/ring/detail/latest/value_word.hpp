// value_word.hpp: the one atomic word of a place that holds the newest value only.
//
// From the low end: slot, fresh, closed, and the number of values pushed so far. `fresh`: the slot holds a value that
// nobody has taken; otherwise it is raw. The number wraps with the width of the word; differences are what is used.
#pragma once

#include <cstddef>
#include <limits>

namespace tidegate::detail {

/// `SlotBits`: how many bits name a slot.
template <class Word, unsigned SlotBits>
struct value_word {
  static constexpr unsigned shift = SlotBits + 2;
  static_assert(shift < std::numeric_limits<Word>::digits, "no bit is left to count values with");
  static constexpr Word slot_mask = static_cast<Word>((Word{1} << SlotBits) - 1);
  static constexpr Word fresh_bit = static_cast<Word>(Word{1} << SlotBits);
  static constexpr Word closed_bit = static_cast<Word>(Word{1} << (SlotBits + 1));

  /// Number and slot; neither fresh nor closed.
  [[nodiscard]] static constexpr Word make(std::size_t number, std::size_t slot) noexcept {
    return static_cast<Word>(number << shift | slot);
  }
  [[nodiscard]] static constexpr Word fresh(std::size_t number, std::size_t slot) noexcept {
    return static_cast<Word>(make(number, slot) | fresh_bit);
  }

  [[nodiscard]] static constexpr Word number(Word word) noexcept { return static_cast<Word>(word >> shift); }
  [[nodiscard]] static constexpr std::size_t slot(Word word) noexcept { return word & slot_mask; }
  [[nodiscard]] static constexpr bool is_fresh(Word word) noexcept { return (word & fresh_bit) != 0; }
  [[nodiscard]] static constexpr bool is_closed(Word word) noexcept { return (word & closed_bit) != 0; }

  /// How many values `later` was pushed after `earlier`.
  [[nodiscard]] static constexpr Word pushes_between(Word earlier, Word later) noexcept {
    constexpr Word low = static_cast<Word>((Word{1} << shift) - 1);
    return static_cast<Word>(static_cast<Word>((later & ~low) - (earlier & ~low)) >> shift);
  }
};

}  // namespace tidegate::detail
