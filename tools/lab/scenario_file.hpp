// scenario_file.hpp: reads scenario files, from the program itself or from a path. Every field is checked.
//
// The form: docs/design/overload-lab.md. An error is one line that names the file, the key and what is accepted.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario.hpp"

namespace tidegate::lab {

/// `file` is for messages. Throws pump::failure.
[[nodiscard]] scenario parse_scenario(std::string_view text, const std::string& file);

/// Throws pump::failure.
[[nodiscard]] scenario read_scenario(const std::filesystem::path& path);

/// Those that are part of the program, by id.
[[nodiscard]] const std::vector<scenario>& own_scenarios();

/// The text of one of them as it stands in its file; empty: there is none.
[[nodiscard]] std::string_view own_scenario_text(std::string_view id);

/// A name on the command line: an id, or the path of a file (it has a `/` or ends in `.json`). Throws pump::failure.
[[nodiscard]] scenario find_scenario(const std::string& name);

}  // namespace tidegate::lab
