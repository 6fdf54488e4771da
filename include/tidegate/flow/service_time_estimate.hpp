// service_time_estimate: how long one unit of work takes, mean and mean deviation, learnt from measurements.
//
// Threads: any number record, any read.  Progress: wait-free: one load and one compare-exchange; of two samples that
// meet one is left out, which an average can bear.  Both numbers lie in one word, so that they always belong together.
// margin() = mean + `deviations` * mean deviation: what must be left of a deadline for work to be worth starting. The
// mean alone is not enough: half of all work takes longer.
// Origin: Jacobson & Karels 1988, as in RFC 6298 (gains 1/8 and 1/4, four deviations).
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>

#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"

namespace tidegate {

struct service_time_config {
  std::chrono::nanoseconds first_guess{0};  ///< the answer until the first sample
  double deviations = 4;                    ///< in margin()
};

template <class Sync = native_sync>
class service_time_estimate {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  explicit service_time_estimate(service_time_config config = {}) : config_(config) {
    detail::require(config.first_guess.count() >= 0, "service_time_estimate: first_guess is negative");
    detail::require(config.deviations >= 0 && config.deviations <= 1000,
                    "service_time_estimate: deviations are not from 0 to 1000");
  }

  /// What one unit of work took. A negative time counts as 0.
  void record(nanoseconds took) noexcept {
    const auto sample = static_cast<float>(took.count() > 0 ? took.count() : 0);
    std::uint64_t word = word_.load(order::relaxed);  // both numbers in one word: nothing else to see
    numbers now = unpacked(word);
    if (word == unknown) {
      now = {sample, sample / 2};
    } else {
      const float miss = sample - now.mean_ns;
      now.deviation_ns += ((miss < 0 ? -miss : miss) - now.deviation_ns) / 4;
      now.mean_ns += miss / 8;
    }
    // relaxed: as above. Lost to another sample: this one is left out
    static_cast<void>(word_.compare_exchange_strong(word, packed(now), order::relaxed, order::relaxed));
  }

  [[nodiscard]] nanoseconds mean() const noexcept {
    const std::uint64_t word = word_.load(order::relaxed);  // observation
    return word == unknown ? config_.first_guess : detail::saturated_ns(unpacked(word).mean_ns);
  }

  /// Mean and so many deviations.
  [[nodiscard]] nanoseconds margin() const noexcept {
    const std::uint64_t word = word_.load(order::relaxed);  // observation
    if (word == unknown) return config_.first_guess;
    const numbers now = unpacked(word);
    return detail::saturated_ns(now.mean_ns + config_.deviations * static_cast<double>(now.deviation_ns));
  }

 private:
  struct numbers {
    float mean_ns;
    float deviation_ns;
  };
  static_assert(sizeof(numbers) == sizeof(std::uint64_t));
  static constexpr std::uint64_t unknown = ~std::uint64_t{0};  // two negative not-a-numbers: never a result

  [[nodiscard]] static std::uint64_t packed(numbers of) noexcept { return std::bit_cast<std::uint64_t>(of); }
  [[nodiscard]] static numbers unpacked(std::uint64_t word) noexcept { return std::bit_cast<numbers>(word); }

  const service_time_config config_;
  typename Sync::template atomic<std::uint64_t> word_{unknown};
};

}  // namespace tidegate
