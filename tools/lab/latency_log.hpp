// latency_log.hpp: latencies of one thread, and their percentiles, in constant memory: runs may be long.
#pragma once

#include <cmath>
#include <cstddef>

#include "lab/clock.hpp"
#include "tidegate/observe/histogram_snapshot.hpp"

namespace tidegate::lab {

class latency_log {
 public:
  static constexpr unsigned exact_digits = 3;
  static constexpr unsigned rough_digits = 2;  ///< for many of them

  explicit latency_log(unsigned digits = exact_digits) : all_({.highest = std::chrono::hours(24), .digits = digits}) {}

  void record(nanoseconds latency) noexcept { all_.record(latency); }
  void clear() { all_ = histogram_snapshot(all_.config()); }
  void add(const latency_log& other) { all_.add(other.all_); }

  [[nodiscard]] std::size_t count() const noexcept { return all_.count(); }
  /// In ms; not a number when there are none.
  [[nodiscard]] double percentile_ms(double percent) const noexcept {
    return all_.is_empty() ? std::nan("") : to_ms(all_.percentile(percent));
  }
  [[nodiscard]] double mean_ms() const noexcept { return all_.is_empty() ? std::nan("") : all_.mean_ns() / 1e6; }

 private:
  histogram_snapshot all_;
};

}  // namespace tidegate::lab
