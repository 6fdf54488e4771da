#include "stat/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "counters/columns.hpp"
#include "counters/watched.hpp"
#include "pump/concat.hpp"
#include "pump/printable.hpp"
#include "pump/units.hpp"

namespace tidegate::stat {
namespace {

using counters::watched;
using nlohmann::ordered_json;
using pump::concat;

constexpr counters::look plain_look{};

double seconds(std::chrono::nanoseconds span) { return std::chrono::duration<double>(span).count(); }

/// The shortest text that gives the same number back.
std::string number(double value) {
  std::array<char, 40> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

/// "3 watched, 12.3 MiB at most"
std::string bounds(const counters_snapshot& seen, const std::vector<watched>& all) {
  std::string line = concat(std::to_string(seen.rows), " watched");
  if (seen.left_out > 0) line += concat(", ", std::to_string(seen.left_out), " more left out");
  if (const auto bytes = counters::total_max_bytes(all)) {
    line += concat(", ", pump::format_bytes(static_cast<double>(*bytes)), " at most");
  }
  return line;
}

std::string head_line(const counters_snapshot& seen, const std::vector<watched>& all) {
  const counters_process& writer = seen.writer;
  return concat(pump::printable(writer.name), " (pid ", std::to_string(writer.pid), "), up ",
                counters::span_text(static_cast<std::uint64_t>(writer.uptime.count())), ", ", bounds(seen, all), ", ",
                counters::state_text(writer), "\n");
}

/// The value of any field, as text; empty: none.
std::string value_text(const counters_snapshot& seen, std::size_t row, std::size_t field) {
  switch (seen.fields[field].type) {
    case counters_type::text: return std::string(seen.text(row, field));
    case counters_type::whole: {
      const auto value = seen.whole(row, field);
      return value ? std::to_string(*value) : "";
    }
    case counters_type::real: break;
  }
  const auto value = seen.real(row, field);
  return value ? number(*value) : "";
}

ordered_json value_json(const counters_snapshot& seen, std::size_t row, std::size_t field) {
  switch (seen.fields[field].type) {
    case counters_type::text: return std::string(seen.text(row, field));
    case counters_type::whole: {
      const auto value = seen.whole(row, field);
      return value ? ordered_json(*value) : ordered_json();
    }
    case counters_type::real: break;
  }
  const auto value = seen.real(row, field);
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json process_json(const counters_process& writer) {
  return {{"name", writer.name},
          {"pid", writer.pid},
          {"state", to_string(writer.state)},
          {"uptime_s", seconds(writer.uptime)},
          {"sample_age_s", seconds(writer.sample_age)},
          {"period_s", seconds(writer.period)}};
}

/// One line; bytes that are no UTF-8 are replaced.
std::string dumped(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string inner;
  for (const char letter : text) inner += letter == '"' ? "\"\"" : std::string(1, letter);
  return concat("\"", inner, "\"");
}

using table = std::vector<std::vector<std::string>>;

/// Columns as wide as their widest cell, two blanks between them.
std::string aligned(const table& rows, std::span<const bool> left) {
  std::vector<std::size_t> widths(left.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      widths[at] = std::max(widths[at], counters::columns_of(row[at]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t at = 0; at < row.size(); ++at) {
      if (widths[at] == 0) continue;
      line += (line.empty() ? "" : "  ") + counters::fit(row[at], widths[at], left[at], plain_look);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::string table_text(const counters_snapshot& seen) {
  const std::vector<watched> all = counters::watched_of(seen);
  const auto columns = counters::columns();
  table rows(1);
  std::array<bool, 32> left{};
  for (std::size_t at = 0; at < columns.size(); ++at) {
    left[at] = columns[at].left;
    rows.front().emplace_back(columns[at].heading);
  }
  for (const watched& one : all) {
    auto& row = rows.emplace_back();
    for (const counters::column& each : columns) {
      row.push_back(one.readable || row.empty() ? each.of(one, plain_look).text : "-");
    }
  }
  return head_line(seen, all) + (all.empty() ? "" : aligned(rows, std::span(left).first(columns.size())));
}

std::string field_lines(const counters_snapshot& seen) {
  const std::vector<watched> all = counters::watched_of(seen);
  table rows;
  for (std::size_t row = 0; row < seen.rows; ++row) {
    for (std::size_t field = 0; field < seen.fields.size(); ++field) {
      const counters_field& column = seen.fields[field];
      if (!seen.readable(row)) break;
      const std::string value = pump::printable(value_text(seen, row, field));
      rows.push_back({concat(all[row].name, ".", column.name), value.empty() ? "-" : value, column.unit});
    }
  }
  constexpr std::array left{true, false, true};
  return head_line(seen, all) + aligned(rows, left);
}

std::string json_line(const std::string& path, const counters_snapshot& seen) {
  ordered_json object{{"command", "stat"}, {"file", path}};
  object["process"] = process_json(seen.writer);
  object["sequence"] = seen.sequence;
  object["left_out"] = seen.left_out;
  const auto bytes = counters::total_max_bytes(counters::watched_of(seen));
  object["max_bytes"] = bytes ? ordered_json(*bytes) : ordered_json();
  ordered_json rows = ordered_json::array();
  for (std::size_t row = 0; row < seen.rows; ++row) {
    ordered_json one{{"readable", seen.readable(row)}};
    for (std::size_t field = 0; field < seen.fields.size() && seen.readable(row); ++field) {
      one[seen.fields[field].name] = value_json(seen, row, field);
    }
    rows.push_back(std::move(one));
  }
  object["watched"] = std::move(rows);
  return dumped(object);
}

std::string csv_head(const counters_snapshot& seen) {
  std::string line = "time_s,process,pid,state";
  for (const counters_field& field : seen.fields) line += "," + csv_cell(field.name);
  return line + "\n";
}

std::string csv_lines(const counters_snapshot& seen) {
  const double time = seconds(seen.writer.created + seen.writer.uptime);
  std::array<char, 40> when{};
  std::snprintf(when.data(), when.size(), "%.3f", time);
  std::string lines;
  for (std::size_t row = 0; row < seen.rows; ++row) {
    if (!seen.readable(row)) continue;
    lines += concat(when.data(), ",", csv_cell(seen.writer.name), ",", std::to_string(seen.writer.pid), ",",
                    to_string(seen.writer.state));
    for (std::size_t field = 0; field < seen.fields.size(); ++field) {
      lines += "," + csv_cell(value_text(seen, row, field));
    }
    lines += "\n";
  }
  return lines;
}

std::string list_text(const std::vector<counters::located>& all) {
  table rows{{"FILE", "PROCESS", "PID", "UP", "WATCHED", "STATE"}};
  for (const counters::located& each : all) {
    const counters_process& writer = each.seen.writer;
    rows.push_back({pump::printable(each.path), pump::printable(writer.name), std::to_string(writer.pid),
                    counters::span_text(static_cast<std::uint64_t>(writer.uptime.count())),
                    std::to_string(each.seen.rows), counters::state_text(writer)});
  }
  constexpr std::array left{true, true, false, false, false, true};
  return aligned(rows, left);
}

std::string list_json(const std::vector<counters::located>& all) {
  ordered_json files = ordered_json::array();
  for (const counters::located& each : all) {
    files.push_back({{"file", each.path}, {"process", process_json(each.seen.writer)}, {"watched", each.seen.rows}});
  }
  return dumped({{"command", "stat"}, {"files", std::move(files)}});
}

}  // namespace tidegate::stat
