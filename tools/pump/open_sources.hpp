// open_sources.hpp: opens what records come from, and refuses what cannot work before any data moves.
//
// Throws failure with one line.
#pragma once

#include <string>

#include "pump/options.hpp"
#include "pump/source.hpp"

namespace tidegate::pump {

/// In messages: "source file:x", "standard input".
[[nodiscard]] std::string source_name(const endpoint& from);

[[nodiscard]] inputs open_sources(const options& wanted);

}  // namespace tidegate::pump
