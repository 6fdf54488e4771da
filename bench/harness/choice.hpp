// choice.hpp: which of the enlisted cells and entrants a run is about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/cell.hpp"

namespace tidegate::bench {

/// Empty: all.
struct choice {
  std::vector<std::string> regimes = {};
  std::vector<std::string> cells = {};    ///< by id
  std::vector<std::string> queues = {};   ///< parts of names; limits and references always run
  std::vector<std::string> without = {};  ///< "CELL: ENTRANT", as a watchdog names them; "*: ENTRANT" everywhere
  bool headlines = false;                 ///< only what belongs into a short run
};

/// What is left of `cells`; a cell in which nobody competes is left out.
[[nodiscard]] std::vector<cell> chosen(std::vector<cell> cells, const choice& wanted);

}  // namespace tidegate::bench
