// escape.hpp: text where markup is read, so that it stays text.
#pragma once

#include <string>
#include <string_view>

namespace tidegate::report {

/// For the content of an element of HTML or SVG, and for an attribute in quotes of either kind.
[[nodiscard]] std::string escape_markup(std::string_view text);

/// JSON for the inside of a <script>: the same values, without a character that could end or comment the element.
[[nodiscard]] std::string escape_script(std::string_view json);

}  // namespace tidegate::report
