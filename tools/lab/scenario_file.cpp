#include "lab/scenario_file.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "lab/builtin_scenarios.hpp"
#include "lab/fields.hpp"

namespace tidegate::lab {
namespace {

using nlohmann::json;
using pump::concat;
using pump::refuse;

constexpr double longest_s = 7 * 24 * 3600;
constexpr double highest_rate = 1e6;
constexpr std::uint64_t largest_queue = std::uint64_t{1} << 24;  // of a sink: bytes
constexpr std::uint64_t most_workers = 128;                      // a ring has so many rows

phase phase_of(const json& value, const std::string& place) {
  fields from(value, place);
  const phase made{.span_s = from.number("span_s", 1e-3, longest_s),
                   .per_second = from.number("per_second", 0, highest_rate)};
  from.end();
  return made;
}

flow flow_of(const json& value, const std::string& place) {
  fields from(value, place);
  flow made{.name = from.text("name"), .phases = {}};
  for (const auto& [each, where] : from.list("phases")) made.phases.push_back(phase_of(*each, where));
  if (made.phases.empty()) refuse(concat(place, ".phases: empty; accepted: one or more {span_s, per_second}"));
  from.end();
  return made;
}

stall stall_of(const json& value, const std::string& place) {
  fields from(value, place);
  const stall made{.from_s = from.number("from_s", 0, longest_s),
                   .span_s = from.number("span_s", 0, longest_s),
                   .every_s = from.number("every_s", 0, longest_s, 0)};
  from.end();
  return made;
}

slowdown slowdown_of(const json& value, const std::string& place) {
  fields from(value, place);
  const slowdown made{.from_s = from.number("from_s", 0, longest_s),
                      .to_s = from.number("to_s", 0, longest_s, slowdown{}.to_s),
                      .factor = from.number("factor", 0.01, 1000)};
  from.end();
  return made;
}

watch_spec watch_of(fields from) {
  watch_spec made;
  made.period_s = from.number("period_s", 1e-3, 60, made.period_s);
  made.window_s = from.number("window_s", 2 * made.period_s, 3600, made.window_s);
  made.history = from.count("history", 16, 1 << 16, made.history);
  made.slow_s = from.number("slow_s", 1e-6, 3600, made.slow_s);
  from.end();
  return made;
}

clients clients_of(fields from) {
  clients made;
  made.retries = static_cast<unsigned>(from.count("retries", 0, 20));
  made.backoff_s = from.number("backoff_s", 0, 3600, 0);
  if (from.has("retries_per_attempt")) made.retries_per_attempt = from.number("retries_per_attempt", 0, 10);
  from.end();
  return made;
}

void read_weights(fields& from, policy_spec& made) {
  for (const auto& [each, where] : from.list("weights")) {
    if (!each->is_number_unsigned() || each->get<std::uint64_t>() < 1 || each->get<std::uint64_t>() > 1000) {
      refuse(concat(where, ": ", each->dump(), " is not accepted; accepted: a whole number from 1 to 1000"));
    }
    made.weights.push_back(each->get<std::uint32_t>());
  }
  if (made.weights.size() != 2) refuse(concat(from.where("weights"), ": accepted: two weights, one for each flow"));
  if (from.has("strict")) made.strict = from.count("strict", 0, 1);
}

/// The numbers that a kind of policy needs, and no others.
void read_numbers(fields& from, policy_spec& made, unsigned workers) {
  const auto capacity = [&] { made.capacity = from.count("capacity", 1, largest_queue); };
  switch (made.kind) {
    case policy_kind::unbounded: return;
    case policy_kind::reject:
    case policy_kind::block:
    case policy_kind::drop_oldest:
    case policy_kind::refuse_late: return capacity();
    case policy_kind::expire:
      capacity();
      made.learns_margin = from.flag("learns_margin", false);
      made.margin_s = from.number("margin_s", 0, 3600, made.learns_margin ? std::optional(0.0) : std::nullopt);
      return;
    case policy_kind::codel:
      capacity();
      made.target_s = from.number("target_s", 1e-6, 60, made.target_s);
      made.interval_s = from.number("interval_s", made.target_s, 600, std::max(made.interval_s, made.target_s));
      return;
    case policy_kind::adaptive_lifo:
      capacity();
      made.rush_s = from.number("rush_s", 1e-6, 60, made.rush_s);
      made.patience_s = from.number("patience_s", made.rush_s, 600, std::max(made.patience_s, made.rush_s));
      return;
    case policy_kind::reserve_first: made.permits = from.count("permits", 1, largest_queue); return;
    case policy_kind::check_then_act:
      capacity();
      made.permits = from.count("permits", workers, largest_queue);
      return;
    case policy_kind::lanes: capacity(); return read_weights(from, made);
    case policy_kind::fair:
      capacity();
      made.buckets = from.count("buckets", 1, 1024);
      return;
    case policy_kind::adaptive:
      capacity();
      made.permits = from.count("first_permits", workers, 1000);
      made.algorithm = from.choice<limit_kind>(
          "algorithm",
          {{"aimd", limit_kind::aimd}, {"vegas", limit_kind::vegas}, {"gradient2", limit_kind::gradient2}});
      if (made.algorithm == limit_kind::aimd) made.target_s = from.number("target_s", 1e-6, 60);
      return;
    case policy_kind::stream_sink:
      capacity();
      made.high_bytes = from.count("high_bytes", 1, made.capacity);
      made.low_bytes = from.count("low_bytes", 0, made.high_bytes);
      made.stall_after_s = from.number("stall_after_s", 0, 3600, 0);
      return;
    case policy_kind::socket_buffer: return;
    case policy_kind::pool:
      capacity();
      made.threads = from.count("threads", 1, largest_queue);
      made.give_up_s = from.number("give_up_s", 1e-3, 3600);
      return;
  }
}

policy_spec policy_of(fields from, unsigned workers) {
  policy_spec made;
  made.kind = from.choice<policy_kind>("kind", {{"unbounded", policy_kind::unbounded},
                                                {"reject", policy_kind::reject},
                                                {"block", policy_kind::block},
                                                {"drop_oldest", policy_kind::drop_oldest},
                                                {"expire", policy_kind::expire},
                                                {"refuse_late", policy_kind::refuse_late},
                                                {"codel", policy_kind::codel},
                                                {"adaptive_lifo", policy_kind::adaptive_lifo},
                                                {"reserve_first", policy_kind::reserve_first},
                                                {"check_then_act", policy_kind::check_then_act},
                                                {"lanes", policy_kind::lanes},
                                                {"fair", policy_kind::fair},
                                                {"adaptive", policy_kind::adaptive},
                                                {"pool", policy_kind::pool},
                                                {"stream_sink", policy_kind::stream_sink},
                                                {"socket_buffer", policy_kind::socket_buffer}});
  read_numbers(from, made, workers);
  from.end();
  return made;
}

expectation expectation_of(const json& value, const std::string& place) {
  fields from(value, place);
  expectation made;
  made.measure = from.text("measure");
  made.holds = from.choice<relation>(
      "holds", {{"about", relation::about}, {"at_most", relation::at_most}, {"at_least", relation::at_least}},
      relation::about);
  made.formula = from.text("formula");
  made.within = from.number("within", 0, 1, made.within);
  made.plus_minus = from.number("plus_minus", 0, 1e12, 0);
  made.real_only = from.flag("real_only", false);
  made.why = from.text("why", "");
  from.end();
  return made;
}

void read_server(fields& from, row& made) {
  made.workers = static_cast<unsigned>(from.count("workers", 1, most_workers, made.workers));
  made.service_s = from.number("service_s", 1e-6, 60, made.service_s);
  made.service = from.choice<service_kind>(
      "service", {{"fixed", service_kind::fixed}, {"exponential", service_kind::exponential}}, made.service);
  made.spins = from.flag("spins", false);
  for (const auto& [each, where] : from.list("stalls")) made.stalls.push_back(stall_of(*each, where));
  for (const auto& [each, where] : from.list("slowdowns")) made.slowdowns.push_back(slowdown_of(*each, where));
}

void read_load(fields& from, row& made) {
  for (const auto& [each, where] : from.list("flows")) made.flows.push_back(flow_of(*each, where));
  if (made.flows.empty()) refuse(concat(from.place(), ".flows is missing; accepted: one or more {name, phases}"));
  made.spacing = from.choice<spacing_kind>(
      "spacing", {{"poisson", spacing_kind::poisson}, {"fixed", spacing_kind::fixed}}, made.spacing);
  made.seed = static_cast<std::uint32_t>(from.count("seed", 0, 0xffff'ffff, made.seed));
  made.payload_bytes = from.count("payload_bytes", 0, 1 << 20, 0);
  made.patience_s = from.number("patience_s", 1e-6, 3600, made.patience_s);
  if (from.has("clients")) made.retrying = clients_of(from.below("clients"));
}

/// Measures and formulas find a flow by its name; clients that ask again are one flow whose arrivals follow each other.
void check_flows(const row& of, const std::string& place) {
  std::set<std::string_view> names{"others"};  // all but the first
  for (const flow& each : of.flows) {
    if (!names.insert(each.name).second) {
      refuse(concat(place, ".flows: '", each.name, "' is taken; accepted: another name for each, and not 'others'"));
    }
  }
  if (!of.retrying) return;
  if (of.flows.size() != 1) refuse(concat(place, ".flows: clients are of one flow; accepted: one with `clients`"));
  for (const phase& each : of.flows.front().phases) {
    if (each.per_second > 0) continue;
    refuse(concat(place, ".flows: clients that stop do not come again; accepted: per_second above 0 with `clients`"));
  }
}

row row_of(const json& value, const std::string& place) {
  fields from(value, place);
  row made;
  made.name = from.text("name");
  read_load(from, made);
  read_server(from, made);
  made.window_from_s = from.number("window_from_s", 0, longest_s, 0);
  made.window_to_s = from.number("window_to_s", made.window_from_s, longest_s, made.load_ends_s());
  made.normal_s = from.number("normal_s", 0, 3600, made.normal_s);
  if (from.has("ends_s")) made.ends_s = from.number("ends_s", 1e-3, longest_s);
  if (from.has("watched")) made.watched = watch_of(from.below("watched"));
  made.lose_every = from.count("lose_every", 0, 1'000'000'000, 0);
  made.policy = policy_of(from.below("policy"), made.workers);
  for (const auto& [each, where] : from.list("compared")) {
    if (!each->is_string()) refuse(concat(where, ": ", each->dump(), " is not accepted; accepted: a measure's name"));
    made.compared.push_back(each->get<std::string>());
  }
  for (const auto& [each, where] : from.list("expected")) made.expected.push_back(expectation_of(*each, where));
  from.end();
  if (made.needs_real_time() && (made.workers != 1 || made.flows.size() != 1)) {
    refuse(concat(place, ".workers: a peer is one worker; accepted: 1, and one flow"));
  }
  if (made.needs_real_time() && made.payload_bytes < least_record_bytes) {
    refuse(concat(place, ".payload_bytes: too small for a record; accepted: 16 or more"));
  }
  if (made.retrying && !made.ends_s) refuse(concat(place, ".ends_s is missing; accepted: a number: clients never end"));
  if (made.ends_s && made.window_to_s > *made.ends_s) {
    refuse(concat(place, ".window_to_s: the run ends before; accepted: at most ends_s"));
  }
  check_flows(made, place);
  return made;
}

/// What holds for all rows, and what this row says instead; expectations of both.
json merged(const json& base, json own) {
  json whole = base;
  json expected = base.value("expected", json::array());
  for (const json& each : own.value("expected", json::array())) expected.push_back(each);
  for (auto& [key, value] : own.items()) whole[key] = value;
  whole["expected"] = std::move(expected);
  return whole;
}

json parsed(std::string_view text, const std::string& file) {
  constexpr int deepest = 32;
  const auto shallow = [&file](int depth, json::parse_event_t, const json&) {
    if (depth > deepest) refuse(concat(file, ": nested deeper than ", std::to_string(deepest), "; accepted: less"));
    return true;
  };
  try {
    return json::parse(text, shallow);
  } catch (const json::out_of_range&) {
    refuse(concat(file, ": a number is too large for any; accepted: at most 1.7e308"));
  } catch (const json::parse_error& error) {
    const auto byte = std::min<std::size_t>(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
    refuse(concat(file, ":", std::to_string(line), ": not JSON; accepted: see `tidegate lab show A`"));
  }
}

}  // namespace

scenario parse_scenario(std::string_view text, const std::string& file) {
  const json whole = parsed(text, file);
  fields from(whole, file);
  scenario made;
  made.id = from.text("id");
  made.title = from.text("title");
  made.about = from.text("about", "");
  made.not_yet = from.text("not_yet", "");
  made.picture_of = from.text("picture_of", "");
  const json base = from.has("base") ? whole.at("base") : json::object();
  if (!base.is_object()) refuse(concat(file, ".base: not an object; accepted: { ... }"));
  for (const auto& [each, where] : from.list("rows")) {
    if (!each->is_object()) refuse(concat(where, ": not an object; accepted: { ... }"));
    made.rows.push_back(row_of(merged(base, *each), where));
    const row& last = made.rows.back();
    const auto same = [&last](const row& one) { return one.name == last.name; };
    if (std::find_if(made.rows.begin(), made.rows.end(), same) != made.rows.end() - 1) {
      refuse(concat(where, ".name: '", last.name, "' is taken; accepted: another name for each row"));
    }
  }
  if (made.rows.empty() && made.not_yet.empty()) {
    refuse(concat(file, ".rows is missing; accepted: one or more rows, or not_yet with a reason"));
  }
  from.end();
  return made;
}

scenario read_scenario(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || !text) refuse(concat(path.string(), ": cannot be read; accepted: a scenario file"));
  return parse_scenario(text.str(), path.string());
}

const std::vector<scenario>& own_scenarios() {
  static const std::vector<scenario> all = [] {
    std::vector<scenario> made;
    for (const builtin_scenario& each : builtin_scenarios()) {
      made.push_back(parse_scenario(each.text, std::string(each.file)));
    }
    std::sort(made.begin(), made.end(), [](const scenario& one, const scenario& other) { return one.id < other.id; });
    return made;
  }();
  return all;
}

std::string_view own_scenario_text(std::string_view id) {
  for (const builtin_scenario& each : builtin_scenarios()) {
    if (parse_scenario(each.text, std::string(each.file)).id == id) return each.text;
  }
  return {};
}

scenario find_scenario(const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".json")) return read_scenario(name);
  std::string accepted;
  for (const scenario& each : own_scenarios()) {
    if (each.id == name) return each;
    accepted += each.id + ", ";
  }
  refuse(concat("there is no scenario '", name, "'; accepted: ", accepted, "or the path of a .json file"));
}

}  // namespace tidegate::lab
