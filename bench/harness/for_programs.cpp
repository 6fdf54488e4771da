#include "bench/harness/for_programs.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/harness/budget.hpp"
#include "bench/harness/clock.hpp"

namespace tidegate::bench {

void describe_for_programs(CLI::App& app, program_wishes& wishes, choice& wanted, plan& how) {
  app.add_flag("--headlines", wanted.headlines, "Only the cells of a short run")->group("For programs");
  app.add_option("--cell", wanted.cells, "Only this cell; may be given often")->group("For programs");
  app.add_option("--without", wanted.without, "Leave out \"CELL: ENTRANT\", or \"*: ENTRANT\" everywhere")
      ->group("For programs");
  app.add_option("--budget-s", wishes.budget_s, "Make samples as long as this time allows, in all")
      ->check(CLI::PositiveNumber)
      ->group("For programs");
  app.add_option("--watchdog-s", how.watchdog_s, "A call that takes longer ends the program")
      ->check(CLI::Range(1U, 3600U))
      ->group("For programs");
  app.add_flag("--describe", wishes.describe, "Print the cells as one line of JSON, and stop")->group("For programs");
  app.add_flag("--json-lines", wishes.stream, "Results and progress as lines of JSON on standard output")
      ->group("For programs");
}

plan plan_of(const program_wishes& wishes, const plan& how, const std::vector<cell>& cells, std::size_t at,
             std::uint64_t begin_ns) {
  plan fitted = how;
  if (wishes.budget_s <= 0 || how.quick) return fitted;
  const double spent_s = static_cast<double>(now_ns() - begin_ns) * 1e-9;
  fitted.sample_s = sample_length_s(cells, at, how.rounds, wishes.budget_s - spent_s);
  return fitted;
}

bool measure_and_stream(const suite_result& suite, const program_wishes& wishes, const std::vector<cell>& cells) {
  const auto say = [](const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  };
  const std::uint64_t begin_ns = now_ns();
  bool passed = true;
  say(heading_line(suite, cells));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const plan how = plan_of(wishes, suite.how, cells, i, begin_ns);
    const cell_result result = run_cell(cells[i], how, [&](std::size_t done, std::size_t all, const std::string& next) {
      say(progress_line(cells[i].info, done, all, next));
    });
    for (const entry_result& entry : result.entries) passed = passed && entry.failure.empty();
    say(cell_line(result, how.sample_s));
  }
  return passed;
}

}  // namespace tidegate::bench
