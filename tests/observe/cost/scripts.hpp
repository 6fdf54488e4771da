// scripts.hpp: pushes and pops whose instructions are counted while nobody watches, and while a sampler looks.
//
// As tests/instructions has them: a script is one function `script_NAME` on one thread, compiled apart from its caller.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {

/// Whole laps, and whole cache lines of 7 elements, so that it does not matter where in the ring a script begins.
inline constexpr std::size_t operations = 56 * 1024;

using one_sided = spsc_queue<std::uint64_t>;
using many_sided = mpmc_queue<std::uint64_t>;

extern "C" {

bool script_spsc_alone(one_sided& queue);
bool script_spsc_watched(one_sided& queue);
bool script_mpmc_alone(many_sided& queue);
bool script_mpmc_watched(many_sided& queue);

}  // extern "C"

}  // namespace tidegate::test
