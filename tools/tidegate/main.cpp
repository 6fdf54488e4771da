// tidegate: the command. Each subcommand lives in a folder of its own.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "pump/command_line.hpp"
#include "pump/failure.hpp"
#include "pump/printable.hpp"
#include "pump/run.hpp"
#include "tidegate/base/config.hpp"

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

int parse_failed(const CLI::App& app, const CLI::App& pump, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);  // --help, --version
  const std::string who = pump.parsed() ? "tidegate pump" : "tidegate";
  return complain(who, std::string(error.what()) + "; accepted: see " + who + " --help", exit_code::unusable);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Bounded queues whose fullness is a signal.", "tidegate");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  CLI::App* const pump = app.add_subcommand("pump", "Move records from sources to a sink through a bounded queue");
  pump->set_version_flag("--version", version_text());
  const tidegate::pump::command_line pump_line(*pump);
  try {
    app.parse(argc, argv);
    return static_cast<int>(tidegate::pump::run(pump_line.checked()));
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, *pump, error);
  } catch (const tidegate::pump::failure& error) {
    return complain("tidegate pump", error.what(), error.code());
  } catch (const std::bad_alloc&) {
    return complain("tidegate pump", "not enough memory; accepted: a smaller --capacity or --capacity-bytes",
                    exit_code::unusable);
  } catch (const std::exception& error) {
    return complain("tidegate pump", error.what(), exit_code::unusable);
  }
}
