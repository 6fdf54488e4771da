// adaptive_limit: collects round trips from all threads and drives a limiter by an algorithm.
//
// Whoever finishes work records its round trip; one thread (a sampler) calls update(), which at most once a window
// makes one sample of them, asks the algorithm, and sets the limiter. A window with too few round trips goes on:
// nothing is concluded from silence, so that an idle limit stays what it is.
//
// Threads: record() any; update() one.  Progress: record() is lock-free (three counters and a maximum); counts at the
// edge of a window may fall into either, and none is lost.  Limiter: anything with set_total(std::size_t).
// Origin: Netflix concurrency-limits, WindowedLimit.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/limits/limit_sample.hpp"

namespace tidegate {

struct adaptive_limit_config {
  std::chrono::nanoseconds window = std::chrono::seconds(1);
  std::uint64_t least_samples = 10;  ///< round trips that a window needs
};

template <limit_algorithm Algorithm, class Sync = native_sync>
class adaptive_limit {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = deadline::time_point;

  explicit adaptive_limit(Algorithm algorithm, adaptive_limit_config config = {})
      : config_(config), algorithm_(algorithm) {
    detail::require(config.window.count() > 0, "adaptive_limit: window is not above 0");
    detail::require(config.least_samples > 0, "adaptive_limit: least_samples is 0; accepted: 1 or more");
  }
  adaptive_limit(const adaptive_limit&) = delete;
  adaptive_limit& operator=(const adaptive_limit&) = delete;

  /// Work has ended that took `rtt` from its permit on, while `in_flight` permits were out. dropped: it timed out or
  /// was shed; its time then does not count.
  void record(nanoseconds rtt, std::size_t in_flight, bool dropped = false) noexcept {
    raise(in_flight);
    if (dropped) {
      dropped_.fetch_add(1, order::relaxed);  // guards no data
      return;
    }
    rtt_ns_.fetch_add(rtt.count() > 0 ? static_cast<std::uint64_t>(rtt.count()) : 0, order::relaxed);  // as above
    count_.fetch_add(1, order::relaxed);                                                               // as above
  }

  /// Ends the window if its time is over and it holds enough; then `limiter` is set. True when the limit has changed.
  template <class Limiter>
  bool update(Limiter& limiter, time_point now = Sync::now()) {
    if (now < window_ends_) return false;
    const std::uint64_t seen = count_.load(order::relaxed) + dropped_.load(order::relaxed);  // a candidate
    if (seen < config_.least_samples) return false;
    window_ends_ = now + config_.window;
    const std::size_t before = algorithm_.limit();
    const std::size_t after = algorithm_.update(sample());
    if (after != before) limiter.set_total(after);
    return after != before;
  }

  [[nodiscard]] const Algorithm& algorithm() const noexcept { return algorithm_; }

 private:
  [[nodiscard]] limit_sample sample() noexcept {
    const std::uint64_t count = count_.exchange(0, order::relaxed);   // each count is taken once
    const std::uint64_t rtt = rtt_ns_.exchange(0, order::relaxed);    // as above
    const std::uint64_t lost = dropped_.exchange(0, order::relaxed);  // as above
    const auto mean = nanoseconds(count == 0 ? 0 : static_cast<std::int64_t>(rtt / count));
    return {.rtt = mean, .in_flight = in_flight_.exchange(0, order::relaxed), .dropped = lost != 0};  // as above
  }

  void raise(std::size_t in_flight) noexcept {
    std::size_t most = in_flight_.load(order::relaxed);  // the exchange decides
    // relaxed: a maximum, guards no data
    while (in_flight > most && !in_flight_.compare_exchange_weak(most, in_flight, order::relaxed, order::relaxed)) {
    }
  }

  const adaptive_limit_config config_;
  Algorithm algorithm_;  // of the thread that updates
  time_point window_ends_ = Sync::now() + config_.window;
  alignas(cache_line_bytes) typename Sync::template atomic<std::uint64_t> rtt_ns_{0};
  typename Sync::template atomic<std::uint64_t> count_{0};
  typename Sync::template atomic<std::uint64_t> dropped_{0};
  typename Sync::template atomic<std::size_t> in_flight_{0};
};

}  // namespace tidegate
