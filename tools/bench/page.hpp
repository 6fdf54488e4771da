// page.hpp: results as a report for people: who is how fast at what, beside what the machine allows; wins and losses.
#pragma once

#include <string>

#include "bench/results.hpp"
#include "report/page.hpp"

namespace tidegate::bench {

/// The whole report; the results are attached to it.
[[nodiscard]] report::page page_of(const results& found);

}  // namespace tidegate::bench
