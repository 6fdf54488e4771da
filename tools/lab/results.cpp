#include "lab/results.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "pump/concat.hpp"
#include "pump/printable.hpp"

namespace tidegate::lab {
namespace {

using nlohmann::ordered_json;
using pump::concat;

std::string number(const char* format, double value) {
  if (!std::isfinite(value)) return "-";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

ordered_json or_null(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr); }

/// Columns as wide as what is in them; the first is text, the others are numbers.
std::string table_of(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string joined;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string blanks(widths[i] - line[i].size(), ' ');
      joined += i == 0 ? line[i] + blanks : "  " + blanks + line[i];
    }
    joined.erase(joined.find_last_not_of(' ') + 1);
    text += joined + '\n';
  }
  return text;
}

/// As a field of a CSV file (RFC 4180).
std::string quoted(std::string text) {
  for (std::size_t i = 0; (i = text.find('"', i)) != std::string::npos; i += 2) text.insert(i, 1, '"');
  return '"' + text + '"';
}
std::string quoted_if_needed(const std::string& text) {
  return text.find_first_of(",\"\r\n") == std::string::npos ? text : quoted(text);
}

double measure_of(const row_result& row, const char* measure) {
  const auto found = row.ran.measured.find(measure);
  return found == row.ran.measured.end() ? std::nan("") : found->second;
}

std::string relation_text(const finding& each) {
  const std::string value = number("%.6g", each.expected);
  return each.holds == relation::at_most ? "<= " + value : each.holds == relation::at_least ? ">= " + value : value;
}

std::string difference_text(const finding& each) {
  if (each.holds != relation::about || each.expected == 0) return "";
  return number("%+.1f %%", each.difference() * 100);
}

ordered_json to_object(const finding& each) {
  ordered_json object;
  object["measure"] = each.measure;
  object["relation"] = each.holds == relation::about     ? "about"
                       : each.holds == relation::at_most ? "at_most"
                                                         : "at_least";
  object["expected"] = or_null(each.expected);
  object["measured"] = or_null(each.measured);
  object["tolerance"] = or_null(each.tolerance);
  object["basis"] = each.basis;
  object["why"] = each.why;
  object["verdict"] = std::string(to_string(each.judged));
  return object;
}

ordered_json to_object(const measures& all) {
  ordered_json object = ordered_json::object();
  for (const auto& [name, value] : all) object[name] = or_null(value);
  return object;
}

ordered_json to_object(const std::vector<moment>& all) {
  ordered_json object;
  const auto add = [&](const char* name, double moment::*field) {
    ordered_json list = ordered_json::array();
    for (const moment& each : all) list.push_back(or_null(each.*field));
    object[name] = std::move(list);
  };
  add("at_s", &moment::at_s);
  add("depth", &moment::depth);
  add("offered_per_s", &moment::offered_per_s);
  add("served_per_s", &moment::served_per_s);
  add("useful_per_s", &moment::useful_per_s);
  add("lost_per_s", &moment::lost_per_s);
  add("p50_ms", &moment::p50_ms);
  add("p99_ms", &moment::p99_ms);
  add("rss_mib", &moment::rss_mib);
  add("limit", &moment::limit);
  return object;
}

ordered_json to_object(const row_result& row) {
  ordered_json object;
  object["name"] = row.what.name;
  object["holds"] = row.holds();
  object["interrupted"] = row.ran.interrupted;
  object["seed"] = row.what.seed;
  object["took_s"] = row.took_s;
  object["measures"] = to_object(row.ran.measured);
  object["simulated"] = to_object(row.simulated);
  object["findings"] = ordered_json::array();
  for (const finding& each : row.findings) object["findings"].push_back(to_object(each));
  object["notes"] = row.ran.notes;
  object["over_time"] = to_object(row.ran.moments);
  return object;
}

}  // namespace

bool scenario_result::holds() const noexcept {
  return std::all_of(rows.begin(), rows.end(), [](const row_result& each) { return each.holds(); });
}

bool results::holds() const noexcept {
  return std::all_of(scenarios.begin(), scenarios.end(), [](const scenario_result& each) { return each.holds(); });
}

