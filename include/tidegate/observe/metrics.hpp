// metrics.hpp: what is exported of watched things, for Prometheus: one table of families, and their samples.
//
// The table is the only place that knows names, types, units and words. The text exposition, the alert rules, the
// dashboard and the page docs/design/metrics.md are made from it. A family that has no sample is left out.
// Threads: no shared state.  Errors: a prefix that is no metric name throws std::invalid_argument.
// Origin: the text exposition format 0.0.4 of Prometheus; names after its naming rules (base units, `_total`).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tidegate/observe/pressure.hpp"
#include "tidegate/observe/readiness.hpp"

namespace tidegate {

/// `summary`: a count and a sum, or quantiles and a count.
enum class metric_type : std::uint8_t { gauge, counter, summary };

/// The enumerator's name, as Prometheus spells it.
[[nodiscard]] constexpr std::string_view to_string(metric_type type) noexcept {
  constexpr std::string_view names[] = {"gauge", "counter", "summary"};
  const auto index = static_cast<std::size_t>(type);
  return index < std::size(names) ? names[index] : "invalid metric_type";
}

/// What has one name and one meaning. Its samples differ by the values of its labels.
struct metric_family {
  std::string_view name;  ///< without prefix
  metric_type type;
  std::string_view unit;
  std::array<std::string_view, 3> labels;  ///< the first names the thing; empty ones are not used
  std::string_view help;
};

/// In the order in which they are exported.
inline constexpr metric_family metric_table[] = {
    // queues and byte queues
    {"queue_info", metric_type::gauge, "1", {"queue", "kind", "policy"}, "Always 1: kind and overflow policy."},
    {"queue_depth_items", metric_type::gauge, "items", {"queue"}, "Elements inside."},
    {"queue_capacity_items", metric_type::gauge, "items", {"queue"}, "Most elements inside."},
    {"queue_depth_peak_items", metric_type::gauge, "items", {"queue"}, "Highest depth in the sampler's window."},
    {"queue_weight", metric_type::gauge, "bytes", {"queue"}, "Bytes inside, where the queue counts them."},
    {"queue_weight_limit", metric_type::gauge, "bytes", {"queue"}, "Most bytes inside."},
    {"queue_saturation_ratio",
     metric_type::gauge,
     "0..1",
     {"queue"},
     "Depth over capacity or weight over its limit, whichever is nearer to full."},
    {"queue_max_bytes", metric_type::gauge, "bytes", {"queue"}, "Worst case of memory."},
    {"queue_pushed_total", metric_type::counter, "items", {"queue"}, "Elements accepted."},
    {"queue_popped_total", metric_type::counter, "items", {"queue"}, "Elements that have left."},
    {"queue_rejected_total",
     metric_type::counter,
     "items",
     {"queue", "reason"},
     "Elements not accepted, by reason: full, turned_away, timed_out, cancelled, closed."},
    {"queue_dropped_total",
     metric_type::counter,
     "items",
     {"queue", "policy"},
     "Elements dropped, by policy: oldest (was inside), newest, sampled."},
    {"queue_shed_total",
     metric_type::counter,
     "items",
     {"queue", "reason"},
     "Elements that were inside and dropped on purpose, by reason: expired."},
    {"queue_redirected_total", metric_type::counter, "items", {"queue"}, "Elements that went to another queue."},
    {"queue_spilled_total", metric_type::counter, "items", {"queue"}, "Elements that went to the spill hook."},
    {"queue_full_events_total", metric_type::counter, "events", {"queue"}, "Times it became full."},
    {"queue_full_seconds_total", metric_type::counter, "seconds", {"queue"}, "Time spent full, as sampled."},
    {"queue_wait_seconds",
     metric_type::summary,
     "seconds",
     {"queue", "side"},
     "Calls that slept, and for how long: side push waits for room, side pop for elements."},
    {"queue_oldest_age_seconds", metric_type::gauge, "seconds", {"queue"}, "Age of the oldest element inside."},
    {"queue_sojourn_seconds",
     metric_type::summary,
     "seconds",
     {"queue", "quality"},
     "How long elements stayed inside; quality sampled: from the sampler's curves."},
    {"queue_arrival_rate", metric_type::gauge, "items/s", {"queue"}, "Elements that enter a second."},
    {"queue_drain_rate", metric_type::gauge, "items/s", {"queue"}, "Elements that leave a second."},
    {"queue_lag_slope", metric_type::gauge, "items/s", {"queue"}, "Growth of the depth a second."},
    {"queue_lag_slope_stderr", metric_type::gauge, "items/s", {"queue"}, "Standard error of the slope."},
    {"queue_time_to_full_seconds",
     metric_type::gauge,
     "seconds",
     {"queue"},
     "Time until it is full if the slope stays; +Inf while it does not grow."},
    {"queue_drain_time_seconds",
     metric_type::gauge,
     "seconds",
     {"queue"},
     "Depth over drain rate; +Inf while something is inside and nothing leaves."},
    // limiters and credits
    {"limiter_limit", metric_type::gauge, "permits", {"limiter"}, "Permits that may be in use."},
    {"limiter_in_use", metric_type::gauge, "permits", {"limiter"}, "Permits in use."},
    {"limiter_saturation_ratio", metric_type::gauge, "0..1", {"limiter"}, "Permits in use over the limit."},
    {"limiter_waiters", metric_type::gauge, "threads", {"limiter"}, "Threads that wait for a permit."},
    {"limiter_acquired_total", metric_type::counter, "permits", {"limiter"}, "Permits handed out."},
    {"limiter_acquire_wait_seconds",
     metric_type::summary,
     "seconds",
     {"limiter"},
     "Calls that slept for a permit, and for how long."},
    {"limiter_timeouts_total", metric_type::counter, "calls", {"limiter"}, "Calls that had no permit in time."},
    {"limiter_rejected_total",
     metric_type::counter,
     "calls",
     {"limiter", "reason"},
     "Calls refused, by reason: full, turned_away, cancelled, closed."},
    // sinks and logs
    {"sink_info", metric_type::gauge, "1", {"sink", "kind", "policy"}, "Always 1: kind, and policy when full."},
    {"sink_buffered_bytes", metric_type::gauge, "bytes", {"sink"}, "Bytes accepted and not yet written."},
    {"sink_limit_bytes", metric_type::gauge, "bytes", {"sink"}, "Most bytes accepted and not yet written."},
    {"sink_saturation_ratio", metric_type::gauge, "0..1", {"sink"}, "Buffered bytes over the limit, or records."},
    {"sink_max_bytes", metric_type::gauge, "bytes", {"sink"}, "Worst case of memory."},
    {"sink_unsent_bytes",
     metric_type::gauge,
     "bytes",
     {"sink"},
     "Bytes written that the peer or the disk has not confirmed."},
    {"sink_written_bytes_total", metric_type::counter, "bytes", {"sink"}, "Bytes that the kernel took."},
    {"sink_accepted_records_total", metric_type::counter, "records", {"sink"}, "Records accepted."},
    {"sink_written_records_total", metric_type::counter, "records", {"sink"}, "Records that have left."},
    {"sink_lost_records_total",
     metric_type::counter,
     "records",
     {"sink", "reason"},
     "Records that did not leave, by reason: lost (sink failed), dropped (full disk)."},
    {"sink_short_writes_total", metric_type::counter, "writes", {"sink"}, "Writes of which the kernel took a part."},
    {"sink_drain_waits_total", metric_type::counter, "calls", {"sink"}, "Calls that slept for room."},
    {"sink_stalls_total", metric_type::counter, "events", {"sink"}, "Times it began to count as stalled."},
    {"sink_stalled", metric_type::gauge, "0 or 1", {"sink"}, "Whether the peer takes nothing."},
    {"sink_oldest_age_seconds", metric_type::gauge, "seconds", {"sink"}, "Age of the oldest record not yet written."},
    {"sink_lag_slope", metric_type::gauge, "records/s", {"sink"}, "Growth of the records in flight a second."},
    {"sink_drain_time_seconds",
     metric_type::gauge,
     "seconds",
     {"sink"},
     "Records in flight over the rate at which they leave; +Inf while nothing leaves."},
    // the process
    {"readiness_state", metric_type::gauge, "0 or 1", {"state"}, "1 for the state that it is in."},
    {"readiness_transitions_total", metric_type::counter, "events", {}, "Changes of that state."},
    {"inventory_bytes", metric_type::gauge, "bytes", {}, "Worst case of memory, all that is registered together."},
    {"sample_age_seconds", metric_type::gauge, "seconds", {}, "Age of these numbers."},
};

/// What a metric of this name is. No such family: does not compile.
[[nodiscard]] consteval const metric_family& metric(std::string_view name) {
  for (const metric_family& each : metric_table) {
    if (each.name == name) return each;
  }
  throw "no such metric";
}

/// One number of a family.
struct metric_sample {
  std::string_view suffix;  ///< behind the family's name: "_sum", "_count" or nothing
  std::vector<std::pair<std::string_view, std::string>> labels;
  double value = 0;  ///< exact up to 2^53
};

struct metric_values {
  const metric_family* family = nullptr;
  std::vector<metric_sample> samples;
};

/// What is to be exported. What is not there has no sample.
struct metric_source {
  std::span<const pressure> watched;
  std::optional<readiness_state> readiness = {};
  std::uint64_t readiness_transitions = 0;  ///< with `readiness`
  std::optional<std::uint64_t> inventory_bytes = {};
  std::optional<std::chrono::nanoseconds> sample_age = {};
};

/// The samples, in the order of the table and in that of the things. Things of one sort that share a name, which those
/// of one registry do not, are told apart: the second one is "name#2", or the next number that is free.
[[nodiscard]] std::vector<metric_values> collect_metrics(const metric_source& from);

/// Throws std::invalid_argument unless `prefix` is empty or can begin a metric's name: letters, digits, `_` and `:`,
/// no digit first.
void require_metric_prefix(std::string_view prefix);

inline constexpr std::string_view default_metric_prefix = "tidegate_";

/// Prometheus' text exposition format 0.0.4, with the media type below. Label values are made valid UTF-8.
[[nodiscard]] std::string to_prometheus(std::span<const metric_values> values,
                                        std::string_view prefix = default_metric_prefix);

inline constexpr std::string_view prometheus_media_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace tidegate
