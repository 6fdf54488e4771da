#include "bench/results.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::bench {
namespace {

using json = nlohmann::ordered_json;
using pump::concat;

constexpr std::string_view format = "tidegate-bench-run/1";
constexpr std::array<std::string_view, 4> role_names{"ours", "peer", "limit", "reference"};

/// Four digits: more is noise, and makes the file larger.
json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return json::parse(text);
}

json to_json(const facts& all) {
  json object = json::object();
  for (const auto& [name, value] : all) object[name] = value;
  return object;
}

facts facts_of(const json& object) {
  facts all;
  for (const auto& [name, value] : object.items()) all.emplace_back(name, value.get<std::string>());
  return all;
}

/// The bare values where there is nothing else to tell: most of the file is this.
json to_json(const entry& one, const std::string& usual_modes) {
  json values = json::array();
  for (const double value : one.taken.values) values.push_back(rounded(value));
  if (one.taken.modes == usual_modes && one.extras.empty() && one.failure.empty()) return values;
  json object = {{"values", std::move(values)}};
  if (one.taken.modes != usual_modes) object["modes"] = one.taken.modes;
  for (const auto& [name, value] : one.extras) object["extras"][name] = rounded(value);
  if (!one.failure.empty()) object["failure"] = one.failure;
  return object;
}

entry entry_of(const std::string& name, const json& told, const std::string& usual_modes) {
  entry one{.name = name};
  for (const json& value : told.is_array() ? told : told.at("values")) {
    one.taken.values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  }
  one.taken.modes = told.is_array() ? usual_modes : told.value("modes", usual_modes);
  one.taken.modes.resize(one.taken.values.size(), no_mode);
  if (told.is_array()) return one;
  if (told.contains("extras")) {
    for (const auto& [extra, value] : told["extras"].items()) {
      one.extras.emplace_back(extra, value.is_null() ? 0 : value.get<double>());
    }
  }
  one.failure = told.value("failure", "");
  return one;
}

/// The modes of most entrants.
std::string usual_modes(const cell& of) {
  std::map<std::string, std::size_t> counts;
  for (const entry& one : of.entries) ++counts[one.taken.modes];
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& one, const auto& other) { return one.second < other.second; });
  return most == counts.end() ? std::string() : most->first;
}

json to_json(const cell& one) {
  const std::string modes = usual_modes(one);
  json entries = json::object();
  for (const entry& each : one.entries) entries[each.name] = to_json(each, modes);
  return {{"id", one.id},
          {"regime", one.regime},
          {"title", one.title},
          {"unit", one.unit},
          {"higher_is_better", one.higher_is_better},
          {"method", one.method},
          {"reference", one.reference},
          {"sample_s", rounded(one.sample_s)},
          {"dropped", one.dropped},
          {"preempted", one.preempted},
          {"modes", modes},
          {"entries", std::move(entries)}};
}

cell cell_of(const json& object) {
  cell one{.id = object.at("id").get<std::string>()};
  one.regime = object.at("regime").get<std::string>();
  one.title = object.at("title").get<std::string>();
  one.unit = object.at("unit").get<std::string>();
  one.higher_is_better = object.at("higher_is_better").get<bool>();
  one.method = object.value("method", "");
  one.reference = object.value("reference", "");
  one.sample_s = object.value("sample_s", 0.0);
  one.dropped = object.value("dropped", std::size_t{0});
  one.preempted = object.value("preempted", std::size_t{0});
  const std::string modes = object.value("modes", "");
  for (const auto& [name, told] : object.at("entries").items()) one.entries.push_back(entry_of(name, told, modes));
  return one;
}

json to_json(const rival& one) {
  json object = {{"role", role_names[static_cast<std::size_t>(one.plays)]}};
  if (!one.package.empty()) object["package"] = one.package;
  if (!one.note.empty()) object["note"] = one.note;
  return object;
}

role role_named(const std::string& name) {
  const auto found = std::find(role_names.begin(), role_names.end(), name);
  return found == role_names.end() ? role::peer : static_cast<role>(found - role_names.begin());
}

