#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lab/expression.hpp"
#include "lab/page.hpp"
#include "lab/progress.hpp"
#include "lab/request.hpp"
#include "lab/results.hpp"
#include "lab/scenario_file.hpp"
#include "pump/concat.hpp"
#include "pump/signals.hpp"

namespace tidegate::lab {
namespace {

using pump::concat;
using pump::exit_code;
using pump::refuse;

void say(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw pump::failure(exit_code::lost, "standard output: the results could not be written");
  }
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw pump::failure(exit_code::lost, concat(path.string(), ": could not be written"));
}

exit_code list(const request& asked) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::string text;
  for (const scenario& each : own_scenarios()) {
    nlohmann::ordered_json one;
    one["id"] = each.id;
    one["title"] = each.title;
    one["rows"] = nlohmann::ordered_json::array();
    for (const row& of : each.rows) one["rows"].push_back(of.name);
    one["not_yet"] = each.not_yet.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(each.not_yet);
    all.push_back(std::move(one));
    const std::string rows =
        each.rows.empty() ? "not yet: " + each.not_yet : std::to_string(each.rows.size()) + " rows";
    text += concat(each.id, "  ", each.title, " (", rows, ")\n");
  }
  say(asked.json ? nlohmann::ordered_json{{"scenarios", all}}.dump() + '\n' : text);
  return exit_code::done;
}

exit_code show(const request& asked) {
  static_cast<void>(find_scenario(asked.scenarios.front()));  // or a line that says what there is
  const std::string_view text = own_scenario_text(asked.scenarios.front());
  if (text.empty()) refuse(concat("'", asked.scenarios.front(), "' is a file of yours; accepted: a scenario's name"));
  say(std::string(text));
  return exit_code::done;
}

/// The last phase of each flow, and the window, end then.
void lengthen(row& of, double load_s) {
  for (flow& each : of.flows) {
    double before_s = 0;
    for (std::size_t i = 0; i + 1 < each.phases.size(); ++i) before_s += each.phases[i].span_s;
    each.phases.back().span_s = std::max(1e-3, load_s - before_s);
  }
  of.window_from_s = std::min(of.window_from_s, load_s / 10);
  of.window_to_s = load_s;
  if (of.ends_s) of.ends_s = load_s;
}

[[noreturn]] void refuse_formula(const std::string& scenario, const row& of, const formula_error& error) {
  std::string names;
  for (const std::string& each : formula_names(of)) names += ", " + each;
  refuse(concat("scenario ", scenario, ": ", error.what(), "; accepted: measured.NAME, simulated.NAME", names));
}

/// Before the first row runs, not after the last.
void must_have_valid_formulas(const scenario& of) {
  for (const row& each : of.rows) {
    try {
      check_formulas(each);
    } catch (const formula_error& error) {
      refuse_formula(of.id, each, error);
    }
  }
}

/// The rows that were asked for, as they are to be run.
scenario chosen(scenario of, const request& asked) {
  if (!of.not_yet.empty()) {
    refuse(concat("scenario ", of.id, " cannot be run yet: ", of.not_yet, "; accepted: one that `list` gives rows"));
  }
  std::vector<row> rows;
  for (row& each : of.rows) {
    const bool wanted = std::find(asked.rows.begin(), asked.rows.end(), each.name) != asked.rows.end();
    if (!asked.rows.empty() && !wanted) continue;
    if (asked.simulated && each.needs_real_time()) {
      refuse(concat("scenario ", of.id, ", row '", each.name, "' is about a socket; accepted: without --simulate"));
    }
    row made = scaled(std::move(each), asked.scale);
    if (asked.seed) made.seed = *asked.seed;
    if (asked.soak_s) lengthen(made, *asked.soak_s);
    rows.push_back(std::move(made));
  }
  of.rows = std::move(rows);
  must_have_valid_formulas(of);
  return of;
}

std::vector<scenario> all_chosen(const request& asked) {
  std::vector<scenario> all;
  for (const std::string& name : asked.scenarios) all.push_back(chosen(find_scenario(name), asked));
  for (const std::string& each : asked.rows) {
    const auto has_it = [&each](const scenario& of) {
      return std::any_of(of.rows.begin(), of.rows.end(), [&each](const row& one) { return one.name == each; });
    };
    if (std::any_of(all.begin(), all.end(), has_it)) continue;
    refuse(concat("--row '", each, "' names no row; accepted: see `tidegate lab list --json`"));
  }
  return all;
}

