// record_credits.hpp: --capacity as an account of its own, where records pass through more than one queue.
//
// A reader takes a credit for each record before it goes in; the sink thread returns it when the record has come out
// at the other end. So what is in the queues, with a worker or held back for order counts, and never exceeds the
// capacity. A credit is taken in one step, never after a look.
// Threads: any.  Progress: try_take() lock-free.
//
// Protocol: [return] whoever is finished with what a record's place holds → whoever takes the credit and fills it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate::pump {

class record_credits {
 public:
  explicit record_credits(std::size_t capacity) noexcept : capacity_(capacity) {}

  /// Takes as many as there are, at most `most`; 0 only when `capacity` were out at an instant during the call.
  [[nodiscard]] std::size_t try_take(std::size_t most) noexcept;

  /// The same, waiting for the first one; 0 when the time is over or a stop was requested.
  [[nodiscard]] std::size_t take_until(std::size_t most, deadline until, const std::stop_token& stop) noexcept;

  void give_back(std::size_t count) noexcept;

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return static_cast<std::size_t>(out_.load(order::relaxed)); }

  /// As of a queue: what went in and came out, and the waits for room.
  [[nodiscard]] queue_stats stats() const noexcept;

 private:
  const std::size_t capacity_;
  alignas(cache_line_bytes) native_sync::atomic<std::uint64_t> out_{0};
  native_sync::atomic<std::uint64_t> returned_{0};  // so far
  wait_point<wait_kind::spin_park> not_full_;
  detail::shared_counter<native_sync> waits_;
  detail::shared_counter<native_sync> wait_time_ns_;
};

}  // namespace tidegate::pump
