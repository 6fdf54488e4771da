#include "tidegate/observe/metrics.hpp"

#include <algorithm>
#include <set>

namespace tidegate {
namespace {

/// What a family's rows are named by: queues, limiters and sinks have families of their own.
enum class sort : std::uint8_t { queue, limiter, sink };

constexpr sort sort_of(watched_kind kind) noexcept {
  switch (kind) {
    case watched_kind::queue:
    case watched_kind::byte_queue: return sort::queue;
    case watched_kind::limiter: return sort::limiter;
    case watched_kind::sink:
    case watched_kind::log: break;
  }
  return sort::sink;
}

double seconds(std::chrono::nanoseconds span) noexcept {
  if (span == pressure::never) return std::numeric_limits<double>::infinity();
  return std::chrono::duration<double>(span).count();
}

/// Samples by family, for one thing after another.
class collector {
 public:
  collector() {
    for (std::size_t i = 0; i < std::size(metric_table); ++i) all_[i].family = &metric_table[i];
  }

  /// Of the thing named `thing`; `more` are the values of the family's other labels, in their order.
  void add(const metric_family& to, double value, std::initializer_list<std::string_view> more = {},
           std::string_view suffix = {}, std::string_view quantile = {}) {
    metric_sample next{suffix, {}, value};
    std::size_t label = 0;
    if (!thing_.empty()) next.labels.emplace_back(to.labels[label++], thing_);
    for (const std::string_view each : more) next.labels.emplace_back(to.labels[label++], each);
    if (!quantile.empty()) next.labels.emplace_back("quantile", quantile);
    all_[static_cast<std::size_t>(&to - metric_table)].samples.push_back(std::move(next));
  }
  void add(const metric_family& to, std::uint64_t value, std::initializer_list<std::string_view> more = {},
           std::string_view suffix = {}) {
    add(to, static_cast<double>(value), more, suffix);
  }
  void add(const metric_family& to, std::chrono::nanoseconds value, std::initializer_list<std::string_view> more = {},
           std::string_view suffix = {}, std::string_view quantile = {}) {
    add(to, seconds(value), more, suffix, quantile);
  }

  void add(const pressure& of) {
    const sort which = sort_of(of.kind);
    const std::string asked = of.name.empty() ? std::string(to_string(of.kind)) : of.name;
    thing_ = asked;
    for (unsigned number = 2; !seen_.insert({which, thing_}).second; ++number) {
      thing_ = asked + "#" + std::to_string(number);
    }
    switch (which) {
      case sort::queue: add_queue(of); break;
      case sort::limiter: add_limiter(of); break;
      case sort::sink: add_sink(of); break;
    }
    thing_.clear();
  }

  [[nodiscard]] std::vector<metric_values> take() {
    std::vector<metric_values> some;
    for (metric_values& each : all_) {
      if (!each.samples.empty()) some.push_back(std::move(each));
    }
    return some;
  }

 private:
  void add_queue(const pressure& of) {
    add(metric("queue_info"), 1.0, {to_string(of.kind), of.policy});
    add(metric("queue_depth_items"), of.depth);
    if (of.capacity != 0) add(metric("queue_capacity_items"), of.capacity);
    add(metric("queue_depth_peak_items"), of.peak);
    if (of.weight_limit != 0) {
      add(metric("queue_weight"), of.weight);
      add(metric("queue_weight_limit"), of.weight_limit);
    }
    add(metric("queue_saturation_ratio"), of.saturation());
    add(metric("queue_max_bytes"), static_cast<std::uint64_t>(of.max_bytes));
    add_queue_account(of);
    add(metric("queue_full_events_total"), of.full_events);
    add(metric("queue_full_seconds_total"), of.full_time);
    add_side(of.push_side, "push");
    add_side(of.pop_side, "pop");
    add_queue_times(of);
  }

  void add_queue_account(const pressure& of) {
    add(metric("queue_pushed_total"), of.entered);
    add(metric("queue_popped_total"), of.left);
    const auto rejected = [&](loss_kind why) {
      add(metric("queue_rejected_total"), of.lost_by(why), {to_string(why)});
    };
    add(metric("queue_rejected_total"), only_full(of), {"full"});
    rejected(loss_kind::turned_away);
    rejected(loss_kind::timed_out);
    rejected(loss_kind::cancelled);
    rejected(loss_kind::closed);
    add(metric("queue_dropped_total"), of.lost_by(loss_kind::evicted), {"oldest"});
    add(metric("queue_dropped_total"), of.lost_by(loss_kind::dropped), {"newest"});
    add(metric("queue_dropped_total"), of.lost_by(loss_kind::sampled_out), {"sampled"});
    add(metric("queue_shed_total"), of.lost_by(loss_kind::expired), {"expired"});
    add(metric("queue_redirected_total"), of.lost_by(loss_kind::redirected));
    add(metric("queue_spilled_total"), of.lost_by(loss_kind::spilled));
  }

