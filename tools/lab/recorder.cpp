#include "lab/recorder.hpp"

#include <algorithm>
#include <cmath>

#include "lab/scenario.hpp"

namespace tidegate::lab {
namespace {

constexpr std::size_t most_bins = 2048;

double number(std::uint64_t count) { return static_cast<double>(count); }

nanoseconds bin_of(const row& of) {
  constexpr nanoseconds tenth = std::chrono::milliseconds(100);
  const double bins = expected_span_s(of) / to_seconds(tenth);
  return bins <= most_bins ? tenth : tenth * static_cast<std::int64_t>(std::ceil(bins / most_bins));
}

}  // namespace

recorder::recorder(const row& of) : of_(of), bin_(bin_of(of)), flows_(of.flows.size()) { moments_.reserve(most_bins); }

void recorder::completed(const completion& one) {
  bin_latencies_.record(one.latency);
  bin_useful_ += one.useful ? 1 : 0;
  useful_ += one.useful ? 1 : 0;
  all_.record(one.latency);
  last_done_ = std::max(last_done_, one.at);
  if (!in_window(one.at)) return;
  window_.record(one.latency);
  window_inside_.record(one.inside);
  window_waited_.record(one.waited);
  window_useful_ += one.useful ? 1 : 0;
  of_flow& whose = flows_[one.flow];
  whose.in_window.record(one.latency);
  whose.useful += one.useful ? 1 : 0;
}

void recorder::sample(nanoseconds now, const policy& what, const ledger& of) {
  const std::uint64_t inside = of.inside(what);
  const std::size_t depth = what.depth();
  note_depth(depth);
  bin_depth_ = std::max(bin_depth_, depth);
  most_inside_ = std::max(most_inside_, inside);
  const double at_s = to_seconds(now);
  const bool loaded = at_s < of_.load_ends_s();
  if (in_window(now)) {
    if (!window_began_) {
      window_began_ = true;
      offered_at_window_ = of.offered_count();
      accepted_at_window_ = of.accepted_count();
    }
    if (loaded) depth_line_.add(at_s, number(depth));
    inside_sum_ += number(inside);
    depth_sum_ += number(depth);
    ++inside_samples_;
    offered_in_window_ = of.offered_count() - offered_at_window_;
    accepted_in_window_ = of.accepted_count() - accepted_at_window_;
  }
  if (now >= bin_ends_) close_bin(now, what.limit(), of);
}

void recorder::close_bin(nanoseconds now, std::size_t limit, const ledger& of) {
  const double span_s = to_seconds(bin_ + now - bin_ends_);
  const std::uint64_t offered = of.offered_count();
  const std::uint64_t inside = bin_depth_ + of.in_service();
  const std::uint64_t gone = of.completed_count() + inside;
  const std::uint64_t lost = offered > gone ? offered - gone : 0;
  moments_.push_back({.at_s = to_seconds(now),
                      .depth = number(bin_depth_),
                      .offered_per_s = number(offered - bin_offered_) / span_s,
                      .served_per_s = number(bin_latencies_.count()) / span_s,
                      .useful_per_s = number(bin_useful_) / span_s,
                      .lost_per_s = lost > bin_lost_ ? number(lost - bin_lost_) / span_s : 0,
                      .p50_ms = bin_latencies_.percentile_ms(50),
                      .p99_ms = bin_latencies_.percentile_ms(99),
                      .rss_mib = rss_mib_,
                      .limit = number(limit)});
  rss_line_.add(to_seconds(now), rss_mib_);
  bin_latencies_.clear();
  bin_useful_ = 0;
  bin_depth_ = 0;
  bin_offered_ = offered;
  bin_lost_ = std::max(bin_lost_, lost);
  bin_ends_ = now - now % bin_ + bin_;
}

void recorder::add_window(measures& to, double window_s) {
  to["served_per_s"] = number(window_.count()) / window_s;
  to["useful_per_s"] = number(window_useful_) / window_s;
  to["offered_per_s"] = number(offered_in_window_) / window_s;
  to["refused_share"] = offered_in_window_ == 0 ? 0 : 1 - number(accepted_in_window_) / number(offered_in_window_);
  to["p50_ms"] = window_.percentile_ms(50);
  to["p99_ms"] = window_.percentile_ms(99);
  to["p999_ms"] = window_.percentile_ms(99.9);
  to["max_ms"] = window_.percentile_ms(100);
  to["mean_ms"] = window_.mean_ms();
  to["inside_p50_ms"] = window_inside_.percentile_ms(50);
  to["inside_p99_ms"] = window_inside_.percentile_ms(99);
  to["waited_p50_ms"] = window_waited_.percentile_ms(50);
  to["waited_p99_ms"] = window_waited_.percentile_ms(99);
  to["inside_mean_ms"] = window_inside_.mean_ms();
  const double samples = std::max(1.0, number(inside_samples_));
  to["mean_inside"] = inside_sum_ / samples;
  to["mean_depth"] = depth_sum_ / samples;
  to["slope_per_s"] = depth_line_.fitted().slope;
  to["slope_error"] = depth_line_.fitted().error;
}

void recorder::add_flows(measures& to, double window_s) {
  if (flows_.size() < 2) return;
  latency_log none;
  double others_served = 0, others_useful = 0;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    of_flow& each = flows_[i];
    const std::string& name = of_.flows[i].name;
    to[name + ".served_per_s"] = number(each.in_window.count()) / window_s;
    to[name + ".useful_per_s"] = number(each.useful) / window_s;
    to[name + ".p50_ms"] = each.in_window.percentile_ms(50);
    to[name + ".p99_ms"] = each.in_window.percentile_ms(99);
    if (i == 0) continue;
    others_served += number(each.in_window.count()) / window_s;
    others_useful += number(each.useful) / window_s;
  }
  to["others.served_per_s"] = others_served;
  to["others.useful_per_s"] = others_useful;
}

