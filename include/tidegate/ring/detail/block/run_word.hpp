// run_word: what one entry of a block ring says, in one 64-bit word.
//
//   tag (top bits) | unused | close | length - 1 | offset | slot 24
//
// tag = 2 * lap: a run begins at this place in that lap, `length` elements in `slot`, of which `offset` are taken out.
// tag = 2 * lap + 1: that run is consumed; the slot is a free one, the length stays. Less: no run began here in that
// lap. Entries inside a run keep what they said in an earlier lap. Tags of one entry only grow, and offsets with them,
// so that a compare-exchange on the whole word fails once anything has happened there.
//
// The tag wraps: with runs of 8, after 2^32 laps. So that no word is ever so old that it looks new, the laps are
// counted in eight epochs: in the first lap of each every run has one element, and every entry is written. A thread
// that is stopped between its look and its compare-exchange for an exact multiple of all laps could be fooled.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "tidegate/ring/detail/exchange/circle.hpp"

namespace tidegate::detail {

template <std::size_t LongestRun, class Sync>
struct run_word {
  using word = std::uint64_t;

  static constexpr unsigned slot_bits = 24;
  static constexpr unsigned count_bits = std::bit_width(LongestRun - 1);
  static constexpr unsigned offset_shift = slot_bits;
  static constexpr unsigned length_shift = offset_shift + count_bits;
  static constexpr unsigned close_shift = length_shift + count_bits;

  /// Tests have narrow positions, and with them few laps before the tag wraps.
  static constexpr unsigned tag_bits =
      std::min(64 - (close_shift + 1), unsigned{std::numeric_limits<typename Sync::position>::digits} - 2);
  static constexpr unsigned tag_shift = 64 - tag_bits;

  static constexpr word slot_mask = (word{1} << slot_bits) - 1;
  static constexpr word count_mask = (word{1} << count_bits) - 1;
  static constexpr word close_bit = word{1} << close_shift;
  static constexpr word one_tag = word{1} << tag_shift;
  static constexpr word one_lap = 2 * one_tag;

  [[nodiscard]] static constexpr word slot(word entry) noexcept { return entry & slot_mask; }
  [[nodiscard]] static constexpr bool closes(word entry) noexcept { return (entry & close_bit) != 0; }
  [[nodiscard]] static constexpr std::size_t offset(word entry) noexcept {
    return (entry >> offset_shift) & count_mask;
  }
  [[nodiscard]] static constexpr std::size_t length(word entry) noexcept {
    return ((entry >> length_shift) & count_mask) + 1;
  }
  /// The lap of the last run that began here, as the begin of a place.
  [[nodiscard]] static constexpr place lap(word entry) noexcept { return entry & ~(one_lap - 1); }
  [[nodiscard]] static constexpr bool is_consumed(word entry) noexcept { return (entry & one_tag) != 0; }

  /// How far the entry is from a run that begins in this lap: 0 inside, 1 consumed, less: there is none yet, more: this
  /// lap is over.
  [[nodiscard]] static constexpr std::int64_t distance(word entry, place lap) noexcept {
    return static_cast<std::int64_t>(entry - lap) >> tag_shift;
  }

  /// The entry with a new run. The close bit is not set where a run begins.
  [[nodiscard]] static constexpr word published(place lap, std::size_t length, word slot) noexcept {
    return lap | (word{length - 1} << length_shift) | slot;
  }
  /// The entry after `count` more elements were taken out of its run, but not all.
  [[nodiscard]] static constexpr word advanced(word entry, std::size_t count) noexcept {
    return entry + (word{count} << offset_shift);
  }
  /// The entry after its run was taken out in exchange for a free slot.
  [[nodiscard]] static constexpr word consumed(word entry, word slot) noexcept {
    return ((entry & ~slot_mask) | slot) + one_tag;
  }

  // Epochs.

  static constexpr unsigned epochs = 8;  // of all laps
  [[nodiscard]] static constexpr std::uint64_t epoch(place at) noexcept { return at >> 61; }
  /// True in the lap in which every entry is written.
  [[nodiscard]] static constexpr bool is_first_lap(place at) noexcept { return (at & ~(one_lap - 1)) << 3 == 0; }
  [[nodiscard]] static constexpr bool begins_epoch(place at) noexcept { return at << 3 == 0; }
};

}  // namespace tidegate::detail
