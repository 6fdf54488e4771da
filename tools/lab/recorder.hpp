// recorder.hpp: what a run looked like: a point every tenth of a second, and the measures of its window.
//
// One thread; it is told of everything in the order of time, or nearly.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lab/latency_log.hpp"
#include "lab/ledger.hpp"
#include "lab/scenario.hpp"
#include "lab/theory.hpp"

namespace tidegate::lab {

/// A tenth of a second.
struct moment {
  double at_s = 0;   ///< its end
  double depth = 0;  ///< most in it
  double offered_per_s = 0;
  double served_per_s = 0;
  double useful_per_s = 0;
  double lost_per_s = 0;
  double p50_ms = 0;  ///< of what was completed in it; not a number when nothing was
  double p99_ms = 0;
  double rss_mib = 0;  ///< above where the run began
  double limit = 0;    ///< permits, where there are any
};

/// Work that has ended.
struct completion {
  nanoseconds at{0};       ///< from the start of the run
  nanoseconds latency{0};  ///< from the instant at which it was to come
  nanoseconds inside{0};   ///< from the instant at which it was offered
  nanoseconds waited{0};   ///< and until a worker took it
  std::uint32_t flow = 0;
  bool useful = false;
};

class recorder {
 public:
  explicit recorder(const row& of);

  void completed(const completion& one);
  /// How deep the queue was seen, at any time.
  void note_depth(std::size_t depth) noexcept { deepest_ = std::max(deepest_, depth); }
  /// Every millisecond: what is inside now, and the account.
  void sample(nanoseconds now, const policy& what, const ledger& of);
  void resident(double mib_above_start) noexcept {
    rss_mib_ = mib_above_start;
    rss_peak_mib_ = std::max(rss_peak_mib_, mib_above_start);
  }
  void balance_checked(std::uint64_t imbalance) noexcept {
    ++balance_checks_;
    worst_imbalance_ = std::max(worst_imbalance_, imbalance);
  }

  [[nodiscard]] const std::vector<moment>& moments() const noexcept { return moments_; }
  /// All that is known at the end. Of a run that was broken off at `broken_off`, the window ends there.
  [[nodiscard]] measures finish(const conservation& account, nanoseconds broken_off = nanoseconds::max());

 private:
  struct of_flow {
    latency_log in_window{latency_log::rough_digits};
    std::uint64_t useful = 0;
  };

  [[nodiscard]] bool in_window(nanoseconds at) const noexcept {
    return at >= from_seconds(of_.window_from_s) && at < from_seconds(of_.window_to_s);
  }
  void close_bin(nanoseconds now, std::size_t limit, const ledger& of);
  [[nodiscard]] double normal_again_s() const;
  [[nodiscard]] double p99_settles_s() const;
  [[nodiscard]] double rss_growth_mib() const;
  void add_window(measures& to, double window_s);
  void add_flows(measures& to, double window_s);

  const row of_;
  std::vector<moment> moments_;
  const nanoseconds bin_;  // a tenth of a second; more in long runs, so that memory is bounded
  latency_log bin_latencies_{latency_log::rough_digits};
  std::uint64_t bin_useful_ = 0;
  std::size_t bin_depth_ = 0;
  nanoseconds bin_ends_ = bin_;
  std::uint64_t bin_offered_ = 0;  // so far, when the bin began
  std::uint64_t bin_lost_ = 0;

  latency_log window_;         // latencies from the instant at which it was to come
  latency_log window_inside_;  // and from the offer
  latency_log window_waited_;  // and until a worker took it
  std::uint64_t window_useful_ = 0;
  std::vector<of_flow> flows_;
  latency_log all_;
  std::uint64_t useful_ = 0;
  nanoseconds last_done_{0};

  theory::least_squares depth_line_;  // while the load of the window lasts
  theory::least_squares rss_line_;
  double inside_sum_ = 0;
  double depth_sum_ = 0;
  std::uint64_t inside_samples_ = 0;
  std::uint64_t most_inside_ = 0;
  std::uint64_t offered_at_window_ = 0, offered_in_window_ = 0;
  std::uint64_t accepted_at_window_ = 0, accepted_in_window_ = 0;
  bool window_began_ = false;
  std::size_t deepest_ = 0;
  double rss_mib_ = 0;
  double rss_peak_mib_ = 0;
  std::uint64_t balance_checks_ = 0;
  std::uint64_t worst_imbalance_ = 0;
};

}  // namespace tidegate::lab
