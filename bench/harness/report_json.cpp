#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/harness/budget.hpp"
#include "bench/harness/report.hpp"
#include "bench/harness/verdict.hpp"

namespace tidegate::bench {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view to_string(role plays) noexcept {
  constexpr std::string_view names[] = {"ours", "peer", "limit", "reference"};
  return names[static_cast<std::size_t>(plays)];
}

json to_json(const machine_card& card) {
  json facts = json::object();
  for (const auto& [name, value] : card) facts[name] = value;
  return facts;
}

json to_json(const summary& values) {
  if (values.count == 0) return nullptr;
  return {{"count", values.count}, {"median", values.median}, {"min", values.min}, {"max", values.max}};
}

json to_json(const std::vector<named_value>& values) {
  json object = json::object();
  for (const named_value& one : values) object[one.name] = one.value;
  return object;
}

json to_json(const sample& taken) {
  return {{"round", taken.round},
          {"value", taken.result.value},
          {"extras", to_json(taken.result.extras)},
          {"elapsed_s", taken.result.elapsed_s},
          {"canary_before_ns", taken.canary_before_ns},
          {"canary_after_ns", taken.canary_after_ns},
          {"preemptions", taken.preemptions},
          {"mode", bench::to_string(taken.mode)},
          {"kept", taken.kept()}};
}

json to_json(const entry_result& entry) {
  json samples = json::array();
  for (const sample& taken : entry.samples) samples.push_back(to_json(taken));
  return {{"name", entry.who.name}, {"role", to_string(entry.who.plays)}, {"package", entry.who.package},
          {"note", entry.who.note}, {"failure", entry.failure},           {"samples", std::move(samples)}};
}

json to_json(const mode_verdict& verdict) {
  json standings = json::array();
  for (const standing& place : verdict.standings) {
    standings.push_back({{"name", place.who.name},
                         {"role", to_string(place.who.plays)},
                         {"value", to_json(place.value)},
                         {"extras", to_json(place.extras)},
                         {"vs_best_peer", to_json(place.vs_best_peer)},
                         {"vs_reference", to_json(place.vs_reference)}});
  }
  return {{"mode", bench::to_string(verdict.mode)},
          {"canary_ns", to_json(verdict.canary_ns)},
          {"best_peer", verdict.best_peer},
          {"standings", std::move(standings)}};
}

json to_json(const cell_result& cell) {
  json verdicts = json::array();
  for (const mode_verdict& verdict : judge(cell)) verdicts.push_back(to_json(verdict));
  json entries = json::array();
  for (const entry_result& entry : cell.entries) entries.push_back(to_json(entry));
  return {{"id", cell.info.id},
          {"regime", cell.info.regime},
          {"title", cell.info.title},
          {"unit", cell.info.unit},
          {"higher_is_better", cell.info.higher_is_better},
          {"method", cell.info.method},
          {"reference", cell.info.reference},
          {"dropped_samples", disturbance_of(cell).dropped},
          {"verdicts", std::move(verdicts)},
          {"entries", std::move(entries)}};
}

json rivals_of(const std::vector<cell>& cells) {
  json rivals = json::object();
  for (const cell& one : cells) {
    for (const entry& rival : one.entries) {
      json& facts = rivals[rival.who.name] = {{"role", to_string(rival.who.plays)}};
      if (!rival.who.package.empty()) facts["package"] = rival.who.package;
      if (!rival.who.note.empty()) facts["note"] = rival.who.note;
    }
  }
  return rivals;
}

/// Names and messages may hold anything: what is not UTF-8 is replaced.
std::string one_line(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

std::string plan_line(const std::string& suite, const std::vector<cell>& cells, unsigned rounds) {
  json list = json::array();
  for (const cell& one : cells) {
    json names = json::array();
    for (const entry& rival : one.entries) names.push_back(rival.who.name);
    const expense takes = expense_of(one, rounds);
    list.push_back({{"id", one.info.id},
                    {"regime", one.info.regime},
                    {"title", one.info.title},
                    {"lengths", takes.lengths},
                    {"overhead_s", takes.overhead_s},
                    {"entrants", std::move(names)}});
  }
  return one_line({{"format", "tidegate-bench-plan/1"}, {"suite", suite}, {"cells", std::move(list)}});
}

std::string heading_line(const suite_result& suite, const std::vector<cell>& cells) {
  return one_line({{"event", "begin"},
                   {"suite", suite.suite},
                   {"started_at", suite.started_at},
                   {"machine", to_json(suite.machine)},
                   {"peers", to_json(suite.peers)},
                   {"rounds", suite.how.rounds},
                   {"rivals", rivals_of(cells)}});
}

std::string progress_line(const cell_info& info, std::size_t done, std::size_t all, const std::string& next) {
  return one_line({{"event", "next"}, {"cell", info.id}, {"done", done}, {"all", all}, {"entrant", next}});
}

std::string cell_line(const cell_result& cell, double sample_s) {
  json line = {{"event", "cell"}, {"sample_s", sample_s}};
  line["cell"] = to_json(cell);
  line["cell"].erase("verdicts");  // whoever reads this judges by itself
  return one_line(line);
}

bool write_json(const std::string& path, const suite_result& suite) {
  json cells = json::array();
  for (const cell_result& cell : suite.cells) cells.push_back(to_json(cell));
  const json document = {{"format", "tidegate-bench/1"},
                         {"suite", suite.suite},
                         {"started_at", suite.started_at},
                         {"machine", to_json(suite.machine)},
                         {"peers", to_json(suite.peers)},
                         {"quick", suite.how.quick},
                         {"rounds", suite.how.rounds},
                         {"sample_s", suite.how.sample_s},
                         {"far_above_ns", suite.how.limits.far_above_ns},
                         {"cells", std::move(cells)}};
  std::ofstream out(path);
  out << document.dump(1) << '\n';
  return static_cast<bool>(out.flush());
}

}  // namespace tidegate::bench
