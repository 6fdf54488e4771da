// entry_word: what one entry of an exchange ring says, in one 64-bit word.
//
//   tag (top bits) | unused | close | victim | sequence 2 | row 7 | value
//
// tag = 4 * lap + state, for the position of that lap which the entry stands for:
//
//   state of lap L   tag       producers read it as     consumers read it as
//   consumed, L - 1  4 L - 1   free for lap L           not published
//   offered to push  4 L       settle it first          not published (victim bit: settle it, then look again)
//   full             4 L + 1   published                take it
//   offered to pop   4 L + 2   still inside             settle it first
//   consumed         4 L + 3   published                consumed
//
// The value is the slot that the entry owns, or the element itself when it is small: full entries hold an element, all
// others a free slot. Offers exist only with helping; without it row, sequence and victim take no bits. Tags of one
// entry only grow, so that a compare-exchange on the whole word fails once anything has happened there. Laps wrap:
// after 2^30 with helping, 2^33 without; with elements in entries after 2^35, or 2^29 without helping. A thread that is
// stopped between its look and its compare-exchange until exactly all of them have gone by, to within the time for
// which the entry keeps its word, could be fooled: about one in 2^30 such stops, each of hours.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tidegate::detail {

/// The two kinds of call, as the distance of their states in the tag.
enum class side : unsigned { push = 0, pop = 1 };

[[nodiscard]] constexpr unsigned index_of(side which) noexcept { return static_cast<unsigned>(which); }

template <unsigned ValueBits, bool Helps, class Sync>
struct entry_word {
  using word = std::uint64_t;

  static constexpr unsigned row_bits = Helps ? 7 : 0;
  static constexpr unsigned sequence_bits = Helps ? 2 : 0;
  static constexpr unsigned row_shift = ValueBits;
  static constexpr unsigned sequence_shift = row_shift + row_bits;
  static constexpr unsigned victim_shift = sequence_shift + sequence_bits;
  static constexpr unsigned close_shift = victim_shift + (Helps ? 1 : 0);

  /// Tests have narrow positions, and with them few laps before the tag wraps.
  static constexpr unsigned tag_bits =
      std::min(64 - (close_shift + 1), unsigned{std::numeric_limits<typename Sync::position>::digits} - 2);
  static constexpr unsigned tag_shift = 64 - tag_bits;

  static constexpr word value_mask = (word{1} << ValueBits) - 1;
  static constexpr word row_mask = (word{1} << row_bits) - 1;
  static constexpr word sequence_mask = (word{1} << sequence_bits) - 1;
  static constexpr word close_bit = word{1} << close_shift;
  static constexpr word one_tag = word{1} << tag_shift;  // from one state to the next
  static constexpr word one_lap = 4 * one_tag;
  static constexpr word tag_mask = ~(one_tag - 1);

  static constexpr word most_values = value_mask;  // slots are numbered below this
  static constexpr unsigned most_rows = 1u << row_bits;

  [[nodiscard]] static constexpr word value(word entry) noexcept { return entry & value_mask; }
  [[nodiscard]] static constexpr bool closes(word entry) noexcept { return (entry & close_bit) != 0; }
  [[nodiscard]] static constexpr unsigned state(word entry) noexcept { return (entry >> tag_shift) & 3; }

  // Of offers.

  [[nodiscard]] static constexpr unsigned row(word entry) noexcept {
    return static_cast<unsigned>((entry >> row_shift) & row_mask);
  }
  [[nodiscard]] static constexpr word sequence(word entry) noexcept {
    return (entry >> sequence_shift) & sequence_mask;
  }
  [[nodiscard]] static constexpr bool has_victim(word entry) noexcept { return ((entry >> victim_shift) & 1) != 0; }

  /// How far the entry is from the offered state of this side in the lap that begins with the tag `lap`: 0 offered,
  /// -1 to be taken, less: in the way of it (full, or empty), more: this position has passed.
  [[nodiscard]] static constexpr std::int64_t distance(word entry, word lap, side of) noexcept {
    return static_cast<std::int64_t>(entry - lap - 2 * index_of(of) * one_tag) >> tag_shift;
  }

  /// The entry after an exchange by this side: full or consumed. The close bit stays.
  [[nodiscard]] static constexpr word exchanged(word entry, word lap, side by, word value) noexcept {
    return (lap + (2 * index_of(by) + 1) * one_tag) | (entry & close_bit) | value;
  }

  /// The entry while it is offered to a row of this side. It still holds what it held.
  [[nodiscard]] static constexpr word offered(word entry, word lap, side to, unsigned row, word sequence,
                                              bool victim) noexcept {
    return (lap + 2 * index_of(to) * one_tag) | (entry & (close_bit | value_mask)) | (word{row} << row_shift) |
           ((sequence & sequence_mask) << sequence_shift) | (word{victim} << victim_shift);
  }

  /// The entry after the exchange that was offered: the row gave `value` for what stood there.
  [[nodiscard]] static constexpr word settled(word offer, word value) noexcept {
    return (offer & tag_mask) + one_tag + (offer & close_bit) + value;
  }
};

}  // namespace tidegate::detail
