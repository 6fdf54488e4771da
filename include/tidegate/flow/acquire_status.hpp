// acquire_status.hpp: what a request for credits may answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace tidegate {

/// Outcome of an acquire. Only `ok` takes credits; after any other answer nothing has changed.
enum class [[nodiscard]] acquire_status : std::uint8_t{
    ok,         ///< the credits are the caller's
    full,       ///< at some instant during the call fewer were free; or too many wait; or, in order, somebody waits
    too_heavy,  ///< more than there are in all: can only be had after set_total()
    closed,     ///< the account was closed
    timed_out,  ///< the deadline passed
    cancelled,  ///< the stop token asked to stop
    contended,  ///< other threads took or returned credits at each of the attempts that one call makes: try again
};

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(acquire_status status) noexcept {
  constexpr std::string_view names[] = {"ok", "full", "too_heavy", "closed", "timed_out", "cancelled", "contended"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid acquire_status";
}

}  // namespace tidegate
