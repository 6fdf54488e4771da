// interval.hpp: how often to look, as people write it.
#pragma once

#include <chrono>
#include <string>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/units.hpp"

namespace tidegate::counters {

inline constexpr std::chrono::milliseconds shortest_interval{10};
inline constexpr std::chrono::hours longest_interval{24};

/// The value of --every. Throws pump::failure.
[[nodiscard]] inline std::chrono::nanoseconds parse_interval(const std::string& text) {
  const auto span = pump::parse_duration(text);
  if (!span || *span < shortest_interval || *span > longest_interval) {
    pump::refuse(pump::concat("--every '", text, "' is not accepted; accepted: 10ms to 24h, ", pump::duration_forms));
  }
  return *span;
}

}  // namespace tidegate::counters
