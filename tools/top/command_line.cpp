#include "top/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "counters/interval.hpp"
#include "pump/concat.hpp"

namespace tidegate::top {
namespace {

using pump::concat;

sort_key parse_sort(std::string_view text) {
  const auto found = std::ranges::find(sort_names, text);
  if (found != sort_names.end()) return static_cast<sort_key>(found - sort_names.begin());
  std::string accepted;
  for (const std::string_view name : sort_names) accepted += concat(accepted.empty() ? "" : ", ", name);
  pump::refuse(concat("--sort '", text, "' is not accepted; accepted: ", accepted));
}

/// As no-color.org has it: there and not empty.
bool colour_is_unwanted() {
  const char* const value = std::getenv("NO_COLOR");
  return value != nullptr && value[0] != '\0';
}

}  // namespace

struct command_line::texts {
  request given;
  std::optional<std::string> every, sort;
  bool no_color = false;
};

command_line::command_line(CLI::App& app) : texts_(std::make_unique<texts>()) {
  app.footer(
      "WHICH is a counters file, the number of a process, or a name as in NAME.PID; without it: every process of this\n"
      "user that publishes in $XDG_RUNTIME_DIR/tidegate or /dev/shm/tidegate-UID. The key h shows what the columns "
      "and\n"
      "keys mean. Colours are left out with --no-color, with NO_COLOR in the environment, and where there are none.\n"
      "Exit code: 0 quit; 2 bad usage, no terminal or no counters file; 3 interrupted.");
  texts& into = *texts_;
  app.add_option("WHICH", into.given.which, "What to show")->type_name("");
  app.add_option("--every", into.every, "How often to look (default: 1s)")->type_name("DURATION");
  app.add_option("--sort", into.sort, "By what: added, name, saturation, arrivals, drains, oldest, p99, slope, drops")
      ->type_name("KEY");
  app.add_flag("--no-color", into.no_color, "No colours");
  app.add_flag("--ascii", into.given.ascii, "No other characters than those of ASCII");
}

command_line::~command_line() = default;

request command_line::checked() const {
  request wanted = texts_->given;
  if (texts_->every) wanted.every = counters::parse_interval(*texts_->every);
  if (texts_->sort) wanted.sort = parse_sort(*texts_->sort);
  wanted.colour = !texts_->no_color && !colour_is_unwanted();
  return wanted;
}

}  // namespace tidegate::top
