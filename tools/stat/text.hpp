// text.hpp: one sample of a counters file as text, as JSON and as comma-separated values.
#pragma once

#include <string>
#include <vector>

#include "counters/locate.hpp"
#include "tidegate/observe/counters_reader.hpp"

namespace tidegate::stat {

/// Head line and an aligned table.
[[nodiscard]] std::string table_text(const counters_snapshot& seen);

/// Every field of every row, one a line: NAME.FIELD VALUE UNIT.
[[nodiscard]] std::string field_lines(const counters_snapshot& seen);

/// One object in one line.
[[nodiscard]] std::string json_line(const std::string& path, const counters_snapshot& seen);

/// The names of the fields; then one line a row, for as long as the names stay the same.
[[nodiscard]] std::string csv_head(const counters_snapshot& seen);
[[nodiscard]] std::string csv_lines(const counters_snapshot& seen);

/// Which files there are.
[[nodiscard]] std::string list_text(const std::vector<counters::located>& all);
[[nodiscard]] std::string list_json(const std::vector<counters::located>& all);

}  // namespace tidegate::stat
