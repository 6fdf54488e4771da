// broadcast_push_calls: what a broadcast_queue with one publisher, and each publisher of one with several, can do.
//
// `Self` offers queue(), and place(): where it publishes in the ring. Progress and order of outcomes: as the queue.
// In lap mode there is nothing to wait for: a push is never refused but by a close.
#pragma once

#include <stop_token>
#include <type_traits>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/queue/detail/waiter_limit.hpp"
#include "tidegate/queue/offering_calls.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/wait/event_count.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

namespace detail {

/// A publisher sleeps until the grace of a reader ends, which then may be overtaken.
template <class Place>
class grace_slices {
 public:
  explicit grace_slices(const Place& where) noexcept : place_(where) {}
  [[nodiscard]] deadline next(deadline until, deadline::time_point) noexcept {
    return slice_ = earlier(until, place_.grace_end());
  }
  [[nodiscard]] bool is_stale() const noexcept { return place_.grace_end().when() < slice_.when(); }

 private:
  const Place& place_;
  deadline slice_ = deadline::never();
};

}  // namespace detail

template <class Self, class T, queue_options Options, class Sync>
class broadcast_push_calls : public offering_calls<Self, T, Options, Sync> {
  friend offering_calls<Self, T, Options, Sync>;
  friend waiting_push_calls<Self, Sync, T&&>;
  using time_point = deadline::time_point;

 public:
  // Without waiting: as the ring's, and readers are woken if they sleep. Waiting: push() and its forms, see
  // queue/waiting_calls.hpp.

  push_status try_push(T&& value) noexcept { return try_emplace(std::move(value)); }
  push_status try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) { return try_emplace(value); }

  template <class... Args>
  push_status try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const push_status status = attempt_push(std::forward<Args>(args)...);
    return counted(status);
  }

  /// False only if at some instant during the call a push would have answered `full`. No effect but that of such a push
  /// on readers that are too slow. Publisher's thread only.
  [[nodiscard]] bool push_ready() noexcept { return self().place().push_ready(); }

  /// To wait for room together with other things: wait_any(), selector, event_fd. Only with strategies that sleep. The
  /// end of a reader's grace wakes nobody: give a deadline. What this is called on must stay where it is.
  [[nodiscard]] wait_source<Sync> push_source() noexcept requires(parks(Options.wait)) {
    const auto is_ready = [](Self& calls) noexcept { return calls.push_ready(); };
    return {self().queue().not_full_.sleepers(), self(), is_ready, everyone};  // each may see another grace
  }

 private:
  [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

  template <class... Args>
  push_status attempt_push(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const push_status status = self().place().try_emplace(std::forward<Args>(args)...);
    auto& queue = self().queue();
    if (status == push_status::ok) [[likely]]
      queue.not_empty_.notify(everyone);  // each reader wants it
    return status;
  }

  /// A handle without a queue has nobody who counts.
  push_status counted(push_status status) noexcept {
    if (status != push_status::ok && status != push_status::no_row) [[unlikely]]
      push_counting().count(status);
    return status;
  }
  [[nodiscard]] auto& push_counting() noexcept { return self().queue().pushing_; }
  [[nodiscard]] const queue_config& numbers() noexcept { return self().queue().config_; }

  /// Nobody else is woken in its place: room wakes all publishers.
  [[gnu::noinline]] push_status wait_to_push(T&& value, deadline until, const std::stop_token& stop) noexcept {
    auto& queue = self().queue();
    const auto attempt = [&]() noexcept { return attempt_push(std::move(value)); };
    const detail::wait_terms terms{until, stop, queue.config_.budget};
    return detail::wait_in_place<Sync>(queue.overflow_.waiters, queue.not_full_, queue.pushing_, terms, attempt,
                                       detail::grace_slices(self().place()));
  }
};

}  // namespace tidegate
