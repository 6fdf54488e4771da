#include "tidegate/observe/readiness.hpp"

#include <algorithm>

#include "tidegate/flow/detail/require.hpp"

namespace tidegate {
namespace {

using std::chrono::nanoseconds;

template <class Value>
bool are_ordered(const hysteresis<Value>& marks) noexcept {
  return marks.leave <= marks.enter;
}
bool are_ordered(const readiness_marks& marks) noexcept {
  return are_ordered(marks.saturation) && are_ordered(marks.age) && are_ordered(marks.drain_time);
}

/// Which signal of `one` satisfies `test(value, marks)` first; none if none does.
template <class Test>
readiness_signal first_signal(const pressure& one, const readiness_marks& marks, Test&& test) noexcept {
  if (test(one.saturation(), marks.saturation)) return readiness_signal::saturation;
  if (test(one.oldest_age, marks.age)) return readiness_signal::age;
  if (test(one.drain_time, marks.drain_time)) return readiness_signal::drain_time;
  return readiness_signal::none;
}

/// A mark of `never` is no mark: a drain that never ends does not reach it.
template <class Value>
bool is_off(const hysteresis<Value>& marks) noexcept {
  if constexpr (std::is_same_v<Value, nanoseconds>) return marks.enter == pressure::never;
  return false;
}

constexpr auto is_entered = [](auto value, const auto& marks) { return !is_off(marks) && value >= marks.enter; };
constexpr auto is_kept = [](auto value, const auto& marks) { return !is_off(marks) && value >= marks.leave; };

}  // namespace

readiness::readiness(readiness_config config)
    : config_(config), retry_(config.retry), chance_(config.seed), shared_chance_(config.seed) {
  detail::require(are_ordered(config.degraded) && are_ordered(config.not_ready),
                  "readiness_config: a leave mark lies above its enter mark");
  detail::require(config.dwell_in.count() >= 0 && config.dwell_out.count() >= 0,
                  "readiness_config: a dwell is negative");
  detail::require(config.jitter >= 0 && config.jitter <= 1, "readiness_config: jitter is not from 0 to 1");
  detail::require(config.retry_below >= 0 && config.retry_below <= 1,
                  "readiness_config: retry_below is not from 0 to 1");
  stretch_ = 1 + config_.jitter * chance_();
  retry_ns_.store(config.retry.least.count(), order::relaxed);  // nobody looks yet
}

readiness::verdict readiness::judge(std::span<const pressure> all) const noexcept {
  verdict worst;
  const auto look = [&](const pressure& one, readiness_state state, const readiness_marks& marks) {
    if (const auto why = first_signal(one, marks, is_entered); why != readiness_signal::none) {
      if (state > worst.at_least) worst.reason = why;
      worst.at_least = std::max(worst.at_least, state);
    }
    if (first_signal(one, marks, is_kept) != readiness_signal::none) worst.at_most = std::max(worst.at_most, state);
  };
  for (const pressure& one : all) {
    look(one, readiness_state::degraded, config_.degraded);
    look(one, readiness_state::not_ready, config_.not_ready);
  }
  return worst;
}

bool readiness::has_dwelt(const dwell& what, time_point now, nanoseconds needed) const noexcept {
  const auto stretched = static_cast<long double>(needed.count()) * static_cast<long double>(stretch_);
  return what.lasts && detail::elapsed(what.since, now) >= detail::saturated_ns(stretched);
}

/// The worst state that has been called for long enough; if there is none, the best one that has.
readiness_state readiness::update(std::span<const pressure> all, time_point now) noexcept {
  now = last_ = std::max(now, last_);
  note_retry(all);
  const readiness_state current = state();
  const verdict seen = judge(all);
  const readiness_state best = std::max(seen.at_least, seen.at_most);
  readiness_state next = current;
  for (const readiness_state each : {readiness_state::not_ready, readiness_state::degraded}) {
    const auto place = static_cast<std::size_t>(each);
    bad_[place].follow(each > current && seen.at_least >= each, now);
    good_[place].follow(each <= current && best < each, now);
    if (next == current && has_dwelt(bad_[place], now, config_.dwell_in)) next = each;
    if (each == next && has_dwelt(good_[place], now, config_.dwell_out)) next = readiness_state(place - 1);
  }
  if (next != current) enter(next, seen.reason);
  return next;
}

void readiness::enter(readiness_state next, readiness_signal why) noexcept {
  stretch_ = 1 + config_.jitter * chance_();
  // relaxed: observations that guard no data; one thread writes them
  entered_[static_cast<std::size_t>(next)].fetch_add(1, order::relaxed);
  if (next == readiness_state::ready || why != readiness_signal::none) reason_.store(why, order::relaxed);
  state_.store(next, order::relaxed);
}

void readiness::note_retry(std::span<const pressure> all) noexcept {
  nanoseconds longest = config_.retry.least;
  for (const pressure& one : all) {
    if (one.kind == watched_kind::limiter) continue;  // nobody counts what leaves it
    const auto low = static_cast<std::size_t>(config_.retry_below * static_cast<double>(one.capacity));
    longest = std::max(longest, retry_.until_drained(one.depth, one.drain_rate, low));
  }
  retry_ns_.store(longest.count(), order::relaxed);  // observation
}

std::uint64_t readiness::transitions() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : entered_) sum += each.load(order::relaxed);  // observations
  return sum;
}

nanoseconds readiness::retry_after() noexcept {
  const auto base = static_cast<long double>(retry_ns_.load(order::relaxed));  // observation
  return detail::saturated_ns(base + base * static_cast<long double>(config_.retry.spread * shared_chance_()));
}

}  // namespace tidegate