/// Runs the rows one after another.
class campaign {
 public:
  campaign(const request& asked, const std::vector<scenario>& all)
      : asked_(asked), interrupts_(pump::catch_interrupts()), progress_(count(all), span_s(all)) {}

  results run(const std::vector<scenario>& all) {
    results found;
    found.simulated = asked_.simulated;
    found.scale = asked_.scale;
    for (const scenario& each : all) {
      scenario_result one{.what = each, .rows = {}};
      for (const row& of : each.rows) {
        if (!interrupted_) one.rows.push_back(run_row(each, of));
      }
      if (!one.rows.empty()) found.scenarios.push_back(std::move(one));
    }
    progress_.close();
    found.interrupted = interrupted_;
    return found;
  }

 private:
  [[nodiscard]] static std::size_t count(const std::vector<scenario>& all) {
    std::size_t sum = 0;
    for (const scenario& each : all) sum += each.rows.size();
    return sum;
  }
  [[nodiscard]] static double span_s(const std::vector<scenario>& all) {
    double sum = 0;
    for (const scenario& each : all) {
      for (const row& of : each.rows) sum += expected_span_s(of);
    }
    return sum;
  }

  [[nodiscard]] bool goes_on() {
    interrupted_ = interrupted_ || pump::take_interrupt(interrupts_);
    return !interrupted_;
  }

  row_result run_row(const scenario& in, const row& of) {
    const auto began = std::chrono::steady_clock::now();
    row_result one{.what = of, .ran = {}, .simulated = {}, .findings = {}};
    const may_go_on ask = [this](nanoseconds at) {
      if (!asked_.simulated) progress_.show(to_seconds(at));
      return goes_on();
    };
    if (!asked_.simulated) progress_.begin(in.id, of.name, expected_span_s(of));
    if (!asked_.simulated && !of.needs_real_time()) {
      const outcome model = simulate(of, [this](nanoseconds) { return goes_on(); });  // long, of a long run
      if (!interrupted_) one.simulated = model.measured;
    }
    one.ran = asked_.simulated ? simulate(of, ask) : measure(of, ask);
    if (!asked_.simulated) progress_.end();
    one.took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    try {
      judge(one);
    } catch (const formula_error& error) {
      refuse_formula(in.id, of, error);
    }
    return one;
  }

  const request& asked_;
  const unique_fd interrupts_;
  progress progress_;
  bool interrupted_ = false;
};

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    refuse(concat("--out ", folder.string(), ": ", error.message(), "; accepted: a folder that can be written"));
}

/// Now, rather than after hours.
void must_be_writable(const std::filesystem::path& path) {
  const std::ofstream file(path, std::ios::binary | std::ios::app);
  if (!file)
    refuse(concat(path.string(), ": cannot be written; accepted: the path of a file, in a folder that exists"));
}

void write_all(const results& found, const request& asked) {
  if (asked.out) {
    write_file(*asked.out / "data.csv", to_csv(found));
    write_file(*asked.out / "data.json", to_json(found));
    write_page(found, *asked.out / "report.html");
  }
  if (asked.picture) write_picture(found, *asked.picture);
}

exit_code run_scenarios(const request& asked) {
  const std::vector<scenario> all = all_chosen(asked);
  if (asked.out) make_folder(*asked.out);
  if (asked.out) {
    for (const char* const each : {"data.csv", "data.json", "report.html"}) must_be_writable(*asked.out / each);
  }
  if (asked.picture) must_be_writable(*asked.picture);
  const results found = campaign(asked, all).run(all);
  if (asked.json) {
    say(to_json(found));
  } else {
    for (const scenario_result& each : found.scenarios) say(to_text(each));
    say(closing_line(found));
  }
  write_all(found, asked);
  if (!found.holds()) return exit_code::lost;
  return found.interrupted ? exit_code::interrupted : exit_code::done;
}

}  // namespace

pump::exit_code run(const request& asked) {
  if (asked.what == errand::list) return list(asked);
  if (asked.what == errand::show) return show(asked);
  return run_scenarios(asked);
}

}  // namespace tidegate::lab
