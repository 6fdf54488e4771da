#include "bench/command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>
#include <string_view>

#include "bench/judge.hpp"
#include "bench/measure.hpp"
#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "pump/units.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;

constexpr const char* footer =
    R"(Runs the programs of the suites one after the other and writes OUT.json (every figure) and OUT.html (the report,
one file that needs nothing else). Nothing else on the machine should run meanwhile. Ctrl-C ends it with what is there.

Examples: tidegate bench --quick                                  the main questions, 3 minutes
          tidegate bench --out 2026-12-01                         everything, 25 minutes
          tidegate bench --suite spsc --regime bulk --queue tidegate,boost --budget 30s
          tidegate bench compare 2026-12-01.json tidegate-bench.json --gate

Exit code: 0 done; 1 a queue moved wrong elements or did not come to an end, or with --gate something has become worse;
2 bad usage; 3 interrupted.)";

constexpr const char* compare_footer =
    R"(Figures are divided by a measure of their own round: the limit, or the best peer that both files have. Better and
worse are said only where the intervals of both runs do not touch and the difference is --least or more.
Exit code: 0 compared; 1 with --gate, something has become worse; 2 bad usage or unreadable.)";

std::optional<double> parse_percent(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (text.empty() || error != std::errc{} || rest != end || !(number >= 0 && number < 1000)) return std::nullopt;
  return number / 100;
}

unsigned parse_rounds(const std::string& text) {
  const auto value = pump::parse_count(text);
  if (!value || *value < 1 || *value > 1000) {
    pump::refuse(concat("--rounds '", text, "' is not accepted; accepted: 1 to 1000 (5 and more allow claims)"));
  }
  return static_cast<unsigned>(*value);
}

std::chrono::duration<double> parse_budget(const std::string& text) {
  const auto value = pump::parse_duration(text);
  if (!value || value->count() <= 0) {
    pump::refuse(concat("--budget '", text, "' is not accepted; accepted: ", pump::duration_forms));
  }
  return *value;
}

void add_run(CLI::App& app, request& given, std::optional<std::string>& rounds, std::optional<std::string>& budget,
             bool& list) {
  const auto add = [&app](const char* name, auto& value, const char* what, const char* type) {
    return app.add_option(name, value, what)->type_name(type);
  };
  add("--suite", given.suites, "Only these suites", "NAME,…")->delimiter(',');
  add("--regime", given.regimes, "Only these regimes", "NAME,…")->delimiter(',');
  add("--cell", given.cells, "Only this question; may be given often", "ID");
  add("--queue", given.queues, "Only entrants whose name contains one of these; limits always run", "PART,…")
      ->delimiter(',');
  app.add_flag("--quick", given.quick, "Only the main questions, in less than 3 minutes");
  add("--budget", budget, "How long it may take (default: 24min; 160s with --quick)", "DURATION");
  add("--rounds", rounds, "Samples of every entrant in every question (default: 7; 5 with --quick)", "COUNT");
  add("--cpus", given.cpus, "The CPUs to use, the pair for two threads first (default: all)", "CPU,…")->delimiter(',');
  add("--programs", given.programs, "Where the programs of the suites are (default: beside the command)", "DIR");
  add("--out", given.out, "Writes OUT.json and OUT.html (default: tidegate-bench)", "OUT");
  app.add_flag("--list", list, "Print the questions and who answers them, and stop");
}

}  // namespace

struct command_line::texts {
  request given;
  std::optional<std::string> rounds, budget, least;
  bool list = false;
  CLI::App* compare = nullptr;
  CLI::App* report = nullptr;
  CLI::App* table = nullptr;
};

command_line::command_line(CLI::App& app) : texts_(std::make_unique<texts>()) {
  request& given = texts_->given;
  app.require_subcommand(0, 1);
  add_run(app, given, texts_->rounds, texts_->budget, texts_->list);
  app.footer(footer);
  texts_->compare = app.add_subcommand("compare", "What has become faster or slower between two runs");
  texts_->report = app.add_subcommand("report", "Results of an earlier run as a report");
  texts_->table = app.add_subcommand("table", "Results of an earlier run as the table of README");
  const auto add_file = [](CLI::App* to, const char* name, std::string& file, const char* what) {
    to->add_option(name, file, what)->required()->type_name("");
  };
  add_file(texts_->compare, "OLD", given.first_file, "Results of the earlier run");
  add_file(texts_->compare, "NEW", given.second_file, "Results of the later run");
  texts_->compare->add_flag("--gate", given.gate, "Fail when something has become worse");
  texts_->compare->add_flag("--all", given.all, "Peers, too");
  texts_->compare->add_flag("--json", given.json, "One JSON object instead of a table");
  texts_->compare->add_option("--least", texts_->least, "The smallest difference worth a word (default: 5%)")
      ->type_name("PERCENT");
  texts_->compare->footer(compare_footer);
  for (CLI::App* const each : {texts_->report, texts_->table}) {
    add_file(each, "RESULTS", given.first_file, "What a run has written");
  }
  texts_->report->add_option("--html", given.html, "Where to write the page; without it the summary is printed")
      ->type_name("FILE");
}

command_line::~command_line() = default;

request command_line::checked() const {
  request wanted = texts_->given;
  if (texts_->list) wanted.what = action::list;
  if (texts_->compare->parsed()) wanted.what = action::compare;
  if (texts_->report->parsed()) wanted.what = action::report;
  if (texts_->table->parsed()) wanted.what = action::table;
  if (texts_->rounds) wanted.rounds = parse_rounds(*texts_->rounds);
  if (texts_->budget) wanted.budget = parse_budget(*texts_->budget);
  wanted.rounds = rounds_of(wanted);
  wanted.least = least_difference;
  if (texts_->least) {
    const auto least = parse_percent(*texts_->least);
    if (!least) pump::refuse(concat("--least '", *texts_->least, "' is not accepted; accepted: per cent such as 5%"));
    wanted.least = *least;
  }
  if (wanted.cpus.size() == 1) pump::refuse("--cpus names one CPU; accepted: two or more");
  if (wanted.out.empty()) pump::refuse("--out '' is not accepted; accepted: the beginning of two file names");
  return wanted;
}

}  // namespace tidegate::bench
