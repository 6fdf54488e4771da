// admission_level: under overload only the more important requests are admitted, and how important is found out.
//
// Priorities are 0 (most important) to Levels - 1. admit() compares with a level: one load. Consumers report how long
// what they take has waited; after a window of a second or of 2,000 reports, whichever comes first, the level moves: if
// the mean wait was above 20 ms, down until 5 % fewer would have been admitted; if not, up until 1 % more would. How
// many that is tells a histogram by priority: of the admitted as they leave, of the refused as they are refused.
// Priority 0 is always admitted, so that there is always something to measure; and a refusal closes a window, too, when
// its time is over, so that a level never stays down for lack of traffic.
//
// Threads: any number on both sides.  Progress: admit() is wait-free; so is observe(): whoever closes a window
// sums up Levels counters. Windows are closed by one compare-exchange; a thread that is stopped while it sums up leaves
// the level where it is, and the next window goes on. Counts at the edge of a window may fall into either, and none is
// lost.
// Origin: Zhou et al., "Overload control for scaling WeChat microservices" (DAGOR), SoCC 2018.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/detail/tally.hpp"

namespace tidegate {

struct admission_level_config {
  std::chrono::nanoseconds target = std::chrono::milliseconds(20);  ///< mean wait above which the level falls
  std::chrono::nanoseconds window = std::chrono::seconds(1);
  std::uint64_t window_count = 2000;  ///< reports that end a window early
  double fall = 0.05;                 ///< share of the admitted that a step down sheds
  double rise = 0.01;                 ///< share of the admitted that a step up adds
};

template <std::size_t Levels = 128, class Sync = native_sync>
class admission_level {
  static_assert(Levels >= 1 && Levels <= 4096, "admission_level: from 1 to 4096 priorities");

 public:
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = deadline::time_point;
  static constexpr std::size_t levels = Levels;

  explicit admission_level(admission_level_config config = {}) : config_(checked(config)) {}
  admission_level(const admission_level&) = delete;
  admission_level& operator=(const admission_level&) = delete;

  /// True when a request of this priority may enter now. Levels and above are no priorities and never enter.
  [[nodiscard]] bool admit(std::size_t priority) noexcept {
    if (priority <= level_.load(order::relaxed)) [[likely]]  // an old level is a level, too
      return true;
    refuse(priority);
    return false;
  }

  /// A consumer has taken a request of this priority, which had waited so long.
  void observe(std::size_t priority, nanoseconds waited, time_point now = Sync::now()) noexcept {
    admitted_[priority < Levels ? priority : Levels - 1].fetch_add(1, order::relaxed);  // guards no data
    const auto ns = waited.count() > 0 ? static_cast<std::uint64_t>(waited.count()) : 0;
    waited_ns_.fetch_add(ns, order::relaxed);                               // as above
    const std::uint64_t count = reports_.fetch_add(1, order::relaxed) + 1;  // one thread gets each number
    const std::int64_t ends = window_ends_.load(order::relaxed);            // a candidate: the exchange decides
    if (count == config_.window_count || detail::ns_of(now) >= ends) close_window(ends, now);
  }

  /// The least important priority that is admitted. Observation, and what to tell the clients.
  [[nodiscard]] std::size_t level_hint() const noexcept { return level_.load(order::relaxed); }  // observation
  [[nodiscard]] std::uint64_t refused_count() const noexcept { return refusals_.read(); }

 private:
  using count_array = std::array<typename Sync::template atomic<std::uint64_t>, Levels>;

  [[nodiscard]] static admission_level_config checked(admission_level_config config) {
    detail::require(config.target.count() > 0, "admission_level: target is not above 0");
    detail::require(config.window.count() > 0, "admission_level: window is not above 0");
    detail::require(config.window_count > 0, "admission_level: window_count is 0; accepted: 1 or more");
    detail::require(config.fall > 0 && config.fall < 1, "admission_level: fall is not between 0 and 1");
    detail::require(config.rise > 0 && config.rise <= 1, "admission_level: rise is not above 0 and at most 1");
    return config;
  }

  [[gnu::noinline]] void refuse(std::size_t priority) noexcept {
    refusals_.add();
    if (priority < Levels) refused_[priority].fetch_add(1, order::relaxed);  // guards no data
    const std::int64_t ends = window_ends_.load(order::relaxed);             // a candidate: the exchange decides
    const time_point now = Sync::now();
    if (detail::ns_of(now) >= ends) close_window(ends, now);
  }

  /// The winner of the exchange sums up the window.
  [[gnu::noinline]] void close_window(std::int64_t ends, time_point now) noexcept {
    const std::int64_t next = detail::ns_of(now) + config_.window.count();
    // relaxed: decides who sums up, and the sums are taken by exchanges
    if (!window_ends_.compare_exchange_strong(ends, next, order::relaxed, order::relaxed)) return;
    const std::uint64_t reports = reports_.exchange(0, order::relaxed);   // each count is taken once
    const std::uint64_t waited = waited_ns_.exchange(0, order::relaxed);  // as above
    const bool overloaded = reports != 0 && waited / reports > static_cast<std::uint64_t>(config_.target.count());
    move_level(overloaded);
  }

  void move_level(bool overloaded) noexcept {
    std::size_t from = level_.load(order::relaxed);  // the exchange below decides
    std::uint64_t total = 0;
    std::array<std::uint64_t, Levels> here;
    for (std::size_t i = 0; i < Levels; ++i) {
      const std::uint64_t in = admitted_[i].exchange(0, order::relaxed);  // each count is taken once
      const std::uint64_t out = refused_[i].exchange(0, order::relaxed);  // as above
      total += in;
      here[i] = overloaded ? in : out;
    }
    const std::size_t to =
        overloaded ? lower(from, here, share(total, config_.fall)) : higher(from, here, share(total, config_.rise));
    // relaxed: guards no data; one that was stopped up to here comes too late
    static_cast<void>(level_.compare_exchange_strong(from, to, order::relaxed, order::relaxed));
  }

  [[nodiscard]] static std::uint64_t share(std::uint64_t total, double of) noexcept {
    const auto part = static_cast<std::uint64_t>(static_cast<double>(total) * of);
    return part > 0 ? part : 1;
  }
  [[nodiscard]] static std::size_t lower(std::size_t level, const std::array<std::uint64_t, Levels>& admitted,
                                         std::uint64_t wanted) noexcept {
    for (std::uint64_t shed = 0; level > 0 && shed < wanted; --level) shed += admitted[level];
    return level;
  }
  [[nodiscard]] static std::size_t higher(std::size_t level, const std::array<std::uint64_t, Levels>& refused,
                                          std::uint64_t wanted) noexcept {
    for (std::uint64_t added = 0; level + 1 < Levels && added < wanted;) added += refused[++level];
    return level;
  }

  const admission_level_config config_;
  alignas(cache_line_bytes) typename Sync::template atomic<std::size_t> level_{Levels - 1};
  alignas(cache_line_bytes)
      typename Sync::template atomic<std::int64_t> window_ends_{detail::ns_of(Sync::now()) + config_.window.count()};
  typename Sync::template atomic<std::uint64_t> reports_{0};
  typename Sync::template atomic<std::uint64_t> waited_ns_{0};
  detail::tally<Sync> refusals_;
  count_array admitted_{};
  count_array refused_{};
};

}  // namespace tidegate
