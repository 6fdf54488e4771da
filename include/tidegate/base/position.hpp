// position.hpp: arithmetic on positions, the counters of elements ever put in or taken out.
//
// Only differences have a meaning, and they are taken in the width of the type, so that a position may wrap: 64 bits
// never do in practice, the 8-bit positions of the tests do every 256 elements.
#pragma once

#include <concepts>
#include <cstddef>
#include <limits>

namespace tidegate {

/// `count` elements after `from`.
template <std::unsigned_integral Position>
[[nodiscard]] constexpr Position advanced(Position from, std::size_t count) noexcept {
  return static_cast<Position>(from + count);
}

/// How many elements `to` is after `from`; a position behind `from` reads as a very large number.
template <std::unsigned_integral Position>
[[nodiscard]] constexpr std::size_t distance(Position from, Position to) noexcept {
  return static_cast<Position>(to - from);
}

/// The largest ring that positions of this type can count, when stale positions may lie `slack` slots further back.
template <std::unsigned_integral Position>
[[nodiscard]] constexpr std::size_t countable_capacity(std::size_t slack) noexcept {
  constexpr std::size_t all = std::numeric_limits<Position>::max();
  return (all - slack) / 2;
}

}  // namespace tidegate