  void add_queue_times(const pressure& of) {
    add(metric("queue_oldest_age_seconds"), of.oldest_age);
    if (const sojourn_estimate& stay = of.sojourn; stay.count > 0) {
      const metric_family& to = metric("queue_sojourn_seconds");
      add(to, stay.p50, {"sampled"}, {}, "0.5");
      add(to, stay.p99, {"sampled"}, {}, "0.99");
      add(to, stay.p999, {"sampled"}, {}, "0.999");
    }
    add(metric("queue_arrival_rate"), of.arrival_rate);
    add(metric("queue_drain_rate"), of.drain_rate);
    add(metric("queue_lag_slope"), of.slope);
    add(metric("queue_lag_slope_stderr"), of.slope_error);
    add(metric("queue_time_to_full_seconds"), of.time_to_full);
    add(metric("queue_drain_time_seconds"), of.drain_time);
  }

  void add_side(const waiting_side& of, std::string_view side) {
    add(metric("queue_wait_seconds"), of.waited, {side}, "_sum");
    add(metric("queue_wait_seconds"), of.waits, {side}, "_count");
  }

  void add_limiter(const pressure& of) {
    add(metric("limiter_limit"), of.capacity);
    add(metric("limiter_in_use"), of.depth);
    add(metric("limiter_saturation_ratio"), of.saturation());
    add(metric("limiter_waiters"), of.push_side.waiters);
    add(metric("limiter_acquired_total"), of.entered);
    add(metric("limiter_acquire_wait_seconds"), of.push_side.waited, {}, "_sum");
    add(metric("limiter_acquire_wait_seconds"), of.push_side.waits, {}, "_count");
    add(metric("limiter_timeouts_total"), of.lost_by(loss_kind::timed_out));
    add(metric("limiter_rejected_total"), only_full(of), {"full"});
    for (const loss_kind why : {loss_kind::turned_away, loss_kind::cancelled, loss_kind::closed}) {
      add(metric("limiter_rejected_total"), of.lost_by(why), {to_string(why)});
    }
  }

  void add_sink(const pressure& of) {
    add(metric("sink_info"), 1.0, {to_string(of.kind), of.policy});
    add(metric("sink_buffered_bytes"), of.sink.buffered_bytes);
    if (of.weight_limit != 0) add(metric("sink_limit_bytes"), of.weight_limit);
    add(metric("sink_saturation_ratio"), of.saturation());
    add(metric("sink_max_bytes"), static_cast<std::uint64_t>(of.max_bytes));
    add(metric("sink_unsent_bytes"), of.sink.unsent_bytes);
    add(metric("sink_written_bytes_total"), of.sink.written_bytes);
    add(metric("sink_accepted_records_total"), of.entered);
    add(metric("sink_written_records_total"), of.left);
    for (const loss_kind why : {loss_kind::lost, loss_kind::dropped}) {
      add(metric("sink_lost_records_total"), of.lost_by(why), {to_string(why)});
    }
    add(metric("sink_short_writes_total"), of.sink.short_writes);
    add(metric("sink_drain_waits_total"), of.sink.drain_waits);
    add(metric("sink_stalls_total"), of.sink.stalls);
    add(metric("sink_stalled"), of.sink.stalled ? 1.0 : 0.0);
    add(metric("sink_oldest_age_seconds"), of.oldest_age);
    add(metric("sink_lag_slope"), of.slope);
    add(metric("sink_drain_time_seconds"), of.drain_time);
  }

  /// Those turned away are a reason of their own.
  [[nodiscard]] static std::uint64_t only_full(const pressure& of) noexcept {
    const std::uint64_t rejected = of.lost_by(loss_kind::rejected);
    return rejected - std::min(rejected, of.lost_by(loss_kind::turned_away));
  }

  std::array<metric_values, std::size(metric_table)> all_;
  std::string thing_;
  std::set<std::pair<sort, std::string>> seen_;
};

}  // namespace

std::vector<metric_values> collect_metrics(const metric_source& from) {
  collector all;
  for (const pressure& each : from.watched) all.add(each);
  if (from.readiness) {
    for (const readiness_state each : {readiness_state::ready, readiness_state::degraded, readiness_state::not_ready}) {
      all.add(metric("readiness_state"), each == *from.readiness ? 1.0 : 0.0, {to_string(each)});
    }
    all.add(metric("readiness_transitions_total"), from.readiness_transitions);
  }
  if (from.inventory_bytes) all.add(metric("inventory_bytes"), *from.inventory_bytes);
  if (from.sample_age) all.add(metric("sample_age_seconds"), *from.sample_age);
  return all.take();
}

}  // namespace tidegate
