// picture.hpp: an SVG that grows: lines, marks, texts, at places in pixels.
//
// Colours are the names of inks; what stands behind a name, paper and page say differently (still.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/still.hpp"

namespace tidegate::report {

enum class ink : std::uint8_t { text, faint, grid, shade, limit, paper };

struct place {
  double x = 0;
  double y = 0;
};

enum class anchor : std::uint8_t { start, middle, end };

class picture {
 public:
  picture(double width_px, colours_of colours) : width_px_(width_px), colours_(colours) {}

  void line(place from, place to, ink of, double wide = 1, bool dashed = false);
  void text(place at, std::string_view words, anchor side = anchor::start, ink of = ink::text, bool bold = false);
  /// Text that stays readable over whatever is drawn there.
  void label(place at, std::string_view words, anchor side, ink of, bool bold = false);
  void box(place corner, double wide, double high, ink of);

  /// In the colour of a series.
  void stroke(const std::vector<place>& along, std::size_t slot, double wide, bool dashed);
  void dot(place at, std::size_t slot, double radius);
  void bar(place corner, double wide, double high, std::size_t slot, bool strong);

  /// The whole picture. `label` is read to those who cannot see it.
  [[nodiscard]] std::string finish(double height_px, std::string_view label) const;

 private:
  void write(place at, std::string_view words, anchor side, bool bold, const std::string& paints);
  [[nodiscard]] std::string paint(const char* what, std::string_view colour) const;
  [[nodiscard]] std::string colour_of(ink of) const;
  [[nodiscard]] std::string colour_of(std::size_t slot) const;

  double width_px_;
  colours_of colours_;
  std::string svg_;
};

/// About how wide a text is in the font of a picture.
[[nodiscard]] double width_of(std::string_view words) noexcept;

/// The text, or its beginning and an ellipsis, so that it is no wider.
[[nodiscard]] std::string shortened(std::string_view words, double most_px);

}  // namespace tidegate::report
