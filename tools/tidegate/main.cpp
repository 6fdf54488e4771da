// tidegate: the command. Each subcommand lives in a folder of its own.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "bench/command_line.hpp"
#include "bench/run.hpp"
#include "log/command_line.hpp"
#include "log/request.hpp"
#include "pump/command_line.hpp"
#include "pump/failure.hpp"
#include "pump/printable.hpp"
#include "pump/run.hpp"
#include "size/command_line.hpp"
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

int parse_failed(const CLI::App& app, const std::string& who, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);  // --help, --version
  return complain(who, std::string(error.what()) + "; accepted: see " + who + " --help", exit_code::unusable);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Bounded queues whose fullness is a signal.", "tidegate");
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  CLI::App* const pump = app.add_subcommand("pump", "Move records from sources to a sink through a bounded queue");
  CLI::App* const size = app.add_subcommand("size", "How large a queue, a limit or a burst must be");
  CLI::App* const log =
      app.add_subcommand("log", "Look into the logs that a log sink has written, and mend their tails");
  CLI::App* const bench = app.add_subcommand("bench", "How fast queues are, beside each other and beside the limits");
  for (CLI::App* const each : {pump, size, log, bench}) each->set_version_flag("--version", version_text());
  const tidegate::pump::command_line pump_line(*pump);
  const tidegate::size::command_line size_line(*size);
  const tidegate::log::command_line log_line(*log);
  const tidegate::bench::command_line bench_line(*bench);
  std::string who = "tidegate";
  try {
    app.parse(argc, argv);
    who = size->parsed()    ? "tidegate size"
          : bench->parsed() ? "tidegate bench" + bench_line.parsed_name()
          : log->parsed()   ? "tidegate log" + log_line.parsed_name()
                            : "tidegate pump";
    if (log->parsed()) return static_cast<int>(tidegate::log::run(log_line.checked()));
    if (bench->parsed()) return static_cast<int>(tidegate::bench::run(bench_line.checked()));
    if (size->parsed()) return static_cast<int>(tidegate::size::run(size_line.checked()));
    return static_cast<int>(tidegate::pump::run(pump_line.checked()));
  } catch (const CLI::ParseError& error) {
    if (log->parsed()) who += " log" + log_line.parsed_name();
    if (bench->parsed()) who += " bench" + bench_line.parsed_name();
    return parse_failed(app, size->parsed() ? who + " size" : pump->parsed() ? who + " pump" : who, error);
  } catch (const tidegate::pump::failure& error) {
    return complain(who, error.what(), error.code());
  } catch (const std::bad_alloc&) {
    return complain(who, "not enough memory; accepted: a smaller --capacity or --capacity-bytes", exit_code::unusable);
  } catch (const std::exception& error) {
    return complain(who, error.what(), exit_code::unusable);
  }
}
