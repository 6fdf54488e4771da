#include "report/palette.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

namespace tidegate::report {
namespace {

using rgb = std::array<double, 3>;

// Lightness changes evenly, so that it reads without colour too.
constexpr std::array<rgb, 4> deepening{rgb{240, 246, 252}, rgb{158, 202, 225}, rgb{49, 130, 189}, rgb{8, 48, 107}};
constexpr std::array<rgb, 5> parting{rgb{166, 70, 0}, rgb{240, 165, 95}, rgb{247, 247, 247}, rgb{120, 180, 220},
                                     rgb{0, 85, 155}};

rgb between(std::span<const rgb> stops, double place) {
  const double at = std::clamp(place, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const std::size_t below = std::min(static_cast<std::size_t>(at), stops.size() - 2);
  const double part = at - static_cast<double>(below);
  rgb mixed{};
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    mixed[i] = stops[below][i] + part * (stops[below + 1][i] - stops[below][i]);
  }
  return mixed;
}

/// Relative luminance, as the guidelines for contrast define it.
double luminance(const rgb& of) {
  constexpr rgb weights{0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (std::size_t i = 0; i < of.size(); ++i) {
    const double part = of[i] / 255;
    sum += weights[i] * (part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
  }
  return sum;
}

}  // namespace

heat_colour heat(double place, bool parted) {
  const rgb fill = parted ? between(parting, place) : between(deepening, place);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", static_cast<unsigned>(std::lround(fill[0])),
                static_cast<unsigned>(std::lround(fill[1])), static_cast<unsigned>(std::lround(fill[2])));
  constexpr double as_well_black_as_white = 0.179;
  return {text.data(), luminance(fill) > as_well_black_as_white ? "#111" : "#fff"};
}

}  // namespace tidegate::report
