// arrivals.hpp: when requests come, as a Poisson process with a rate that changes, the same for the same seed.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace tidegate::test {

using std::chrono::nanoseconds;

/// For so long so many a second.
struct load_phase {
  nanoseconds span;
  double per_second;
};

/// MT19937 as Python seeds and reads it (Matsumoto & Nishimura 1998; seeding by array, 2002): the simulations then meet
/// the very arrivals of the model that they are held against.
class model_random {
 public:
  explicit model_random(std::uint32_t seed) noexcept {
    state_[0] = 19650218;
    for (std::uint32_t i = 1; i < length; ++i) state_[i] = 1812433253 * mixed(i - 1) + i;
    std::uint32_t at = 1;
    for (std::uint32_t k = 0; k < length; ++k) stir(at, 1664525, seed);
    for (std::uint32_t k = 1; k < length; ++k) stir(at, 1566083941, 0 - at);
    state_[0] = 0x8000'0000;
  }

  /// In [0, 1), with 53 bits.
  double operator()() noexcept {
    const std::uint32_t high = word() >> 5;
    const std::uint32_t low = word() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

 private:
  static constexpr std::uint32_t length = 624;

  [[nodiscard]] std::uint32_t mixed(std::uint32_t i) const noexcept { return state_[i] ^ (state_[i] >> 30); }
  void stir(std::uint32_t& at, std::uint32_t factor, std::uint32_t addend) noexcept {
    state_[at] = (state_[at] ^ (mixed(at - 1) * factor)) + addend;
    if (++at < length) return;
    state_[0] = state_[length - 1];
    at = 1;
  }
  [[nodiscard]] std::uint32_t word() noexcept {
    if (next_ == length) renew();
    std::uint32_t y = state_[next_++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c'5680;
    y ^= y << 15 & 0xefc6'0000;
    return y ^ y >> 18;
  }
  void renew() noexcept {
    for (std::uint32_t i = 0; i < length; ++i) {
      const std::uint32_t y = (state_[i] & 0x8000'0000) | (state_[(i + 1) % length] & 0x7fff'ffff);
      state_[i] = state_[(i + 397) % length] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908'b0df : 0);
    }
    next_ = 0;
  }

  std::array<std::uint32_t, length> state_;
  std::uint32_t next_ = length;
};

/// Times between arrivals.
class poisson {
 public:
  explicit poisson(std::uint32_t seed) noexcept : random_(seed) {}
  /// In seconds.
  [[nodiscard]] double next(double per_second) noexcept { return -std::log(1 - random_()) / per_second; }

 private:
  model_random random_;
};

[[nodiscard]] inline nanoseconds in_ns(double seconds) noexcept {
  return nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

/// The instants of all arrivals, from 0 on.
[[nodiscard]] inline std::vector<nanoseconds> arrivals(std::span<const load_phase> phases, std::uint32_t seed) {
  poisson process(seed);
  std::vector<nanoseconds> all;
  double begins = 0;
  for (const load_phase& phase : phases) {
    const double ends = begins + std::chrono::duration<double>(phase.span).count();
    for (double at = begins + process.next(phase.per_second); at < ends; at += process.next(phase.per_second)) {
      all.push_back(in_ns(at));
    }
    begins = ends;
  }
  return all;
}

}  // namespace tidegate::test
