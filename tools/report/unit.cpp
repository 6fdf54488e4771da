#include "report/unit.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <span>

namespace tidegate::report {
namespace {

struct step {
  double factor;
  const char* suffix;
};

// The first of each is what zero has; by ascending factor.
constexpr std::array counts{step{1, ""}, step{1e3, " k"}, step{1e6, " M"}, step{1e9, " G"}, step{1e12, " T"}};
constexpr std::array rates{step{1, "/s"}, step{1e3, " k/s"}, step{1e6, " M/s"}, step{1e9, " G/s"}, step{1e12, " T/s"}};
constexpr std::array times{step{1e-9, " ns"}, step{1e-6, " µs"}, step{1e-3, " ms"}, step{1, " s"}};
constexpr std::array sizes{step{1, " B"}, step{0x1p10, " KiB"}, step{0x1p20, " MiB"}, step{0x1p30, " GiB"},
                           step{0x1p40, " TiB"}};
constexpr std::array flows{step{1, " B/s"}, step{0x1p10, " KiB/s"}, step{0x1p20, " MiB/s"}, step{0x1p30, " GiB/s"},
                           step{0x1p40, " TiB/s"}};

constexpr double whole = 999.5;   // from here on, three digits are no fraction
constexpr double tie_up = 1e-12;  // printf rounds ties to even, JavaScript up: no ties, no difference
constexpr double longest = 1e15;  // from here on, an exponent

std::string print(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string in_groups(double value) {
  std::string digits = print("%.0f", std::round(value));
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

/// Of a value that is not negative.
std::string three_digits(double value) {
  value *= 1 + tie_up;
  if (value >= whole && value < longest) return in_groups(value);
  return print("%.3g", value);
}

std::string with_suffix(double value, std::span<const step> steps) {
  const step* best = &steps.front();
  for (const step& one : steps) {
    if (value >= one.factor * (whole / 1000)) best = &one;
  }
  return three_digits(value / best->factor) + best->suffix;
}

std::string exactly(double value) {
  return value == std::round(value) && value < longest ? in_groups(value) : three_digits(value);
}

std::string format_positive(double value, unit in) {
  switch (in) {
    case unit::number: return three_digits(value);
    case unit::exact: return exactly(value);
    case unit::count: return with_suffix(value, counts);
    case unit::seconds: return value == 0 ? "0 s" : with_suffix(value, times);
    case unit::milliseconds: return value == 0 ? "0 s" : with_suffix(value * 1e-3, times);
    case unit::nanoseconds: return value == 0 ? "0 s" : with_suffix(value * 1e-9, times);
    case unit::bytes: return with_suffix(value, sizes);
    case unit::per_second: return with_suffix(value, rates);
    case unit::bytes_per_second: return with_suffix(value, flows);
    case unit::percent: return three_digits(value * 100) + " %";
    case unit::ratio: return three_digits(value) + "×";
  }
  return three_digits(value);
}

}  // namespace

std::string_view to_string(unit of) noexcept {
  constexpr std::array<std::string_view, 11> names{"number",           "exact",       "count", "seconds",
                                                   "milliseconds",     "nanoseconds", "bytes", "per_second",
                                                   "bytes_per_second", "percent",     "ratio"};
  return names[static_cast<std::size_t>(of)];
}

std::string format_value(double value, unit in) {
  if (std::isnan(value)) return "–";
  const std::string text = std::isinf(value) ? "∞" : format_positive(std::abs(value), in);
  return value < 0 ? "-" + text : text;
}

}  // namespace tidegate::report
