// regimes.hpp: the questions of the single-producer single-consumer suite. Titles, units and methods in one place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/harness/cell.hpp"
#include "bench/harness/wait_policy.hpp"

namespace tidegate::bench {

/// The regimes, in the order of the report; names for --regime.
inline constexpr std::string_view spsc_regimes[] = {"single",   "payload", "bulk", "round-trip", "uncontended",
                                                    "blocking", "wake",    "idle", "saturation", "memory"};

/// Names of the limits that cells refer to.
inline constexpr std::string_view stream_limit_name = "limit: plain stream";
inline constexpr std::string_view copying_limit_name = "limit: writing alone";
inline constexpr std::string_view one_line_limit_name = "limit: one-line ping-pong";
inline constexpr std::string_view two_line_limit_name = "limit: two-line ping-pong";
inline constexpr std::string_view eventfd_limit_name = "limit: raw eventfd";
inline constexpr std::string_view bare_ring_name = "tidegate::spsc_ring (bare, 1 pause)";

[[nodiscard]] cell_info single_cell(std::size_t capacity, wait_text wait);
[[nodiscard]] cell_info payload_cell(std::string_view message, std::size_t capacity, wait_text wait);
[[nodiscard]] cell_info bulk_cell(std::size_t capacity, std::size_t batch);
[[nodiscard]] cell_info round_trip_cell(wait_text wait);
[[nodiscard]] cell_info uncontended_cell(std::size_t burst);
[[nodiscard]] cell_info blocking_cell(std::size_t capacity);
[[nodiscard]] cell_info wake_cell();
[[nodiscard]] cell_info idle_cell();
[[nodiscard]] cell_info saturation_cell(wait_text wait);
[[nodiscard]] cell_info memory_cell(std::string_view message, std::size_t capacity);

}  // namespace tidegate::bench
