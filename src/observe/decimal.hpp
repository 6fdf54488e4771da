// decimal.hpp: numbers as text for reports, the same in every locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::detail {

/// With so many digits behind the point; halves are rounded away from zero, as they look in decimal.
[[nodiscard]] std::string decimal(double value, unsigned digits);

/// As short as possible, so that reading it back gives the same number; "null" for what JSON cannot say.
[[nodiscard]] std::string json_number(double value);

/// In quotation marks; control characters, quotation marks and backslashes are escaped, and bytes that are not UTF-8
/// replaced.
[[nodiscard]] std::string json_string(std::string_view text);

/// `text` with blanks in front (padded_left) or behind (padded_right), `columns` wide at least.
[[nodiscard]] std::string padded_left(std::string_view text, std::size_t columns);
[[nodiscard]] std::string padded_right(std::string_view text, std::size_t columns);

}  // namespace tidegate::detail
