// credits: a bounded account of credits. Who needs some takes them first, and gives them back afterwards.
//
// Threads: any, in every call. Credits may be returned by another thread than the one that took them.
// Exact: `full` only if at some instant during the call fewer were free (in order: or somebody waited). Never are more
// taken than there are, and nothing is taken and given back on the way, so that no other call is refused falsely.
// Progress: try_acquire() at most Options.attempts steps, each lost to another thread's change, then `contended`;
// release() one step, and what it takes to wake those who wait; set_total() and forget() are lock-free; waiting calls
// return by their deadline plus scheduling delay. A thread that is stopped or killed costs the credits that it has, or
// that it is next in line for. What is free is free for all others, but nobody is woken by a thread that stops in
// release() before it could, or that was woken for one credit (weight_kind::unit): who sleeps then looks at the next
// release, and at its deadline.
// Order of outcomes when several are ready: stop requested, closed, credits, timeout. What was taken stays taken. A
// deadline in the past is one try.
// Waiters: barging (whoever comes first when credits come back) or in order (a large request is not passed by small
// ones). At most config.max_waiters at a time: beyond, `full` at once.
// set_total(): any time, up or down, from any thread. Down never waits: fewer are free, perhaps fewer than none, until
// enough came back.
// close(): acquires answer `closed`, everybody who waits wakes to it; credits still come back.
// What was done with credits happens before their next owner has them.
// State and orders: detail/credit_account.hpp.  Source: counting semaphores, Dijkstra 1965; exactness by load and
// compare-exchange.  Tests: tests/contract/flow, tests/model/clients/credits.hpp.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include "tidegate/base/construction.hpp"
#include "tidegate/flow/acquire_status.hpp"
#include "tidegate/flow/credit_options.hpp"
#include "tidegate/flow/detail/credit_account.hpp"
#include "tidegate/flow/watermark.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <credit_options Options = credit_options{}, class Sync = native_sync>
class credits {
  using account_type = detail::credit_account<Options, Sync>;
  static constexpr bool in_order = account_type::in_order;

 public:
  using time_point = deadline::time_point;

  /// The largest total.
  static constexpr std::size_t max_total = detail::credit_word::most_credits;

  /// Whether `config` can be had: no error, or std::errc::invalid_argument.
  [[nodiscard]] static std::error_code check(const credit_config& config) noexcept {
    const bool fits = config.total <= max_total && (!in_order || waiter_limit(config) <= Options.seats);
    return fits ? std::error_code{} : std::make_error_code(std::errc::invalid_argument);
  }

  /// Throws std::invalid_argument (a total above max_total; in order: more waiters than seats).
  explicit credits(credit_config config)
      : config_(checked(std::move(config))), account_(config_.total, waiter_limit(config_), config_.budget) {}

  credits(const credits&) = delete;
  credits& operator=(const credits&) = delete;

  /// No other thread may use it any more.
  ~credits() = default;

  /// Takes `count` credits or none: `ok`, `full`, `too_heavy`, `closed` or `contended`.
  acquire_status try_acquire(std::size_t count = 1) noexcept {
    const acquire_status status = account_.take(count);
    if (status == acquire_status::full) [[unlikely]]
      account_.counters().count_refused();
    return status;
  }

  /// Waits for `count` credits without limit, at most `span` measured from now, or until `when`: `ok`, `too_heavy`,
  /// `closed`, `timed_out`, `cancelled`, or `full` when config.max_waiters wait already. Each takes a std::stop_token
  /// as an optional last argument: a request to stop ends the wait with `cancelled`.
  acquire_status acquire(std::size_t count = 1, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return acquire_until(count, time_point::max(), stop...);
  }
  template <class Rep, class Period>
  acquire_status acquire_for(std::size_t count, std::chrono::duration<Rep, Period> span,
                             const std::same_as<std::stop_token> auto&... stop) noexcept {
    return acquire_until(count, deadline::after(Sync::now(), span).when(), stop...);
  }
  acquire_status acquire_until(std::size_t count, time_point when,
                               const std::same_as<std::stop_token> auto&... stop) noexcept {
    return account_.take_until(count, when, std::stop_token(stop...), []() noexcept { return false; });
  }
  /// The same, and ends with `closed` when `gone()` is true: noexcept, asked before each sleep. Who makes it so calls
  /// look_again() afterwards.
  template <class Gone>
  acquire_status acquire_unless(Gone&& gone, std::size_t count, time_point when,
                                const std::same_as<std::stop_token> auto&... stop) noexcept {
    static_assert(noexcept(gone()));
    return account_.take_until(count, when, std::stop_token(stop...), gone);
  }
  void look_again() noexcept { account_.wake_all(); }

