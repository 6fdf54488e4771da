// view.hpp: what is on the screen of `tidegate top`, as lines of text with tones. No terminal in here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "counters/columns.hpp"
#include "top/model.hpp"

namespace tidegate::top {

enum class sort_key : std::uint8_t { added, name, saturation, arrivals, drains, oldest, p99, slope, drops };
inline constexpr std::array<std::string_view, 9> sort_names{"added",  "name", "saturation", "arrivals", "drains",
                                                            "oldest", "p99",  "slope",      "drops"};

struct piece {
  std::string text;
  counters::tone how = counters::tone::plain;
};

struct line {
  std::vector<piece> pieces;
  bool selected = false;
};

struct screen_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// What the user has chosen.
struct view_state {
  sort_key sort = sort_key::added;  ///< the greatest first, or names from A; as added: in the order of the file
  bool reverse = false;
  bool details = false;  ///< everything about the selected row
  bool help = false;
  bool paused = false;
  std::string selected_path = {};  ///< which row is selected, by process
  std::string selected_name = {};  ///< and name, so that it stays so when rows move
  std::size_t first = 0;           ///< the first line of the list on the screen
};

enum class command : std::uint8_t {
  none,
  quit,
  next_sort,
  last_sort,
  reverse,
  up,
  down,
  page_up,
  page_down,
  first,
  last,
  details,
  help,
  pause
};

/// Selecting moves among the rows of `seen` as they are shown; a page is `size` without what surrounds it.
void apply(command what, const model& seen, view_state& state, const screen_size& size);

/// At most size.rows lines, none wider than size.columns. Scrolls so that the selected row is visible.
[[nodiscard]] std::vector<line> draw(const model& seen, view_state& state, const screen_size& size,
                                     const counters::look& how);

/// "████▌░░░" or "[####   ]", exactly `width` columns.
[[nodiscard]] std::string bar(double saturation, std::size_t width, const counters::look& how);

}  // namespace tidegate::top
