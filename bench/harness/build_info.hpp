// build_info.hpp: what only the build knows: compiler flags, the commit, versions of installed packages.
#pragma once

#include <string_view>

namespace tidegate::bench::build_info {

[[nodiscard]] std::string_view compiler() noexcept;
[[nodiscard]] std::string_view flags() noexcept;
[[nodiscard]] std::string_view commit() noexcept;

/// "unknown" when the package manager was not asked or does not know it.
[[nodiscard]] std::string_view package_version(std::string_view package) noexcept;

}  // namespace tidegate::bench::build_info
