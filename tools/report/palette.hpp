// palette.hpp: the colours of series and of heat.
//
// Told apart also by those who see few colours: after Okabe and Ito (2008), darkened for thin lines on white, lightened
// for black. The first is ours.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "report/items.hpp"

namespace tidegate::report {

inline constexpr std::size_t series_colours = 8;
inline constexpr std::array<const char*, series_colours> light_colours{"#0063b1", "#c44e00", "#00855f", "#a83f7f",
                                                                       "#a87700", "#2f9ac9", "#5f5f5f", "#7a4fc4"};
inline constexpr std::array<const char*, series_colours> dark_colours{"#5cb8ff", "#ff8a4c", "#2fcf9f", "#f08cc4",
                                                                      "#f0c040", "#9fdcf5", "#b5b5b5", "#b9a0f5"};

struct heat_colour {
  std::string fill{};  ///< as CSS
  std::string text{};  ///< readable on it
};

/// Place 0…1 between the coldest and the hottest value; `parted`: two colours that meet in 0.5.
[[nodiscard]] heat_colour heat(double place, bool parted);

}  // namespace tidegate::report
