// credit_options.hpp: how an account of credits is composed, its numbers, and what it reports.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/config.hpp"
#include "tidegate/base/counter.hpp"
#include "tidegate/flow/acquire_status.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate {

/// Who gets credits that come back.
enum class waiter_order : std::uint8_t {
  barging,  ///< whoever comes first: the fastest; a large request may be passed by small ones for ever
  fifo,     ///< in order of arrival: nobody passes somebody who waits
};

/// How many credits a call asks for.
enum class weight_kind : std::uint8_t {
  any,   ///< as many as it likes; credits that come back wake everybody who barges
  unit,  ///< one: who waits for another number aborts; credits that come back wake as many as can go on
};

/// Options of an account, a template argument: `credits<credit_options{.order = waiter_order::fifo}>`.
struct credit_options {
  waiter_order order = waiter_order::barging;
  weight_kind weights = weight_kind::any;
  wait_kind wait = wait_kind::spin_park;
  stats_kind stats = stats_kind::counters;
  unsigned seats = 32;                  ///< in order: the most that may wait, 1 to 127; O(seats) to serve one
  unsigned attempts = 64;               ///< of one call that does not wait
  bool watermarks = false;              ///< on_watermark() may be called; two more locked instructions a call
  bool check_returns = checks_enabled;  ///< abort when more is given back than was taken

  bool operator==(const credit_options&) const = default;
};

/// No limit.
inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

/// Numbers of an account, a constructor argument.
struct credit_config {
  std::size_t total;                     ///< credits, 0 to credits<>::max_total
  std::size_t max_waiters = any_number;  ///< further ones are refused at once; in order at most Options.seats
  wait_budget budget = {};               ///< how long waits stay awake
  std::string name = {};                 ///< for reports
};

/// A snapshot; fields are read one after another while the account is used. Counters are 0 with stats_kind::off.
struct credit_stats {
  std::size_t total = 0;
  std::int64_t free = 0;  ///< below 0 after the total was lowered under what is taken
  std::size_t in_use = 0;
  std::size_t waiting = 0;      ///< threads
  std::uint64_t refused = 0;    ///< acquires answered `full`
  std::uint64_t timed_out = 0;  ///< acquires answered `timed_out`
  std::uint64_t cancelled = 0;  ///< waits answered `cancelled`
  std::uint64_t waits = 0;
  std::chrono::nanoseconds wait_time{0};
};

namespace detail {

/// What an account counts.
template <bool Counted, class Sync>
struct alignas(cache_line_bytes) credit_counters {
  shared_counter<Sync> refused, timed_out, cancelled, waits, wait_time_ns;
  typename Sync::template atomic<std::size_t> peak{0};

  void count_refused() noexcept { refused.add(1); }
  void count_wait(std::chrono::nanoseconds spent, acquire_status status) noexcept {
    waits.add(1);
    wait_time_ns.add(static_cast<std::uint64_t>(spent.count()));
    if (status == acquire_status::cancelled) cancelled.add(1);
    if (status == acquire_status::timed_out) timed_out.add(1);
  }
  void note(std::size_t in_use) noexcept {
    std::size_t most = peak.load(order::relaxed);  // an observation, guards no data
    // relaxed: likewise
    while (in_use > most && !peak.compare_exchange_weak(most, in_use, order::relaxed, order::relaxed)) continue;
  }
  std::size_t take_peak(std::size_t in_use) noexcept {
    return std::max(in_use, peak.exchange(in_use, order::relaxed));  // as above
  }
  void report_to(credit_stats& stats) const noexcept {
    stats.refused = refused.read();
    stats.timed_out = timed_out.read();
    stats.cancelled = cancelled.read();
    stats.waits = waits.read();
    stats.wait_time = std::chrono::nanoseconds(wait_time_ns.read());
  }
};

/// stats_kind::off: nothing is stored, nothing is compiled.
template <class Sync>
struct credit_counters<false, Sync> {
  void count_refused() noexcept {}
  void count_wait(std::chrono::nanoseconds, acquire_status) noexcept {}
  void note(std::size_t) noexcept {}
  void report_to(credit_stats&) const noexcept {}
};

}  // namespace detail
}  // namespace tidegate
