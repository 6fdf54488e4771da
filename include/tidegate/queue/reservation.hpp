// reservation: room in a reserving_queue that is the holder's: its pushes cannot be `full`. It holds credits, not
// slots: one that is kept for long, or whose thread has stopped, blocks nobody but takes room.
//
// Threads: one at a time. It must not outlive the queue. What is unused comes back at its end.
#pragma once

#include <cstddef>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/flow/acquire_status.hpp"

namespace tidegate {

template <class Queue>
class [[nodiscard]] reservation {
 public:
  using value_type = typename Queue::value_type;

  /// Of nothing.
  reservation() noexcept = default;
  /// What was asked for in vain.
  explicit reservation(acquire_status refusal) noexcept : status_(refusal) {}

  reservation(reservation&& other) noexcept
      : queue_(std::exchange(other.queue_, nullptr)), left_(std::exchange(other.left_, 0)), status_(other.status_) {}
  reservation& operator=(reservation&& other) noexcept {
    if (this == &other) return *this;
    give_back();
    queue_ = std::exchange(other.queue_, nullptr);
    left_ = std::exchange(other.left_, 0);
    status_ = other.status_;
    return *this;
  }
  ~reservation() { give_back(); }

  /// True while it holds room.
  [[nodiscard]] explicit operator bool() const noexcept { return left_ != 0; }
  /// Elements that it can still push.
  [[nodiscard]] std::size_t left() const noexcept { return left_; }
  /// `ok`, or why it could not be had.
  [[nodiscard]] acquire_status status() const noexcept { return status_; }

  /// `ok`, also after close(). `full` when nothing is left. `no_row` as the queue's pushes, and nothing is used up.
  push_status push(value_type&& value) noexcept {
    if (left_ == 0) return push_status::full;
    const push_status status = queue_->push_reserved(std::move(value));
    if (status == push_status::ok) --left_;
    return status;
  }
  push_status push(const value_type& value) noexcept(std::is_nothrow_copy_constructible_v<value_type>) {
    value_type copy(value);
    return push(std::move(copy));
  }

  /// Gives the unused room back before its end.
  void release() noexcept { give_back(); }

 private:
  friend Queue;
  reservation(Queue& queue, std::size_t count) noexcept : queue_(&queue), left_(count), status_(acquire_status::ok) {}

  void give_back() noexcept {
    if (left_ != 0) queue_->give_back(std::exchange(left_, 0));
  }

  Queue* queue_ = nullptr;
  std::size_t left_ = 0;
  acquire_status status_ = acquire_status::full;
};

}  // namespace tidegate
