// request.hpp: what `tidegate top` was asked to do, checked.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "pump/failure.hpp"
#include "top/view.hpp"

namespace tidegate::top {

struct request {
  std::vector<std::string> which;  ///< paths, pids or names; none: every process that lives
  std::chrono::nanoseconds every{std::chrono::seconds(1)};
  bool colour = true;  ///< where the terminal has it
  bool ascii = false;  ///< also where the locale has more
  sort_key sort = sort_key::added;
};

/// Until the user, or a signal, ends it. Throws pump::failure; the terminal is as it was by then.
[[nodiscard]] pump::exit_code run(const request& wanted);

}  // namespace tidegate::top
