// arrivals.hpp: how a driver hears that its queue has something: by the queue's eventfd while it waits for sinks, by
// the queue's futex while it waits for nothing else, and by looking from time to time at a ring, which tells nobody.
//
// No lost wake: see wait/event_fd.hpp. The bell stays hung while nothing has come, so that a driver that is woken by
// its sink again and again arms once. A ring that comes late ends one wait too many, and is hushed.
// Threads: the driver's; ring() any.
#pragma once

#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/wait/event_count.hpp"
#include "tidegate/wait/event_fd.hpp"
#include "tidegate/wait/wait_any.hpp"
#include "tidegate/wait/wait_source.hpp"
#include "tidegate/wait/wait_strategy.hpp"

namespace tidegate::detail {

template <class Queue>
concept wakes_its_consumer = requires(Queue& queue) {
  queue.pop_source();
};

/// A queue that does not wake.
template <class Queue>
class arrivals {
 public:
  using sync = native_sync;

  explicit arrivals(Queue&) noexcept {}

  [[nodiscard]] static constexpr int fd() noexcept { return -1; }
  [[nodiscard]] static constexpr bool arm() noexcept { return true; }
  static constexpr void taken() noexcept {}
  static constexpr void woken() noexcept {}

  void ring() noexcept { nudged_.notify(everyone); }

  /// Sleeps until `until` or a stop.
  void wait(deadline until, const std::stop_token& stop, wait_budget) noexcept {
    const std::stop_callback wake(stop, [this]() noexcept { ring(); });
    static_cast<void>(nudged_.wait_until([&]() noexcept { return stop.stop_requested(); }, until));
  }

 private:
  event_count<sync> nudged_;
};

template <class Sync>
[[nodiscard]] Sync sync_behind(const wait_source<Sync>&) noexcept;

template <wakes_its_consumer Queue>
class arrivals<Queue> {
 public:
  using sync = decltype(sync_behind(std::declval<Queue&>().pop_source()));

  explicit arrivals(Queue& queue) noexcept : source_(queue.pop_source()) {}

  /// The descriptor that becomes readable; negative when none can be had.
  [[nodiscard]] int fd() noexcept { return source_.where().bell().fd(); }

  /// True: nothing is there, and the descriptor becomes readable when something comes.
  [[nodiscard]] bool arm() noexcept {
    if (!bell_) bell_.emplace(source_, error_);  // on the consumer's thread, for it looks
    if (!armed_) armed_ = bell_->arm();
    return armed_;
  }
  /// Something was taken: whoever brought it may have rung.
  void taken() noexcept { armed_ = false; }
  /// The descriptor was readable. Look at a stop, or at the queue, afterwards.
  void woken() noexcept {
    armed_ = false;
    source_.where().bell().hush();
  }

  void ring() noexcept {
    source_.where().bell().ring();
    source_.where().notify(everyone);
  }

  /// Sleeps until something is there, `until` or a stop.
  void wait(deadline until, const std::stop_token& stop, wait_budget budget) noexcept {
    static_cast<void>(wait_for_many<sync>({&source_, 1}, 0, stop).until(until, budget));
  }

 private:
  wait_source<sync> source_;
  std::optional<event_fd<sync>> bell_;
  std::error_code error_;
  bool armed_ = false;  // the bell hangs, and nobody has rung it that we know of
};

}  // namespace tidegate::detail
