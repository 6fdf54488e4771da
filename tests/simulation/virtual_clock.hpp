// virtual_clock.hpp: a Sync policy whose clock shows what a simulation says. Everything else is real.
#pragma once

#include <chrono>

#include "tidegate/base/sync.hpp"

namespace tidegate::test {

struct virtual_sync : native_sync {
  /// Of the whole program; one simulation runs at a time.
  static inline deadline::time_point instant{std::chrono::hours(1)};
  [[nodiscard]] static deadline::time_point now() noexcept { return instant; }

  static void advance(std::chrono::nanoseconds span) noexcept { instant += span; }
};

}  // namespace tidegate::test
