// printable.hpp: text as messages show it: names that others chose neither split a line nor steer the terminal.
#pragma once

#include <string>
#include <string_view>

namespace tidegate::pump {

/// Control characters as escapes (\n, \t, \r, \x1b; in UTF-8 also U+0080 to U+009F, byte by byte) and \ as \\, so that
/// it can be read back. Everything else stays.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace tidegate::pump
