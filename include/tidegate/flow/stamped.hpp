// stamped.hpp: an element with the instant of its arrival, for what sheds by age.
#pragma once

#include <chrono>
#include <concepts>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/flow/detail/require.hpp"

namespace tidegate {

template <queue_element T>
struct stamped {
  T value;
  deadline::time_point since{};
};

/// An element that says since when it waits.
template <class E>
concept carries_arrival = requires(const E& element) {
  { element.since } -> std::convertible_to<deadline::time_point>;
};

/// How long it has waited; 0 when its stamp lies ahead.
template <carries_arrival E>
[[nodiscard]] constexpr std::chrono::nanoseconds sojourn(const E& element, deadline::time_point now) noexcept {
  return detail::elapsed(element.since, now);
}

}  // namespace tidegate
