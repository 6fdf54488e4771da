// run.hpp: one run of the pump, from opened endpoints to the exit code.
#pragma once

#include "pump/failure.hpp"
#include "pump/options.hpp"

namespace tidegate::pump {

/// Moves everything, prints the summary and says how to exit. Throws failure only before any data has moved.
[[nodiscard]] exit_code run(const options& wanted);

}  // namespace tidegate::pump