suite suite_of(const json& object) {
  suite one{.name = object.at("suite").get<std::string>()};
  one.rounds = object.at("rounds").get<unsigned>();
  for (const auto& [name, rival] : object.at("rivals").items()) {
    one.rivals.push_back(
        {name, role_named(rival.value("role", "")), rival.value("package", ""), rival.value("note", "")});
  }
  for (const json& cell : object.at("cells")) one.cells.push_back(cell_of(cell));
  return one;
}

/// The head of a suite, and its cells a line each.
std::string lines_of(const suite& one) {
  json rivals = json::object();
  for (const rival& each : one.rivals) rivals[each.name] = to_json(each);
  std::string text = concat("{\"suite\": ", json(one.name).dump(), ", \"rounds\": ", json(one.rounds).dump(),
                            ", \"rivals\": ", rivals.dump(), ", \"cells\": [\n");
  for (std::size_t i = 0; i < one.cells.size(); ++i) {
    text += concat(to_json(one.cells[i]).dump(), i + 1 < one.cells.size() ? ",\n" : "\n");
  }
  return text + "]}";
}

results results_of(const json& document) {
  results found;
  found.started_at = document.at("started_at").get<std::string>();
  found.kind = document.value("kind", "");
  found.elapsed_s = document.value("elapsed_s", 0.0);
  found.interrupted = document.value("interrupted", false);
  found.machine = facts_of(document.at("machine"));
  found.peers = facts_of(document.at("peers"));
  for (const json& suite : document.at("suites")) found.suites.push_back(suite_of(suite));
  return found;
}

}  // namespace

std::string_view spoken_mode(char mode) noexcept {
  switch (mode) {
    case near_mode: return "near";
    case far_mode: return "far";
    case one_thread_mode: return "one thread";
    default: return "none";
  }
}

const entry* cell::find(std::string_view name) const noexcept {
  for (const entry& one : entries) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

role suite::role_of(std::string_view of) const noexcept {
  for (const rival& one : rivals) {
    if (one.name == of) return one.plays;
  }
  return role::peer;
}

char main_mode(const cell& of) noexcept {
  char best = no_mode;
  std::ptrdiff_t most = 0;
  for (const char mode : {one_thread_mode, near_mode, far_mode}) {
    std::ptrdiff_t count = 0;
    for (const entry& one : of.entries) count += std::count(one.taken.modes.begin(), one.taken.modes.end(), mode);
    if (count > most) {
      most = count;
      best = mode;
    }
  }
  return best;
}

std::string to_json(const results& found) {
  std::string text =
      concat("{\"format\": \"", format, "\", \"started_at\": ", json(found.started_at).dump(),
             ", \"kind\": ", json(found.kind).dump(), ", \"elapsed_s\": ", rounded(found.elapsed_s).dump(),
             ", \"interrupted\": ", json(found.interrupted).dump(), ",\n\"machine\": ", to_json(found.machine).dump(),
             ",\n\"peers\": ", to_json(found.peers).dump(), ",\n\"suites\": [\n");
  for (std::size_t i = 0; i < found.suites.size(); ++i) {
    text += concat(lines_of(found.suites[i]), i + 1 < found.suites.size() ? ",\n" : "\n");
  }
  return text + "]}\n";
}

results parse_results(const std::string& text, const std::string& path) {
  try {
    const json document = json::parse(text);
    if (document.is_object() && document.value("format", "") == format) return results_of(document);
  } catch (const json::exception&) {
    // Told below: whatever is wrong with it, it is not what was asked for.
  }
  pump::refuse(
      concat("'", path, "' is not a file of results; accepted: what tidegate bench has written (", format, ")"));
}

results read_results(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    pump::refuse(concat("cannot read '", path, "'; accepted: a file that tidegate bench has written"));
  }
  return parse_results(text.str(), path);
}

void write_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".part";
  std::ofstream out(beside, std::ios::binary);
  out << text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(beside, path, error);
  if (!out || error) {
    std::filesystem::remove(beside, error);
    throw pump::failure(pump::exit_code::unusable,
                        concat("cannot write '", path, "'; accepted: a place for a new file"));
  }
}

}  // namespace tidegate::bench
