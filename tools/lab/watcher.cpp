#include "lab/watcher.hpp"

namespace tidegate::lab {
namespace {

constexpr double slope_errors = 3;
constexpr nanoseconds soon_full = std::chrono::minutes(5);
constexpr double nearly_full = 0.95;

sampler_config numbers_of(const watch_spec& of) {
  return {.period = from_seconds(of.period_s), .window = from_seconds(of.window_s), .history = of.history};
}

/// The first instant at which it was so.
void note(double& first_s, bool is_so, nanoseconds now) {
  if (is_so && std::isnan(first_s)) first_s = to_seconds(now);
}

}  // namespace

watcher::watcher(const row& of, const policy& what, time_point began)
    : of_(of),
      began_(began),
      watched_(what.watched_by(things_)),
      sampler_(things_, numbers_of(*of.watched)),
      ready_(readiness_config{.seed = of.seed}) {}

void watcher::tick(nanoseconds now) {
  if (now < next_ || !watched_) return;
  next_ = now - now % from_seconds(of_.watched->period_s) + from_seconds(of_.watched->period_s);
  sampler_.sample(began_ + now);
  const std::vector<pressure> all = sampler_.read();
  if (all.empty()) return;
  static_cast<void>(ready_.update(all, began_ + now));
  look(all.front(), now);
}

void watcher::look(const pressure& at, nanoseconds now) {
  note(slope_s_, at.slope > slope_errors * at.slope_error && at.time_to_full < soon_full, now);
  note(full_s_, at.saturation() > nearly_full, now);
  note(slow_s_, at.sojourn.p99 > from_seconds(of_.watched->slow_s), now);
  const bool full = at.saturation() > nearly_full;
  raw_turns_ += full != was_full_ ? 1 : 0;
  was_full_ = full;
  if (ready_.ready() != was_ready_) {
    was_ready_ = ready_.ready();
    ++(was_ready_ ? ups_ : downs_);
    note(was_ready_ ? ready_again_s_ : not_ready_s_, true, now);
    if (!was_ready_) retry_after_s_ = to_seconds(ready_.retry_after());
  }
  if (to_seconds(now) > of_.window_to_s) return;
  sampled_p50_ms_ = to_ms(at.sojourn.p50);
  sampled_p99_ms_ = to_ms(at.sojourn.p99);
}

void watcher::report_to(measures& all) const {
  all["alert.slope_s"] = slope_s_;
  all["alert.full_s"] = full_s_;
  all["alert.slow_s"] = slow_s_;
  all["readiness.downs"] = static_cast<double>(downs_);
  all["readiness.ups"] = static_cast<double>(ups_);
  all["readiness.down_s"] = not_ready_s_;
  all["readiness.up_s"] = ready_again_s_;
  all["readiness.retry_after_s"] = retry_after_s_;
  all["readiness.turns_without_hysteresis"] = static_cast<double>(raw_turns_);
  all["sampled.p50_ms"] = sampled_p50_ms_;
  all["sampled.p99_ms"] = sampled_p99_ms_;
  all["sampled.p50_error_ms"] = std::fabs(sampled_p50_ms_ - all["waited_p50_ms"]);
  all["sampled.p99_error_ms"] = std::fabs(sampled_p99_ms_ - all["waited_p99_ms"]);
}

}  // namespace tidegate::lab
