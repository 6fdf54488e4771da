// machine_card.hpp: where the numbers come from. Printed above every table and stored in every file of results.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/harness/cell.hpp"
#include "bench/harness/rounds.hpp"

namespace tidegate::bench {

/// Facts in the order to print them; names are stable, they are keys in the JSON.
using machine_card = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] machine_card read_machine_card(const plan& how);

/// Versions of the packages that the entrants of these cells come from.
[[nodiscard]] machine_card read_peer_versions(const std::vector<cell>& cells);

}  // namespace tidegate::bench
