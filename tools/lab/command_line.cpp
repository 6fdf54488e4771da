#include "lab/command_line.hpp"

#include <CLI/CLI.hpp>
#include <charconv>

#include "pump/concat.hpp"
#include "pump/units.hpp"

namespace tidegate::lab {
namespace {

using pump::concat;
using pump::refuse;

constexpr const char* footer = R"(Examples:
  tidegate lab list
  tidegate lab run A --simulate                a simulation: the same policies in milliseconds
  tidegate lab run A D --out report            in real time: report/report.html, data.csv and data.json
  tidegate lab run ./mine.json --row "reject, 100"

Progress goes to standard error. Ctrl-C ends with what there is.
Exit code: 0 everything holds; 1 something was lost, or is not as expected; 2 bad usage; 3 interrupted.)";

constexpr double largest_scale = 1000;

double checked_scale(const std::string& text) {
  const char* const end = text.data() + text.size();
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || !(number >= 1 && number <= largest_scale)) {
    refuse(concat("--scale '", text, "' is not accepted; accepted: a number from 1 to 1000"));
  }
  return number;
}

std::uint32_t checked_seed(const std::string& text) {
  const auto number = pump::parse_count(text);
  if (!number || *number > 0xffff'ffff) {
    refuse(concat("--seed '", text, "' is not accepted; accepted: a whole number from 0 to 4294967295"));
  }
  return static_cast<std::uint32_t>(*number);
}

double checked_soak(const std::string& text) {
  const auto span = pump::parse_duration(text);
  if (!span || *span < std::chrono::seconds(1) || *span > std::chrono::hours(24 * 7)) {
    refuse(concat("--soak '", text, "' is not accepted; accepted: ", pump::duration_forms, ", from 1s to 168h"));
  }
  return static_cast<double>(span->count()) / 1e9;
}

}  // namespace

struct command_line::parts {
  CLI::App* list = nullptr;
  CLI::App* show = nullptr;
  CLI::App* run = nullptr;
  std::vector<std::string> scenarios, rows;
  std::optional<std::string> scale, seed, soak, out, picture;
  bool simulate = false;
  bool json = false;
};

command_line::command_line(CLI::App& app) : parts_(std::make_unique<parts>()) {
  parts& of = *parts_;
  app.require_subcommand(1);
  app.footer(footer);
  of.list = app.add_subcommand("list", "The scenarios that there are");
  of.list->add_flag("--json", of.json, "One JSON object instead of lines");
  of.show = app.add_subcommand("show", "A scenario as it stands in its file: to read, and to begin your own with");
  of.show->add_option("scenario", of.scenarios, "Its name")->required()->type_name("NAME");
  of.run = app.add_subcommand("run", "Run scenarios and hold them against theory");
  of.run->footer(footer);
  of.run->add_option("scenarios", of.scenarios, "Names, or paths of scenario files")
      ->required()
      ->type_name("NAME|PATH");
  of.run->add_option("--row", of.rows, "Only this row; may be repeated")->type_name("NAME");
  of.run->add_flag("--simulate", of.simulate, "In simulated time: the same for the same seed, in milliseconds");
  of.run->add_option("--scale", of.scale, "For a machine so many times weaker: rates and room divided, services longer")
      ->type_name("K");
  of.run->add_option("--seed", of.seed, "Other arrivals than the scenario's")->type_name("N");
  of.run->add_option("--soak", of.soak, "How long the last phase of the load goes on: for P")->type_name("DURATION");
  of.run->add_option("--out", of.out, "A folder for report.html, data.csv and data.json")->type_name("DIR");
  of.run->add_option("--picture", of.picture, "An SVG of depth, p99, useful throughput and memory")->type_name("FILE");
  of.run->add_flag("--json", of.json, "One JSON object on standard output instead of tables");
}

command_line::~command_line() = default;

request command_line::checked() const {
  const parts& from = *parts_;
  request asked;
  asked.what = from.list->parsed() ? errand::list : from.show->parsed() ? errand::show : errand::run;
  asked.scenarios = from.scenarios;
  asked.rows = from.rows;
  asked.simulated = from.simulate;
  asked.json = from.json;
  if (from.scale) asked.scale = checked_scale(*from.scale);
  if (from.seed) asked.seed = checked_seed(*from.seed);
  if (from.soak) asked.soak_s = checked_soak(*from.soak);
  if (from.out) asked.out = *from.out;
  if (from.picture) asked.picture = *from.picture;
  if (asked.out && asked.out->empty()) refuse("--out '' is not accepted; accepted: the path of a folder");
  return asked;
}

}  // namespace tidegate::lab
