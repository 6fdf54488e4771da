// capacity_limiter: at most so much work at a time. Each piece of work holds a permit; there is no other way in.
//
// Admission is one step, an acquire: there is nothing to ask first, because what was true a moment ago admits nobody.
// What is only observed is named `_hint`.
// Threads, progress, order of outcomes, waiters, close(): as flow/credits.hpp. A thread that is stopped or killed costs
// what its permits hold.
// Checked builds abort when the limiter is destroyed while permits are out.
// Source: Trio's CapacityLimiter, Tokio's Semaphore (what users asked of both).
// Tests: tests/contract/flow, tests/model/clients/credits.hpp.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>

#include "tidegate/flow/credits.hpp"
#include "tidegate/flow/permit.hpp"

namespace tidegate {

using limiter_stats = credit_stats;

template <credit_options Options = credit_options{}, class Sync = native_sync>
class basic_capacity_limiter {
 public:
  using account_type = credits<Options, Sync>;
  using permit_type = basic_permit<account_type, Options.check_returns>;
  using time_point = deadline::time_point;

  /// Throws as credits.
  explicit basic_capacity_limiter(std::size_t total) : account_({.total = total}) {}
  explicit basic_capacity_limiter(credit_config config) : account_(std::move(config)) {}

  basic_capacity_limiter(const basic_capacity_limiter&) = delete;
  basic_capacity_limiter& operator=(const basic_capacity_limiter&) = delete;

  ~basic_capacity_limiter() {
    if (Options.check_returns && account_.in_use_hint() != 0)
      abort_with("capacity_limiter: destroyed with permits out");
  }

  /// A permit of `weight`, or an empty one whose status tells why: `full`, `too_heavy`, `closed` or `contended`.
  permit_type try_acquire(std::size_t weight = 1) noexcept { return permit_for(account_.try_acquire(weight), weight); }

  /// Waits for it: as credits::acquire_until().
  permit_type acquire(std::size_t weight = 1, const std::same_as<std::stop_token> auto&... stop) noexcept {
    return permit_for(account_.acquire(weight, stop...), weight);
  }
  template <class Rep, class Period>
  permit_type acquire_for(std::size_t weight, std::chrono::duration<Rep, Period> span,
                          const std::same_as<std::stop_token> auto&... stop) noexcept {
    return permit_for(account_.acquire_for(weight, span, stop...), weight);
  }
  permit_type acquire_until(std::size_t weight, time_point when,
                            const std::same_as<std::stop_token> auto&... stop) noexcept {
    return permit_for(account_.acquire_until(weight, when, stop...), weight);
  }
  /// As credits::acquire_unless().
  template <class Gone>
  permit_type acquire_unless(Gone&& gone, std::size_t weight, time_point when,
                             const std::same_as<std::stop_token> auto&... stop) noexcept {
    return permit_for(account_.acquire_unless(gone, weight, when, stop...), weight);
  }

  /// As many as there are, up to `most`, in one permit: for a batch of work. Else an empty one whose status tells why.
  permit_type try_acquire_some(std::size_t most) noexcept {
    std::size_t taken = 0;
    const acquire_status status = account_.try_acquire_some(most, taken);
    return permit_for(status, taken);
  }

  /// The same as permit.release(). One of another limiter is a programmer's error; checked builds abort.
  void release(permit_type&& held) noexcept {
    if (Options.check_returns && !held.is_of(account_))
      abort_with("capacity_limiter: a permit of another one, or none");
    permit_type given = std::move(held);
  }

  /// How much there may be from now on. Never waits: permits that are out stay out. Returns what it was.
  std::size_t set_total(std::size_t total) noexcept { return account_.set_total(total); }

  /// No more permits. Those that are out stay valid. Wakes everybody who waits.
  void close() noexcept { account_.close(); }
  [[nodiscard]] bool closed() const noexcept { return account_.closed(); }

  /// The account itself: for watermarks, wait_any() and reports.
  [[nodiscard]] account_type& account() noexcept { return account_; }

  [[nodiscard]] std::size_t total() const noexcept { return account_.total(); }
  [[nodiscard]] std::int64_t free_hint() const noexcept { return account_.free_hint(); }
  [[nodiscard]] limiter_stats stats() const noexcept { return account_.stats(); }
  std::size_t take_peak() noexcept { return account_.take_peak(); }
  [[nodiscard]] const std::string& name() const noexcept { return account_.name(); }

 private:
  [[nodiscard]] permit_type permit_for(acquire_status status, std::size_t weight) noexcept {
    return status == acquire_status::ok ? permit_type(account_, weight) : permit_type(status);
  }

  account_type account_;
};

using capacity_limiter = basic_capacity_limiter<>;
using permit = capacity_limiter::permit_type;

}  // namespace tidegate