  /// Takes as many as there are, up to `most`, and says in `taken` how many: as try_acquire() of one. In order: none
  /// while somebody waits.
  acquire_status try_acquire_some(std::size_t most, std::size_t& taken) noexcept {
    std::size_t count = 0;
    const acquire_status status = most == 0 ? acquire_status::ok : account_.take(1, most, count);
    taken = status == acquire_status::ok ? count : 0;
    return status;
  }
  /// Returns how many.
  [[nodiscard]] std::size_t try_acquire_some(std::size_t most) noexcept {
    std::size_t taken = 0;
    static_cast<void>(try_acquire_some(most, taken));  // none is an answer
    return taken;
  }

  /// Gives `count` credits back. More than were taken is a programmer's error; checked builds abort.
  void release(std::size_t count = 1) noexcept { account_.give(count); }

  /// `count` credits that were taken never come back: the total is that much lower from now on, or 0.
  void forget(std::size_t count) noexcept { account_.forget(count); }

  /// How many there are from now on. Returns how many there were. Aborts above max_total.
  std::size_t set_total(std::size_t total) noexcept {
    if (total > max_total) abort_with("credits: a total above max_total");
    return account_.set_total(total);
  }

  /// No more acquires. Wakes every waiter. Idempotent.
  void close() noexcept { account_.close(); }
  [[nodiscard]] bool closed() const noexcept { return account_.look().closed(); }

  /// To wait until `count` are free together with other things: wait_any(), selector, event_fd.
  [[nodiscard]] wait_source<Sync> acquire_source(std::size_t count = 1) noexcept
      requires(!in_order && parks(Options.wait)) {
    account_.one_by_one(count);
    const auto is_ready = [](credits& account, std::size_t wanted) noexcept {
      const detail::credit_word now = account.account_.look();
      return now.closed() || wanted > account.total() || now.free() >= static_cast<std::int64_t>(wanted);
    };
    return {account_.crowd().sleepers(), *this, count, is_ready, everyone};
  }

  /// Tells `callback` when the credits in use rise to `marks.high`, and when they have then fallen to `marks.low`: see
  /// flow/watermark.hpp. Before other threads use the account. Throws std::invalid_argument unless low < high.
  watermark<Sync>& on_watermark(watermarks marks,
                                typename watermark<Sync>::callback callback = {}) requires(Options.watermarks) {
    account_.mark().emplace(marks, std::move(callback));
    return *account_.mark();
  }

  // Observations.

  [[nodiscard]] const std::string& name() const noexcept { return config_.name; }
  [[nodiscard]] std::size_t total() const noexcept { return account_.total(); }
  /// Free a moment ago; less than 0 after the total was lowered below what is taken. No guard: acquire instead.
  [[nodiscard]] std::int64_t free_hint() const noexcept { return account_.look().free(); }
  [[nodiscard]] std::size_t in_use_hint() const noexcept { return account_.in_use_hint(); }

  [[nodiscard]] credit_stats stats() const noexcept {
    credit_stats stats;
    stats.total = total();
    stats.free = free_hint();
    stats.in_use = in_use_hint();
    stats.waiting = account_.waiting_hint();
    account_.counters().report_to(stats);
    return stats;
  }

  /// The most in use since the last call, and now.
  std::size_t take_peak() noexcept requires(Options.stats == stats_kind::counters) {
    return account_.counters().take_peak(in_use_hint());
  }

 private:
  [[nodiscard]] static std::size_t waiter_limit(const credit_config& config) noexcept {
    return in_order && config.max_waiters == any_number ? Options.seats : config.max_waiters;
  }
  [[nodiscard]] static credit_config checked(credit_config&& config) {
    if (const std::error_code error = check(config)) {
      fail_construction(error, "credits: total " + std::to_string(config.total) + " (at most " +
                                   std::to_string(max_total) + "), max_waiters " + std::to_string(config.max_waiters) +
                                   " (in order: at most " + std::to_string(Options.seats) + ")");
    }
    return std::move(config);
  }

  const credit_config config_;
  account_type account_;
};

}  // namespace tidegate
