// shared_calls.hpp: the calls of mpmc_queue, mpsc_queue and spmc_queue, with a handle or without.
//
// `Self` offers core() and push_port() or pop_port(). A call without a handle answers `no_row` when more threads use
// that side than the queue has rows for (queue_config::rows).
// Order of outcomes when several are ready: stop requested, closed, element or credit, timeout. What was accepted is
// never undone. A deadline in the past is one try.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/offering_calls.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/spill_calls.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <class Self, class T, queue_options Options, class Sync, bool CanEvict>
class shared_push_calls : public offering_calls<Self, T, Options, Sync> {
  friend waiting_push_calls<Self, Sync, T&&>;
  friend offering_calls<Self, T, Options, Sync>;

 public:
  // Without waiting: as the ring's, and a consumer is woken if one sleeps.

  push_status try_push(T&& value) noexcept { return counted(attempt_push(std::move(value))); }
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    auto port = self().push_port();
    return counted(port ? self().core().emplace(port, std::forward<Args>(args)...) : push_status::no_row);
  }

  /// Moves up to `count` elements in, one after another (or run after run, where the ring moves runs), until one is
  /// refused; returns how many.
  std::size_t try_push_n(T* first, std::size_t count) noexcept {
    auto port = self().push_port();
    return port ? self().core().push_n(port, first, count) : 0;
  }

  /// Moves `value` in; when full, in exchange for the oldest element, which goes to `use(T&&)`: `ok`, `evicted` or
  /// `closed`.
  template <class Use>
  push_status push_evict(T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) requires CanEvict {
    auto port = self().push_port();
    if (!port) return counted(push_status::no_row);
    return counted(self().core().push_evict(port, std::move(value), std::forward<Use>(use)));
  }
  push_status push_evict(T&& value) noexcept requires CanEvict {
    return push_evict(std::move(value), [](T&&) noexcept {});
  }

  // Waiting: push() and its forms, see queue/waiting_calls.hpp. When full, by policy: offer(), see
  // queue/offering_calls.hpp.

  /// False only if a push would have been `full` at some instant during the call.
  [[nodiscard]] bool push_ready() noexcept {
    auto port = self().push_port();
    return !port || self().core().is_ready(port);
  }

  /// To wait for room together with other things: wait_any(), selector, event_fd. Only with strategies that sleep.
  [[nodiscard]] wait_source<Sync> push_source() noexcept requires(parks(Options.wait)) {
    return {self().core().where_to_push(), self(), [](Self& calls) noexcept { return calls.push_ready(); }};
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

  push_status attempt_push(T&& value) noexcept {
    auto port = self().push_port();
    return port ? self().core().push(port, std::move(value)) : push_status::no_row;
  }
  push_status wait_to_push(T&& value, deadline until, const std::stop_token& stop) noexcept {
    auto port = self().push_port();
    return port ? self().core().wait_to_push(port, std::move(value), until, stop) : counted(push_status::no_row);
  }

  // For offer().
  push_status counted(push_status status) noexcept {
    if (status != push_status::ok) [[unlikely]]
      push_counting().count(status);
    return status;
  }
  [[nodiscard]] auto& push_counting() noexcept { return self().core().push_counting(); }
  [[nodiscard]] const queue_config& numbers() noexcept { return self().core().config(); }
  [[nodiscard]] auto& overflow() noexcept { return self().core().overflow(); }
  [[nodiscard]] std::size_t depth() noexcept { return self().core().ring().depth_hint(); }
  [[nodiscard]] bool is_closed() noexcept { return self().core().ring().closed(); }
  void tell_of_spilled() noexcept { self().core().tell_of_spilled(); }
};

template <class Self, class T, queue_options Options, class Sync>
class shared_pop_calls : public waiting_pop_calls<Self, Sync, T>, public unspilling_calls<Self, T, Options.overflow> {
  friend unspilling_calls<Self, T, Options.overflow>;
  using time_point = deadline::time_point;

 public:
  // Without waiting: as the ring's, and a producer is woken if one sleeps.

  pop_status try_pop(T& out) noexcept requires std::is_nothrow_move_assignable_v<T> {
    return try_consume([&out](T&& value) noexcept { out = std::move(value); });
  }

  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    auto port = self().pop_port();
    return port ? self().core().pop(port, use) : pop_status::no_row;
  }

  /// Moves up to `count` elements out, likewise, until there is none; returns how many.
  std::size_t try_pop_n(T* out, std::size_t count) noexcept requires std::is_nothrow_move_assignable_v<T> {
    auto port = self().pop_port();
    std::size_t taken = 0;
    if (port) static_cast<void>(self().core().pop_n(port, out, count, taken));
    return taken;
  }

  // Waiting: pop() and its forms, see queue/waiting_calls.hpp.

  /// Waits for an element until `when`.
  pop_status pop_until(T& out, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept requires
      std::is_nothrow_move_assignable_v<T> {
    std::size_t taken = 0;
    return wait_for_some(&out, 1, taken, when, stop...);
  }

  /// Moves 1 to `count` elements into `out`, as many as are there; 0 when closed, cancelled or nothing came until
  /// `when`.
  std::size_t pop_n_until(T* out, std::size_t count, time_point when,
                          const std::same_as<std::stop_token> auto&... stop) noexcept {
    std::size_t taken = 0;
    if (count != 0) static_cast<void>(wait_for_some(out, count, taken, when, stop...));
    return taken;
  }

  /// False only if a pop would have been `empty` at some instant during the call.
  [[nodiscard]] bool pop_ready() noexcept {
    auto port = self().pop_port();
    return !port || self().core().is_ready(port);
  }

  /// To wait for an element together with other things: wait_any(), selector, event_fd. Only with strategies that
  /// sleep.
  [[nodiscard]] wait_source<Sync> pop_source() noexcept requires(parks(Options.wait)) {
    return {self().core().where_to_pop(), self(), [](Self& calls) noexcept { return calls.pop_ready(); }};
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

  // For what was spilled.
  [[nodiscard]] auto& pop_counting() noexcept { return self().core().pop_counting(); }
  template <class Attempt>
  pop_status wait_to_pop(Attempt&& attempt, deadline until, const std::stop_token& stop) noexcept {
    return self().core().wait_to_pop(attempt, until, stop);
  }

  pop_status wait_for_some(T* out, std::size_t count, std::size_t& taken, time_point when,
                           const std::same_as<std::stop_token> auto&... stop) noexcept {
    if ((stop.stop_requested() || ...)) return pop_status::cancelled;
    auto port = self().pop_port();
    if (!port) return pop_status::no_row;
    const auto take = [&]() noexcept { return self().core().pop_n(port, out, count, taken); };
    const pop_status status = take();
    return status != pop_status::empty ? status : self().core().wait_to_pop(take, when, std::stop_token(stop...));
  }
};

}  // namespace tidegate
