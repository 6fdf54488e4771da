// retry_after.hpp: when somebody who was refused should come back, from the time that the queue needs to drain.
//
// Whoever comes back earlier than the queue has drained to its low watermark is refused again. Those who were refused
// together must not come back together: each gets a random share of `spread` on top.
// Progress: no shared state.  Errors: bounds that contradict each other do not construct.
// Origin: Little's law (flow/sizing.hpp); Retry-After as in RFC 9110, section 10.2.3; jitter after Floyd & Jacobson,
// "The synchronization of periodic routing messages", 1994.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/random.hpp"

namespace tidegate {

/// What is told: from `least` to `most`, and up to `spread` of it on top.
struct retry_after_bounds {
  std::chrono::nanoseconds least = std::chrono::seconds(1);
  std::chrono::nanoseconds most = std::chrono::seconds(60);
  double spread = 0.25;
};

class retry_after {
 public:
  explicit constexpr retry_after(retry_after_bounds bounds = {}) : bounds_(bounds) {
    detail::require(bounds.least.count() >= 0, "retry_after: least is negative; accepted: 0 or more");
    detail::require(bounds.most >= bounds.least, "retry_after: most is below least; accepted: least or more");
    detail::require(bounds.spread >= 0 && bounds.spread <= 1, "retry_after: spread is not from 0 to 1");
  }

  /// The wait until `depth` elements have drained to `low_watermark`. A drain of 0 a second, or what is no number:
  /// `most`.
  template <random_source Random = no_random>
  [[nodiscard]] std::chrono::nanoseconds operator()(std::size_t depth, double drain_per_second,
                                                    std::size_t low_watermark = 0, Random&& random = {}) const {
    const auto base = static_cast<long double>(until_drained(depth, drain_per_second, low_watermark).count());
    return detail::saturated_ns(base + base * static_cast<long double>(bounds_.spread * static_cast<double>(random())));
  }

  /// The same without jitter.
  [[nodiscard]] constexpr std::chrono::nanoseconds until_drained(std::size_t depth, double drain_per_second,
                                                                 std::size_t low_watermark = 0) const noexcept {
    if (depth <= low_watermark) return bounds_.least;
    if (!detail::is_positive(drain_per_second)) return bounds_.most;
    const auto wait = detail::saturated_ns(static_cast<long double>(depth - low_watermark) * 1e9L / drain_per_second);
    return wait < bounds_.least ? bounds_.least : wait > bounds_.most ? bounds_.most : wait;
  }

 private:
  retry_after_bounds bounds_;
};

/// Whole seconds, rounded up: the value of an HTTP Retry-After field.
[[nodiscard]] constexpr std::int64_t retry_after_s(std::chrono::nanoseconds wait) noexcept {
  constexpr std::int64_t ns_per_second = 1'000'000'000;
  return wait.count() <= 0 ? 0 : (wait.count() - 1) / ns_per_second + 1;
}

}  // namespace tidegate
