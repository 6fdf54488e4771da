// request.hpp: what `tidegate stat` was asked to do, checked.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "pump/failure.hpp"

namespace tidegate::stat {

enum class output_form : std::uint8_t { text, json, csv };

struct request {
  std::string which;                              ///< path, pid or name; empty: whichever there is
  std::optional<std::chrono::nanoseconds> every;  ///< none: once
  std::uint64_t count = 0;                        ///< samples with `every`; 0: until it is interrupted
  output_form form = output_form::text;
  bool list = false;  ///< only which files there are
  bool all = false;   ///< text: every field, one a line
};

/// Does it, with reports on standard output. Throws pump::failure.
[[nodiscard]] pump::exit_code run(const request& wanted);

}  // namespace tidegate::stat
