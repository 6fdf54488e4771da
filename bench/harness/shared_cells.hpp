// shared_cells.hpp: the questions that the suites for two threads and for many ask in the same words.
#pragma once

#include <cstddef>
#include <string_view>

#include "bench/harness/cell.hpp"
#include "bench/harness/wait_policy.hpp"

namespace tidegate::bench {

inline constexpr std::string_view futex_wake_name = "limit: raw futex";

/// The wait policy of a cell in which each queue waits in its own way, in its blocking calls.
inline constexpr wait_text own_waiting{"blocking", "blocking calls"};

[[nodiscard]] cell_info shared_wake_cell(unsigned rank);
[[nodiscard]] cell_info shared_idle_cell(unsigned rank, unsigned consumers);
[[nodiscard]] cell_info shared_saturation_cell(unsigned rank, unsigned producers, wait_text wait);
[[nodiscard]] cell_info shared_memory_cell(unsigned rank, std::string_view message, std::size_t capacity);

}  // namespace tidegate::bench
