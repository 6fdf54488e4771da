// tidegate_bench_sink: records from a producer to a reader or to the disk: tidegate, what a program would use instead,
// and the limits of a blocking loop. See bench/README.md.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "bench/harness/for_programs.hpp"
#include "bench/harness/report.hpp"
#include "bench/sink/aims.hpp"
#include "bench/sink/measure.hpp"
#include "bench/sink/stalled.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr int exit_done = 0;
constexpr int exit_wrong_result = 1;
constexpr int exit_bad_usage = 2;
constexpr int exit_too_few_cpus = 77;  // ctest reads it as skipped
constexpr const char* stalled_cell = "stalled";

struct request {
  plan how;
  stall_plan stall;
  std::string only = "";
  std::string json_path = {};
  std::string folder = std::filesystem::temp_directory_path();
  std::string stall_child = {};
  bool list = false;
  bench::choice part = {};  ///< for programs: the stalled peer, which is no cell, is not among it
  program_wishes wishes = {};
};

void describe(CLI::App& app, request& asked) {
  asked.how.rounds = 9;
  asked.how.sample_s = 0.3;
  app.add_flag("--quick", asked.how.quick, "One round of tiny samples: shows that everything works, and nothing more");
  app.add_option("--seconds", asked.how.sample_s, "Length of a sample")
      ->check(CLI::Range(0.001, 60.0))
      ->capture_default_str();
  app.add_option("--rounds", asked.how.rounds, "Samples of every entrant in every cell")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  app.add_option("--only", asked.only, "Only cells whose name matches this regular expression (--list names them)");
  app.add_option("--queue", asked.part.queues, "Only entrants whose name contains one of these; limits always run")
      ->delimiter(',');
  app.add_option("--json", asked.json_path,
                 "Write everything to this file, and the stalled peers' series and picture beside it");
  app.add_option("--dir", asked.folder, "Where files and logs are written")->check(CLI::ExistingDirectory);
  app.add_option("--stall-seconds", asked.stall.stall_s, "How long the stalled peer does not read")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  app.add_flag("--list", asked.list, "Print the cells and their entrants, and stop");
  app.add_option("--stall-child", asked.stall_child)->group("");  // what we start ourselves
  describe_for_programs(app, asked.wishes, asked.part, asked.how);
}

/// The cells, and whether the stalled peer is one of them.
struct choice {
  std::vector<cell> cells;
  bool stalled = false;
};

choice chosen(const request& asked) {
  registry all;
  enlist_cells(all, asked.folder);
  const std::regex wanted(asked.only);
  choice found;
  for (cell& one : all.cells()) {
    if (std::regex_search(one.info.id, wanted)) found.cells.push_back(std::move(one));
  }
  found.cells = bench::chosen(std::move(found.cells), asked.part);
  found.stalled = std::regex_search(stalled_cell, wanted);
  return found;
}

