// sizing.hpp: how large a queue, a limit or a burst must be, from latency, rate and memory. Constant expressions.
//
// Everything follows from Little's law, L = lambda * W: what is inside on average is the rate at which it passes times
// the time that it stays. A full queue of C elements in front of a drain of mu a second keeps each of them C / mu, so
// that C = (budget - service) * mu is the largest one that keeps a latency budget. Numbers that bound something are
// rounded to the safe side: down where a budget is kept, up where room is needed. Rates are per second.
// Errors: no value when an argument is negative, zero where that means nothing, not a number, or when the answer cannot
// be represented; nothing wraps.
// Origin: Little, "A proof for the queuing formula L = lambda W", Operations Research 9, 1961.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "tidegate/flow/detail/require.hpp"

namespace tidegate::sizing {

using std::chrono::nanoseconds;

namespace detail {

inline constexpr long double ns_per_second = 1e9L;

[[nodiscard]] constexpr bool fits(long double value) noexcept {
  return value >= 0 && value < 0x1p63L && value <= static_cast<long double>(std::numeric_limits<std::size_t>::max());
}
[[nodiscard]] constexpr std::optional<std::size_t> rounded_down(long double value) noexcept {
  if (!fits(value)) return std::nullopt;
  return static_cast<std::size_t>(value);
}
[[nodiscard]] constexpr std::optional<std::size_t> rounded_up(long double value) noexcept {
  if (!fits(value)) return std::nullopt;
  const auto whole = static_cast<std::size_t>(value);
  return static_cast<long double>(whole) < value ? whole + 1 : whole;
}
[[nodiscard]] constexpr std::optional<nanoseconds> span_of(long double value_ns) noexcept {
  if (!fits(value_ns)) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(value_ns);
  return nanoseconds(static_cast<long double>(whole) < value_ns ? whole + 1 : whole);
}
[[nodiscard]] constexpr long double count_ns(nanoseconds span) noexcept {
  return static_cast<long double>(span.count());
}

}  // namespace detail

/// The largest capacity whose last element still leaves within `latency_budget`: (budget - service) * drain. 0: the
/// budget leaves no time to wait, and only a hand-off (rendezvous) can keep it.
[[nodiscard]] constexpr std::optional<std::size_t> capacity_for(nanoseconds latency_budget, double drain_per_second,
                                                                nanoseconds service = nanoseconds{0}) noexcept {
  if (!tidegate::detail::is_positive(drain_per_second) || service.count() < 0) return std::nullopt;
  if (latency_budget < service) return std::nullopt;
  return detail::rounded_down(detail::count_ns(latency_budget - service) * drain_per_second / detail::ns_per_second);
}

/// How many tasks of `bytes_per_task` fit into `safety` (above 0, at most 1) of `memory_bytes`.
[[nodiscard]] constexpr std::optional<std::size_t> permits_for_memory(std::size_t memory_bytes,
                                                                      std::size_t bytes_per_task,
                                                                      double safety = 1.0) noexcept {
  if (bytes_per_task == 0 || !(safety > 0 && safety <= 1)) return std::nullopt;
  if (safety == 1) return memory_bytes / bytes_per_task;
  return detail::rounded_down(static_cast<long double>(memory_bytes) * safety /
                              static_cast<long double>(bytes_per_task));
}

/// What arrives while the consumer pauses: the room that loses nothing, rate * pause.
[[nodiscard]] constexpr std::optional<std::size_t> burst_for_pause(double arrivals_per_second,
                                                                   nanoseconds pause) noexcept {
  if (!tidegate::detail::is_positive(arrivals_per_second) || pause.count() < 0) return std::nullopt;
  return detail::rounded_up(detail::count_ns(pause) * arrivals_per_second / detail::ns_per_second);
}

/// Little's law for L: how many are inside when `per_second` pass and each stays `stay`. The permits that a rate needs.
[[nodiscard]] constexpr std::optional<std::size_t> in_flight_for(double per_second, nanoseconds stay) noexcept {
  return burst_for_pause(per_second, stay);
}

/// Little's law for W: how long each stays when `inside` are inside and `per_second` pass. Also the time in which so
/// many drain.
[[nodiscard]] constexpr std::optional<nanoseconds> stay_for(std::size_t inside, double per_second) noexcept {
  if (!tidegate::detail::is_positive(per_second)) return std::nullopt;
  return detail::span_of(static_cast<long double>(inside) * detail::ns_per_second / per_second);
}

/// Little's law for lambda: how many pass in a second when `inside` are inside and each stays `stay`.
[[nodiscard]] constexpr std::optional<double> rate_for(std::size_t inside, nanoseconds stay) noexcept {
  if (stay.count() <= 0) return std::nullopt;
  return static_cast<double>(static_cast<long double>(inside) * detail::ns_per_second / detail::count_ns(stay));
}

/// When `room` is used up while more arrives than drains. No value: never.
[[nodiscard]] constexpr std::optional<nanoseconds> time_to_full(std::size_t room, double arrivals_per_second,
                                                                double drain_per_second) noexcept {
  return stay_for(room, arrivals_per_second - drain_per_second);
}

/// When a backlog has drained while more still arrives. No value: never.
[[nodiscard]] constexpr std::optional<nanoseconds> time_to_drain(std::size_t backlog, double drain_per_second,
                                                                 double arrivals_per_second) noexcept {
  return stay_for(backlog, drain_per_second - arrivals_per_second);
}

/// Bytes of `count` elements.
[[nodiscard]] constexpr std::optional<std::size_t> bytes_for(std::size_t count, std::size_t bytes_each) noexcept {
  if (bytes_each != 0 && count > std::numeric_limits<std::size_t>::max() / bytes_each) return std::nullopt;
  return count * bytes_each;
}

}  // namespace tidegate::sizing
