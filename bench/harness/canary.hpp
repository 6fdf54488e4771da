// canary.hpp: how far apart the two cores are right now.
//
// A virtual CPU can be moved at any time. The same pair then is two to five times slower in everything that crosses
// cores, for seconds or minutes, and a queue measured in between looks like a regression. A short ping-pong before and
// after every sample says which machine the sample was taken on; a sample across a change is dropped.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/harness/pair_run.hpp"
#include "bench/harness/statistics.hpp"
#include "bench/limits/ping_pong.hpp"

namespace tidegate::bench {

enum class distance : std::uint8_t { unknown, near, far, disturbed };

[[nodiscard]] constexpr std::string_view to_string(distance mode) noexcept {
  constexpr std::string_view names[] = {"one thread", "near", "far", "disturbed"};
  return names[static_cast<std::size_t>(mode)];
}

struct canary_limits {
  double far_above_ns = 280;         ///< a round trip above this crosses more than one shared cache
  double disturbed_above_ns = 4000;  ///< no hardware is that far: somebody else runs on these CPUs
  double changed_by = 1.6;           ///< readings apart by this factor are a change even within one class
};

[[nodiscard]] constexpr distance classify(double round_trip_ns, const canary_limits& limits) noexcept {
  if (round_trip_ns > limits.disturbed_above_ns) return distance::disturbed;
  return round_trip_ns > limits.far_above_ns ? distance::far : distance::near;
}

/// The mode of a sample between two readings; `disturbed` when it must be dropped.
[[nodiscard]] constexpr distance mode_between(double before_ns, double after_ns, const canary_limits& limits) noexcept {
  const distance before = classify(before_ns, limits);
  if (before != classify(after_ns, limits)) return distance::disturbed;
  const double larger = before_ns > after_ns ? before_ns : after_ns;
  const double smaller = before_ns > after_ns ? after_ns : before_ns;
  return larger > smaller * limits.changed_by ? distance::disturbed : before;
}

/// One reading in ns per round trip: the median of several short volleys, so that one interruption does not show.
[[nodiscard]] inline double read_canary(cpu_pair cpus) {
  constexpr unsigned volleys = 9;
  constexpr unsigned trips = 200;
  one_line_court court;
  std::vector<double> readings_ns;
  const auto ask = [&](start_gate& gate) {
    readings_ns.reserve(volleys);
    gate.wait();
    std::uint64_t trip = 0;
    for (unsigned volley = 0; volley < volleys; ++volley) {
      const time_span span = timed([&] {
        for (unsigned i = 0; i < trips; ++i) court.ask(trip++);
      });
      readings_ns.push_back(span.ns() / trips);
    }
    return time_span{};
  };
  const auto answer = [&](start_gate& gate) {
    gate.wait();
    for (std::uint64_t trip = 0; trip < std::uint64_t{volleys} * trips; ++trip) court.answer(trip);
    return time_span{};
  };
  run_pair(cpus, ask, answer);
  return summarize(std::move(readings_ns)).median;
}

}  // namespace tidegate::bench