void print_list(const choice& found) {
  for (const cell& one : found.cells) {
    std::printf("%s: %s\n", one.info.id.c_str(), one.info.title.c_str());
    for (const entry& rival : one.entries) std::printf("    %s: %s\n", rival.who.name.c_str(), rival.who.note.c_str());
  }
  if (!found.stalled) return;
  std::printf("%s: memory while the peer does not read\n", stalled_cell);
  for (const stall_contender& one : stall_contenders()) std::printf("    %s\n", one.name.c_str());
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

suite_result measure(const request& asked, const std::vector<cell>& cells) {
  suite_result suite{"sink", utc_now(), read_machine_card(asked.how), read_peer_versions(cells), asked.how, {}};
  print_heading(stdout, suite, cells);
  for (const cell& one : cells) {
    std::fflush(stdout);
    suite.cells.push_back(run_cell(one, asked.how, [](std::size_t, std::size_t, const std::string&) {}));
    print_cell(stdout, suite.cells.back());
  }
  return suite;
}

nlohmann::ordered_json to_json(const aim& one) {
  return {{"what", one.what}, {"unit", one.unit}, {"aim", one.wanted}, {"reached", one.reached}, {"by", one.by}};
}

nlohmann::ordered_json to_json(const stall_series& one) {
  return {{"name", one.name},
          {"note", one.note},
          {"memory_before_mib", one.memory_before_mib()},
          {"memory_most_mib", one.memory_most_mib()},
          {"queued_most_mib", one.queued_most_mib()},
          {"accepted_records", one.accepted},
          {"failure", one.problem}};
}

/// Adds to the suite's file what only this suite has; false when it cannot be written.
bool write_all_json(const request& asked, const suite_result& suite, const std::vector<stall_series>& stalls) {
  if (!write_json(asked.json_path, suite)) return false;
  nlohmann::ordered_json document;
  std::ifstream(asked.json_path) >> document;
  document["aims"] = nlohmann::ordered_json::array();
  for (const aim& one : aims_of(suite.cells)) document["aims"].push_back(to_json(one));
  document["stall_s"] = asked.stall.stall_s;
  document["stalled"] = nlohmann::ordered_json::array();
  for (const stall_series& one : stalls) document["stalled"].push_back(to_json(one));
  std::ofstream out(asked.json_path);
  out << document.dump(1) << '\n';
  return static_cast<bool>(out.flush());
}

/// `results.json` becomes `results-stalled.csv`.
std::filesystem::path beside(const std::string& json_path, const char* ending) {
  const std::filesystem::path path(json_path);
  return path.parent_path() / (path.stem().string() + "-stalled" + ending);
}

bool write_files(const request& asked, const suite_result& suite, const std::vector<stall_series>& stalls) {
  if (asked.json_path.empty()) return true;
  if (!write_all_json(asked, suite, stalls)) return false;
  return stalls.empty() || (write_stalls_csv(beside(asked.json_path, ".csv"), stalls) &&
                            write_stalls_svg(beside(asked.json_path, ".svg"), asked.stall, stalls));
}

bool all_arrived(const std::vector<stall_series>& stalls) {
  for (const stall_series& one : stalls) {
    if (!one.problem.empty()) return false;
  }
  return true;
}

int measure_and_report(const request& asked, const choice& found) {
  const suite_result suite = measure(asked, found.cells);
  std::vector<stall_series> stalls;
  if (found.stalled) {
    std::fflush(stdout);
    stalls = run_stalls(asked.stall, asked.folder);
    print_stalls(stdout, asked.stall, stalls);
  }
  print_closing(stdout, suite);
  print_aims(stdout, aims_of(suite.cells));
  if (asked.how.quick) std::printf("  quick: no measurement, none of these figures counts\n");
  if (!write_files(asked, suite, stalls)) {
    std::fprintf(stderr, "tidegate bench: cannot write %s or its companions\n", asked.json_path.c_str());
    return exit_bad_usage;
  }
  return failures_of(suite).empty() && all_arrived(stalls) ? exit_done : exit_wrong_result;
}

/// Looks at what was asked for before anything is measured. Exit status, or -1 to go on.
int refuse(const request& asked) {
  if (!asked.json_path.empty() && !std::ofstream(asked.json_path, std::ios::app)) {
    std::fprintf(stderr, "tidegate bench: cannot write %s\n", asked.json_path.c_str());
    return exit_bad_usage;
  }
  if (!choose_cpus()) {
    std::fprintf(stderr, "tidegate bench: needs two CPUs, this process may use fewer\n");
    return exit_too_few_cpus;
  }
  return -1;
}

int stream(const request& asked, const std::vector<cell>& cells) {
  const suite_result suite{"sink", utc_now(), read_machine_card(asked.how), read_peer_versions(cells), asked.how, {}};
  return measure_and_stream(suite, asked.wishes, cells) ? exit_done : exit_wrong_result;
}

int run(request& asked) {
  choice found;
  try {
    found = chosen(asked);
  } catch (const std::regex_error& error) {
    std::fprintf(stderr, "tidegate bench: --only: %s\n", error.what());
    return exit_bad_usage;
  }
  if (asked.wishes.describe) {
    std::printf("%s\n", plan_line("sink", found.cells, asked.how.rounds).c_str());
    return exit_done;
  }
  if (found.cells.empty() && !found.stalled) {
    std::fprintf(stderr, "tidegate bench: no cell matches --only (--list names them all)\n");
    return exit_bad_usage;
  }
  if (asked.list) {
    print_list(found);
    return exit_done;
  }
  if (const int status = refuse(asked); status >= 0) return status;
  if (asked.how.quick) {
    asked.how.rounds = 1;
    asked.stall = {0.2, 0.5, 0.3};
  }
  asked.how.cpus = *choose_cpus();
  asked.how.team = {asked.how.cpus.first, asked.how.cpus.second};
  return asked.wishes.stream ? stream(asked, found.cells) : measure_and_report(asked, found);
}

int start(int argc, char** argv) {
  CLI::App app("Records to sockets and files: tidegate, its rivals, and the limits of a blocking loop",
               "tidegate_bench_sink");
  request asked;
  describe(app, asked);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_bad_usage;
  }
  ::signal(SIGPIPE, SIG_IGN);  // a sender whose peer is gone learns it from errno
  return asked.stall_child.empty() ? run(asked) : run_stall_child(asked.stall_child);
}

}  // namespace
}  // namespace tidegate::bench::sink_bench

int main(int argc, char** argv) { return tidegate::bench::sink_bench::start(argc, argv); }
