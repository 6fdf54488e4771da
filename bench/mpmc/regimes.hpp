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
inline constexpr std::string_view regimes[] = {"single", "capacity", "bulk",  "uncontended", "round-trip", "blocking",
                                               "wake",   "idle",     "stall", "saturation",  "memory"};

/// The ring that the second ratio column divides by.
inline constexpr std::string_view cell_ring_name = "reference: cell ring";
inline constexpr std::string_view two_counters_name = "limit: two counters";

inline constexpr std::size_t capacity = 1024;
inline constexpr std::size_t tiny_capacity = 64;
inline constexpr std::size_t large_capacity = 65536;

/// What counts of elements are multiples of; larger bulk calls ask for theirs.
inline constexpr std::size_t chunk_unit = 32;

/// How many threads the throughput regimes use: the map of words, the diagonal, and its ends for what is less asked.
inline constexpr crew map_crews[] = {{1, 1}, {1, 2}, {1, 4}, {1, 16}, {2, 1},  {2, 2},  {2, 4},  {2, 16},
                                     {4, 1}, {4, 2}, {4, 4}, {4, 16}, {16, 1}, {16, 2}, {16, 4}, {16, 16}};
inline constexpr crew crews[] = {{1, 1}, {2, 2}, {4, 4}, {16, 16}};
inline constexpr crew few_crews[] = {{1, 1}, {4, 4}};
inline constexpr crew blocking_crews[] = {{1, 1}, {4, 4}, {16, 16}};
inline constexpr unsigned idle_consumers = 4;
inline constexpr unsigned saturating_producers[] = {1, 4};

/// Where the extra thread of the stall regime is stopped.
enum class stop_inside : std::uint8_t { push, pop };

[[nodiscard]] cell_info single_cell(std::string_view message, crew threads, wait_text wait);
[[nodiscard]] cell_info capacity_cell(std::size_t slots, crew threads, wait_text wait);
[[nodiscard]] cell_info bulk_cell(std::size_t batch, crew threads, wait_text wait);
[[nodiscard]] cell_info uncontended_cell(std::string_view message);
[[nodiscard]] cell_info round_trip_cell(wait_text wait);
[[nodiscard]] cell_info blocking_cell(crew threads);
[[nodiscard]] cell_info wake_cell();
[[nodiscard]] cell_info idle_cell();
[[nodiscard]] cell_info saturation_cell(unsigned producers, wait_text wait);
[[nodiscard]] cell_info memory_cell(std::string_view message);
[[nodiscard]] cell_info stall_cell(stop_inside where, wait_text wait);

}  // namespace tidegate::bench::mpmc
