// sample.hpp: a report with every kind of item, and the values that try to break it.
#pragma once

#include <cmath>
#include <limits>
#include <string>

#include "report/page.hpp"

namespace tidegate::report::testing {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double inf = std::numeric_limits<double>::infinity();

/// Text that ends an element wherever it is not escaped.
inline constexpr const char* hostile = "</script><img src=x onerror=alert(1)>&amp;\"'<!--";

inline series curve(std::string name, double begin, double growth, bool ours, std::size_t count = 240) {
  series one{.name = std::move(name), .ours = ours};
  for (std::size_t i = 0; i < count; ++i) {
    const double at = 22.0 * static_cast<double>(i) / static_cast<double>(count - 1);
    const double load = at < 2 ? 0 : at < 12 ? (at - 2) / 10 : std::max(0.0, 1 - (at - 12) / 8);
    one.points.push_back({at, begin * std::pow(growth, load) * (1 + 0.05 * std::sin(at * 9))});
  }
  return one;
}

/// Four panels on one time axis, as the lab draws them.
inline line_chart overload() {
  line_chart chart{.title = "One overload, five policies",
                   .caption = "10,000 requests a second arrive where 2,000 can be served.",
                   .x = {.title = "time", .in = unit::seconds},
                   .shaded = {{2, 12, "overload"}}};
  const auto lines = [](double begin, double most) {
    std::vector<series> all;
    const double growth = most / begin;
    all.push_back(curve("unbounded", begin, growth, false));
    all.push_back(curve("reject, C = 1,024", begin, std::pow(growth, 0.7), false));
    all.push_back(curve("reject, C = 100", begin, std::pow(growth, 0.4), true));
    all.push_back(curve("drop oldest", begin, std::pow(growth, 0.5), false));
    all.push_back(curve("CoDel", begin, std::pow(growth, 0.25), false));
    return all;
  };
  chart.panels = {
      {.title = "depth", .y = {.in = unit::count}, .lines = lines(100, 80'000)},
      {.title = "latency, p99",
       .y = {.in = unit::seconds, .scale = axis_scale::logarithmic},
       .lines = lines(2e-3, 8),
       .limits = {{0.1, "deadline 100 ms"}}},
      {.title = "useful throughput", .y = {.in = unit::per_second}, .lines = lines(1000, 2000)},
      {.title = "resident memory", .y = {.in = unit::bytes}, .lines = lines(4e6, 9e7)},
  };
  chart.panels[0].lines.push_back({.name = "theory: slope λ − μ", .points = {{2, 0}, {12, 80'000}}, .dashed = true});
  return chart;
}

inline ranking_bars ranking(axis_scale scale) {
  return {.title = scale == axis_scale::linear ? "One producer, one consumer" : "The same, logarithmic",
          .caption = "Median of 15 runs; the whiskers span all runs.",
          .value = {.title = "operations a second", .in = unit::per_second, .scale = scale},
          .bars = {{.label = "mutex ring", .value = 11.2e6, .low = 9e6, .high = 12e6},
                   {.label = "tidegate::spsc_ring",
                    .value = 498e6,
                    .low = 471e6,
                    .high = 507e6,
                    .ours = true,
                    .mark = verdict::pass},
                   {.label = "boost::lockfree::spsc_queue", .value = 212e6, .low = 190e6, .high = 230e6},
                   {.label = "atomic_queue::OptimistAtomicQueue2<uint64_t, 1024>", .value = 233e6},
                   {.label = hostile, .value = nan},
                   {.label = "readerwriterqueue", .value = 305e6, .low = 280e6, .high = 330e6}},
          .limits = {{540e6, "limit: copying alone"}}};
}

inline percentile_curves latencies() {
  percentile_curves chart{.title = "Wake-up latency",
                          .value = {.title = "latency", .in = unit::nanoseconds, .scale = axis_scale::logarithmic},
                          .limits = {{50'000, "budget"}}};
  for (const auto& [name, scale] : {std::pair{"eventfd", 2.2}, {"tidegate", 1.0}, {"condition_variable", 1.9}}) {
    percentile_curve one{.name = name, .ours = name == std::string("tidegate")};
    for (const double q : {0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999, 1.0}) {
      one.points.push_back({q, 1500 * scale * std::pow(1 / (1 - std::min(q, 0.999995)), 0.3)});
    }
    chart.curves.push_back(std::move(one));
  }
  return chart;
}

inline small_multiples payloads() {
  small_multiples chart{.title = "Throughput by batch, for each payload",
                        .x = {.title = "batch", .in = unit::exact, .scale = axis_scale::logarithmic},
                        .y = {.title = "bytes a second", .in = unit::bytes_per_second}};
  for (const int bytes : {8, 64, 256, 1024, 4096, 65536}) {
    panel one{.title = std::to_string(bytes) + " B"};
    for (const bool ours : {true, false}) {
      series line{.name = ours ? "tidegate" : "peer", .ours = ours};
      for (const double batch : {1, 4, 16, 64, 256}) {
        line.points.push_back({batch, 1e9 * (ours ? 1.6 : 1) * std::pow(batch * bytes, 0.2)});
      }
      one.lines.push_back(std::move(line));
    }
    chart.panels.push_back(std::move(one));
  }
  return chart;
}

inline heat_map ratios() {
  heat_map map{.title = "Ours against the best peer",
               .caption = "Blue: ours is faster.",
               .row_title = "producers",
               .column_title = "consumers",
               .columns = {"1", "2", "4", "8"},
               .in = unit::ratio,
               .scale = axis_scale::logarithmic,
               .middle = 1};
  for (int row = 0; row < 4; ++row) {
    map.rows.push_back(std::to_string(1 << row));
    map.values.push_back({});
    for (int column = 0; column < 4; ++column) map.values.back().push_back(0.5 * std::pow(1.35, row + column));
  }
  map.values[3][3] = nan;
  return map;
}

inline heat_map sizes() {
  heat_map map{.title = "Time for an operation",
               .row_title = "payload",
               .column_title = "batch",
               .rows = {"8 B", "64 B", "1 KiB"},
               .columns = {"1", "16", "256"},
               .values = {{2.1, 1.2, 0.9}, {3.4, 2.2, 1.9}, {41, 35}},
               .in = unit::nanoseconds};
  return map;
}

inline table theory() {
  return {
      .title = "Theory and measurement",
      .caption = "Expected values by Little's law and Erlang's formula.",
      .columns = {{.title = "row"},
                  {.title = "expected", .in = unit::milliseconds},
                  {.title = "measured", .in = unit::milliseconds},
                  {.title = "difference", .in = unit::percent},
                  {.title = "verdict"}},
      .rows = {{.cells = {"reject, C = 1,024", 513.9, 514.2, 0.0006, verdict::pass}},
               {.cells = {"reject, C = 100", 51.9, 52.4, 0.0096, verdict::pass}, .ours = true},
               {.cells = {"unbounded", 6002, 7130, 0.188, verdict::fail}},
               {.cells = {"served", cell(2000, unit::per_second), cell(1990, unit::per_second), -0.005, verdict::tie}},
               {.cells = {"not measured", 2.0, nan}},
               {.cells = {hostile, inf, cell(3.0, verdict::pass)}}}};
}

/// Series that a chart must survive.
inline line_chart odd_lines() {
  return {.title = "Odd series",
          .x = {.title = "step"},
          .panels = {{.title = "empty, one point, gaps",
                      .y = {.in = unit::number},
                      .lines = {{.name = "empty"},
                                {.name = "one point", .points = {{3, 2}}},
                                {.name = "gaps", .points = {{1, 1}, {2, nan}, {3, inf}, {4, 3}, {5, 4}}},
                                {.name = hostile, .points = {{1, 4}, {5, 1}}}}},
                     {.title = "zero on a logarithm",
                      .y = {.in = unit::seconds, .scale = axis_scale::logarithmic},
                      .lines = {{.name = "gaps", .points = {{1, 0}, {2, 1e-3}, {3, -1}, {4, 2e-3}, {5, 8e-3}}}}},
                     {.title = "nothing at all", .y = {.in = unit::bytes}}}};
}

/// What is hard to print, in every unit.
inline table numbers() {
  table one{.title = "Numbers"};
  for (int in = 0; in <= static_cast<int>(unit::ratio); ++in) {
    one.columns.push_back({std::string(to_string(static_cast<unit>(in))), static_cast<unit>(in)});
  }
  for (const double value :
       {0.0,    1e-11,  1.25e-5,  0.0996,    0.25,      1.125,       12.5,   99.95, 999.4, 999.6, 1000.0,
        1023.4, 1023.9, 12'345.6, 999'499.0, 999'600.0, 1'234'567.0, 1.5e12, 2e15,  3e18,  -12.5}) {
    one.rows.push_back({});
    for (std::size_t i = 0; i < one.columns.size(); ++i) one.rows.back().cells.push_back(value);
  }
  return one;
}

inline page sample_page() {
  page one{.title = "Sample report",
           .subtitle = "Every kind of item; 2026-11-26",
           .summary = {"What the reader should know first, in two sentences. All numbers here are invented."},
           .badges = {{verdict::pass, "Conservation", "offered = delivered + rejected, every second"},
                      {verdict::fail, "p50 within 5 % of theory", "unbounded: 18.8 % away"},
                      {verdict::tie, "Throughput against the best peer", "1.01×, within the spread"},
                      {verdict::unknown, hostile, ""}},
           .machine = {{"CPU", "Some CPU, 2 cores"}, {"kernel", "Linux 6.1"}, {"compiler", "GCC 12.2 -O3"}},
           .attached_json = R"({"raw": ["</script>", 1]})"};
  one.sections = {
      {"Overload", {"The same served rate, three orders of magnitude in latency."}, {overload(), theory()}},
      {"Ranking", {}, {ranking(axis_scale::linear), ranking(axis_scale::logarithmic)}},
      {"Latency", {}, {latencies()}},
      {"Sizes", {}, {payloads(), ratios(), sizes()}},
      {"Odd",
       {hostile},
       {odd_lines(), verbatim{"tidegate lab a.json --seed 1   <again>"}, paragraph{"The end."}, numbers()}},
  };
  return one;
}

/// More points than a page should hold.
inline page long_page(std::size_t points) {
  line_chart chart{.title = "Long", .x = {.in = unit::seconds}};
  for (int part = 0; part < 4; ++part) {
    panel one{.title = "panel " + std::to_string(part)};
    for (int i = 0; i < 5; ++i) one.lines.push_back(curve("series " + std::to_string(i), 10, 50, i == 0, points));
    one.lines[0].points[points / 3].y = 1e6;  // seen by one sample alone
    chart.panels.push_back(std::move(one));
  }
  return {.title = "Long", .sections = {{"Long", {}, {chart, chart, chart, chart, chart, chart}}}};
}

}  // namespace tidegate::report::testing
