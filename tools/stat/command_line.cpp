#include "stat/command_line.hpp"

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "counters/interval.hpp"
#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::stat {

using pump::concat;

struct command_line::texts {
  request given;
  std::optional<std::string> every, count;
  bool json = false, csv = false;
};

command_line::command_line(CLI::App& app) : texts_(std::make_unique<texts>()) {
  app.footer(
      "WHICH is a counters file, the number of a process, or a name as in NAME.PID. Without it: the one there is; "
      "when\n"
      "there are several, which. Files made without a path lie in $XDG_RUNTIME_DIR/tidegate or /dev/shm/tidegate-UID.\n"
      "--json prints one object a sample, --csv one line a sample and watched thing, both with every field by its "
      "name.\n"
      "Exit code: 0 shown; 1 shown, but the process is gone or stalled, or a row is unreadable; 2 bad usage or no\n"
      "counters file; 3 interrupted.");
  texts& into = *texts_;
  app.add_option("WHICH", into.given.which, "What to show")->type_name("");
  app.add_option("--every", into.every, "Again and again, so often")->type_name("DURATION");
  app.add_option("--count", into.count, "With --every: how often (default: until interrupted)")->type_name("N");
  app.add_flag("--json", into.json, "One JSON object a sample");
  app.add_flag("--csv", into.csv, "Comma-separated values");
  app.add_flag("--all", into.given.all, "Every field, one a line");
  app.add_flag("--list", into.given.list, "Which files there are, and how their processes do");
}

command_line::~command_line() = default;

request command_line::checked() const {
  request wanted = texts_->given;
  if (texts_->every) wanted.every = counters::parse_interval(*texts_->every);
  if (texts_->count) {
    const auto count = pump::parse_count(*texts_->count);
    if (!count || *count == 0) {
      pump::refuse(concat("--count '", *texts_->count, "' is not accepted; accepted: 1 or above"));
    }
    if (!wanted.every) pump::refuse("--count needs --every; accepted: --every DURATION --count N");
    wanted.count = *count;
  }
  if (int{texts_->json} + int{texts_->csv} + int{wanted.all} > 1) {
    pump::refuse("--json, --csv and --all exclude each other; accepted: one of them");
  }
  if (wanted.list && (!wanted.which.empty() || wanted.every || texts_->csv || wanted.all)) {
    pump::refuse("--list stands alone; accepted: --list, or --list --json");
  }
  wanted.form = texts_->json ? output_form::json : texts_->csv ? output_form::csv : output_form::text;
  return wanted;
}

}  // namespace tidegate::stat
