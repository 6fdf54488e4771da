#include "observe/decimal.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace tidegate::detail {
namespace {

/// The shortest digits that mean exactly this number, without an exponent.
std::string shortest_fixed(double value) {
  std::array<char, 400> text{};  // the longest double has 309 digits before the point
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

/// Adds one to the last digit of a number without a sign.
void increment(std::string& digits) {
  std::size_t at = digits.size();
  while (at > 0) {
    --at;
    if (digits[at] == '.') continue;
    if (digits[at] != '9') {
      ++digits[at];
      return;
    }
    digits[at] = '0';
  }
  digits.insert(digits.begin(), '1');
}

/// Bytes of the UTF-8 sequence that `text` begins with; 0 when it begins with none (RFC 3629).
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool too_long = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool no_character = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return too_long || no_character ? 0 : length;
}

void append_escaped(std::string& out, char one) {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto code = static_cast<unsigned char>(one);
  switch (one) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (code >= 0x20) {
    out += one;
    return;
  }
  out += "\\u00";
  out += hex[code >> 4];
  out += hex[code & 15];
}

}  // namespace

std::string decimal(double value, unsigned digits) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
  std::string text = shortest_fixed(std::fabs(value));
  if (text.find('.') == std::string::npos) text += '.';
  const std::size_t wanted = text.find('.') + 1 + digits;
  if (text.size() > wanted) {
    const bool up = text[wanted] >= '5';
    text.resize(wanted);
    if (up) increment(text);
  } else {
    text.append(wanted - text.size(), '0');
  }
  if (text.back() == '.') text.pop_back();
  return std::signbit(value) ? "-" + text : text;
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) out += "\xef\xbf\xbd";  // U+FFFD
    if (length == 1) append_escaped(out, text.front());
    if (length > 1) out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out += '"';
}

std::string padded_left(std::string_view text, std::size_t columns) {
  return std::string(columns > text.size() ? columns - text.size() : 0, ' ').append(text);
}

std::string padded_right(std::string_view text, std::size_t columns) {
  return std::string(text).append(columns > text.size() ? columns - text.size() : 0, ' ');
}

}  // namespace tidegate::detail
