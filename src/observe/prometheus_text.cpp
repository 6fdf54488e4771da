#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "tidegate/observe/metrics.hpp"

namespace tidegate {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

constexpr bool is_letter(char byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == ':';
}
constexpr bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

/// Bytes of the well-formed UTF-8 sequence at the front; 0: it is none. Shortest forms only, no surrogates.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool valid = !(first == 0xE0 && second < 0xA0) && !(first == 0xED && second > 0x9F) &&
                     !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second > 0x8F);
  return valid ? length : 0;
}

/// A label's value between its quotes.
void append_label_value(std::string& to, std::string_view value) {
  while (!value.empty()) {
    const std::size_t length = sequence_length(value);
    switch (value.front()) {
      case '\\': to += "\\\\"; break;
      case '"': to += "\\\""; break;
      case '\n': to += "\\n"; break;
      default: to += length == 0 ? replacement : value.substr(0, length);
    }
    value.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

void append_help(std::string& to, std::string_view help) {
  for (const char each : help) {
    switch (each) {
      case '\\': to += "\\\\"; break;
      case '\n': to += "\\n"; break;
      default: to += each;
    }
  }
}

/// Whole numbers in full, others in the shortest form that reads back the same.
void append_value(std::string& to, double value) {
  constexpr double exact = 9007199254740992;  // 2^53
  if (std::isnan(value)) {
    to += "NaN";
  } else if (std::isinf(value)) {
    to += value > 0 ? "+Inf" : "-Inf";
  } else {
    char digits[32];
    const bool whole = std::fabs(value) < exact && std::trunc(value) == value;
    const auto done = whole ? std::to_chars(std::begin(digits), std::end(digits), static_cast<std::int64_t>(value))
                            : std::to_chars(std::begin(digits), std::end(digits), value);
    to.append(std::begin(digits), done.ptr);
  }
}

void append_sample(std::string& to, std::string_view prefix, std::string_view name, const metric_sample& sample) {
  to.append(prefix).append(name).append(sample.suffix);
  char before = '{';
  for (const auto& [label, value] : sample.labels) {
    to += before;
    to.append(label).append("=\"");
    append_label_value(to, value);
    to += '"';
    before = ',';
  }
  if (before != '{') to += '}';
  to += ' ';
  append_value(to, sample.value);
  to += '\n';
}

}  // namespace

void require_metric_prefix(std::string_view prefix) {
  const bool well_formed = std::ranges::all_of(prefix, [](char each) { return is_letter(each) || is_digit(each); }) &&
                           (prefix.empty() || !is_digit(prefix.front()));
  if (!well_formed) {
    throw std::invalid_argument("prefix of metrics: '" + std::string(prefix) +
                                "'; accepted: letters, digits, _ and :, no digit first");
  }
}

std::string to_prometheus(std::span<const metric_values> values, std::string_view prefix) {
  require_metric_prefix(prefix);
  std::string text;
  for (const metric_values& each : values) {
    if (each.samples.empty()) continue;
    const metric_family& family = *each.family;
    text.append("# HELP ").append(prefix).append(family.name) += ' ';
    append_help(text, family.help);
    text.append("\n# TYPE ").append(prefix).append(family.name) += ' ';
    text.append(to_string(family.type)) += '\n';
    for (const metric_sample& sample : each.samples) append_sample(text, prefix, family.name, sample);
  }
  return text;
}

}  // namespace tidegate
