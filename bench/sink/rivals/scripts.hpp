// scripts.hpp: how the senders in other languages are started. Which there are is known when this is built.
#pragma once

#include <string>
#include <vector>

namespace tidegate::bench::sink_bench {

/// Empty when Node was not found.
[[nodiscard]] std::vector<std::string> node_command(const std::string& mode);
/// Empty when Python was not found.
[[nodiscard]] std::vector<std::string> python_command(const std::string& mode);

}  // namespace tidegate::bench::sink_bench
