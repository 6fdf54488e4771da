// pacer.hpp: spreads bytes over time at a rate, with a burst of a few milliseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tidegate::pump {

class pacer {
 public:
  using clock = std::chrono::steady_clock;

  /// No rate: never waits.
  explicit pacer(std::optional<std::uint64_t> bytes_per_second) noexcept : rate_(bytes_per_second) {}

  [[nodiscard]] bool active() const noexcept { return rate_.has_value(); }

  /// When the next bytes may go; in the past: now.
  [[nodiscard]] clock::time_point next() const noexcept { return next_; }

  /// `bytes` went at `now`.
  void spent(std::uint64_t bytes, clock::time_point now) noexcept {
    if (!rate_) return;
    const double seconds = static_cast<double>(bytes) / static_cast<double>(*rate_);
    next_ = std::max(next_, now - burst) +
            std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
  }

  /// The most to move in one go: `unpaced`, or about a burst's worth.
  [[nodiscard]] std::size_t portion(std::size_t unpaced) const noexcept {
    if (!rate_) return unpaced;
    return std::clamp<std::uint64_t>(*rate_ / bursts_per_second, 1, unpaced);
  }

 private:
  static constexpr clock::duration burst = std::chrono::milliseconds(10);
  static constexpr std::uint64_t bursts_per_second = std::chrono::seconds(1) / burst;

  std::optional<std::uint64_t> rate_;
  clock::time_point next_{};
};

}  // namespace tidegate::pump
