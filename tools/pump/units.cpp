#include "pump/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>

namespace tidegate::pump {
namespace {

struct unit {
  std::string_view name;
  double factor;
};

constexpr unit size_units[] = {
    {"", 1},         {"B", 1},      {"K", 0x1p10}, {"KiB", 0x1p10}, {"kB", 1e3},   {"KB", 1e3},   {"M", 0x1p20},
    {"MiB", 0x1p20}, {"MB", 1e6},   {"G", 0x1p30}, {"GiB", 0x1p30}, {"GB", 1e9},   {"T", 0x1p40}, {"TiB", 0x1p40},
    {"TB", 1e12},    {"k", 0x1p10}, {"m", 0x1p20}, {"g", 0x1p30},   {"t", 0x1p40},
};
constexpr unit duration_units[] = {{"", 1e9},  {"ns", 1},     {"us", 1e3},  {"ms", 1e6},
                                   {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}};

/// A non-negative decimal number followed by one of `units`; the product, rounded up, must be below `limit`.
std::optional<double> parse_with_unit(std::string_view text, std::span<const unit> units, double limit) {
  double number = 0;
  const char* const end = text.data() + text.size();
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;  // no sign, no "inf"
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  for (const unit& candidate : units) {
    if (candidate.name != suffix) continue;
    const double value = std::ceil(number * candidate.factor);
    return value < limit ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

std::string with_prefix(double value, double base, std::span<const char* const> prefixes) {
  std::size_t step = 0;
  while (value >= base * 0.9995 && step + 1 < prefixes.size()) {
    value /= base;
    ++step;
  }
  std::array<char, 64> text{};
  const int decimals = step == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, prefixes[step]);
  return text.data();
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (const auto exact = parse_count(text)) return exact;  // a double would round above 2^53
  const auto value = parse_with_unit(text, size_units, 0x1p63);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  constexpr std::string_view per_second = "/s";
  if (text.ends_with(per_second)) text.remove_suffix(per_second.size());
  return parse_size(text);
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, duration_units, 0x1p63);
  if (!value) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*value));
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

std::string format_bytes(double bytes) {
  constexpr const char* prefixes[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  return with_prefix(bytes, 1024, prefixes);
}

std::string format_count(double count) {
  constexpr const char* prefixes[] = {"", "k", "M", "G", "T"};
  std::string text = with_prefix(count, 1000, prefixes);
  if (text.back() == ' ') text.pop_back();
  return text;
}

std::string format_duration(std::chrono::nanoseconds span) {
  constexpr const char* prefixes[] = {"ns", "us", "ms", "s"};
  return with_prefix(static_cast<double>(span.count()), 1000, prefixes);
}

std::string format_clock(double seconds) {
  constexpr double longest = 359'999;  // 99:59:59
  const auto whole = static_cast<unsigned>(seconds < longest ? std::lround(seconds) : std::lround(longest));
  std::array<char, 64> text{};
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%u:%02u", whole / 60, whole % 60);
  }
  return text.data();
}

std::string group_digits(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace tidegate::pump
