// log_lock.hpp: one writer or recovery of a log at a time, over all processes. The kernel lets go when the holder dies.
#pragma once

#include <string>
#include <system_error>

#include "tidegate/io/log_recovery.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::detail {

/// Locks NAME.lock in the log's directory, which is made if it is not there and stays. log_errc::in_use when another
/// holds it. Held until the descriptor is closed; it is close-on-exec, but a forked child shares it.
[[nodiscard]] unique_fd lock_log(const log_location& log, std::error_code& error);

/// Lets go, also of what a forked child shares.
void unlock_log(unique_fd held) noexcept;

}  // namespace tidegate::detail
