// clock.hpp: the one clock of every benchmark, in nanoseconds since an arbitrary start.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidegate::bench {

/// Monotonic nanoseconds. A read costs 15 to 30 ns, so means are taken around many operations, never around one.
[[nodiscard]] inline std::uint64_t now_ns() noexcept {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_start).count());
}

/// What one read costs on this machine; percentiles of single operations contain one of these.
[[nodiscard]] inline double clock_read_cost_ns() noexcept {
  constexpr unsigned reads = 20'000;
  const std::uint64_t begin_ns = now_ns();
  std::uint64_t last_ns = begin_ns;
  for (unsigned i = 0; i < reads; ++i) last_ns = now_ns();
  return static_cast<double>(last_ns - begin_ns) / reads;
}

}  // namespace tidegate::bench
