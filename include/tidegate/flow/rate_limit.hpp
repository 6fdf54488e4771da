// rate_limit.hpp: how often something may happen, and what whoever asks is told. Used by rate_limiter and
// keyed_rate_limiter.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidegate {

/// `permits` every `period`, and at most `burst` at once after a rest.
struct rate_limit {
  std::uint64_t permits;
  std::chrono::nanoseconds period = std::chrono::seconds(1);
  std::uint64_t burst = 1;
};

enum class [[nodiscard]] rate_status : std::uint8_t{
    ok,         ///< admitted
    limited,    ///< not now: see rate_answer::wait
    too_many,   ///< more than the burst at once: never
    contended,  ///< others were faster for the number of attempts that was chosen; only with a bound on attempts
};

struct [[nodiscard]] rate_answer {
  rate_status status;
  std::chrono::nanoseconds wait{0};  ///< `limited`: after so long the same call would succeed if nobody else came
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return status == rate_status::ok; }
};

}  // namespace tidegate
