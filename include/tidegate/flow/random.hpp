// random.hpp: where flow control takes chance from: any callable that gives a double in [0, 1), so that tests choose
// it.
//
// own_random: one thread. shared_random: one fetch_add a draw, any number of threads. Both give the same sequence for
// the same seed. Not for secrets.
// Origin: SplitMix64, Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
#pragma once

#include <concepts>
#include <cstdint>

#include "tidegate/base/sync.hpp"

namespace tidegate {

/// `random()` gives a number in [0, 1).
template <class F>
concept random_source = requires(F& random) {
  { random() } -> std::convertible_to<double>;
};

namespace detail {

/// The number in [0, 1) that belongs to a state; states differ by a step.
inline constexpr std::uint64_t splitmix_step = 0x9e37'79b9'7f4a'7c15;
[[nodiscard]] constexpr double splitmix_unit(std::uint64_t state) noexcept {
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
  z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

}  // namespace detail

/// For one thread.
class own_random {
 public:
  explicit constexpr own_random(std::uint64_t seed = 0) noexcept : state_(seed) {}
  constexpr double operator()() noexcept { return detail::splitmix_unit(state_ += detail::splitmix_step); }

 private:
  std::uint64_t state_;
};

/// Never anything but 0: no jitter.
struct no_random {
  double operator()() const noexcept { return 0; }
};

template <class Sync = native_sync>
class shared_random {
 public:
  explicit shared_random(std::uint64_t seed = 0) noexcept : state_(seed) {}

  double operator()() noexcept {
    // each draw is somebody's alone
    return detail::splitmix_unit(state_.fetch_add(detail::splitmix_step, order::relaxed) + detail::splitmix_step);
  }

 private:
  typename Sync::template atomic<std::uint64_t> state_;
};

}  // namespace tidegate
