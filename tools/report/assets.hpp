// assets.hpp: the files that are part of the program, so that a report can hold them.
#pragma once

#include <string_view>

namespace tidegate::report::assets {

[[nodiscard]] std::string_view page_css() noexcept;
[[nodiscard]] std::string_view page_js() noexcept;

/// Empty: it was not there when tidegate was built.
[[nodiscard]] std::string_view chart_js() noexcept;

}  // namespace tidegate::report::assets
