#include "bench/programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/child.hpp"
#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;
namespace fs = std::filesystem;

constexpr const char* how_to_build = "cmake --build --preset release --target tidegate_bench";

/// Where the programs can be: in the build tree, or installed.
std::vector<fs::path> usual_folders() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error).parent_path();
  return {self / "../bench", self, self / "../libexec/tidegate"};
}

std::string path_of(const fs::path& folder, std::string_view suite) {
  const fs::path path = folder / concat("tidegate_bench_", suite);
  return ::access(path.c_str(), X_OK) == 0 && fs::is_regular_file(path) ? path.lexically_normal().string() : "";
}

std::vector<program> programs_in(const fs::path& folder) {
  std::vector<program> found;
  for (const std::string_view suite : suite_names) {
    if (const std::string path = path_of(folder, suite); !path.empty()) found.push_back({std::string(suite), path});
  }
  return found;
}

std::vector<program> programs_anywhere(const std::string& folder) {
  if (!folder.empty()) {
    std::vector<program> found = programs_in(folder);
    if (found.empty()) {
      pump::refuse(concat("--programs '", folder, "' holds no tidegate_bench_… program; accepted: where `",
                          how_to_build, "` has put them"));
    }
    return found;
  }
  for (const fs::path& each : usual_folders()) {
    if (std::vector<program> found = programs_in(each); !found.empty()) return found;
  }
  pump::refuse(
      concat("the programs of the benchmarks are not there; accepted: `", how_to_build, "` first, or --programs DIR"));
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& one : names) text += concat(text.empty() ? "" : ", ", one);
  return text;
}

/// Each of `wanted` must be one of `there`.
void expect_known(std::string_view option, const std::vector<std::string>& wanted, const std::set<std::string>& there,
                  const std::string& accepted) {
  for (const std::string& one : wanted) {
    if (!there.contains(one)) pump::refuse(concat(option, " '", one, "' is not there; accepted: ", accepted));
  }
}

std::vector<planned_cell> plan_of(const program& one, const request& asked) {
  std::vector<std::string> words{one.path, "--describe", "--rounds", std::to_string(asked.rounds)};
  if (asked.quick) words.emplace_back("--headlines");
  for (const std::string& queue : asked.queues) words.insert(words.end(), {"--queue", queue});
  return parse_plan(output_of(words), one.path);
}

void choose(program& from, const request& asked) {
  std::erase_if(from.cells, [&](const planned_cell& one) {
    return (!asked.regimes.empty() && !contains(asked.regimes, one.regime)) ||
           (!asked.cells.empty() && !contains(asked.cells, one.id));
  });
}

}  // namespace

std::vector<planned_cell> parse_plan(const std::string& line, const std::string& path) {
  try {
    const auto document = nlohmann::json::parse(line);
    std::vector<planned_cell> cells;
    for (const auto& each : document.at("cells")) {
      cells.push_back({each.at("id"), each.at("regime"), each.at("title"), each.at("lengths"), each.at("overhead_s"),
                       each.at("entrants")});
    }
    return cells;
  } catch (const nlohmann::json::exception&) {
    pump::refuse(concat("'", path, "' does not say what it can measure; accepted: a program that `", how_to_build,
                        "` has built"));
  }
}

std::vector<program> find_programs(const request& asked) {
  std::vector<program> found = programs_anywhere(asked.programs);
  std::set<std::string> suites;
  for (const program& one : found) suites.insert(one.suite);
  expect_known("--suite", asked.suites, suites, joined(suites));
  std::erase_if(found, [&](const program& one) { return !asked.suites.empty() && !contains(asked.suites, one.suite); });
  std::set<std::string> regimes;
  std::set<std::string> cells;
  for (program& one : found) {
    one.cells = plan_of(one, asked);
    for (const planned_cell& each : one.cells) {
      regimes.insert(each.regime);
      cells.insert(each.id);
    }
  }
  if (regimes.empty()) pump::refuse("no queue has such a name; accepted: a part of a name that --list prints");
  expect_known("--regime", asked.regimes, regimes, joined(regimes));
  expect_known("--cell", asked.cells, cells, "what --list prints");
  for (program& one : found) choose(one, asked);
  std::erase_if(found, [](const program& one) { return one.cells.empty(); });
  if (found.empty()) pump::refuse("nothing is left to measure; accepted: --cell of one of the --regime, see --list");
  return found;
}

std::string list_of(const std::vector<program>& programs) {
  std::string text;
  for (const program& one : programs) {
    text += concat(one.suite, " (", one.path, ")\n");
    for (const planned_cell& each : one.cells) {
      text += concat("  ", each.id, ": ", each.title, "\n");
      for (const std::string& name : each.entrants) text += concat("      ", name, "\n");
    }
  }
  return text;
}

}  // namespace tidegate::bench
