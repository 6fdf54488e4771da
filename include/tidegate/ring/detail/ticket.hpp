// ticket.hpp: numbers for the places of a ring of any size, lap after lap, without a division.
//
// A ticket holds, from its highest bit down: the lap, the index of the cell, one flag. The index has as many bits as
// the capacity needs; where that is no power of two, the indexes from the capacity on are skipped. Only equality of
// tickets says something for sure: laps wrap, after at least four of them.
// Origin: the stamps of crossbeam's ArrayQueue; the flag and the wrap are ours.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace tidegate::detail {

/// How tickets of one ring follow each other. Nothing in it changes.
template <std::unsigned_integral Position>
class ticket_order {
 public:
  /// The lowest bit of a ticket, free for who uses it. All members take it along, or leave it out of account.
  static constexpr Position flag = 1;

  /// From the ticket of a cell to that of the next one.
  static constexpr Position step = 2;

  /// Leaves two bits to tell laps apart.
  static constexpr std::size_t capacity_limit = std::size_t{std::numeric_limits<Position>::max()} / 8 + 1;

  constexpr ticket_order(std::size_t capacity, Position start) noexcept
      : capacity_(static_cast<Position>(capacity)),
        lap_(static_cast<Position>(step * std::bit_ceil(capacity))),
        gap_(static_cast<Position>(lap_ - step * capacity)),
        first_(static_cast<Position>(start & ~index_mask())) {}

  [[nodiscard]] static constexpr Position flagged(Position ticket) noexcept {
    return static_cast<Position>(ticket | flag);
  }
  [[nodiscard]] static constexpr bool is_flagged(Position ticket) noexcept { return (ticket & flag) != 0; }

  [[nodiscard]] constexpr std::size_t capacity() const noexcept { return capacity_; }

  /// Of cell 0, on a lap near where positions start.
  [[nodiscard]] constexpr Position first() const noexcept { return first_; }

  /// The cell that `ticket` is for.
  [[nodiscard]] constexpr std::size_t index_of(Position ticket) const noexcept {
    return (ticket & index_mask()) / step;
  }

  /// The ticket `count` places on, which is at most the capacity.
  [[nodiscard]] constexpr Position advanced(Position ticket, std::size_t count) const noexcept {
    const bool is_next_lap = index_of(ticket) + count >= capacity_;
    return static_cast<Position>(ticket + step * count + (is_next_lap ? gap_ : 0));
  }

  /// What is added to a step from the last cell to the first one.
  [[nodiscard]] constexpr Position gap() const noexcept { return gap_; }

  /// The same cell, one lap on.
  [[nodiscard]] constexpr Position next_lap(Position ticket) const noexcept {
    return static_cast<Position>(ticket + lap_);
  }

  /// Places from `from` to `to`, negative when `to` is behind. Right within half of the laps.
  [[nodiscard]] constexpr std::ptrdiff_t places(Position from, Position to) const noexcept {
    using difference = std::make_signed_t<Position>;
    const auto laps_in_tickets = static_cast<Position>((to & ~index_mask()) - (from & ~index_mask()));
    const std::ptrdiff_t laps = static_cast<difference>(laps_in_tickets) >> std::countr_zero(lap_);
    return laps * static_cast<std::ptrdiff_t>(capacity_) + static_cast<std::ptrdiff_t>(index_of(to)) -
           static_cast<std::ptrdiff_t>(index_of(from));
  }

 private:
  /// Index and flag.
  [[nodiscard]] constexpr Position index_mask() const noexcept { return static_cast<Position>(lap_ - 1); }

  Position capacity_;
  Position lap_;  // between the tickets of a cell: a power of two
  Position gap_;  // from the last cell's ticket to the next lap's first, beyond a step
  Position first_;
};

}  // namespace tidegate::detail
