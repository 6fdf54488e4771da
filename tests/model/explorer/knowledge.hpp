// knowledge.hpp: what a model thread knows, and what a store tells to those who acquire it.
//
// Two things, both joined by taking the later of each entry:
//   happened  a vector clock: which steps of each thread happen before this point. Decides data races.
//   seen      per atomic location, the oldest store that may still be read from here (coherence). A store, a load and
//             every acquired message raise it, and sequentially consistent fences do so without ordering anything else.
// Source: vector clocks, Fidge and Mattern 1988; views after Kang et al., "A promising semantics", POPL 2017.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tidegate::model {

inline constexpr unsigned max_threads = 8;  // the last one sets the client up and takes it down
inline constexpr unsigned setup_thread = max_threads - 1;
inline constexpr unsigned max_locations = 64;

/// Counts a thread's steps or a location's stores. Signed and narrow: a join is then a few vector instructions.
using tick = std::int16_t;

namespace detail {

template <std::size_t Size>
inline void keep_later(std::array<tick, Size>& mine, const std::array<tick, Size>& theirs) noexcept {
  for (std::size_t i = 0; i < Size; ++i) mine[i] = mine[i] < theirs[i] ? theirs[i] : mine[i];
}

}  // namespace detail

/// Per thread, how many of its steps happen before this point.
struct vector_clock {
  std::array<tick, max_threads> of{};

  void join(const vector_clock& other) noexcept { detail::keep_later(of, other.of); }

  /// True when every step counted here is counted by `other` too.
  [[nodiscard]] bool within(const vector_clock& other) const noexcept {
    bool all = true;
    for (unsigned i = 0; i < max_threads; ++i) all = all && of[i] <= other.of[i];
    return all;
  }
};

/// Per location, the oldest store that may still be read.
struct view {
  std::array<tick, max_locations> of{};

  void join(const view& other) noexcept { detail::keep_later(of, other.of); }
};

struct knowledge {
  vector_clock happened;
  view seen;

  void join(const knowledge& other) noexcept {
    happened.join(other.happened);
    seen.join(other.seen);
  }
};

}  // namespace tidegate::model
