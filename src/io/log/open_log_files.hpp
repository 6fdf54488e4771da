// open_log_files.hpp: chooses how a log's files are written, among what was asked for and what this system allows.
#pragma once

#include <memory>
#include <system_error>

#include "io/log/log_files.hpp"
#include "tidegate/io/log_types.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::detail {

/// `lock` is held until the files are shut. Resolves `automatic` in `config.engine`. nullptr and `error` when a
/// directory cannot be opened or the backend that was forced is refused. Throws std::bad_alloc, std::system_error.
[[nodiscard]] std::unique_ptr<log_files> open_log_files(log_config& config, unique_fd lock, backend_report& report,
                                                        std::error_code& error);

}  // namespace tidegate::detail
