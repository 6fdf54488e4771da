#include <nlohmann/json.hpp>
#include <vector>

#include "metrics/outputs.hpp"
#include "pump/concat.hpp"

namespace tidegate::metrics {
namespace {

using json = nlohmann::ordered_json;
using pump::concat;

/// One line in a chart.
struct series {
  const metric_family* of;
  std::string before;  // of the expression: before the name, and behind the selector
  std::string behind;
  std::string legend;
};

struct panel {
  std::string title;
  std::string unit;  // as Grafana calls it
  std::vector<series> lines;
};

struct row {
  std::string title;
  std::vector<panel> panels;
};

series plain(const metric_family& of, std::string legend) { return {&of, "", "", std::move(legend)}; }
series per_second(const metric_family& of, std::string legend) {
  return {&of, "rate(", "[$__rate_interval])", std::move(legend)};
}

row queue_room() {
  return {
      "Queues: how full",
      {{"Depth",
        "short",
        {plain(metric("queue_depth_items"), "{{queue}}"), plain(metric("queue_depth_peak_items"), "{{queue}} peak"),
         plain(metric("queue_capacity_items"), "{{queue}} capacity")}},
       {"Saturation", "percentunit", {plain(metric("queue_saturation_ratio"), "{{queue}}")}},
       {"Bytes inside",
        "bytes",
        {plain(metric("queue_weight"), "{{queue}}"), plain(metric("queue_weight_limit"), "{{queue}} limit")}},
       {"Part of the time spent full", "percentunit", {per_second(metric("queue_full_seconds_total"), "{{queue}}")}}}};
}

row queue_trend() {
  return {
      "Queues: where it goes",
      {{"Arrivals and departures",
        "ops",
        {plain(metric("queue_arrival_rate"), "{{queue}} in"), plain(metric("queue_drain_rate"), "{{queue}} out")}},
       {"Lag slope, with its standard error",
        "short",
        {plain(metric("queue_lag_slope"), "{{queue}}"), plain(metric("queue_lag_slope_stderr"), "{{queue}} error")}},
       {"Time to full, time to drain",
        "s",
        {plain(metric("queue_time_to_full_seconds"), "{{queue}} to full"),
         plain(metric("queue_drain_time_seconds"), "{{queue}} to drain")}},
       {"Age and stay",
        "s",
        {plain(metric("queue_oldest_age_seconds"), "{{queue}} oldest"),
         plain(metric("queue_sojourn_seconds"), "{{queue}} p{{quantile}}")}}}};
}

row queue_account() {
  return {"Queues: what became of it",
          {{"Accepted and taken",
            "ops",
            {per_second(metric("queue_pushed_total"), "{{queue}} pushed"),
             per_second(metric("queue_popped_total"), "{{queue}} popped")}},
           {"Refused", "ops", {per_second(metric("queue_rejected_total"), "{{queue}} {{reason}}")}},
           {"Dropped and shed",
            "ops",
            {per_second(metric("queue_dropped_total"), "{{queue}} {{policy}}"),
             per_second(metric("queue_shed_total"), "{{queue}} {{reason}}"),
             per_second(metric("queue_spilled_total"), "{{queue}} spilled"),
             per_second(metric("queue_redirected_total"), "{{queue}} redirected")}},
           {"Threads asleep, on average",
            "short",
            {{&metric("queue_wait_seconds"), "rate(", "_sum[$__rate_interval])", "{{queue}} {{side}}"},
             per_second(metric("queue_full_events_total"), "{{queue}} times full a second")}}}};
}

row limiters() {
  return {"Limiters",
          {{"Permits",
            "short",
            {plain(metric("limiter_in_use"), "{{limiter}} in use"), plain(metric("limiter_limit"), "{{limiter}} limit"),
             plain(metric("limiter_waiters"), "{{limiter}} waiters")}},
           {"Saturation", "percentunit", {plain(metric("limiter_saturation_ratio"), "{{limiter}}")}},
           {"Refused",
            "ops",
            {per_second(metric("limiter_rejected_total"), "{{limiter}} {{reason}}"),
             per_second(metric("limiter_timeouts_total"), "{{limiter}} timed out")}},
           {"Handed out, and threads asleep on average",
            "short",
            {per_second(metric("limiter_acquired_total"), "{{limiter}} a second"),
             {&metric("limiter_acquire_wait_seconds"), "rate(", "_sum[$__rate_interval])", "{{limiter}} asleep"}}}}};
}

row sinks() {
  return {"Sinks and logs",
          {{"Bytes in flight",
            "bytes",
            {plain(metric("sink_buffered_bytes"), "{{sink}}"), plain(metric("sink_limit_bytes"), "{{sink}} limit"),
             plain(metric("sink_unsent_bytes"), "{{sink}} not confirmed")}},
           {"Written", "Bps", {per_second(metric("sink_written_bytes_total"), "{{sink}}")}},
           {"Records",
            "ops",
            {per_second(metric("sink_accepted_records_total"), "{{sink}} accepted"),
             per_second(metric("sink_written_records_total"), "{{sink}} written"),
             per_second(metric("sink_lost_records_total"), "{{sink}} {{reason}}")}},
           {"Pressure",
            "short",
            {plain(metric("sink_saturation_ratio"), "{{sink}} saturation"),
             plain(metric("sink_stalled"), "{{sink}} stalled"),
             per_second(metric("sink_stalls_total"), "{{sink}} stalls a second"),
             per_second(metric("sink_short_writes_total"), "{{sink}} short writes a second"),
             per_second(metric("sink_drain_waits_total"), "{{sink}} waits for room a second")}},
           {"Lag slope", "short", {plain(metric("sink_lag_slope"), "{{sink}}")}},
           {"Age, time to drain",
            "s",
            {plain(metric("sink_oldest_age_seconds"), "{{sink}} oldest"),
             plain(metric("sink_drain_time_seconds"), "{{sink}} to drain")}}}};
}

row process() {
  return {"Process",
          {{"Readiness",
            "short",
            {plain(metric("readiness_state"), "{{instance}} {{state}}"),
             {&metric("readiness_transitions_total"), "changes(", "[$__rate_interval])", "{{instance}} changes"}}},
           {"Memory, worst case",
            "bytes",
            {plain(metric("inventory_bytes"), "{{instance}} all"), plain(metric("queue_max_bytes"), "{{queue}}"),
             plain(metric("sink_max_bytes"), "{{sink}}")}},
           {"What is watched",
            "short",
            {plain(metric("queue_info"), "{{queue}} ({{kind}}, {{policy}})"),
             plain(metric("sink_info"), "{{sink}} ({{kind}}, {{policy}})")}},
           {"Age of the numbers", "s", {plain(metric("sample_age_seconds"), "{{instance}}")}}}};
}

constexpr int columns = 24;  // of Grafana's grid
constexpr int panel_width = 6;
constexpr int panel_height = 7;

json datasource() { return {{"type", "prometheus"}, {"uid", "${datasource}"}}; }

json to_json(const panel& of, const std::string& prefix, int id, int x, int y) {
  json targets = json::array();
  char letter = 'A';
  for (const series& each : of.lines) {
    const bool suffixed = each.behind.starts_with("_sum");
    const std::string name = concat(prefix, each.of->name, suffixed ? "_sum" : "");
    const std::string behind = suffixed ? each.behind.substr(4) : each.behind;
    targets.push_back({{"datasource", datasource()},
                       {"expr", concat(each.before, name, "{job=~\"$job\", instance=~\"$instance\"}", behind)},
                       {"legendFormat", each.legend},
                       {"refId", std::string(1, letter++)}});
  }
  return {
      {"id", id},
      {"type", "timeseries"},
      {"title", of.title},
      {"datasource", datasource()},
      {"gridPos", {{"h", panel_height}, {"w", panel_width}, {"x", x}, {"y", y}}},
      {"fieldConfig", {{"defaults", {{"unit", of.unit}, {"custom", {{"showPoints", "never"}}}}}}},
      {"options", {{"legend", {{"displayMode", "list"}, {"placement", "bottom"}}}, {"tooltip", {{"mode", "multi"}}}}},
      {"targets", std::move(targets)}};
}

json row_title(const std::string& title, int id, int y) {
  return {{"id", id},
          {"type", "row"},
          {"title", title},
          {"collapsed", false},
          {"gridPos", {{"h", 1}, {"w", columns}, {"x", 0}, {"y", y}}},
          {"panels", json::array()}};
}

json variable(const std::string& name, const std::string& prefix) {
  const std::string query = concat("label_values(", prefix, metric("sample_age_seconds").name, ", ", name, ")");
  return {{"name", name},   {"type", "query"},  {"datasource", datasource()},
          {"query", query}, {"refresh", 2},     {"includeAll", true},
          {"multi", true},  {"allValue", ".*"}, {"current", {{"text", "All"}, {"value", "$__all"}}}};
}

}  // namespace

std::string dashboard(const std::string& prefix) {
  require_metric_prefix(prefix);
  json panels = json::array();
  int id = 0;
  int y = 0;
  for (const row& each : {queue_room(), queue_trend(), queue_account(), limiters(), sinks(), process()}) {
    panels.push_back(row_title(each.title, ++id, y++));
    int x = 0;
    for (const panel& one : each.panels) {
      if (x == columns) {
        x = 0;
        y += panel_height;
      }
      panels.push_back(to_json(one, prefix, ++id, x, y));
      x += panel_width;
    }
    y += panel_height;
  }
  const json whole{{"title", "tidegate: pressure"},
                   {"uid", "tidegate-pressure"},
                   {"tags", {"tidegate"}},
                   {"schemaVersion", 37},
                   {"editable", true},
                   {"refresh", "10s"},
                   {"time", {{"from", "now-30m"}, {"to", "now"}}},
                   {"templating",
                    {{"list",
                      {{{"name", "datasource"}, {"type", "datasource"}, {"query", "prometheus"}},
                       variable("job", prefix),
                       variable("instance", prefix)}}}},
                   {"panels", std::move(panels)}};
  return whole.dump(1) + "\n";
}

}  // namespace tidegate::metrics
