// latency_log.hpp: latencies of one thread, and their percentiles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "lab/clock.hpp"

namespace tidegate::lab {

class latency_log {
 public:
  void record(nanoseconds latency) {
    all_.push_back(latency);
    sorted_ = false;
  }
  void clear() noexcept { all_.clear(); }
  void add(const latency_log& other) {
    all_.insert(all_.end(), other.all_.begin(), other.all_.end());
    sorted_ = false;
  }

  [[nodiscard]] std::size_t count() const noexcept { return all_.size(); }
  /// In ms; not a number when there are none.
  [[nodiscard]] double percentile_ms(double percent) {
    if (all_.empty()) return std::nan("");
    if (!sorted_) std::sort(all_.begin(), all_.end());
    sorted_ = true;
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(all_.size())));
    return to_ms(all_[std::clamp<std::size_t>(rank, 1, all_.size()) - 1]);
  }
  [[nodiscard]] double mean_ms() const {
    double sum = 0;
    for (const nanoseconds each : all_) sum += to_ms(each);
    return all_.empty() ? std::nan("") : sum / static_cast<double>(all_.size());
  }

 private:
  std::vector<nanoseconds> all_;
  bool sorted_ = true;
};

}  // namespace tidegate::lab
