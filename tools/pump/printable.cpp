#include "pump/printable.hpp"

#include <array>
#include <cstdio>

namespace tidegate::pump {
namespace {

/// How many bytes at the front are one control character: 0, 1 or, in UTF-8, 2.
std::size_t control_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) return 1;
  const auto second = static_cast<unsigned char>(text.size() > 1 ? text[1] : '\0');
  return first == 0xc2 && second >= 0x80 && second <= 0x9f ? 2 : 0;
}

std::string escaped(char byte) {
  if (byte == '\n') return "\\n";
  if (byte == '\r') return "\\r";
  if (byte == '\t') return "\\t";
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  return text.data();
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t control = control_length(text);
    for (const char byte : text.substr(0, control)) shown += escaped(byte);
    if (control == 0) shown += text[0] == '\\' ? std::string_view("\\\\") : text.substr(0, 1);
    text.remove_prefix(control > 0 ? control : 1);
  }
  return shown;
}

}  // namespace tidegate::pump
