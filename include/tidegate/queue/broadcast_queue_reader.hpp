// broadcast_queue_reader: a reader of a broadcast_queue: the ring's reader, and waiting. Obtained from make_reader().
//
// Move-only; one thread at a time; must not outlive the queue. Order of outcomes when several are ready: stop
// requested, then what a pop of the ring answers, then the timeout. A deadline in the past is one try.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/detail/try_then_wait.hpp"
#include "tidegate/wait/wait_source.hpp"

namespace tidegate {

template <class Queue>
class broadcast_queue_reader {
  using ring_reader = typename Queue::ring_type::reader;
  using sync = typename Queue::sync_type;

 public:
  using value_type = typename Queue::value_type;
  using time_point = deadline::time_point;

  broadcast_queue_reader() noexcept = default;
  broadcast_queue_reader(Queue& queue, ring_reader&& reader) noexcept : queue_(&queue), reader_(std::move(reader)) {}
  broadcast_queue_reader(broadcast_queue_reader&&) noexcept = default;
  broadcast_queue_reader& operator=(broadcast_queue_reader&& other) noexcept {
    broadcast_queue_reader taken(std::move(other));
    std::swap(queue_, taken.queue_);
    std::swap(reader_, taken.reader_);
    return *this;
  }
  ~broadcast_queue_reader() {
    if (!reader_) return;
    reader_ = ring_reader();
    queue_->tell_of_room();  // publishers may have waited for this reader only
  }

  /// True when it reads a queue. Without one its pops answer `no_row`.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(reader_); }

  // Without waiting: as the ring's reader, and publishers that sleep are woken.

  pop_status try_pop(value_type& out) noexcept(copies_calmly) requires std::is_copy_assignable_v<value_type> {
    return try_consume([&out](const value_type& value) noexcept(copies_calmly) { out = value; });
  }

  template <class Use>
  pop_status try_consume(Use&& use) noexcept(noexcept(use(std::declval<const value_type&>()))) {
    if constexpr (noexcept(use(std::declval<const value_type&>()))) {
      const pop_status status = reader_.try_consume(use);
      if (status == pop_status::ok) queue_->tell_of_room();
      return status;
    } else {
      const telling after{*this};  // also when `use` throws: its element has been read; a spare look does no harm
      return reader_.try_consume(use);
    }
  }

  // Waiting: `ok`, `closed`, `lapped`, `evicted`, `timed_out` or `cancelled`. Each takes a std::stop_token as an
  // optional last argument: a request to stop ends the wait with `cancelled`.

  /// Waits for an element without limit.
  pop_status pop(value_type& out, const std::same_as<std::stop_token> auto&... stop) noexcept(copies_calmly) {
    return pop_until(out, time_point::max(), stop...);
  }

  /// Waits for an element at most `span`, measured from now.
  template <class Rep, class Period>
  pop_status pop_for(value_type& out, std::chrono::duration<Rep, Period> span,
                     const std::same_as<std::stop_token> auto&... stop) noexcept(copies_calmly) {
    return pop_until(out, deadline::after(sync::now(), span).when(), stop...);
  }

  /// Waits for an element until `when`.
  pop_status pop_until(value_type& out, time_point when,
                       const std::same_as<std::stop_token> auto&... stop) noexcept(copies_calmly) {
    return consume_until([&out](const value_type& value) noexcept(copies_calmly) { out = value; }, when, stop...);
  }

  /// Waits for an element until `when` and calls `use(const T&)` on it, as try_consume().
  template <class Use>
  pop_status consume_until(Use&& use, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept(
      noexcept(use(std::declval<const value_type&>()))) {
    if ((stop.stop_requested() || ...)) return pop_status::cancelled;
    const pop_status status = try_consume(use);
    return status != pop_status::empty ? status : wait_to_consume(use, when, std::stop_token(stop...));
  }

  /// To wait for an element together with other things: wait_any(), selector, event_fd. Only with strategies that
  /// sleep. The handle must have a row, and stay where it is.
  [[nodiscard]] wait_source<sync> pop_source() noexcept requires(Queue::can_park) {
    const auto is_ready = [](broadcast_queue_reader& reader) noexcept { return reader.pop_ready(); };
    return {queue_->not_empty_.sleepers(), *this, is_ready, everyone};  // each reader wants what has come
  }

  // As the ring's reader.

  [[nodiscard]] bool pop_ready() const noexcept { return reader_.pop_ready(); }
  [[nodiscard]] std::uint64_t lost() const noexcept { return reader_.lost(); }
  [[nodiscard]] std::uint64_t last_lost() const noexcept { return reader_.last_lost(); }
  [[nodiscard]] std::size_t lag_hint() const noexcept { return reader_.lag_hint(); }
  [[nodiscard]] bool ended() const noexcept { return reader_.ended(); }

 private:
  static constexpr bool copies_calmly = std::is_nothrow_copy_assignable_v<value_type>;

  struct telling {
    broadcast_queue_reader& reader;
    ~telling() {
      if (reader) reader.queue_->tell_of_room();
    }
  };

  template <class Use>
  [[gnu::noinline]] pop_status wait_to_consume(Use& use, deadline until, const std::stop_token& stop) noexcept(
      noexcept(use(std::declval<const value_type&>()))) {
    const auto attempt = [&]() noexcept(noexcept(use(std::declval<const value_type&>()))) { return try_consume(use); };
    const detail::wait_terms terms{until, stop, queue_->config_.budget};
    return detail::wait_and_try<sync>(queue_->not_empty_, queue_->popping_, terms, attempt);
  }

  Queue* queue_ = nullptr;
  ring_reader reader_;
};

}  // namespace tidegate
