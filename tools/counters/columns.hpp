// columns.hpp: what `tidegate stat` and `tidegate top` show of each watched thing, column by column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "counters/watched.hpp"

namespace tidegate::counters {

/// How a piece of text stands out, where it can.
enum class tone : std::uint8_t { plain, dim, bold, good, warn, bad };

/// What the terminal can do.
struct look {
  bool unicode = false;
  bool colour = false;
};

struct cell {
  std::string text;
  tone how = tone::plain;
};

struct column {
  std::string_view heading;
  bool left = false;      ///< aligned to the left
  std::size_t width = 0;  ///< at least
  unsigned worth = 0;     ///< what is worth least goes first where there is little room
  cell (*of)(const watched&, const look&);
};

/// From left to right. The first one is the name, the second one how full it is.
[[nodiscard]] std::span<const column> columns();

/// From 0 on good, from 70 % on a warning, from 95 % on bad.
[[nodiscard]] tone saturation_tone(double saturation) noexcept;

/// Columns that `text` takes on a terminal; bytes that are no UTF-8 count one each.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// `text` in exactly `width` columns: cut, with a mark that it was, or filled up with blanks.
[[nodiscard]] std::string fit(std::string_view text, std::size_t width, bool left, const look& how);

}  // namespace tidegate::counters
