// sojourn_queue.hpp: a queue whose elements carry the instant of their arrival, so that a histogram has how long each
// stayed: exactly, where the sampler's estimate is right to one period.
//
//   sojourn_queue<mpsc_queue<stamped<order>>> orders({.capacity = 1024});
//   ... pushes and pops of orders ...
//   orders.sojourns().snapshot().percentile(99.9);
//
// Counted is from the call of the push to the pop: a push that waits counts its wait, too. What is evicted or left
// inside at the end is not counted.
// Threads, order, progress, outcomes: as the queue within. With one consumer take own_histogram: `Histogram`.
// Cost: a clock a push, a clock and a histogram's record() a pop, and 8 bytes an element.
// Tests: tests/observe/sojourn_queue_test.cpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <stop_token>
#include <string>
#include <utility>

#include "tidegate/flow/stamped.hpp"
#include "tidegate/observe/histogram.hpp"
#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/waiting_calls.hpp"

namespace tidegate {

/// Queue: one of stamped<T>. T: default-constructible and move-assignable.
template <class Queue, class Histogram = histogram, class Sync = native_sync>
class sojourn_queue
    : public waiting_push_calls<sojourn_queue<Queue, Histogram, Sync>, Sync, decltype(Queue::value_type::value)&&>,
      public waiting_pop_calls<sojourn_queue<Queue, Histogram, Sync>, Sync, decltype(Queue::value_type::value)> {
  using element = typename Queue::value_type;

 public:
  using value_type = decltype(element::value);
  using queue_type = Queue;
  using time_point = deadline::time_point;
  static constexpr overflow_kind overflow_policy = Queue::overflow_policy;
  static_assert(std::same_as<element, stamped<value_type>>, "the queue within is one of stamped<T>");

  /// Throws as the queue within, and as the histogram.
  explicit sojourn_queue(queue_config config, histogram_config counted = {})
      : queue_(std::move(config)), sojourns_(counted) {}

  sojourn_queue(const sojourn_queue&) = delete;
  sojourn_queue& operator=(const sojourn_queue&) = delete;

  // Pushes: as the queue within. push(), push_for(): queue/waiting_calls.hpp.

  push_status try_push(value_type&& value) noexcept {
    return stamp(value, [&](element&& whole) noexcept { return queue_.try_push(std::move(whole)); });
  }
  push_status push_until(value_type&& value, time_point when,
                         const std::same_as<std::stop_token> auto&... stop) noexcept {
    return stamp(value, [&](element&& whole) noexcept { return queue_.push_until(std::move(whole), when, stop...); });
  }
  push_status offer(value_type&& value) noexcept {
    return stamp(value, [&](element&& whole) noexcept { return queue_.offer(std::move(whole)); });
  }

  // Pops: as the queue within. pop(), pop_for(): queue/waiting_calls.hpp.

  pop_status try_pop(value_type& out) noexcept {
    element whole;
    return count(queue_.try_pop(whole), whole, out);
  }
  pop_status pop_until(value_type& out, time_point when, const std::same_as<std::stop_token> auto&... stop) noexcept {
    element whole;
    return count(queue_.pop_until(whole, when, stop...), whole, out);
  }

  // Any thread.

  /// How long each popped element had stayed.
  [[nodiscard]] const Histogram& sojourns() const noexcept { return sojourns_; }

  void close() noexcept { queue_.close(); }
  [[nodiscard]] bool closed() const noexcept { return queue_.closed(); }
  bool wait_drained(time_point when) noexcept { return queue_.wait_drained(when); }
  [[nodiscard]] queue_stats stats() const noexcept { return queue_.stats(); }
  [[nodiscard]] const std::string& name() const noexcept { return queue_.name(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return queue_.capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return queue_.depth_hint(); }
  [[nodiscard]] std::size_t max_bytes() const noexcept {
    return sizeof(*this) - sizeof(queue_) + queue_.max_bytes() - sizeof(sojourns_) + sojourns_.max_bytes();
  }

  /// The queue within, for what is not here: sources for wait_any(), and elements with their stamps.
  [[nodiscard]] Queue& queue() noexcept { return queue_; }

 private:
  /// A value that is not accepted goes back to where it came from.
  template <class Push>
  push_status stamp(value_type& value, Push&& push) noexcept {
    element whole{std::move(value), Sync::now()};
    const push_status status = push(std::move(whole));
    if (!accepted(status)) value = std::move(whole.value);
    return status;
  }
  pop_status count(pop_status status, element& whole, value_type& out) noexcept {
    if (status != pop_status::ok) return status;
    sojourns_.record(sojourn(whole, Sync::now()));
    out = std::move(whole.value);
    return status;
  }

  Queue queue_;
  Histogram sojourns_;
};

}  // namespace tidegate
