#include "report/thin.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/scale.hpp"

namespace tidegate::report {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// What stays of one stretch, by index.
struct kept {
  std::size_t lowest = none;
  std::size_t highest = none;
  std::size_t gap = none;

  void look_at(const std::vector<point>& points, std::size_t at) {
    if (!std::isfinite(points[at].y)) {
      gap = at;
      return;
    }
    if (lowest == none || points[at].y < points[lowest].y) lowest = at;
    if (highest == none || points[at].y > points[highest].y) highest = at;
  }

  void append_to(std::vector<std::size_t>& all) const {
    std::vector<std::size_t> own{lowest, highest, gap};
    std::sort(own.begin(), own.end());
    for (const std::size_t at : own) {
      if (at != none && (all.empty() || at > all.back())) all.push_back(at);
    }
  }
};

std::vector<point> placed(const std::vector<point>& points, axis_scale scale) {
  std::vector<point> all;
  std::copy_if(points.begin(), points.end(), std::back_inserter(all),
               [&](const point& one) { return has_place(one.x, scale); });
  return all;
}

}  // namespace

std::vector<point> thin(const std::vector<point>& points, std::size_t stretches, axis_scale scale) {
  std::vector<point> all = placed(points, scale);
  if (all.size() <= 2 * stretches || all.size() < 3) return all;
  const auto on_scale = [&](double x) { return scale == axis_scale::logarithmic ? std::log(x) : x; };
  const double begin = on_scale(all.front().x);
  const double width = (on_scale(all.back().x) - begin) / static_cast<double>(std::max<std::size_t>(stretches, 1));
  std::vector<std::size_t> staying{0};
  for (std::size_t at = 1; at + 1 < all.size();) {
    const auto stretch_of = [&](std::size_t i) {
      return width > 0 ? std::floor((on_scale(all[i].x) - begin) / width) : 0;
    };
    const double own = stretch_of(at);
    kept here;
    for (; at + 1 < all.size() && stretch_of(at) == own; ++at) here.look_at(all, at);
    here.append_to(staying);
  }
  staying.push_back(all.size() - 1);
  std::vector<point> few;
  few.reserve(staying.size());
  for (const std::size_t at : staying) few.push_back(all[at]);
  return few;
}

}  // namespace tidegate::report
