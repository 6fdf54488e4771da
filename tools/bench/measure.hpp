// measure.hpp: runs the suites one after the other and collects what they find.
//
// A queue that never comes to an end takes its whole program with it. What was measured before is kept; the program is
// started again for the rest, without that queue in that cell, and after the second time without it altogether.
#pragma once

#include <vector>

#include "bench/programs.hpp"
#include "bench/request.hpp"
#include "bench/results.hpp"

namespace tidegate::bench {

/// What a run may take when nobody said so.
[[nodiscard]] double budget_s(const request& asked) noexcept;

/// How many samples of every entrant when nobody said so.
[[nodiscard]] unsigned rounds_of(const request& asked) noexcept;

/// An interrupt ends it: what is there is kept, and `interrupted` is set.
[[nodiscard]] results measure(const std::vector<program>& programs, const request& asked);

/// "spsc bulk/…: name: why" for everything that was not timed.
[[nodiscard]] std::vector<std::string> failures_of(const results& found);

}  // namespace tidegate::bench
