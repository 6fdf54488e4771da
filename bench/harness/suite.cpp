#include "bench/harness/suite.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>

#include "bench/harness/choice.hpp"
#include "bench/harness/for_programs.hpp"
#include "bench/harness/report.hpp"

namespace tidegate::bench {
namespace {

constexpr int exit_done = 0;
constexpr int exit_wrong_result = 1;
constexpr int exit_bad_usage = 2;
constexpr int exit_too_few_cpus = 77;  // ctest reads it as skipped

struct request {
  choice wanted;
  std::vector<int> cpus;
  std::string json_path;
  bool list = false;
  program_wishes wishes;
  plan how;
};

void describe_cpus(CLI::App& app, const suite_description& suite, request& asked) {
  constexpr int many = 1024;
  app.add_option("--cpus", asked.cpus,
                 suite.teams ? "The CPUs to use, the pair for two threads first; default: all, one of every core first"
                             : "The two CPUs to pin to; default: the first two that are not hyper-threads of one core")
      ->expected(2, suite.teams ? many : 2)
      ->delimiter(',');
}

void describe(CLI::App& app, const suite_description& suite, request& asked) {
  app.add_option("--regime", asked.wanted.regimes, "Only these regimes")
      ->check(CLI::IsMember(suite.regimes))
      ->delimiter(',');
  app.add_option("--queue", asked.wanted.queues,
                 "Only entrants whose name contains one of these; limits and references always run")
      ->delimiter(',');
  app.add_option("--rounds", asked.how.rounds, "Samples of every entrant in every cell")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  app.add_option("--seconds-per-sample", asked.how.sample_s, "Length of a sample")
      ->check(CLI::Range(0.001, 60.0))
      ->capture_default_str();
  describe_cpus(app, suite, asked);
  app.add_option("--far-above-ns", asked.how.limits.far_above_ns, "One-line round trips above this are called far")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--json", asked.json_path, "Write every sample and verdict to this file");
  app.add_flag("--quick", asked.how.quick,
               "One round of very short samples: shows that everything works, says nothing about speed");
  app.add_flag("--list", asked.list, "Print the cells and their entrants, and stop");
  describe_for_programs(app, asked.wishes, asked.wanted, asked.how);
}

void print_list(const std::vector<cell>& cells) {
  for (const cell& one : cells) {
    std::printf("%s: %s\n", one.info.id.c_str(), one.info.title.c_str());
    for (const entry& rival : one.entries) {
      std::printf("    %s%s%s\n", rival.who.name.c_str(), rival.who.note.empty() ? "" : ": ", rival.who.note.c_str());
    }
  }
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// A line on a terminal's stderr that says how far the run is; nothing elsewhere.
class live_line {
 public:
  explicit live_line(std::size_t cells) : cells_(cells), on_(isatty(STDERR_FILENO) != 0), begin_ns_(now_ns()) {}

  void show(const cell_info& info, std::size_t cell, std::size_t done, std::size_t all) const {
    if (!on_ || done == 0) return;
    const double share = (static_cast<double>(cell) + static_cast<double>(done) / static_cast<double>(all)) /
                         static_cast<double>(cells_);
    const double spent_s = static_cast<double>(now_ns() - begin_ns_) * 1e-9;
    std::fprintf(stderr, "\r\033[K%3.0f %%, %.0f s left: %s", share * 100, spent_s / share * (1 - share),
                 info.id.c_str());
  }
  void clear() const {
    if (on_) std::fprintf(stderr, "\r\033[K");
  }

 private:
  std::size_t cells_;
  bool on_;
  std::uint64_t begin_ns_;
};

/// False, after a message, unless the CPUs asked for are different and allowed.
bool usable(const std::vector<int>& asked) {
  const std::vector<int> allowed = allowed_cpus();
  for (auto cpu = asked.begin(); cpu != asked.end(); ++cpu) {
    if (std::find(allowed.begin(), allowed.end(), *cpu) == allowed.end()) {
      std::fprintf(stderr, "tidegate bench: --cpus: this process may not run on CPU %d\n", *cpu);
      return false;
    }
    if (std::find(asked.begin(), cpu, *cpu) != cpu) {
      std::fprintf(stderr, "tidegate bench: --cpus: CPU %d is named twice\n", *cpu);
      return false;
    }
  }
  return true;
}

/// Fills in the CPUs of the plan. Exit status: `exit_done`, or why there are none, after a message.
int choose_places(request& asked) {
  const std::optional<cpu_pair> pair = choose_cpus();
  if (!pair) {
    std::fprintf(stderr, "tidegate bench: needs two CPUs, this process may use fewer\n");
    return exit_too_few_cpus;
  }
  if (!usable(asked.cpus)) return exit_bad_usage;
  asked.how.team = asked.cpus.empty() ? choose_team(*pair) : asked.cpus;
  asked.how.cpus = {asked.how.team[0], asked.how.team[1]};
  return exit_done;
}

int complain_unwritable(const std::string& path) {
  std::fprintf(stderr, "tidegate bench: cannot write %s\n", path.c_str());
  return exit_bad_usage;
}

int measure_and_report(suite_result suite, const request& asked, const std::vector<cell>& cells) {
  print_heading(stdout, suite, cells);
  std::fflush(stdout);
  const live_line live(cells.size());
  const std::uint64_t begin_ns = now_ns();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    suite.cells.push_back(run_cell(
        cells[i], plan_of(asked.wishes, asked.how, cells, i, begin_ns),
        [&](std::size_t done, std::size_t all, const std::string&) { live.show(cells[i].info, i, done, all); }));
    live.clear();
    print_cell(stdout, suite.cells.back());
    std::fflush(stdout);
  }
  print_closing(stdout, suite);
  if (!asked.json_path.empty() && !write_json(asked.json_path, suite)) return complain_unwritable(asked.json_path);
  return failures_of(suite).empty() ? exit_done : exit_wrong_result;
}

int measure(const std::string& name, const request& asked, const std::vector<cell>& cells) {
  suite_result suite{name, utc_now(), read_machine_card(asked.how), read_peer_versions(cells), asked.how, {}};
  if (asked.wishes.stream) return measure_and_stream(suite, asked.wishes, cells) ? exit_done : exit_wrong_result;
  return measure_and_report(std::move(suite), asked, cells);
}

}  // namespace

int run_suite(const suite_description& suite, int argc, char** argv) {
  CLI::App app(suite.summary, "tidegate_bench_" + suite.name);
  request asked;
  describe(app, suite, asked);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_bad_usage;
  }
  if (asked.how.quick) asked.how.rounds = 1;
  const std::vector<cell> cells = chosen(registry::global().cells(), asked.wanted);
  if (asked.wishes.describe) {
    std::printf("%s\n", plan_line(suite.name, cells, asked.how.rounds).c_str());
    return exit_done;
  }
  if (cells.empty()) {
    std::fprintf(stderr, "tidegate bench: no entrant matches --queue and --regime (--list names them all)\n");
    return exit_bad_usage;
  }
  if (asked.list) {
    print_list(cells);
    return exit_done;
  }
  if (!asked.json_path.empty() && !std::ofstream(asked.json_path, std::ios::app)) {
    return complain_unwritable(asked.json_path);  // now, not after the run
  }
  if (const int status = choose_places(asked); status != exit_done) return status;
  return measure(suite.name, asked, cells);
}

}  // namespace tidegate::bench
