// wait_any: waits until one of several things is ready: queues, sides of queues, values, in any mix.
//
// One futex_waitv for all of them where the kernel has it (Linux 5.16). Where not, every thing gets a bell hung up, and
// all who wait so sleep on one event count of the process, which every bell wakes.
// No lost wake: the waiter is registered everywhere, one heavy fence, a look at everything, sleep. No stranded element:
// a wake of a thing that the waiter does not return may have been meant for another waiter, and is passed on.
// Ready means: at an instant during the call a try would not have answered `empty` (or `full`); closed counts. Another
// thread may be faster: try, and wait again. Who is told of one thing tries that one before anything else, leaving
// included: the wake may have been for it, and nobody else was told.
// Progress: returns by its deadline plus scheduling delay; O(n) for n things.  Threads: any number, each for its own.
// Source: futex_waitv(2), Almeida 2021; the event count's protocol is wait/event_count.hpp's.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stop_token>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/wait/wait_source.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {

/// The answer of a wait for several that found none: the deadline has passed, or a stop was requested.
inline constexpr std::size_t none_ready = std::numeric_limits<std::size_t>::max();

/// Which of several that are ready is answered.
enum class pick : std::uint8_t {
  fair,      ///< each in its turn, so that none starves
  in_order,  ///< the first one
};

namespace detail {

/// One wait of one thread.
template <class Sync>
class wait_for_many {
 public:
  static constexpr std::size_t most = Sync::most_watches;

  /// `from` is looked at first.
  wait_for_many(std::span<const wait_source<Sync>> all, std::size_t from, const std::stop_token& stop) noexcept
      : all_(all), from_(from), stop_(stop) {}

  [[nodiscard]] std::size_t until(deadline when, wait_budget budget) noexcept {
    const auto attempt = [this]() noexcept { return look(); };
    if (attempt() || when.reached(Sync::now()) || try_times<Sync>(budget.spins, &Sync::pause, attempt, when) ||
        try_times<Sync>(budget.yields, &Sync::yield, attempt, when)) {
      return found_;
    }
    if (!stop_.stop_possible()) return sleep_until(when);
    const std::stop_callback wake(stop_, [this]() noexcept { all_.front().where().notify(everyone); });
    return sleep_until(when);
  }

 private:
  [[nodiscard]] std::size_t sleep_until(deadline when) noexcept {
    if (Sync::waits_for_many()) {
      while (!sleep_once(when) && !when.reached(Sync::now())) {
      }
      pass_on_what_was_claimed();
    } else {
      const auto attempt = [this]() noexcept { return look() || look_behind_bells(); };
      static_cast<void>(Sync::template common<event_count<Sync>>().wait_until(attempt, when));  // found_ tells
    }
    return found_;
  }

  /// True when there is an answer: one that is ready, or a stop.
  [[nodiscard]] bool look() noexcept {
    if (stop_.stop_requested()) return true;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const std::size_t at = from_ + i < all_.size() ? from_ + i : from_ + i - all_.size();
      if (!all_[at].ready()) continue;
      found_ = at;
      return true;
    }
    return false;
  }

  /// Registers everywhere, looks, sleeps, leaves everywhere, looks.
  [[nodiscard]] bool sleep_once(deadline when) noexcept {
    for (std::size_t i = 0; i < all_.size(); ++i) watches_[i] = {&all_[i].where().word(), all_[i].where().enlist()};
    const bool fenced = event_count<Sync>::fence_before_look();  // [register] pairs with the light fence of notify()
    const bool answered = look();
    if (!answered) {
      const deadline limit = fenced ? when : event_count<Sync>::unfenced_slice(when);
      const futex_outcome outcome = Sync::futex_wait_many(watches_.data(), all_.size(), limit);
      // refused (no memory for it, a late seccomp filter): short naps at the first of them, rather than none
      if (outcome == futex_outcome::refused) [[unlikely]]
        Sync::futex_wait(*watches_[0].word, watches_[0].expected, event_count<Sync>::unfenced_slice(limit));
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (!all_[i].where().delist(watches_[i].expected)) claimed_[i] = true;
    }
    return answered || look();
  }

