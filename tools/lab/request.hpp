// request.hpp: what `tidegate lab` was asked to do, checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pump/failure.hpp"

namespace tidegate::lab {

enum class errand : std::uint8_t { list, show, run };

struct request {
  errand what = errand::list;
  std::vector<std::string> scenarios;  ///< ids and paths
  std::vector<std::string> rows;       ///< only these; empty: all
  bool simulated = false;
  double scale = 1;
  std::optional<std::uint32_t> seed;
  std::optional<double> soak_s;  ///< how long the load of a soak lasts
  std::optional<std::filesystem::path> out;
  std::optional<std::filesystem::path> picture;
  bool json = false;
};

/// Does it; what is reported goes to standard output. Throws pump::failure.
[[nodiscard]] pump::exit_code run(const request& asked);

}  // namespace tidegate::lab
