// request.hpp: what `tidegate metrics` was asked for, checked.
#pragma once

#include <cstdint>

#include "metrics/outputs.hpp"

namespace tidegate::metrics {

enum class output : std::uint8_t { table, rules, dashboard };

struct request {
  output what = output::table;
  rule_parameters with;  ///< of a table and a dashboard only the prefix
};

}  // namespace tidegate::metrics
