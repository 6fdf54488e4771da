// status.hpp: what a push or a pop may answer. Expected outcomes are values, never exceptions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace tidegate {

/// Outcome of a push. The first three mean accepted; after any other the argument is untouched.
enum class [[nodiscard]] push_status : std::uint8_t{
    ok,         ///< accepted
    evicted,    ///< accepted; the oldest element left to make room
    spilled,    ///< accepted; written to the journal
    full,       ///< at some instant during the call `capacity` elements were inside
    dropped,    ///< refused by the overflow policy, and counted
    shed,       ///< refused by load shedding, and counted
    expired,    ///< the element's own deadline had passed or could not be met
    too_heavy,  ///< weighs more than the whole capacity: can never be accepted
    closed,     ///< the queue was closed
    timed_out,  ///< the deadline passed while full
    cancelled,  ///< the stop token asked to stop
    no_row,     ///< more threads push at the same time than the ring has rows for: see ring_rows
};

/// Outcome of a pop. Only `ok` delivers an element.
enum class [[nodiscard]] pop_status : std::uint8_t{
    ok,         ///< one element delivered
    empty,      ///< at some instant during the call no element was inside
    closed,     ///< closed, and everything accepted has been delivered: the answer from now on
    timed_out,  ///< the deadline passed while empty
    cancelled,  ///< the stop token asked to stop
    no_row,     ///< more threads pop at the same time than the ring has rows for: see ring_rows
    lapped,   ///< broadcast: elements were overwritten before this reader came; it counts them and goes on behind them
    evicted,  ///< broadcast: this reader was too slow and has been shut out: the answer from now on
};

/// True when the queue took the element.
[[nodiscard]] constexpr bool accepted(push_status status) noexcept { return status <= push_status::spilled; }

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(push_status status) noexcept {
  constexpr std::string_view names[] = {"ok",      "evicted",   "spilled", "full",      "dropped",   "shed",
                                        "expired", "too_heavy", "closed",  "timed_out", "cancelled", "no_row"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid push_status";
}

/// The enumerator's name, for logs and messages.
[[nodiscard]] constexpr std::string_view to_string(pop_status status) noexcept {
  constexpr std::string_view names[] = {"ok",        "empty",  "closed", "timed_out",
                                        "cancelled", "no_row", "lapped", "evicted"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(names) ? names[index] : "invalid pop_status";
}

}  // namespace tidegate
