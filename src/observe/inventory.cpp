#include <algorithm>
#include <array>

#include "observe/decimal.hpp"
#include "tidegate/observe/registry.hpp"

namespace tidegate {
namespace {

using detail::json_string;

constexpr std::size_t columns = 6;
using row = std::array<std::string, columns>;

/// 1,536 is "1.5 KiB": for people, who compare; JSON has the number.
std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return detail::decimal(value, unit == 0 ? 0 : 1) + " " + units[unit];
}

row row_of(const inventory_item& item) {
  const auto or_dash = [](std::uint64_t number) { return number == 0 ? std::string("-") : std::to_string(number); };
  return {item.name,
          std::string(to_string(item.kind)),
          item.policy,
          or_dash(item.capacity),
          item.weight_limit == 0 ? "-" : bytes_text(item.weight_limit),
          bytes_text(item.max_bytes)};
}

std::string line_of(const row& cells, const std::array<std::size_t, columns>& widths) {
  std::string line;
  for (std::size_t i = 0; i < columns; ++i) {
    if (i > 0) line += "  ";
    line += i < 3 ? detail::padded_right(cells[i], widths[i]) : detail::padded_left(cells[i], widths[i]);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

}  // namespace

std::string inventory_report::to_text() const {
  std::vector<row> rows{{"name", "kind", "when full", "capacity", "weight limit", "at most"}};
  for (const inventory_item& item : items) rows.push_back(row_of(item));
  rows.push_back({"total", "", "", "", "", bytes_text(total_bytes)});
  std::array<std::size_t, columns> widths{};
  for (const row& one : rows) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], one[i].size());
  }
  std::string text;
  for (const row& one : rows) text += line_of(one, widths);
  return text;
}

std::string inventory_report::to_json() const {
  std::string text = "{\"things\":[";
  const char* separator = "";
  for (const inventory_item& item : items) {
    text += separator;
    text += "{\"name\":" + json_string(item.name) + ",\"kind\":" + json_string(to_string(item.kind)) +
            ",\"policy\":" + json_string(item.policy) + ",\"capacity\":" + std::to_string(item.capacity) +
            ",\"weight_limit\":" + std::to_string(item.weight_limit) +
            ",\"max_bytes\":" + std::to_string(item.max_bytes) + "}";
    separator = ",";
  }
  return text += "],\"total_bytes\":" + std::to_string(total_bytes) + "}";
}

}  // namespace tidegate
