// regimes.hpp: the questions of the multi-producer multi-consumer suite. Titles, units and methods in one place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/harness/cell.hpp"
#include "bench/harness/rival.hpp"
#include "bench/harness/wait_policy.hpp"

namespace tidegate::bench::mpmc {

/// The regimes, in the order of the report; names for --regime.
inline constexpr std::string_view regimes[] = {"single", "bulk", "uncontended", "round-trip", "blocking", "stall"};

/// The ring that the second ratio column divides by.
inline constexpr std::string_view cell_ring_name = "reference: cell ring";

inline constexpr std::size_t capacity = 1024;

/// Elements of a bulk call.
inline constexpr std::size_t batch = 32;

/// How many threads the throughput regimes use.
inline constexpr crew crews[] = {{1, 1}, {2, 2}, {4, 4}, {16, 16}};
inline constexpr crew blocking_crews[] = {{1, 1}, {4, 4}, {16, 16}};

/// Where the extra thread of the stall regime is stopped.
enum class stop_inside : std::uint8_t { push, pop };

[[nodiscard]] cell_info single_cell(std::string_view message, crew threads, wait_text wait);
[[nodiscard]] cell_info bulk_cell(crew threads, wait_text wait);
[[nodiscard]] cell_info uncontended_cell(std::string_view message);
[[nodiscard]] cell_info round_trip_cell(wait_text wait);
[[nodiscard]] cell_info blocking_cell(crew threads);
[[nodiscard]] cell_info stall_cell(stop_inside where, wait_text wait);

}  // namespace tidegate::bench::mpmc
