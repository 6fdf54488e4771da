// open_lane.hpp: chooses the lane: what was asked for, what the environment says, what the system allows.
#pragma once

#include <memory>
#include <string>
#include <system_error>

#include "io/lane.hpp"
#include "io/sink_target.hpp"
#include "tidegate/io/sink_types.hpp"

namespace tidegate::detail {

struct backend_choice {
  backend_kind kind;
  std::string by;  // who forced it, for the report
};

/// What the configuration says, or else the environment; sink_errc::bad_backend_name when that names none.
[[nodiscard]] backend_choice choose_backend(backend_kind wanted, std::error_code& error);

/// nullptr and `error` when a forced backend is refused or the environment names none. Fills in `report` otherwise.
std::unique_ptr<write_lane> open_lane(sink_target target, const sink_config& config, backend_report& report,
                                      std::error_code& error);

}  // namespace tidegate::detail