  /// What was claimed may have been this waiter, and it answers for one thing at most.
  void pass_on_what_was_claimed() const noexcept {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (claimed_[i] && i != found_) all_[i].pass_on();
    }
  }

  [[nodiscard]] bool look_behind_bells() noexcept {
    for (const wait_source<Sync>& each : all_) each.where().hang_bell();
    static_cast<void>(event_count<Sync>::fence_before_look());  // [register] as above; refused: the sleep is short
    return look();
  }

  std::span<const wait_source<Sync>> all_;
  std::size_t from_;
  std::stop_token stop_;
  std::size_t found_ = none_ready;
  std::array<typename Sync::watch, most> watches_;  // the first all_.size() of them
  std::array<bool, most> claimed_{};
};

/// Where the next look at `count` things begins: golden-ratio steps around them, which favour none of them whatever the
/// pattern in which other calls of this thread take turns in between.
template <class Sync>
[[nodiscard]] std::size_t next_begin(std::size_t count) noexcept {
  const std::uint32_t part = Sync::turn() * 0x9e37'79b9u;  // of 2^32; wraps
  return static_cast<std::size_t>((std::uint64_t{part} * count) >> 32);
}

template <class Sync, class... Sources>
[[nodiscard]] std::size_t wait_for_all_of(const std::stop_token& stop, deadline when, wait_source<Sync> first,
                                          Sources... others) noexcept {
  static_assert(1 + sizeof...(others) <= Sync::most_watches, "too many things to wait for");
  const std::array<wait_source<Sync>, 1 + sizeof...(others)> all{first, others...};
  return wait_for_many<Sync>(all, next_begin<Sync>(all.size()), stop).until(when, {});
}

}  // namespace detail

/// Waits again and again for the same things, of which the one that was answered last comes last.
template <class Sync = native_sync>
class selector {
 public:
  using time_point = deadline::time_point;
  static constexpr std::size_t most_sources = Sync::most_watches;

  explicit selector(pick order = pick::fair, wait_budget budget = {}) noexcept : order_(order), budget_(budget) {}

  /// One more thing to wait for; false when there are most_sources.
  [[nodiscard]] bool add(wait_source<Sync> source) noexcept {
    if (count_ == most_sources) return false;
    sources_[count_++] = source;
    return true;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// The number of a thing that is ready, in the order of add(); none_ready when `when` came or a stop was requested
  /// first, or when there is nothing to wait for. A deadline in the past is one look.
  [[nodiscard]] std::size_t wait_until(time_point when, const std::stop_token& stop = {}) noexcept {
    if (count_ == 0) return none_ready;
    detail::wait_for_many<Sync> wait({sources_.data(), count_}, next_, stop);
    const std::size_t found = wait.until(when, budget_);
    if (order_ == pick::fair && found != none_ready) next_ = found + 1 == count_ ? 0 : found + 1;
    return found;
  }

  /// At most `span`, measured from now.
  template <class Rep, class Period>
  [[nodiscard]] std::size_t wait_for(std::chrono::duration<Rep, Period> span,
                                     const std::stop_token& stop = {}) noexcept {
    return wait_until(deadline::after(Sync::now(), span).when(), stop);
  }

 private:
  pick order_;
  wait_budget budget_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;  // looked at first
  std::array<wait_source<Sync>, most_sources> sources_;
};

/// What it means to wait for a queue: that there is something to pop.
template <class Sync>
[[nodiscard]] wait_source<Sync> source_of(wait_source<Sync> source) noexcept {
  return source;
}
template <class Queue>
[[nodiscard]] auto source_of(Queue& queue) noexcept -> decltype(queue.pop_source()) {
  return queue.pop_source();
}

template <class Thing>
concept waitable = requires(Thing& thing) {
  source_of(thing);
};

/// The index of one of the arguments that is ready: a queue (to pop) or a wait_source (`queue.push_source()`: to push);
/// none_ready when `when` came first. Each call begins its look with another one, so that none starves.
template <waitable First, waitable... Others>
[[nodiscard]] std::size_t wait_any(deadline::time_point when, First&& first, Others&&... others) noexcept {
  return detail::wait_for_all_of({}, when, source_of(first), source_of(others)...);
}

/// The same; a request to stop ends the wait with none_ready, too.
template <waitable First, waitable... Others>
[[nodiscard]] std::size_t wait_any(deadline::time_point when, const std::stop_token& stop, First&& first,
                                   Others&&... others) noexcept {
  return detail::wait_for_all_of(stop, when, source_of(first), source_of(others)...);
}

}  // namespace tidegate
