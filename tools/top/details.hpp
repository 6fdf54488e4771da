// details.hpp: everything about one watched thing, in as many columns as there is room for.
#pragma once

#include <cstddef>
#include <vector>

#include "top/view.hpp"

namespace tidegate::top {

[[nodiscard]] std::vector<line> detail_lines(const counters::watched& one, std::size_t width,
                                             const counters::look& how);

}  // namespace tidegate::top
