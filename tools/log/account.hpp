// account.hpp: what was found in a log, as lines for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "pump/failure.hpp"
#include "tidegate/io/log_recovery.hpp"

namespace tidegate::log {

struct named_log {
  std::string name;
  log_recovery found;
};

/// 0 all is well; 1 damaged, torn or failing; 2 it cannot be used as a log at all.
[[nodiscard]] pump::exit_code judge(const log_recovery& found);

/// What is wrong, in one line that names file and offset; empty: nothing.
[[nodiscard]] std::string complaint(const log_recovery& found);

/// "a: 41 records (1,024 bytes), seq 1 to 41, 3 segments"
[[nodiscard]] std::string headline(const named_log& log);

/// A line a segment.
[[nodiscard]] std::string segment_lines(const log_recovery& found);

/// A line for each range that is lost or closed.
[[nodiscard]] std::string damage_lines(const log_recovery& found);

/// One object on one line, with a newline.
[[nodiscard]] std::string to_json(const char* command, const std::vector<named_log>& logs, pump::exit_code code);

}  // namespace tidegate::log
