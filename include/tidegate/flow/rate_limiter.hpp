// rate_limiter: at most `burst` permits at once, and `rate` over time; the state is one atomic word.
//
// Exact: in any span of t seconds at most burst + rate * t permits are admitted, and a refusal is true: at that instant
// so many had not been earned. Nothing is counted by a timer, and nothing is given back.
// Threads: any number.  Progress: lock-free; an attempt fails only when somebody else was admitted. With
// rate_limiter_options{.attempts = n}: at most n attempts, then `contended`, which is no statement about the rate.
// Cost: a load and a compare-exchange; a refusal is a load. No system call but for the clock.  Time: a thread that read
// the clock earlier than others is treated as if it came then: it is refused too early rather than admitted too much.
// Limits: 16 permits a nanosecond; a rest of more than 18 years is taken for something else.
// Origin: the generic cell rate algorithm, see flow/detail/gcra.hpp.  Model: tests/model/clients/rate_limiter.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/gcra.hpp"
#include "tidegate/flow/rate_limit.hpp"

namespace tidegate {

struct rate_limiter_options {
  unsigned attempts = 0;  ///< compare-exchanges of a call; 0: as many as it takes
  bool operator==(const rate_limiter_options&) const = default;
};

template <rate_limiter_options Options = rate_limiter_options{}, class Sync = native_sync>
class alignas(cache_line_bytes) rate_limiter {
 public:
  using time_point = deadline::time_point;

  /// Starts rested: a whole burst may pass at once.
  explicit rate_limiter(rate_limit limit) : algorithm_(limit) {}
  rate_limiter(const rate_limiter&) = delete;
  rate_limiter& operator=(const rate_limiter&) = delete;

  /// `count` permits now, all or none. None at all are always admitted.
  rate_answer try_acquire(std::uint64_t count = 1, time_point now = Sync::now()) noexcept {
    if (count == 0) return {rate_status::ok};
    const auto tick = static_cast<std::uint64_t>(detail::ns_of(now) - began_ns_) * detail::gcra::ticks_per_ns;
    std::uint64_t earned = earned_.load(order::relaxed);  // one word, which guards no data
    for (unsigned attempt = 1;; ++attempt) {
      const detail::gcra::step step = algorithm_.try_step(earned, tick, count);
      if (step.status == rate_status::limited) return {step.status, detail::gcra::wait_of(step.value)};
      if (step.status != rate_status::ok) return {step.status};
      // relaxed: as above
      if (earned_.compare_exchange_strong(earned, step.value, order::relaxed, order::relaxed)) return {rate_status::ok};
      if (attempt == Options.attempts) return {rate_status::contended};
    }
  }

  /// The most that is admitted at once.
  [[nodiscard]] std::uint64_t burst() const noexcept { return algorithm_.burst(); }
  /// What one permit costs; the rate's inverse, rounded up to 1/16 ns.
  [[nodiscard]] std::chrono::duration<double, std::nano> interval() const noexcept {
    return std::chrono::duration<double, std::nano>(static_cast<double>(algorithm_.interval()) /
                                                    detail::gcra::ticks_per_ns);
  }

 private:
  const detail::gcra algorithm_;
  const std::int64_t began_ns_ = detail::ns_of(Sync::now());
  typename Sync::template atomic<std::uint64_t> earned_{0};
};

}  // namespace tidegate
