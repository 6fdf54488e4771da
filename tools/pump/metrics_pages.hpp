// metrics_pages.hpp: what the metrics endpoint says of a run.
#pragma once

#include "pump/metrics_endpoint.hpp"
#include "pump/watched_run.hpp"

namespace tidegate::pump {

/// `of` outlives the endpoint that they are given to.
[[nodiscard]] metrics_endpoint::pages pages_of(watched_run& of);

}  // namespace tidegate::pump
