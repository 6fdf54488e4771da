// builtin_scenarios.hpp: the scenario files that are part of the program: CMake writes them down from scenarios/.
#pragma once

#include <span>
#include <string_view>

namespace tidegate::lab {

struct builtin_scenario {
  std::string_view file;
  std::string_view text;
};

[[nodiscard]] std::span<const builtin_scenario> builtin_scenarios();

}  // namespace tidegate::lab
