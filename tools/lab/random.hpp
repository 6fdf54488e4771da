// random.hpp: the numbers of the lab: the same for the same seed, and the same as in the design's model.
//
// MT19937 as Python seeds and reads it, so that the lab meets the very arrivals that the numbers of the design were
// computed with.
// Origin: Matsumoto & Nishimura, "Mersenne Twister", 1998; seeding by an array, 2002.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <random>

namespace tidegate::lab {

class model_random {
 public:
  explicit model_random(std::uint32_t seed) : engine_(seeded(seed)) {}

  /// In [0, 1), with 53 bits.
  [[nodiscard]] double unit() noexcept {
    const auto high = static_cast<std::uint32_t>(engine_()) >> 5;
    const auto low = static_cast<std::uint32_t>(engine_()) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

  /// Exponential, of this mean.
  [[nodiscard]] double exponential(double mean) noexcept { return -std::log(1 - unit()) * mean; }

 private:
  /// What a standard engine takes its state from.
  struct state_of_seed {
    using result_type = std::uint32_t;
    std::uint32_t seed;

    template <class Iterator>
    void generate(Iterator first, Iterator last) const {
      constexpr std::uint32_t length = 624;
      std::array<std::uint32_t, length> state;
      state[0] = 19650218;
      const auto mixed = [&state](std::uint32_t i) { return state[i] ^ (state[i] >> 30); };
      for (std::uint32_t i = 1; i < length; ++i) state[i] = 1812433253U * mixed(i - 1) + i;
      std::uint32_t at = 1;
      const auto stir = [&](std::uint32_t factor, std::uint32_t addend) {
        state[at] = (state[at] ^ (mixed(at - 1) * factor)) + addend;
        if (++at < length) return;
        state[0] = state[length - 1];
        at = 1;
      };
      for (std::uint32_t k = 0; k < length; ++k) stir(1664525U, seed);
      for (std::uint32_t k = 1; k < length; ++k) stir(1566083941U, 0U - at);
      state[0] = 0x8000'0000U;
      for (std::size_t i = 0; first != last; ++first, ++i) *first = state[i];
    }
  };

  [[nodiscard]] static std::mt19937 seeded(std::uint32_t seed) {
    state_of_seed words{seed};
    return std::mt19937(words);
  }

  std::mt19937 engine_;
};

}  // namespace tidegate::lab
