#include "metrics/command_line.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "pump/choices.hpp"
#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::metrics {
namespace {

using std::chrono::seconds;

constexpr std::array<std::pair<output, std::pair<const char*, const char*>>, 3> outputs{
    {{output::table, {"table", "All metrics: name, type, unit, labels and meaning, as a Markdown table"}},
     {output::rules, {"rules", "Alert rules for Prometheus, as a rule file"}},
     {output::dashboard, {"dashboard", "A dashboard for Grafana, as JSON to import"}}}};

constexpr const char* footer =
    "What `tidegate pump --metrics` exports, and what to look at it with. All three are made from one table.\n"
    "Exit code: 0 written; 1 standard output failed; 2 bad usage.";

double parsed_number(const char* option, const std::string& text, double least, double most) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || rest != end || !(number > least && number <= most)) {
    pump::refuse_value(option, text,
                       most > 1 ? "a number above 0 such as 5" : "a share above 0, at most 1, such as 0.7");
  }
  return number;
}

seconds parsed_span(const char* option, const std::string& text) {
  const auto span = pump::parse_duration(text);
  if (!span || *span < seconds(1) || *span % seconds(1) != seconds(0)) {
    pump::refuse_value(option, text, "whole seconds such as 30s or 5min, 1s or more");
  }
  return std::chrono::duration_cast<seconds>(*span);
}

}  // namespace

struct command_line::texts {
  std::string prefix{default_metric_prefix};
  std::optional<std::string> warn, warn_for, page, page_for, time_to_full, recovery, factor, waiters, age;
  std::array<CLI::App*, outputs.size()> apps{};

  void add_rule_options(CLI::App& app);
};

void command_line::texts::add_rule_options(CLI::App& app) {
  const auto add = [&app](const char* name, std::optional<std::string>& text, const char* what, const char* type) {
    app.add_option(name, text, what)->type_name(type)->group("Thresholds");
  };
  add("--saturation-warn", warn, "How full for a warning (default: 0.7)", "SHARE");
  add("--saturation-warn-for", warn_for, "For how long (default: 10min)", "DURATION");
  add("--saturation-page", page, "How full to wake somebody (default: 0.95)", "SHARE");
  add("--saturation-page-for", page_for, "For how long (default: 1min)", "DURATION");
  add("--time-to-full", time_to_full, "Wake somebody when it grows and is full within (default: 5min)", "DURATION");
  add("--recovery", recovery, "How long a backlog may need to drain (default: 5min)", "DURATION");
  add("--reject-factor", factor, "How many times the refusals of the last day (default: 5)", "NUMBER");
  add("--waiters-for", waiters, "How long threads may wait for permits (default: 5min)", "DURATION");
  add("--age", age, "How old an element may become (default: 30s)", "DURATION");
}

command_line::command_line(CLI::App& app) : texts_(std::make_unique<texts>()) {
  app.require_subcommand(1);
  app.footer(footer);
  for (std::size_t index = 0; index < outputs.size(); ++index) {
    const auto& [name, help] = outputs[index].second;
    CLI::App* const sub = texts_->apps[index] = app.add_subcommand(name, help);
    sub->add_option("--prefix", texts_->prefix, "Before each name")->type_name("TEXT")->capture_default_str();
    if (outputs[index].first == output::rules) texts_->add_rule_options(*sub);
  }
}

command_line::~command_line() = default;

request command_line::checked() const {
  const texts& from = *texts_;
  request wanted;
  for (std::size_t index = 0; index < outputs.size(); ++index) {
    if (from.apps[index]->parsed()) wanted.what = outputs[index].first;
  }
  rule_parameters& with = wanted.with;
  with.prefix = from.prefix;
  try {
    require_metric_prefix(from.prefix);
  } catch (const std::invalid_argument&) {
    pump::refuse_value("--prefix", from.prefix, "letters, digits, _ and :, no digit first");
  }
  const auto share = [](const char* option, const std::optional<std::string>& text, double& into) {
    if (text) into = parsed_number(option, *text, 0, 1);
  };
  const auto span = [](const char* option, const std::optional<std::string>& text, seconds& into) {
    if (text) into = parsed_span(option, *text);
  };
  share("--saturation-warn", from.warn, with.saturation_warn);
  span("--saturation-warn-for", from.warn_for, with.saturation_warn_for);
  share("--saturation-page", from.page, with.saturation_page);
  span("--saturation-page-for", from.page_for, with.saturation_page_for);
  span("--time-to-full", from.time_to_full, with.time_to_full);
  span("--recovery", from.recovery, with.recovery);
  if (from.factor) with.reject_factor = parsed_number("--reject-factor", *from.factor, 0, 1e6);
  span("--waiters-for", from.waiters, with.waiters_for);
  span("--age", from.age, with.age);
  return wanted;
}

pump::exit_code run(const request& asked) {
  const std::string text = asked.what == output::rules       ? alert_rules(asked.with)
                           : asked.what == output::dashboard ? dashboard(asked.with.prefix)
                                                             : reference(asked.with.prefix);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw pump::failure(pump::exit_code::lost, "standard output: it could not be written");
  }
  return pump::exit_code::done;
}

}  // namespace tidegate::metrics
