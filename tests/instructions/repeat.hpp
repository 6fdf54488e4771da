// repeat.hpp: the loop of every script.
#pragma once

#include <atomic>

#include "tests/instructions/scripts.hpp"

namespace tidegate::test {

/// The compiler carries nothing in registers from one call to the next, as if other code ran in between.
[[gnu::always_inline]] inline void nothing_is_kept() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// Calls `operation(i)` for each i until it fails.
template <class Operation>
[[gnu::always_inline]] inline bool repeat(Operation&& operation) {
  for (word i = 0; i < operations; ++i) {
    if (!operation(i)) return false;
    nothing_is_kept();
  }
  return true;
}

}  // namespace tidegate::test
