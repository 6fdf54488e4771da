#include "bench/collector.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "bench/judge.hpp"

namespace tidegate::bench {
namespace {

using json = nlohmann::ordered_json;

char letter_of(const std::string& mode) noexcept {
  if (mode == "near") return near_mode;
  if (mode == "far") return far_mode;
  return mode == "one thread" ? one_thread_mode : no_mode;
}

role role_of(const std::string& name) noexcept {
  if (name == "ours") return role::ours;
  if (name == "limit") return role::limit;
  return name == "reference" ? role::reference : role::peer;
}

/// A sample counts once a round: what was dropped was taken again.
void put(figures& into, const json& sample) {
  const auto round = sample.at("round").get<std::size_t>();
  if (into.values.size() <= round) {
    into.values.resize(round + 1, std::numeric_limits<double>::quiet_NaN());
    into.modes.resize(round + 1, no_mode);
  }
  const char mode = letter_of(sample.at("mode").get<std::string>());
  if (mode == no_mode || !sample.at("value").is_number()) return;
  into.values[round] = sample.at("value").get<double>();
  into.modes[round] = mode;
}

/// The medians of every further figure, over the samples of one mode.
named_values extras_of(const json& samples, char mode) {
  named_values medians;
  std::map<std::string, std::vector<double>> all;
  for (const json& sample : samples) {
    if (letter_of(sample.at("mode").get<std::string>()) != mode || !sample.contains("extras")) continue;
    for (const auto& [name, value] : sample.at("extras").items()) {
      if (!value.is_number()) continue;
      if (all[name].empty()) medians.emplace_back(name, 0);
      all[name].push_back(value.get<double>());
    }
  }
  for (auto& [name, median] : medians) median = median_interval(all[name]).median;
  return medians;
}

void count_disturbances(cell& in, const json& samples) {
  for (const json& sample : samples) {
    in.dropped += letter_of(sample.at("mode").get<std::string>()) == no_mode ? 1 : 0;
    in.preempted += sample.value("preemptions", 0L) > 0 ? 1 : 0;
  }
}

cell cell_of(const json& event) {
  const json& told = event.at("cell");
  cell made{.id = told.at("id").get<std::string>()};
  made.regime = told.at("regime").get<std::string>();
  made.title = told.at("title").get<std::string>();
  made.unit = told.at("unit").get<std::string>();
  made.higher_is_better = told.at("higher_is_better").get<bool>();
  made.method = told.value("method", "");
  made.reference = told.value("reference", "");
  made.sample_s = event.value("sample_s", 0.0);
  for (const json& each : told.at("entries")) {
    entry one{.name = each.at("name").get<std::string>()};
    one.failure = each.value("failure", "");
    for (const json& sample : each.at("samples")) put(one.taken, sample);
    count_disturbances(made, each.at("samples"));
    made.entries.push_back(std::move(one));
  }
  const char mode = main_mode(made);
  for (std::size_t i = 0; i < made.entries.size(); ++i) {
    made.entries[i].extras = extras_of(told.at("entries")[i].at("samples"), mode);
  }
  return made;
}

void merge(facts& into, const json& more) {
  for (const auto& [name, value] : more.items()) {
    const bool known =
        std::any_of(into.begin(), into.end(), [&name = name](const auto& one) { return one.first == name; });
    if (!known) into.emplace_back(name, value.get<std::string>());
  }
}

suite& suite_named(results& in, const std::string& name) {
  for (suite& one : in.suites) {
    if (one.name == name) return one;
  }
  in.suites.push_back({.name = name});
  return in.suites.back();
}

void begin(results& into, const json& told) {
  suite& one = suite_named(into, told.at("suite").get<std::string>());
  one.rounds = told.at("rounds").get<unsigned>();
  if (into.started_at.empty()) into.started_at = told.at("started_at").get<std::string>();
  merge(into.machine, told.at("machine"));
  merge(into.peers, told.at("peers"));
  for (const auto& [name, rival] : told.at("rivals").items()) {
    const bool known =
        std::any_of(one.rivals.begin(), one.rivals.end(), [&name = name](const auto& r) { return r.name == name; });
    if (!known)
      one.rivals.push_back(
          {name, role_of(rival.value("role", "")), rival.value("package", ""), rival.value("note", "")});
  }
}

}  // namespace

event collector::take(std::string_view line) {
  const json told = json::parse(line, nullptr, false);
  if (!told.is_object() || !told.contains("event")) return {};
  const std::string what = told["event"].get<std::string>();
  if (what == "begin") {
    begin(into_, told);
    return {event::kind::begin};
  }
  if (what == "next") {
    return {event::kind::next, told.at("cell").get<std::string>(), told.at("entrant").get<std::string>(),
            told.at("done").get<std::size_t>(), told.at("all").get<std::size_t>()};
  }
  if (what != "cell" || into_.suites.empty()) return {};
  cell made = cell_of(told);
  suite& current = into_.suites.back();
  for (entry& one : blamed_[{current.name, made.id}]) made.entries.push_back(std::move(one));
  current.cells.push_back(std::move(made));
  return {event::kind::cell, current.cells.back().id};
}

void collector::blame(const std::string& cell, const std::string& entrant, const std::string& why) {
  entry one{.name = entrant};
  one.failure = why;
  blamed_[{into_.suites.back().name, cell}].push_back(std::move(one));
}

}  // namespace tidegate::bench
