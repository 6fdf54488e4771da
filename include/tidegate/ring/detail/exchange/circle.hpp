// circle: the positions of a ring of any size, without a division.
//
// A place is a position taken apart: its lap, where the tag of an entry_word has it, and the index below. Places are
// compared by difference, so that laps may wrap. Going on is an addition and one comparison.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate::detail {

/// Lap in the bits from one_lap upwards, index below.
using place = std::uint64_t;

/// True when `one` is a later place than `other`; they are less than half of all laps apart.
[[nodiscard]] constexpr bool is_later(place one, place other) noexcept {
  return static_cast<std::int64_t>(one - other) > 0;
}

template <class Word>
class circle {
 public:
  explicit circle(std::size_t entries) noexcept : entries_(entries) {}

  [[nodiscard]] std::size_t entries() const noexcept { return entries_; }

  /// The tag with which the lap of this place begins.
  [[nodiscard]] static constexpr std::uint64_t lap(place at) noexcept { return at & ~(Word::one_lap - 1); }

  [[nodiscard]] static constexpr std::size_t index(place at) noexcept { return at & (Word::one_lap - 1); }

  /// In which sixteenth of all laps.
  [[nodiscard]] static constexpr std::uint64_t sixteenth(place at) noexcept { return at >> 60; }

  /// The first place of lap number `number`.
  [[nodiscard]] static constexpr place begin(std::uint64_t number) noexcept { return number * Word::one_lap; }

  [[nodiscard]] place next(place at) const noexcept {
    return index(at) + 1 != entries_ ? at + 1 : lap(at) + Word::one_lap;
  }

  /// So many places further on, at most to the begin of the next lap.
  [[nodiscard]] place further(place at, std::size_t count) const noexcept {
    return index(at) + count != entries_ ? at + count : lap(at) + Word::one_lap;
  }

  /// The first place that is not known to have passed, when the entry of `at` is `distance` > 0 states ahead.
  [[nodiscard]] place after(place at, std::int64_t distance) const noexcept {
    const auto laps_ahead = static_cast<std::uint64_t>(distance - 1) / 4;
    return next(at + laps_ahead * Word::one_lap);
  }

  /// Whose turn it is at this place, of `rows`. Every row has its turn at least once in 2 * rows places, and once in
  /// `rows` unless the laps wrap.
  [[nodiscard]] unsigned turn(place at, unsigned rows) const noexcept {
    const std::uint64_t position = at / Word::one_lap * entries_ + index(at);
    return static_cast<unsigned>(position % rows);
  }

  /// How many places `to` is after `from`; at most a few laps, and not negative.
  [[nodiscard]] std::size_t distance(place from, place to) const noexcept {
    const std::uint64_t laps = (lap(to) - lap(from)) / Word::one_lap;
    return laps * entries_ + index(to) - index(from);
  }

 private:
  const std::size_t entries_;
};

}  // namespace tidegate::detail
