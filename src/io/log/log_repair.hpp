// log_repair.hpp: carries out what a walk has noted. Each step is synced before the next; done twice, it is the same.
#pragma once

#include <string>
#include <system_error>

#include "io/log/log_lock.hpp"
#include "io/log/log_walk.hpp"
#include "io/log/segment_files.hpp"

namespace tidegate::detail {

/// The first error ends it, with `problem` in one line; what is left undone the next recovery finds again.
std::error_code repair_log(segment_files& files, const log_walk& walk, std::string& problem);

/// recover_log() by whoever holds the log's lock already.
[[nodiscard]] log_recovery recover_locked(segment_files& files, const log_location& log, recovery_policy policy);

/// The same for a log that hold_log() has answered.
[[nodiscard]] log_recovery recover_held(segment_files& files, const held_log& held, recovery_policy policy);

/// What was found, and what became of the directories: a refusal is the answer, a directory that was given up is
/// damage. Without a segment in the other one nothing tells which seqs were given out: refused.
[[nodiscard]] log_recovery account_for(const held_log& held, log_recovery report);

}  // namespace tidegate::detail
