#include "lab/judge.hpp"

#include <algorithm>
#include <cmath>

#include "lab/expression.hpp"
#include "pump/concat.hpp"

namespace tidegate::lab {
namespace {

using pump::concat;

/// Of the parameters, as a formula sees them. Rates are those at the beginning of the window.
measures parameters(const row& of) {
  const policy_spec& policy = of.policy;
  measures all{{"lambda", of.rate_at(of.window_from_s)},
               {"mu", of.drain_per_second()},
               {"workers", of.workers},
               {"service", of.service_s},
               {"capacity", static_cast<double>(policy.capacity)},
               {"permits", static_cast<double>(policy.permits)},
               {"margin", policy.margin_s},
               {"target", policy.target_s},
               {"interval", policy.interval_s},
               {"rush", policy.rush_s},
               {"threads", static_cast<double>(policy.threads)},
               {"patience", of.patience_s},
               {"payload", static_cast<double>(of.payload_bytes)},
               {"window_from", of.window_from_s},
               {"window_to", of.window_to_s},
               {"load_ends", of.load_ends_s()}};
  if (!of.stalls.empty()) {
    all["stall"] = of.stalls.front().span_s;
    all["stall_from"] = of.stalls.front().from_s;
  }
  if (policy.stall_after_s > 0) all["stall_after"] = policy.stall_after_s;
  if (of.watched) all["period"] = of.watched->period_s;
  if (!of.slowdowns.empty()) all["slowness"] = of.slowdowns.front().factor;
  if (of.retrying) all["retries"] = of.retrying->retries;
  double ends = 0;
  for (std::size_t i = 0; i < of.flows.front().phases.size(); ++i) {
    const std::string number = std::to_string(i);
    all["begin" + number] = ends;
    ends += of.flows.front().phases[i].span_s;
    all["lambda" + number] = of.rate_at(all["begin" + number]);
    all["span" + number] = of.flows.front().phases[i].span_s;
  }
  for (const flow& each : of.flows) all[concat("rate.", each.name)] = each.phases.front().per_second;
  for (std::size_t i = 0; i < policy.weights.size(); ++i) {
    all[concat("weight.", of.flows[std::min(i, of.flows.size() - 1)].name)] = policy.weights[i];
  }
  return all;
}

std::optional<double> found_in(const measures& in, std::string_view name) {
  const auto found = in.find(name);
  return found == in.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> without_prefix(const measures& in, std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return found_in(in, name.substr(prefix.size()));
}

bool near(const finding& of) { return std::fabs(of.measured - of.expected) <= of.tolerance; }

/// What a formula cannot say (0 / 0, 1 / 0, or from a measure that is missing) holds for nothing.
verdict judged(const finding& of) {
  if (!std::isfinite(of.expected)) return verdict::failed;
  const double slack = 1e-9 * std::max(1.0, std::fabs(of.expected));
  const bool holds = of.holds == relation::about     ? near(of)
                     : of.holds == relation::at_most ? of.measured <= of.expected + slack
                                                     : of.measured >= of.expected - slack;
  return holds ? verdict::passed : verdict::failed;
}

double measured_value(const row_result& of, const std::string& name) {
  const std::optional<double> value = found_in(of.ran.measured, name);
  if (!value) throw formula_error(concat("row '", of.what.name, "': nothing is measured under the name '", name, "'"));
  return *value;
}

finding judge_expectation(const row_result& of, const expectation& wanted, const measures& known) {
  const auto value_of = [&](std::string_view name) {
    if (const auto value = found_in(known, name)) return value;
    if (const auto value = without_prefix(of.ran.measured, name, "measured.")) return value;
    return without_prefix(of.simulated.empty() ? of.ran.measured : of.simulated, name, "simulated.");
  };
  finding made;
  made.measure = wanted.measure;
  made.holds = wanted.holds;
  made.measured = measured_value(of, wanted.measure);
  try {
    made.expected = evaluate(wanted.formula, value_of);
  } catch (const formula_error& error) {
    throw formula_error(concat("row '", of.what.name, "': ", error.what()));
  }
  made.tolerance = wanted.within * std::fabs(made.expected) + wanted.plus_minus;
  made.basis = wanted.formula;
  made.why = wanted.why;
  made.judged = judged(made);
  return made;
}

/// What the simulation of the same row says, with the same arrivals.
finding compare(const row_result& of, const std::string& name, bool counts) {
  constexpr double within = 0.05;
  finding made;
  made.measure = name;
  made.measured = measured_value(of, name);
  made.expected = found_in(of.simulated, name).value_or(std::nan(""));
  made.tolerance = within * std::fabs(made.expected);
  made.basis = "simulation";
  made.why = "the same arrivals and the same policy in simulated time";
  // Of nothing, because nothing was served, both say nothing.
  const bool of_nothing = std::isnan(made.expected) && std::isnan(made.measured);
  const verdict found = of_nothing ? verdict::passed : judged(made);
  made.judged = counts ? found : verdict::reported;
  return made;
}

finding identity(const row_result& of, const std::string& name, double most, const char* why) {
  finding made{.measure = name, .holds = relation::at_most, .expected = most, .basis = "conservation", .why = why};
  made.measured = measured_value(of, name);
  made.judged = judged(made);
  return made;
}

}  // namespace

std::string_view to_string(verdict of) noexcept {
  return of == verdict::passed ? "pass" : of == verdict::failed ? "FAIL" : "reported";
}

bool row_result::holds() const noexcept {
  return std::none_of(findings.begin(), findings.end(),
                      [](const finding& each) { return each.judged == verdict::failed; });
}

void judge(row_result& of) {
  of.findings.clear();
  of.findings.push_back(
      identity(of, "imbalance", 0, "offered = accepted + refused, accepted = completed + lost + inside"));
  if (!of.ran.interrupted) of.findings.push_back(identity(of, "left_inside", 0, "nobody is left behind"));
  const double in_hand = of.ran.simulated ? 0 : of.what.workers + 2.0;
  of.findings.push_back(
      identity(of, "worst_imbalance_running", in_hand, "the same every second; a thread may hold one request in hand"));
  const measures known = parameters(of.what);
  for (const expectation& each : of.what.expected) {
    if (!each.real_only || !of.ran.simulated) of.findings.push_back(judge_expectation(of, each, known));
  }
  if (!of.simulated.empty()) {
    for (const std::string& each : of.what.compared) of.findings.push_back(compare(of, each, true));
    for (const char* const each : {"p99_ms", "p999_ms"}) of.findings.push_back(compare(of, each, false));
  }
  if (!of.ran.interrupted) return;
  for (finding& each : of.findings) {
    if (each.basis != "conservation") each.judged = verdict::reported;  // of a part of the run only
  }
}

void check_formulas(const row& of) {
  const measures known = parameters(of);
  const auto value_of = [&](std::string_view name) {
    const bool later = name.starts_with("measured.") || name.starts_with("simulated.");
    return later ? std::optional(1.0) : found_in(known, name);
  };
  for (const expectation& each : of.expected) {
    try {
      static_cast<void>(evaluate(each.formula, value_of));
    } catch (const formula_error& error) {
      throw formula_error(concat("row '", of.name, "': ", error.what()));
    }
  }
}

std::vector<std::string> formula_names(const row& of) {
  std::vector<std::string> all;
  for (const auto& [name, value] : parameters(of)) all.push_back(name);
  return all;
}

}  // namespace tidegate::lab
