#include "observe/pressure_track.hpp"

#include <algorithm>

namespace tidegate::detail {
namespace {

using std::chrono::nanoseconds;

/// Never back, never more inside than there is room for, and what has entered is what has left and what is inside. The
/// depth was read last: of all three none is then told that had not been reached.
observation put_right(observation seen, const observation& before) noexcept {
  if (seen.capacity != 0 && seen.kind != watched_kind::limiter) seen.depth = std::min(seen.depth, seen.capacity);
  seen.entered = seen.flow == counted_flow::none ? 0 : std::max(seen.entered, before.entered);
  if (seen.flow == counted_flow::both) {
    seen.left = std::max({seen.left, before.left, seen.entered - std::min(seen.depth, seen.entered)});
    seen.entered = seen.left + seen.depth;
  } else {
    seen.left = 0;
  }
  return seen;
}

bool is_at_its_limit(const observation& seen) noexcept {
  const bool by_number = seen.capacity != 0 && seen.depth >= seen.capacity;
  return by_number || (seen.weight_limit != 0 && seen.weight >= seen.weight_limit);
}

/// What is answered only by something that is full.
std::uint64_t signs_of_fullness(const observation& seen) noexcept {
  const auto lost = [&](loss_kind why) { return seen.losses[static_cast<std::size_t>(why)]; };
  const bool waits_for_room = seen.kind != watched_kind::sink && seen.kind != watched_kind::log;
  return lost(loss_kind::rejected) + lost(loss_kind::timed_out) + lost(loss_kind::dropped) +
         lost(loss_kind::redirected) + (waits_for_room ? seen.push_side.waits : 0);
}

/// `amount` at `rate` a second.
nanoseconds time_for(double amount, double rate) noexcept {
  return saturated_ns(static_cast<long double>(amount) * 1e9L / static_cast<long double>(rate));
}

/// Until a level that rises has used up what is free.
nanoseconds time_until(double level, double limit, const slope_estimate& trend, double significance) noexcept {
  if (level >= limit) return nanoseconds(0);
  return trend.rises(significance) ? time_for(limit - level, trend.slope) : pressure::never;
}

}  // namespace

void pressure_track::add(time_point at, const observation& seen) {
  if (!has_begun_) return begin(at, seen);
  at = std::max(at, at_);
  if (at > at_) before_ = at_;
  was_ = now_;
  now_ = put_right(seen, was_);
  follow_flow(at);
  follow_level(at);
  at_ = at;
}

void pressure_track::begin(time_point at, const observation& seen) {
  has_begun_ = true;
  at_ = before_ = at;
  now_ = put_right(seen, {});
  was_ = now_;
  if (now_.flow == counted_flow::both) {
    curve_.emplace(history_, at, now_.entered);
    curve_->leave(at, now_.left, [](nanoseconds, std::uint64_t) {});
  }
  is_full_ = is_at_its_limit(now_);
  full_events_ = is_full_ ? 1 : 0;
  peak_ = now_.depth;
  depths_.add(at, static_cast<double>(now_.depth));
  weights_.add(at, static_cast<double>(now_.weight));
}

void pressure_track::follow_flow(time_point at) {
  uncounted_in_ += now_.entered - was_.entered;
  uncounted_out_ += now_.left - was_.left;
  if (at > at_) {
    arrivals_.add(std::exchange(uncounted_in_, 0), at - at_);
    departures_.add(std::exchange(uncounted_out_, 0), at - at_);
  }
  if (now_.flow != counted_flow::both) return;
  if (!curve_) curve_.emplace(history_, at, now_.entered);
  curve_->add(before_, at, now_.entered);
  curve_->leave(at, now_.left, [&](nanoseconds sojourn, std::uint64_t count) { sojourns_.add(at, sojourn, count); });
  sojourns_.expire(at);
}

void pressure_track::follow_level(time_point at) {
  depths_.add(at, static_cast<double>(now_.depth));
  weights_.add(at, static_cast<double>(now_.weight));
  const bool was_full = is_full_;
  is_full_ = is_at_its_limit(now_);
  const bool was_full_between = signs_of_fullness(now_) > signs_of_fullness(was_);
  if (!was_full && (is_full_ || was_full_between)) ++full_events_;
  const nanoseconds span = at - at_;
  if (was_full && is_full_) full_time_ += span;
  if (was_full != is_full_) full_time_ += span / 2;  // it changed in between, nobody saw when
  peak_ = std::max({peak_, now_.depth, was_full_between && now_.weight_limit == 0 ? now_.capacity : 0});
}

nanoseconds pressure_track::time_to_full() const noexcept {
  nanoseconds least = pressure::never;
  if (now_.capacity != 0) {
    least = time_until(static_cast<double>(now_.depth), static_cast<double>(now_.capacity), depths_.estimate(),
                       significance_);
  }
  if (now_.weight_limit != 0) {
    least = std::min(least, time_until(static_cast<double>(now_.weight), static_cast<double>(now_.weight_limit),
                                       weights_.estimate(), significance_));
  }
  return least;
}

nanoseconds pressure_track::drain_time() const noexcept {
  if (now_.depth == 0 || now_.flow != counted_flow::both) return nanoseconds(0);
  const double rate = departures_.per_second();
  return is_positive(rate) ? time_for(static_cast<double>(now_.depth), rate) : pressure::never;
}

pressure pressure_track::report() const {
  pressure told;
  told.kind = now_.kind;
  told.max_bytes = now_.max_bytes;
  told.at = at_;
  told.capacity = now_.capacity;
  told.depth = now_.depth;
  told.peak = peak_;
  told.weight = now_.weight;
  told.weight_limit = now_.weight_limit;
  told.entered = now_.entered;
  told.left = now_.left;
  told.losses = now_.losses;
  told.arrival_rate = arrivals_.per_second();
  told.drain_rate = departures_.per_second();
  const slope_estimate trend = depths_.estimate();
  told.slope = trend.slope;
  told.slope_error = trend.error;
  told.time_to_full = time_to_full();
  told.drain_time = drain_time();
  if (curve_) told.oldest_age = curve_->oldest_age(at_);
  told.sojourn = sojourns_.estimate();
  told.full_events = full_events_;
  told.full_time = full_time_;
  told.push_side = now_.push_side;
  told.pop_side = now_.pop_side;
  told.sink = now_.sink;
  return told;
}

}  // namespace tidegate::detail
