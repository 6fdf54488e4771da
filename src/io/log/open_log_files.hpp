// open_log_files.hpp: chooses how a log's files are written, among what was asked for and what this system allows.
#pragma once

#include <memory>
#include <system_error>

#include "io/log/log_files.hpp"
#include "io/log/log_lock.hpp"
#include "tidegate/io/log_types.hpp"

namespace tidegate::detail {

/// Takes the locks, and holds them until the files are shut. Resolves `automatic` in `config.engine`. nullptr and
/// `error` when a directory cannot be opened or the backend that was forced is refused. Throws std::bad_alloc,
/// std::system_error.
[[nodiscard]] std::unique_ptr<log_files> open_log_files(log_config& config, held_log& held, backend_report& report,
                                                        std::error_code& error);

}  // namespace tidegate::detail
