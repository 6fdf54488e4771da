// watched.hpp: a counters file as `tidegate stat` and `tidegate top` show it: fields by name, absent ones as nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tidegate/observe/counters_reader.hpp"

namespace tidegate::counters {

/// One watched thing. What the file's writer does not have, or has no value for, is nothing.
struct watched {
  bool readable = true;  ///< false: only that there is one more is known
  std::string name;      ///< printable
  std::string kind;
  std::string policy;
  std::optional<std::uint64_t> capacity, depth, peak_depth, weight_bytes, weight_limit_bytes, max_bytes;
  std::optional<std::uint64_t> entered, left;
  std::optional<double> saturation, arrival_rate, drain_rate, slope, slope_error;
  std::optional<std::uint64_t> time_to_full_ns, drain_time_ns, oldest_age_ns;
  std::optional<std::uint64_t> p50_ns, p99_ns, p999_ns, longest_ns;
  std::optional<std::uint64_t> full_events, full_time_ns;
  std::optional<std::uint64_t> push_waits, push_waited_ns, pop_waits, pop_waited_ns;
  std::optional<std::uint64_t> refused;  ///< offered and given back to whoever offered it
  std::optional<std::uint64_t> dropped;  ///< gone: dropped, left out by sampling, evicted, expired, lost

  struct loss {
    std::string reason;
    std::uint64_t count;
  };
  std::vector<loss> losses;  ///< those that are not 0

  /// Rises or falls more than chance explains: by more than two standard errors.
  [[nodiscard]] bool has_trend() const noexcept;
};

[[nodiscard]] std::vector<watched> watched_of(const counters_snapshot& seen);

/// Of all, in the worst case; nothing when no row says it.
[[nodiscard]] std::optional<std::uint64_t> total_max_bytes(const std::vector<watched>& all);

/// "alive", "stalled: no sample for 7.2 s", "gone: its last sample is 3.1 s old".
[[nodiscard]] std::string state_text(const counters_process& writer);

/// 18'400'000'000 → "18.4 s"; from 100 s on "2m05s", "1h02m", "3d04h".
[[nodiscard]] std::string span_text(std::uint64_t ns);

/// 21'834.2 → "21.8k", without a blank, for columns.
[[nodiscard]] std::string number_text(double value);

}  // namespace tidegate::counters
