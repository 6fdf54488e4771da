// run.hpp: does what `tidegate bench` was asked for.
#pragma once

#include "bench/request.hpp"
#include "pump/failure.hpp"

namespace tidegate::bench {

/// Throws pump::failure for what cannot be read, written or started.
[[nodiscard]] pump::exit_code run(const request& asked);

}  // namespace tidegate::bench
