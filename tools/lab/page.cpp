#include "lab/page.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <thread>

#include "pump/concat.hpp"
#include "pump/failure.hpp"
#include "report/page.hpp"
#include "report/still.hpp"

namespace tidegate::lab {
namespace {

using namespace report;  // pages are made of its parts
using lab::verdict;
using pump::concat;

report::verdict mark_of(verdict judged) {
  if (judged == verdict::passed) return report::verdict::pass;
  return judged == verdict::failed ? report::verdict::fail : report::verdict::unknown;
}

/// Long runs end with a tail that says nothing: what is shown is the load and a little more, and the axis says so.
double shown_until(const scenario_result& of) {
  double ends_s = 0;
  for (const row_result& each : of.rows) ends_s = std::max(ends_s, each.what.load_ends_s());
  return ends_s * 1.1;
}

series series_of(const row_result& row, double moment::*field, double until_s) {
  series made{.name = row.what.name, .points = {}};
  for (const moment& each : row.ran.moments) {
    if (each.at_s <= until_s) made.points.push_back({each.at_s, each.*field});
  }
  return made;
}

/// Depth, p99, useful throughput and memory, of these rows, on one time axis. In simulated time memory is computed.
line_chart over_time(const scenario_result& of, const std::vector<const row_result*>& rows, bool simulated) {
  line_chart chart{.title = "Over time", .caption = of.what.picture_of, .x = {.title = "time", .in = unit::seconds}};
  const double until_s = shown_until(of);
  const auto add = [&](panel made, double moment::*field) {
    for (const row_result* each : rows) made.lines.push_back(series_of(*each, field, until_s));
    chart.panels.push_back(std::move(made));
  };
  const auto scale = axis_scale::logarithmic;
  add({.title = "queue depth", .y = {.title = "requests", .in = unit::count, .scale = scale, .least = 1}},
      &moment::depth);
  panel latency{.title = "p99 of what was completed", .y = {.title = "p99", .in = unit::milliseconds, .scale = scale}};
  latency.limits.push_back({rows.front()->what.patience_s * 1e3, "clients give up"});
  add(std::move(latency), &moment::p99_ms);
  panel useful{.title = "answered in time", .y = {.title = "useful", .in = unit::per_second}};
  useful.limits.push_back({rows.front()->what.drain_per_second(), "what the server can do"});
  add(std::move(useful), &moment::useful_per_s);
  const char* const memory = simulated ? "memory of what waits, MiB, computed" : "memory above the start, MiB";
  add({.title = memory, .y = {.title = "MiB", .in = unit::number}}, &moment::rss_mib);
  return chart;
}

double value_of(const measures& in, const std::string& name) {
  const auto found = in.find(name);
  return found == in.end() ? std::nan("") : found->second;
}

table measured_table(const scenario_result& of) {
  table made{.title = "Measured",
             .caption = "In the window of each row; latencies from the instant at which a request was to come.",
             .columns = {{"row"},
                         {"served", unit::per_second},
                         {"useful", unit::per_second},
                         {"p50", unit::milliseconds},
                         {"p99", unit::milliseconds},
                         {"p99.9", unit::milliseconds},
                         {"depth, at most", unit::exact},
                         {"lost", unit::exact},
                         {"peak memory, MiB"},
                         {"normal again", unit::seconds}}};
  for (const row_result& row : of.rows) {
    const measures& all = row.ran.measured;
    table_row line{.cells = {cell(row.what.name)}};
    for (const char* const each : {"served_per_s", "useful_per_s", "p50_ms", "p99_ms", "p999_ms", "depth_max", "lost",
                                   "rss_peak_mib", "normal_again_s"}) {
      line.cells.emplace_back(value_of(all, each));
    }
    made.rows.push_back(std::move(line));
  }
  return made;
}

unit unit_of(const std::string& measure) {
  if (measure.ends_with("_ms")) return unit::milliseconds;
  if (measure.ends_with("_per_s")) return unit::per_second;
  if (measure.ends_with("_share")) return unit::percent;
  return measure.ends_with("_s") ? unit::seconds : unit::number;
}

table findings_table(const scenario_result& of) {
  table made{.title = "Held against theory",
             .caption = "Expected values are computed from the row's parameters, or by a simulation of it.",
             .columns = {{"row"},
                         {"measure"},
                         {"expected"},
                         {"measured"},
                         {"difference", unit::percent},
                         {"verdict"},
                         {"formula"},
                         {"why"}}};
  for (const row_result& row : of.rows) {
    for (const finding& each : row.findings) {
      const unit in = unit_of(each.measure);
      const char* const sign = each.holds == relation::at_most ? "≤ " : each.holds == relation::at_least ? "≥ " : "";
      const bool differs = each.holds == relation::about && each.expected != 0;
      made.rows.push_back(
          {.cells = {cell(row.what.name), cell(each.measure), cell(sign + format_value(each.expected, in)),
                     cell(format_value(each.measured, in)), differs ? cell(each.difference()) : cell(),
                     cell(mark_of(each.judged)), cell(each.basis), cell(each.why)}});
    }
  }
  return made;
}

table account_table(const scenario_result& of) {
  table made{
      .title = "What became of every request",
      .caption = "offered = completed + refused + evicted + expired + shed + discarded; the last column must be 0.",
      .columns = {{"row"},
                  {"offered", unit::exact},
                  {"completed", unit::exact},
                  {"rejected", unit::exact},
                  {"refused late", unit::exact},
                  {"evicted", unit::exact},
                  {"expired", unit::exact},
                  {"shed", unit::exact},
                  {"discarded", unit::exact},
                  {"unaccounted", unit::exact}}};
  for (const row_result& row : of.rows) {
    table_row line{.cells = {cell(row.what.name)}};
    for (const char* const each :
         {"offered", "completed", "rejected", "throttled", "evicted", "expired", "shed", "discarded", "imbalance"}) {
      line.cells.emplace_back(value_of(row.ran.measured, each));
    }
    made.rows.push_back(std::move(line));
  }
  return made;
}

section section_of(const scenario_result& of, bool simulated) {
  section made{.heading = concat(of.what.id, ": ", of.what.title), .text = {of.what.about}};
  std::vector<const row_result*> rows;
  for (const row_result& each : of.rows) {
    if (each.ran.moments.size() > 1) rows.push_back(&each);
    for (const std::string& note : each.ran.notes) made.text.push_back(concat(each.what.name, ": ", note));
  }
  if (!rows.empty()) made.items.emplace_back(over_time(of, rows, simulated));
  made.items.emplace_back(measured_table(of));
  made.items.emplace_back(findings_table(of));
  made.items.emplace_back(account_table(of));
  return made;
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::vector<std::pair<std::string, std::string>> machine(const results& of) {
  utsname system{};
  ::uname(&system);
  std::vector<std::pair<std::string, std::string>> card{
      {"clock", of.simulated ? "simulated: nothing here depends on the machine" : "real"},
      {"processor", processor_name()},
      {"cores", std::to_string(std::thread::hardware_concurrency())},
      {"system", concat(system.sysname, " ", system.release)}};
  if (of.scale != 1) card.emplace_back("scale", concat("rates divided by ", format_value(of.scale, unit::number)));
  double late_ms = 0;
  for (const scenario_result& each : of.scenarios) {
    for (const row_result& row : each.rows) {
      const double of_row = value_of(row.ran.measured, "worker_late_p99_ms");
      if (of_row > late_ms) late_ms = of_row;
    }
  }
  if (!of.simulated) {
    card.emplace_back("timers", concat("a worker that slept woke up to ", format_value(late_ms, unit::milliseconds),
                                       " late (p99 of the worst row)"));
  }
  return card;
}

page page_of(const results& of) {
  page made;
  made.title = "Overload lab";
  made.subtitle = "What policies do with more work than a server can do, held against queueing theory";
  if (of.interrupted) made.summary.emplace_back("This run was interrupted: what follows is what there was until then.");
  for (const scenario_result& each : of.scenarios) {
    std::size_t passed = 0, failed = 0;
    for (const row_result& row : each.rows) {
      for (const finding& one : row.findings) {
        passed += one.judged == verdict::passed ? 1 : 0;
        failed += one.judged == verdict::failed ? 1 : 0;
      }
    }
    made.badges.push_back({.outcome = each.holds() ? report::verdict::pass : report::verdict::fail,
                           .label = concat(each.what.id, ": ", each.what.title),
                           .detail = concat(std::to_string(passed), " passed, ", std::to_string(failed), " failed")});
    made.sections.push_back(section_of(each, of.simulated));
  }
  made.machine = machine(of);
  return made;
}

}  // namespace

void write_page(const results& of, const std::filesystem::path& path) {
  if (const std::error_code error = write_html(page_of(of), path)) {
    throw pump::failure(pump::exit_code::lost, concat(path.string(), ": ", error.message()));
  }
}

void write_picture(const results& of, const std::filesystem::path& path) {
  std::vector<const row_result*> rows;
  if (!of.scenarios.empty()) {
    for (const row_result& each : of.scenarios.front().rows) rows.push_back(&each);
  }
  if (rows.empty()) return;
  line_chart chart = over_time(of.scenarios.front(), rows, of.simulated);
  chart.title = of.scenarios.front().what.title;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << draw_still(chart, {.width_px = 960, .panel_px = 170, .columns = 2});
  if (!file.flush()) throw pump::failure(pump::exit_code::lost, concat(path.string(), ": could not be written"));
}

}  // namespace tidegate::lab
