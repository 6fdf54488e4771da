// locate.hpp: which counters file is meant: by path, by process, by name, or whichever there is.
#pragma once

#include <string>
#include <vector>

#include "tidegate/observe/counters_reader.hpp"

namespace tidegate::counters {

struct located {
  std::string path;
  counters_snapshot seen;
};

/// Every file in the folder of counters files that can be read as one.
[[nodiscard]] std::vector<located> all_there_are();

/// The path that `argument` names: one with a slash, or a file that is there; the number of a process; or a name, as in
/// NAME.PID. Throws pump::failure when there is none, or several.
[[nodiscard]] std::string resolve(const std::string& argument);

/// Nobody publishes: one line with what to do about it. Throws pump::failure.
[[noreturn]] void refuse_nothing();

}  // namespace tidegate::counters
