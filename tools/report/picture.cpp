#include "report/picture.hpp"

#include <array>
#include <cstdio>

#include "report/escape.hpp"
#include "report/palette.hpp"

namespace tidegate::report {
namespace {

constexpr std::array<const char*, 6> ink_names{"text", "faint", "grid", "shade", "limit", "paper"};
constexpr std::array<const char*, 6> paper_inks{"#1b1f24", "#59636e", "#e1e4e8", "#f6efdc", "#b3261e", "#ffffff"};

template <class... Args>
std::string print(const char* format, Args... args) {
  std::array<char, 320> text{};
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

const char* name_of(anchor side) { return side == anchor::start ? "start" : side == anchor::middle ? "middle" : "end"; }

constexpr double letter_px = 8;

/// And is not the rest of a letter of several bytes.
bool begins_letter(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }

/// Series beyond the colours are told apart by dashes.
const char* dashes(std::size_t slot, bool dashed) {
  if (dashed) return " stroke-dasharray='6 4'";
  return slot >= series_colours ? " stroke-dasharray='2 3'" : "";
}

}  // namespace

std::string picture::paint(const char* what, std::string_view colour) const {
  if (colours_ == colours_of::paper) return std::string(what) + "='" + std::string(colour) + "'";
  return std::string("style='") + what + ":" + std::string(colour) + "'";
}

std::string picture::colour_of(ink of) const {
  const auto index = static_cast<std::size_t>(of);
  if (colours_ == colours_of::paper) return paper_inks[index];
  return std::string("var(--") + ink_names[index] + ")";
}

std::string picture::colour_of(std::size_t slot) const {
  if (colours_ == colours_of::paper) return light_colours[slot % series_colours];
  return "var(--line-" + std::to_string(slot % series_colours) + ")";
}

void picture::line(place from, place to, ink of, double wide, bool dashed) {
  svg_ += print("<line x1='%.1f' y1='%.1f' x2='%.1f' y2='%.1f' stroke-width='%.3g'%s ", from.x, from.y, to.x, to.y,
                wide, dashed ? " stroke-dasharray='6 4'" : "");
  svg_ += paint("stroke", colour_of(of)) + "/>\n";
}

void picture::write(place at, std::string_view words, anchor side, bool bold, const std::string& paints) {
  svg_ +=
      print("<text x='%.1f' y='%.1f' text-anchor='%s'%s ", at.x, at.y, name_of(side), bold ? " font-weight='600'" : "");
  svg_ += paints + ">" + escape_markup(words) + "</text>\n";
}

void picture::text(place at, std::string_view words, anchor side, ink of, bool bold) {
  write(at, words, side, bold, paint("fill", colour_of(of)));
}

void picture::label(place at, std::string_view words, anchor side, ink of, bool bold) {
  const char* round = "stroke-width='3' stroke-linejoin='round' ";
  write(at, words, side, bold, round + paint("stroke", colour_of(ink::paper)));
  text(at, words, side, of, bold);
}

void picture::box(place corner, double wide, double high, ink of) {
  svg_ += print("<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' ", corner.x, corner.y, wide, high);
  svg_ += paint("fill", colour_of(of)) + "/>\n";
}

void picture::stroke(const std::vector<place>& along, std::size_t slot, double wide, bool dashed) {
  if (along.size() < 2) return;
  svg_ += print("<polyline fill='none' stroke-linejoin='round' stroke-width='%.3g'%s ", wide, dashes(slot, dashed));
  svg_ += paint("stroke", colour_of(slot)) + " points='";
  for (const place& at : along) svg_ += print("%.1f,%.1f ", at.x, at.y);
  svg_.back() = '\'';
  svg_ += "/>\n";
}

void picture::dot(place at, std::size_t slot, double radius) {
  svg_ += print("<circle cx='%.1f' cy='%.1f' r='%.3g' ", at.x, at.y, radius) + paint("fill", colour_of(slot)) + "/>\n";
}

void picture::bar(place corner, double wide, double high, std::size_t slot, bool strong) {
  svg_ += print("<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f'%s ", corner.x, corner.y, wide, high,
                strong ? "" : " fill-opacity='0.55'");
  svg_ += paint("fill", colour_of(slot)) + "/>\n";
}

std::string picture::finish(double height_px, std::string_view label) const {
  std::string all = print("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %.0f %.0f' ", width_px_, height_px);
  all += "font-family='system-ui, sans-serif' font-size='13' role='img' aria-label='" + escape_markup(label) + "'>\n";
  if (colours_ == colours_of::paper) all += "<rect width='100%' height='100%' fill='#ffffff'/>\n";
  return all + svg_ + "</svg>\n";
}

double width_of(std::string_view words) noexcept {
  double wide = 0;
  for (const char letter : words) {
    if (begins_letter(letter)) wide += letter_px;
  }
  return wide;
}

std::string shortened(std::string_view words, double most_px) {
  if (width_of(words) <= most_px) return std::string(words);
  double wide = letter_px;  // the ellipsis
  std::size_t end = 0;
  for (; end < words.size(); ++end) {
    if (begins_letter(words[end]) && (wide += letter_px) > most_px) break;
  }
  return std::string(words.substr(0, end)) + "…";
}

}  // namespace tidegate::report
