// sink_text.hpp: what the summary says about one sink, as text and as JSON.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pump/branch_report.hpp"

namespace tidegate::pump {

[[nodiscard]] double seconds_of(std::chrono::nanoseconds span);

/// "0.125": three decimals.
[[nodiscard]] std::string decimal(double value);

/// The sink that delivered least. There must be one.
[[nodiscard]] const branch_report& worst(const std::vector<branch_report>& of);

/// Without a newline.
[[nodiscard]] std::string sink_text(const branch_report& of);

[[nodiscard]] nlohmann::ordered_json sink_json(const branch_report& of);

}  // namespace tidegate::pump