/// The end of the last tenth of a second in which the median was above what is normal.
double recorder::normal_again_s() const {
  double last_s = 0;
  for (const moment& each : moments_) {
    if (each.p50_ms > of_.normal_s * 1e3) last_s = each.at_s;
  }
  return last_s;
}

/// How long after the load's first change the p99 of each tenth of a second stays within a fifth of what it is in the
/// end.
double recorder::p99_settles_s() const {
  const std::vector<phase>& phases = of_.flows.front().phases;
  if (phases.size() < 2) return std::nan("");
  const double from_s = phases[0].span_s, to_s = from_s + phases[1].span_s;
  double last_ms = 0, settled_s = from_s;
  for (const moment& each : moments_) {
    if (each.at_s > to_s - 1 && each.at_s <= to_s && each.p99_ms > last_ms) last_ms = each.p99_ms;
  }
  if (!(last_ms > 0)) return std::nan("");  // nothing was served in the end
  for (const moment& each : moments_) {
    if (each.at_s > from_s && each.at_s <= to_s && std::fabs(each.p99_ms - last_ms) > 0.2 * last_ms)
      settled_s = each.at_s;
  }
  return settled_s - from_s;
}

/// From the second tenth of the run, when everything has been touched once, to the last.
double recorder::rss_growth_mib() const {
  const std::size_t tenth = moments_.size() / 10;
  if (tenth == 0) return std::nan("");
  double early = 0, late = 0;
  for (std::size_t i = 0; i < tenth; ++i) {
    early += moments_[tenth + i].rss_mib;
    late += moments_[moments_.size() - 1 - i].rss_mib;
  }
  return (late - early) / static_cast<double>(tenth);
}

measures recorder::finish(const conservation& account, nanoseconds broken_off) {
  measures all;
  const double window_s = std::min(of_.window_to_s, to_seconds(broken_off)) - of_.window_from_s;
  add_window(all, window_s > 0 ? window_s : std::nan(""));  // what was not reached has no rates
  add_flows(all, window_s > 0 ? window_s : std::nan(""));
  all["offered"] = number(account.offered);
  all["accepted"] = number(account.accepted);
  all["completed"] = number(account.completed);
  all["rejected"] = number(account.rejected);
  all["throttled"] = number(account.throttled);
  all["evicted"] = number(account.evicted);
  all["expired"] = number(account.expired);
  all["shed"] = number(account.shed);
  all["discarded"] = number(account.discarded);
  all["lost"] = number(account.offered - account.completed - account.in_service - account.queued);
  all["useful"] = number(useful_);
  all["depth_max"] = number(deepest_);
  all["inside_max"] = number(most_inside_);
  all["whole_p99_ms"] = all_.percentile_ms(99);
  all["whole_max_ms"] = all_.percentile_ms(100);
  all["normal_again_s"] = normal_again_s();
  all["p99_settles_s"] = p99_settles_s();
  all["last_done_s"] = to_seconds(last_done_);
  all["rss_peak_mib"] = rss_peak_mib_;
  all["rss_slope_mib_per_s"] = rss_line_.fitted().slope;
  all["rss_slope_error"] = rss_line_.fitted().error;
  all["rss_growth_mib"] = rss_growth_mib();
  all["left_inside"] = number(account.queued + account.in_service);
  all["imbalance"] = number(imbalance_of(account));
  all["balance_checks"] = number(balance_checks_);
  all["worst_imbalance_running"] = number(worst_imbalance_);
  return all;
}

}  // namespace tidegate::lab
