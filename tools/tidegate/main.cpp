// tidegate: the command. Each subcommand lives in a folder of its own.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/command_line.hpp"
#include "bench/run.hpp"
#include "lab/command_line.hpp"
#include "log/command_line.hpp"
#include "log/request.hpp"
#include "metrics/command_line.hpp"
#include "metrics/request.hpp"
#include "pump/command_line.hpp"
#include "pump/failure.hpp"
#include "pump/printable.hpp"
#include "pump/run.hpp"
#include "size/command_line.hpp"
#include "stat/command_line.hpp"
#include "tidegate/base/config.hpp"
#include "top/command_line.hpp"

namespace {

using tidegate::pump::exit_code;

std::string version_text() {
  return "tidegate " + std::to_string(TIDEGATE_VERSION_MAJOR) + "." + std::to_string(TIDEGATE_VERSION_MINOR) + "." +
         std::to_string(TIDEGATE_VERSION_PATCH);
}

/// One line, whatever the message holds.
int complain(const std::string& who, const std::string& line, exit_code code) {
  std::fprintf(stderr, "%s: %s\n", who.c_str(), tidegate::pump::printable(line).c_str());
  return static_cast<int>(code);
}

int parse_failed(const CLI::App& app, const std::string& who, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);  // --help, --version
  return complain(who, std::string(error.what()) + "; accepted: see " + who + " --help", exit_code::unusable);
}

/// What `tidegate NAME ...` does with a command line that has been read.
struct subcommand {
  const CLI::App* app;
  std::function<int()> run;
};

template <class CommandLine>
subcommand enlist(CLI::App& root, const char* name, const char* what) {
  CLI::App* const app = root.add_subcommand(name, what);
  app->set_version_flag("--version", version_text());
  return {app, [line = std::make_shared<const CommandLine>(*app)] { return static_cast<int>(run(line->checked())); }};
}

std::vector<subcommand> enlist_all(CLI::App& root) {
  using namespace tidegate;
  return {
      enlist<pump::command_line>(root, "pump", "Move records from sources to a sink through a bounded queue"),
      enlist<lab::command_line>(root, "lab", "Overload experiments, held against queueing theory"),
      enlist<bench::command_line>(root, "bench", "How fast queues are, beside each other and beside the limits"),
      enlist<top::command_line>(root, "top", "The pressure in processes that publish counters, as a live view"),
      enlist<stat::command_line>(root, "stat", "The same as text, JSON or CSV, once or repeatedly"),
      enlist<size::command_line>(root, "size", "How large a queue, a limit or a burst must be"),
      enlist<log::command_line>(root, "log", "Look into the logs that a log sink has written, and mend their tails"),
      enlist<metrics::command_line>(root, "metrics", "What is exported, and alert rules and a dashboard for it"),
  };
}

/// "tidegate log list": as far as the command line was understood.
std::string name_of(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* const each : app.get_subcommands()) name += " " + name_of(*each);
  return name;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Bounded queues whose fullness is a signal.", "tidegate");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  const std::vector<subcommand> all = enlist_all(app);
  try {
    app.parse(argc, argv);
    const auto parsed = [](const subcommand& one) { return one.app->parsed(); };
    return std::find_if(all.begin(), all.end(), parsed)->run();
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, name_of(app), error);
  } catch (const tidegate::pump::failure& error) {
    return complain(name_of(app), error.what(), error.code());
  } catch (const std::bad_alloc&) {
    const std::string line = "not enough memory; accepted: a smaller --capacity or --capacity-bytes";
    return complain(name_of(app), line, exit_code::unusable);
  } catch (const std::exception& error) {
    return complain(name_of(app), error.what(), exit_code::unusable);
  }
}
