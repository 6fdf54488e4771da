#include "bench/layout.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace tidegate::bench {
namespace {

std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));  // not a UTF-8 tail
}

}  // namespace

std::string digits(double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return "∞";
  char text[32];
  const double size = std::fabs(value);
  std::snprintf(text, sizeof text, size >= 99.95 ? "%.0f" : size >= 9.995 ? "%.1f" : "%.2f", value);
  return text;
}

std::string text_table::text() const {
  if (rows_.size() < 2) return {};
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - columns_of(row[i]), ' ');
      line += "  " + (i < left_ ? row[i] + blanks : blanks + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string text_table::markdown() const {
  std::string text;
  for (std::size_t index = 0; index < rows_.size(); ++index) {
    text += "|";
    for (const std::string& place : rows_[index]) text += " " + place + " |";
    text += "\n";
    if (index != 0) continue;
    text += "|";
    for (std::size_t i = 0; i < rows_[0].size(); ++i) text += i < left_ ? " --- |" : " ---: |";
    text += "\n";
  }
  return text;
}

}  // namespace tidegate::bench
