// verdict.hpp: how a finished run ends: what the sinks came to as part of the whole, the exit code, and why.
#pragma once

#include <string>

#include "pump/outlet.hpp"
#include "pump/reader.hpp"
#include "pump/report.hpp"

namespace tidegate::pump {

/// Completes the account. With several sinks it is that of the one that delivered least.
void add_sinks(report& of, delivery&& out);

/// The exit code and, when it is not 0, the line that explains it. A loss outweighs everything else. `failed`: why
/// workers stopped, empty if they did not.
void judge(report& of, const reading& in, const std::string& failed, bool interrupted);

}  // namespace tidegate::pump
