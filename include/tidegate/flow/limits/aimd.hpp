// aimd: a limit that grows by one while it is used and nothing is lost, and shrinks by a factor when something is.
//
// It needs losses to see overload: behind a queue that never drops, set `timeout` to the longest round trip that is
// acceptable.  Threads: one writer.
// Origin: Chiu & Jain, "Analysis of the increase and decrease algorithms", 1989; Netflix concurrency-limits, AIMDLimit.
#pragma once

#include <chrono>
#include <cstddef>

#include "tidegate/flow/limits/limit_sample.hpp"

namespace tidegate {

struct aimd_config {
  limit_range range = {};
  double backoff = 0.9;                                        ///< factor after a loss
  std::chrono::nanoseconds timeout = std::chrono::seconds(5);  ///< a longer round trip is a loss
};

class aimd_limit {
 public:
  explicit constexpr aimd_limit(aimd_config config = {})
      : config_(config), limit_(detail::checked_range(config.range).first) {
    detail::require(config.backoff >= 0.5 && config.backoff < 1, "aimd_limit: backoff is not from 0.5 to below 1");
    detail::require(config.timeout.count() > 0, "aimd_limit: timeout is not above 0");
  }

  constexpr std::size_t update(const limit_sample& sample) noexcept {
    if (sample.dropped || sample.rtt > config_.timeout) {
      const auto less = static_cast<std::size_t>(static_cast<double>(limit_) * config_.backoff);
      limit_ = less > config_.range.least ? less : config_.range.least;
    } else if (detail::binds(static_cast<double>(limit_), sample.in_flight) && limit_ < config_.range.most) {
      ++limit_;
    }
    return limit_;
  }
  [[nodiscard]] constexpr std::size_t limit() const noexcept { return limit_; }

 private:
  aimd_config config_;
  std::size_t limit_;
};

}  // namespace tidegate
