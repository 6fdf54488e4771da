// require.hpp: what a configuration must satisfy, said by name; and time as the atomics of flow/ hold it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

#include "tidegate/base/construction.hpp"
#include "tidegate/base/deadline.hpp"

namespace tidegate::detail {

/// Ends a construction unless `holds`; `rule` names the part, the value and what is accepted. In a constant expression
/// a broken rule does not compile.
constexpr void require(bool holds, const char* rule) {
  if (!holds) fail_construction(std::make_error_code(std::errc::invalid_argument), rule);
}

/// Neither infinite nor not a number, and above zero.
[[nodiscard]] constexpr bool is_positive(double value) noexcept {
  return value > 0 && value <= std::numeric_limits<double>::max();
}

[[nodiscard]] constexpr std::int64_t ns_of(deadline::time_point when) noexcept {
  return std::chrono::nanoseconds(when.time_since_epoch()).count();
}

/// From `from` to `to`; zero when that is not a step forward, and the longest time there is rather than an overflow.
[[nodiscard]] constexpr std::chrono::nanoseconds elapsed(deadline::time_point from, deadline::time_point to) noexcept {
  if (to <= from) return {};
  const std::uint64_t span = static_cast<std::uint64_t>(ns_of(to)) - static_cast<std::uint64_t>(ns_of(from));
  constexpr auto longest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(span < longest ? span : longest));
}

/// Whole nanoseconds (fractions are cut off), from 0 to the longest time there is; 0 for what is not a number.
[[nodiscard]] constexpr std::chrono::nanoseconds saturated_ns(long double count) noexcept {
  if (!(count > 0)) return {};
  if (count >= 0x1p63L) return std::chrono::nanoseconds::max();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(count));
}

}  // namespace tidegate::detail
