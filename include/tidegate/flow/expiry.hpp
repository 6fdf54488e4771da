// expiry.hpp: elements that carry a deadline; those that can no longer be finished in time are not worked on.
//
// At the exit an element is dropped unless what is left until its deadline is at least a margin, the time that work on
// it takes. Without a margin a full queue delivers, for ever, elements that expire while they are worked on: all work
// is done and none is useful. At the door an element is refused when the queue in front of it, at the rate at which it
// drains, leaves too little. Nothing disappears uncounted.
//
// Threads: any number, on any queue with try_pop() and try_push(), beneath or above this layer.  Progress: of the
// queue; a pop takes out as many expired elements as there are before a live one.
// Origin: deadline propagation as in gRPC and in folly's task expiration; the margin and the refusal at the door follow
// from docs/design/flow.md.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tidegate/base/element.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/detail/tally.hpp"
#include "tidegate/flow/service_time_estimate.hpp"

namespace tidegate {

/// An element with the instant until which somebody waits for it.
template <queue_element T>
struct expiring {
  T value;
  deadline until = deadline::never();
};

/// An element that says until when it is wanted.
template <class E>
concept carries_deadline = requires(const E& element) {
  { element.until } -> std::convertible_to<deadline>;
};

/// True when less than `margin` is left until `until`. deadline::never() does not expire; a negative margin is none.
[[nodiscard]] constexpr bool expired(deadline until, deadline::time_point now,
                                     std::chrono::nanoseconds margin) noexcept {
  if (until.is_never()) return false;
  return until.when() < now || detail::elapsed(now, until.when()) < margin;
}
template <carries_deadline E>
[[nodiscard]] constexpr bool expired(const E& element, deadline::time_point now,
                                     std::chrono::nanoseconds margin) noexcept {
  return expired(element.until, now, margin);
}

/// True when something that enters now behind `depth` others, of which `drain_per_second` leave, is done by `until`
/// after its own `service`. A drain of 0 a second, or what is no number, keeps no deadline but never().
[[nodiscard]] constexpr bool meets(deadline until, deadline::time_point now, std::size_t depth, double drain_per_second,
                                   std::chrono::nanoseconds service) noexcept {
  if (until.is_never()) return true;
  if (!detail::is_positive(drain_per_second)) return false;
  const auto own = static_cast<long double>(service.count() > 0 ? service.count() : 0);
  const long double needed_ns = static_cast<long double>(depth) * 1e9L / drain_per_second + own;
  return until.when() >= now && static_cast<long double>(detail::elapsed(now, until.when()).count()) >= needed_ns;
}

struct expiry_config {
  service_time_config service = {};  ///< the margin is learnt, see service_time_estimate
  unsigned servers = 1;              ///< how many elements are worked on at the same time
};

/// Applies both rules to a queue's elements, with a margin that is learnt, and counts.
template <class Sync = native_sync>
class expiry {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  explicit expiry(expiry_config config = {}) : servers_(config.servers), service_(config.service) {
    detail::require(config.servers > 0, "expiry: servers is 0; accepted: 1 or more");
  }

  /// Pops until `pop(out)` answers something else than `ok`, or gives an element that can still be finished. `pop` is
  /// any call that pops, waiting or not.
  template <carries_deadline E, std::invocable<E&> Pop>
  pop_status pop_live_by(Pop&& pop, E& out) noexcept(noexcept(pop(out))) {
    for (;;) {
      const pop_status status = pop(out);
      if (status != pop_status::ok || !expired(out, Sync::now(), service_.margin())) return status;
      expired_.add();
    }
  }
  template <class Queue, carries_deadline E>
  pop_status pop_live(Queue& queue, E& out) noexcept {
    return pop_live_by([&queue](E& into) noexcept { return queue.try_pop(into); }, out);
  }

  /// Pushes `element` if the queue in front of it leaves time enough, else answers `expired`; it is then untouched. The
  /// depth is an observation: what is refused at the door might have made it, and what is let in is looked at again at
  /// the exit.
  template <class Queue, carries_deadline E>
  push_status push_live(Queue& queue, E&& element) noexcept(noexcept(queue.try_push(std::forward<E>(element)))) {
    if (!in_time(element.until, queue.depth_hint())) {
      refused_.add();
      return push_status::expired;
    }
    return queue.try_push(std::forward<E>(element));
  }

  /// True when something with this deadline behind `depth` others can be finished in time, as far as is known. Nothing
  /// is known before the first record(): only what has expired is refused.
  [[nodiscard]] bool in_time(deadline until, std::size_t depth) const noexcept {
    const auto mean_ns = static_cast<double>(service_.mean().count());
    const auto now = Sync::now();
    if (mean_ns <= 0) return !expired(until, now, nanoseconds{0});
    return meets(until, now, depth, servers_ * 1e9 / mean_ns, service_.margin());
  }

  /// What work on one element took: from here comes the margin.
  void record(nanoseconds took) noexcept { service_.record(took); }
  [[nodiscard]] nanoseconds margin() const noexcept { return service_.margin(); }

  [[nodiscard]] std::uint64_t expired_count() const noexcept { return expired_.read(); }  ///< dropped at the exit
  [[nodiscard]] std::uint64_t refused_count() const noexcept { return refused_.read(); }  ///< refused at the door

 private:
  const double servers_;
  service_time_estimate<Sync> service_;
  detail::tally<Sync> expired_;
  detail::tally<Sync> refused_;
};

}  // namespace tidegate
