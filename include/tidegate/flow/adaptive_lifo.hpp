// adaptive_lifo: first come, first served while the queue is short; newest first while it stands.
//
// The consumer takes everything out of a ring into a stack of its own, bounded too. As long as the stack was empty at
// some instant of the last `patience`, it is a queue, and elements may wait that long. Otherwise the newest element is
// served first, because whoever asked for the oldest has given up, and what arrives may wait for `rush` only. What has
// waited longer, and the oldest when the stack is full, is handed to `lost` with the reason and counted: nothing
// disappears.
//
// Threads: one consumer; producers see the ring only.  Progress: wait-free beyond the ring; a pop moves at most
// `capacity` elements from the ring, and out of the stack what has timed out.  Order: as above.  Memory: `capacity`
// elements, allocated by the constructor; those that are left are destroyed by the destructor.
// Origin: Maurer, "Fail at scale", ACM Queue 13, 2015 (adaptive LIFO with CoDel timeouts).
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "tidegate/base/element.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/flow/detail/require.hpp"
#include "tidegate/flow/detail/tally.hpp"
#include "tidegate/flow/stamped.hpp"

namespace tidegate {

struct adaptive_lifo_config {
  std::size_t capacity;                                                ///< elements in the stack, >= 1
  std::chrono::nanoseconds patience = std::chrono::milliseconds(100);  ///< N: a queue that stands longer is overloaded
  std::chrono::nanoseconds rush = std::chrono::milliseconds(5);        ///< M: how long elements may wait then
};

/// Why an element was not served.
enum class lifo_loss : std::uint8_t {
  timed_out,  ///< it had waited for too long
  evicted,    ///< it was the oldest one of a full stack
};

/// Called with every element that is not served.
template <class F, class E>
concept lifo_loss_handler = std::is_nothrow_invocable_v<F&, E&&, lifo_loss>;

template <queue_element E, class Sync = native_sync>
requires carries_arrival<E>
class adaptive_lifo {
 public:
  using value_type = E;
  using nanoseconds = std::chrono::nanoseconds;
  using time_point = deadline::time_point;

  explicit adaptive_lifo(adaptive_lifo_config config)
      : config_(checked(config)), entries_(std::make_unique<entry[]>(config.capacity)) {}
  adaptive_lifo(const adaptive_lifo&) = delete;
  adaptive_lifo& operator=(const adaptive_lifo&) = delete;
  ~adaptive_lifo() {
    while (count_ != 0) remove(false);
  }

  /// Takes what is in the ring, then gives the element whose turn it is: `ok`, or what the ring answers when nothing is
  /// left. Queue: anything with try_consume().
  template <class Queue, lifo_loss_handler<E> Lost>
  pop_status pop(Queue& queue, E& out, Lost&& lost) noexcept {
    pop_status status = pop_status::ok;
    for (std::size_t i = 0; status == pop_status::ok && i < config_.capacity; ++i) {
      status = queue.try_consume([&](E&& element) noexcept { put(std::move(element), lost); });
    }
    return take(out, lost) ? pop_status::ok : status == pop_status::ok ? pop_status::empty : status;
  }

  // The two halves of pop(), for a consumer that waits for its elements in another way.

  /// Puts in what came from elsewhere, oldest first.
  template <lifo_loss_handler<E> Lost>
  void put(E&& element, Lost&& lost) noexcept {
    if (count_ == 0) empty_at_ = element.since;  // nothing was inside until it came
    if (count_ == config_.capacity) {
      evicted_.add();
      lose(lost, lifo_loss::evicted, false);
    }
    const bool stands = detail::elapsed(empty_at_, element.since) > config_.patience;
    entry& last = at(count_++);
    last.may_wait = stands ? config_.rush : config_.patience;
    last.element.construct(std::move(element));
  }

  /// The element whose turn it is; false: there is none.
  template <lifo_loss_handler<E> Lost>
  [[nodiscard]] bool take(E& out, Lost&& lost) noexcept {
    const time_point now = Sync::now();
    while (count_ != 0 && has_timed_out(at(0), now)) lose_timed_out(lost, false);
    const bool newest_first = detail::elapsed(empty_at_, now) > config_.patience;
    while (count_ != 0 && newest_first && has_timed_out(at(count_ - 1), now)) lose_timed_out(lost, true);
    if (count_ == 0) {
      empty_at_ = now;
      return false;
    }
    out = std::move(at(newest_first ? count_ - 1 : 0).element.get());
    remove(newest_first);
    return true;
  }

  /// Elements in the stack. The consumer's thread only.
  [[nodiscard]] std::size_t held() const noexcept { return count_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return config_.capacity; }
  [[nodiscard]] std::uint64_t timed_out_count() const noexcept { return timed_out_.read(); }
  [[nodiscard]] std::uint64_t evicted_count() const noexcept { return evicted_.read(); }

 private:
  struct entry {
    nanoseconds may_wait{0};
    typename Sync::template cell<E> element;  // alive in the `count_` entries from `first_`
  };

  [[nodiscard]] static adaptive_lifo_config checked(adaptive_lifo_config config) {
    detail::require(config.capacity > 0, "adaptive_lifo: capacity is 0; accepted: 1 or more");
    detail::require(config.rush.count() > 0, "adaptive_lifo: rush is not above 0");
    detail::require(config.patience >= config.rush, "adaptive_lifo: patience is below rush; accepted: rush or more");
    return config;
  }

  /// The i-th oldest.
  [[nodiscard]] entry& at(std::size_t i) noexcept {
    const std::size_t room = config_.capacity - first_;  // until the end of the circle
    return entries_[i < room ? first_ + i : i - room];
  }
  [[nodiscard]] static bool has_timed_out(entry& waiting, time_point now) noexcept {
    return sojourn(waiting.element.get(), now) > waiting.may_wait;
  }
  void remove(bool newest) noexcept {
    at(newest ? count_ - 1 : 0).element.destroy();
    --count_;
    if (!newest) first_ = first_ + 1 == config_.capacity ? 0 : first_ + 1;
  }
  template <class Lost>
  void lose(Lost& lost, lifo_loss why, bool newest) noexcept {
    lost(std::move(at(newest ? count_ - 1 : 0).element.get()), why);
    remove(newest);
  }
  template <class Lost>
  void lose_timed_out(Lost& lost, bool newest) noexcept {
    timed_out_.add();
    lose(lost, lifo_loss::timed_out, newest);
  }

  const adaptive_lifo_config config_;
  const std::unique_ptr<entry[]> entries_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  time_point empty_at_ = Sync::now();  // the last instant at which nothing was known to be inside
  detail::own_tally<Sync> timed_out_;
  detail::own_tally<Sync> evicted_;
};

}  // namespace tidegate
