// thin.hpp: fewer points that look the same.
#pragma once

#include <cstddef>
#include <vector>

#include "report/items.hpp"

namespace tidegate::report {

/// Of each of `stretches` equal parts of x (equal on that scale) the smallest and the largest value, one point of a gap
/// if there is one, and the first and the last point of all. As they are, if there are no more than twice as many
/// points as stretches. Points whose x has no place on the scale are left out.
[[nodiscard]] std::vector<point> thin(const std::vector<point>& points, std::size_t stretches, axis_scale scale);

}  // namespace tidegate::report
