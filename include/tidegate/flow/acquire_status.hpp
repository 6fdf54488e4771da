// acquire_status.hpp: what a request for credits may answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "tidegate/base/status.hpp"

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

/// The same answer of a push that needs credits.
[[nodiscard]] constexpr push_status to_push_status(acquire_status status) noexcept {
  switch (status) {
    case acquire_status::ok: return push_status::ok;
    case acquire_status::too_heavy: return push_status::too_heavy;
    case acquire_status::closed: return push_status::closed;
    case acquire_status::timed_out: return push_status::timed_out;
    case acquire_status::cancelled: return push_status::cancelled;
    case acquire_status::full:
    case acquire_status::contended: break;
  }
  return push_status::full;
}

}  // namespace tidegate
