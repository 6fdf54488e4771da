// unit.hpp: what a number of a report measures, and how people read it.
//
// Three digits that count, and a prefix: 1234567 B is "1.18 MiB", 0.00234 s is "2.34 ms". tools/report/page.js prints
// the axes of charts by the same rules; a test holds the two together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::report {

enum class unit : std::uint8_t {
  number,            ///< 12.3
  exact,             ///< every digit, in groups: 1,234,567
  count,             ///< 1.23 M
  seconds,           ///< 2.34 ms; the value is in seconds
  milliseconds,      ///< the same; the value is in milliseconds
  nanoseconds,       ///< the same; the value is in nanoseconds
  bytes,             ///< 1.18 MiB
  per_second,        ///< 1.23 M/s
  bytes_per_second,  ///< 1.18 MiB/s
  percent,           ///< 12.3 %; the value is a part of one: 0.123
  ratio,             ///< 1.23×
};

/// The name by which page.js knows it.
[[nodiscard]] std::string_view to_string(unit of) noexcept;

/// The value as people read it. NaN: a dash; infinity: "∞".
[[nodiscard]] std::string format_value(double value, unit in);

}  // namespace tidegate::report
