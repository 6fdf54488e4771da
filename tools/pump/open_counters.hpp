// open_counters.hpp: the counters file of a run: made first, so that it is refused before anything else happens.
#pragma once

#include <memory>
#include <string>

#include "tidegate/observe/counters_file.hpp"

namespace tidegate::pump {

/// `where` is a path, or "auto". Throws failure with one line that says what was wrong and what is accepted.
[[nodiscard]] std::unique_ptr<counters_file> open_counters(const std::string& where);

}  // namespace tidegate::pump
