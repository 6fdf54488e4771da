#include "bench/charts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "bench/layout.hpp"
#include "pump/concat.hpp"

namespace tidegate::bench {
namespace {

using pump::concat;

bool ends_with(std::string_view text, std::string_view end) noexcept { return text.ends_with(end); }

report::verdict mark_of(outcome found) noexcept {
  switch (found) {
    case outcome::ahead: return report::verdict::pass;
    case outcome::behind: return report::verdict::fail;
    case outcome::level: return report::verdict::tie;
    default: return report::verdict::unknown;
  }
}

/// Against the best peer; nothing for that one, and where there is none.
std::optional<report::verdict> mark_in(const duel& best, const entry& one) {
  if (best.peer == nullptr || best.peer == &one || best.of->role_of(one.name) != role::ours) return std::nullopt;
  const std::vector<double> ratios = paired_ratios(one, *best.peer, best.mode, best.where->higher_is_better);
  return mark_of(judge(median_interval(ratios)));
}

/// "p99.9 ns" is 0.999.
std::optional<double> quantile_of(std::string_view name) noexcept {
  if (!name.starts_with('p')) return std::nullopt;
  const std::size_t blank = name.find(' ');
  double percent = 0;
  const char* const end = name.data() + (blank == std::string_view::npos ? name.size() : blank);
  const auto [rest, error] = std::from_chars(name.data() + 1, end, percent, std::chars_format::fixed);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return percent / 100;
}

struct threads {
  unsigned producers = 0;
  unsigned consumers = 0;
};

/// Of "single/u64/4x16/yield".
std::optional<threads> threads_of(const std::string& id) {
  constexpr std::string_view before = "single/u64/";
  constexpr std::string_view behind = "/yield";
  if (!id.starts_with(before) || !id.ends_with(behind)) return std::nullopt;
  const std::string crew = id.substr(before.size(), id.size() - before.size() - behind.size());
  const std::size_t cross = crew.find('x');
  if (cross == std::string::npos) return std::nullopt;
  threads found;
  std::from_chars(crew.data(), crew.data() + cross, found.producers);
  std::from_chars(crew.data() + cross + 1, crew.data() + crew.size(), found.consumers);
  return found.producers != 0 && found.consumers != 0 ? std::optional(found) : std::nullopt;
}

struct mapped {
  threads by;
  duel found;
};

std::vector<mapped> mapped_cells(const suite& of) {
  std::vector<mapped> all;
  for (const cell& where : of.cells) {
    const auto by = threads_of(where.id);
    if (!by) continue;
    duel found = duel_in(of, where);
    if (found.ours != nullptr && found.ours_value.count != 0) all.push_back({*by, std::move(found)});
  }
  return all;
}

/// An empty map of what there is.
report::heat_map empty_map(const std::vector<mapped>& all) {
  std::set<unsigned> producers;
  std::set<unsigned> consumers;
  for (const mapped& one : all) {
    producers.insert(one.by.producers);
    consumers.insert(one.by.consumers);
  }
  report::heat_map map;
  map.row_title = "producers";
  map.column_title = "consumers";
  for (const unsigned one : producers) map.rows.push_back(std::to_string(one));
  for (const unsigned one : consumers) map.columns.push_back(std::to_string(one));
  const std::vector<double> row(map.columns.size(), std::numeric_limits<double>::quiet_NaN());
  map.values.assign(map.rows.size(), row);
  return map;
}

void put(report::heat_map& into, threads by, double value) {
  const auto row = std::find(into.rows.begin(), into.rows.end(), std::to_string(by.producers)) - into.rows.begin();
  const auto column =
      std::find(into.columns.begin(), into.columns.end(), std::to_string(by.consumers)) - into.columns.begin();
  into.values[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = value;
}

}  // namespace

scale scale_of(const std::string& unit) noexcept {
  if (unit == "k/s") return {report::unit::per_second, 1e3};
  if (unit == "MB/s") return {report::unit::bytes_per_second, 1e6};
  if (unit.starts_with('M') && ends_with(unit, "/s")) return {report::unit::per_second, 1e6};
  if (unit.starts_with("ns")) return {report::unit::nanoseconds, 1};
  if (unit.starts_with("us") || ends_with(unit, " us")) return {report::unit::nanoseconds, 1e3};
  if (unit.starts_with("B/")) return {report::unit::bytes, 1};
  if (unit.starts_with('%')) return {report::unit::percent, 0.01};
  if (unit == "of before") return {report::unit::ratio, 1};
  return {};
}

report::ranking_bars ranking_of(const suite& of, const cell& where) {
  const scale shown = scale_of(where.unit);
  const duel best = duel_in(of, where);
  report::ranking_bars chart;
  chart.title = where.title;
  chart.caption = concat(where.method, where.method.empty() ? "" : ". ", "Cores: ", spoken_mode(best.mode), "; ",
                         where.higher_is_better ? "more" : "less", " is better");
  chart.value = {where.unit, shown.in, report::axis_scale::linear, {}, {}};
  chart.less_is_better = !where.higher_is_better;
  for (const entry& one : where.entries) {
    const interval found = figures_in(one, best.mode);
    if (found.count == 0) continue;
    const role plays = of.role_of(one.name);
    if (plays == role::limit) {
      chart.limits.push_back({found.median * shown.factor, one.name});
      continue;
    }
    chart.bars.push_back({one.name, found.median * shown.factor, found.low * shown.factor, found.high * shown.factor,
                          plays == role::ours, mark_in(best, one)});
  }
  return chart;
}

report::table extras_table(const suite& of, const cell& where) {
  report::table made;
  made.title = concat(where.title, ": further figures");
  made.caption = concat("medians; ", where.unit, " and what is beside it");
  made.columns = {{"entrant", report::unit::number, report::alignment::left},
                  {where.unit, scale_of(where.unit).in, {}}};
  const char mode = main_mode(where);
  for (const entry& one : where.entries) {
    if (one.extras.empty()) continue;
    if (made.columns.size() == 2) {
      for (const auto& [name, value] : one.extras) made.columns.push_back({name, report::unit::number, {}});
    }
    report::table_row row{{report::cell(one.name)}, of.role_of(one.name) == role::ours};
    row.cells.emplace_back(figures_in(one, mode).median * scale_of(where.unit).factor);
    for (std::size_t i = 2; i < made.columns.size(); ++i) {
      const auto found = std::find_if(one.extras.begin(), one.extras.end(),
                                      [&](const auto& extra) { return extra.first == made.columns[i].title; });
      if (found == one.extras.end()) {
        row.cells.emplace_back();
      } else {
        row.cells.emplace_back(found->second);
      }
    }
    made.rows.push_back(std::move(row));
  }
  return made;
}

report::percentile_curves curves_of(const suite& of, const cell& where) {
  report::percentile_curves chart;
  chart.title = concat(where.title, ": percentiles");
  chart.caption = "medians of the rounds' percentiles; the last ones are the machine's interruptions, not the queue's";
  chart.value = {"time", report::unit::nanoseconds, report::axis_scale::logarithmic, {}, {}};
  for (const entry& one : where.entries) {
    report::percentile_curve curve{one.name, {}, of.role_of(one.name) == role::ours};
    const interval found = figures_in(one, main_mode(where));
    if (where.unit == "us p50" && found.count != 0) curve.points.push_back({0.5, found.median * 1e3});
    for (const auto& [name, value] : one.extras) {
      const auto quantile = quantile_of(name);
      if (quantile) curve.points.push_back({*quantile, value * (ends_with(name, " us") ? 1e3 : 1)});
    }
    if (curve.points.size() >= 2) chart.curves.push_back(std::move(curve));
  }
  return chart;
}

std::vector<report::heat_map> maps_of(const suite& of) {
  const std::vector<mapped> all = mapped_cells(of);
  if (all.size() < 2) return {};
  report::heat_map figures = empty_map(all);
  report::heat_map ratios = figures;
  for (const mapped& one : all) {
    const scale shown = scale_of(one.found.where->unit);
    put(figures, one.by, one.found.ours_value.median * shown.factor);
    figures.in = shown.in;
    if (one.found.ratio.count != 0) put(ratios, one.by, one.found.ratio.median);
  }
  figures.title = "tidegate's best by threads, 8 bytes one at a time";
  ratios.title = "tidegate's best by the best peer, in the same rounds";
  ratios.caption = "above 1: tidegate is ahead. With more threads than processors the scheduler has its say";
  ratios.in = report::unit::ratio;
  ratios.scale = report::axis_scale::logarithmic;
  ratios.middle = 1;
  return {std::move(figures), std::move(ratios)};
}

}  // namespace tidegate::bench
