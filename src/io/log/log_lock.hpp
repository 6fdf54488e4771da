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

/// A log that is ours, in each of its directories: who has to go without one still meets who has both.
struct held_log {
  log_location log;  ///< without the directory that was given up; `directory` is the other one then
  unique_fd lock;
  unique_fd failover_lock;
  std::string given_up;   ///< a directory that salvage goes without; empty: none
  std::error_code error;  ///< why it was given up; without `given_up`: why the log is refused
  std::string problem;    ///< the same in one line that names the directory

  [[nodiscard]] bool refused() const noexcept { return error && given_up.empty(); }
};

/// Takes the locks and looks into the directories. One that is not there or cannot be read is a refusal, or with
/// `salvage` given up if there is another one. One that only refuses us, or cannot be written, never is: what it holds
/// is not lost.
[[nodiscard]] held_log hold_log(const log_location& log, recovery_policy policy);

/// The same for who only looks: no lock is taken and nothing is synced.
[[nodiscard]] held_log view_log(const log_location& log, recovery_policy policy);

/// Lets go, also of what a forked child shares.
void unlock_log(unique_fd held) noexcept;

}  // namespace tidegate::detail
