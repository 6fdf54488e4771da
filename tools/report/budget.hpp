// budget.hpp: how many points the curves of a page may keep, so that the page stays below some three megabytes.
#pragma once

#include <cstddef>

#include "report/page.hpp"

namespace tidegate::report {

/// For thin(): fewer, the more long curves the page has.
[[nodiscard]] std::size_t stretches_for(const page& of);

}  // namespace tidegate::report
