// retry_budget: retries are a share of first attempts, so that a service that fails is not asked several times as much.
//
// Each first attempt earns `share` of a retry, each retry spends one, and at most `most` are saved. Backoff with jitter
// alone does not end a storm of retries: it moves them. A budget does (docs/design/flow.md).
// Threads: any number.  Progress: lock-free, one word in thousandths of a retry.  Exact: never more than most + share *
// attempts retries.
// Origin: Beyer et al., "Site Reliability Engineering", 2016, chapter 22; Finagle's RetryBudget.
#pragma once

#include <cstdint>

#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/detail/tally.hpp"

namespace tidegate {

struct retry_budget_config {
  double share = 0.1;         ///< retries for each first attempt; in thousandths
  std::uint64_t most = 100;   ///< retries that may be saved
  std::uint64_t first = 100;  ///< retries that are there at the start
};

template <class Sync = native_sync>
class retry_budget {
 public:
  explicit retry_budget(retry_budget_config config = {})
      : earned_(thousandths_of(config)), most_(config.most * whole), saved_(config.first * whole) {}
  retry_budget(const retry_budget&) = delete;
  retry_budget& operator=(const retry_budget&) = delete;

  /// Something is attempted for the first time.
  void attempt() noexcept {
    std::uint64_t saved = saved_.load(order::relaxed);  // a number that guards no data
    // relaxed: as above
    while (saved < most_ && !saved_.compare_exchange_weak(saved, after(saved), order::relaxed, order::relaxed)) {
    }
  }

  /// True when it may be attempted once more; that is then paid.
  [[nodiscard]] bool try_retry() noexcept {
    std::uint64_t saved = saved_.load(order::relaxed);  // a number that guards no data
    while (saved >= whole) {
      // relaxed: as above
      if (saved_.compare_exchange_weak(saved, saved - whole, order::relaxed, order::relaxed)) return true;
    }
    refused_.add();
    return false;
  }

  /// Whole retries that are saved, a moment ago.
  [[nodiscard]] std::uint64_t saved_hint() const noexcept {
    return saved_.load(order::relaxed) / whole;
  }  // observation
  [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_.read(); }

 private:
  static constexpr std::uint64_t whole = 1000;  // thousandths of a retry

  /// What an attempt earns. The numbers are checked first.
  [[nodiscard]] static std::uint64_t thousandths_of(const retry_budget_config& config) {
    detail::require(config.share >= 0 && config.share <= 10, "retry_budget: share is not from 0 to 10");
    detail::require(config.most <= std::uint64_t{1} << 40, "retry_budget: most is above 2^40");
    detail::require(config.first <= config.most, "retry_budget: first is above most");
    return static_cast<std::uint64_t>(config.share * whole + 0.5);
  }
  [[nodiscard]] std::uint64_t after(std::uint64_t saved) const noexcept {
    return earned_ < most_ - saved ? saved + earned_ : most_;
  }

  const std::uint64_t earned_;
  const std::uint64_t most_;
  typename Sync::template atomic<std::uint64_t> saved_;
  detail::tally<Sync> refused_;
};

}  // namespace tidegate