std::size_t results::count(verdict wanted) const noexcept {
  std::size_t sum = 0;
  for (const scenario_result& each : scenarios) {
    for (const row_result& row : each.rows) {
      for (const finding& one : row.findings) sum += one.judged == wanted ? 1 : 0;
    }
  }
  return sum;
}

std::string to_text(const scenario_result& result) {
  std::vector<std::vector<std::string>> rows{
      {"row", "served/s", "useful/s", "p50 ms", "p99 ms", "p99.9 ms", "depth", "lost", "peak MiB", "normal at s"}};
  std::vector<std::vector<std::string>> checks{{"check", "measured", "expected", "difference", "verdict"}};
  std::string notes;
  for (const row_result& row : result.rows) {
    const std::string name = pump::printable(row.what.name);
    rows.push_back({name, number("%.0f", measure_of(row, "served_per_s")),
                    number("%.0f", measure_of(row, "useful_per_s")), number("%.2f", measure_of(row, "p50_ms")),
                    number("%.2f", measure_of(row, "p99_ms")), number("%.2f", measure_of(row, "p999_ms")),
                    number("%.0f", measure_of(row, "depth_max")), number("%.0f", measure_of(row, "lost")),
                    number("%.1f", measure_of(row, "rss_peak_mib")),
                    number("%.1f", measure_of(row, "normal_again_s"))});
    for (const finding& each : row.findings) {
      if (each.basis == "conservation" && each.judged == verdict::passed) continue;  // said in the last line
      checks.push_back({concat(name, ": ", pump::printable(each.measure)), number("%.6g", each.measured),
                        relation_text(each), difference_text(each), std::string(to_string(each.judged))});
    }
    for (const std::string& each : row.ran.notes) notes += concat("note: ", name, ": ", each, "\n");
  }
  return concat(pump::printable(result.what.id), ": ", pump::printable(result.what.title), "\n\n", table_of(rows), "\n",
                table_of(checks), notes, "\n");
}

std::string closing_line(const results& all) {
  const auto count_of = [&](verdict which) { return std::to_string(all.count(which)); };
  std::string text = all.interrupted ? "interrupted: what there is\n" : "";
  text += all.simulated ? "simulated time: " : "real time: ";
  return text + count_of(verdict::passed) + " checks passed, " + count_of(verdict::failed) + " failed, " +
         count_of(verdict::reported) + " reported\n";
}

std::string to_json(const results& all) {
  ordered_json whole;
  whole["clock"] = all.simulated ? "simulated" : "real";
  whole["holds"] = all.holds();
  whole["interrupted"] = all.interrupted;
  whole["scale"] = all.scale;
  whole["scenarios"] = ordered_json::array();
  for (const scenario_result& each : all.scenarios) {
    ordered_json object;
    object["id"] = each.what.id;
    object["title"] = each.what.title;
    object["about"] = each.what.about;
    object["rows"] = ordered_json::array();
    for (const row_result& row : each.rows) object["rows"].push_back(to_object(row));
    whole["scenarios"].push_back(std::move(object));
  }
  return whole.dump() + '\n';
}

std::string to_csv(const results& all) {
  std::string text =
      "scenario,row,at_s,depth,offered_per_s,served_per_s,useful_per_s,lost_per_s,p50_ms,p99_ms,rss_mib,limit\n";
  const auto add = [&text](double value) { text += std::isfinite(value) ? number(",%.6g", value) : ","; };
  for (const scenario_result& each : all.scenarios) {
    for (const row_result& row : each.rows) {
      for (const moment& at : row.ran.moments) {
        text += quoted_if_needed(each.what.id) + ',' + quoted(row.what.name);
        for (const double value : {at.at_s, at.depth, at.offered_per_s, at.served_per_s, at.useful_per_s, at.lost_per_s,
                                   at.p50_ms, at.p99_ms, at.rss_mib, at.limit}) {
          add(value);
        }
        text += '\n';
      }
    }
  }
  return text;
}

}  // namespace tidegate::lab
