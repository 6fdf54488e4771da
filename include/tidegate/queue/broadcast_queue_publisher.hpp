// broadcast_queue_publisher: one of several publishers of a broadcast_queue: a row of its own. Obtained from
// make_publisher().
//
// Move-only; one thread at a time; must not outlive the queue. Without a row its pushes answer `no_row`.
// Calls: queue/broadcast_push_calls.hpp.
#pragma once

#include <utility>

#include "tidegate/queue/broadcast_push_calls.hpp"

namespace tidegate {

template <class Queue>
class broadcast_queue_publisher
    : public broadcast_push_calls<broadcast_queue_publisher<Queue>, typename Queue::value_type, Queue::options,
                                  typename Queue::sync_type> {
  friend broadcast_push_calls<broadcast_queue_publisher, typename Queue::value_type, Queue::options,
                              typename Queue::sync_type>;
  using ring_publisher = typename Queue::ring_type::publisher;

 public:
  using value_type = typename Queue::value_type;

  /// Has no queue: it can be told from one that has, and assigned to.
  broadcast_queue_publisher() noexcept = default;
  broadcast_queue_publisher(Queue& queue, ring_publisher&& place) noexcept : queue_(&queue), place_(std::move(place)) {}

  /// True when it has a row; the calls need one.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(place_); }

 private:
  [[nodiscard]] Queue& queue() noexcept { return *queue_; }
  [[nodiscard]] ring_publisher& place() noexcept { return place_; }

  Queue* queue_ = nullptr;
  ring_publisher place_;
};

}  // namespace tidegate
