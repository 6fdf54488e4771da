// lane: one lane of a lane_queue: a ring of its own, a place to wait for room, counters. All lanes of a queue share
// where its consumer waits, and the end.
//
// The end: close() of the queue first announces it to all, then closes ring by ring. Pushes ask before they come to the
// ring, so that nobody who was told `closed` in one lane, or whom such a thread tells, is accepted in another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "tidegate/queue/detail/shared_core.hpp"
#include "tidegate/queue/detail/spsc_seats.hpp"
#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/shared_calls.hpp"
#include "tidegate/ring/exchange_ring.hpp"

namespace tidegate::detail {

/// What the lanes of a queue share.
template <wait_kind Wait, class Sync>
class lane_commons {
 public:
  using wait_type = wait_point<Wait, Sync>;

  [[nodiscard]] wait_type& not_empty() noexcept { return not_empty_; }

  void close() noexcept { closed_.store(true, order::release); }                       // [end] pairs with closed()
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [end] pairs with close()

 private:
  [[no_unique_address]] wait_type not_empty_;  // the consumer waits here, for all lanes
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // written once, read by all   [end]
};

/// A wait point that is somewhere else.
template <class Wait>
class shared_wait_point {
 public:
  explicit shared_wait_point(Wait& where) noexcept : where_(where) {}
  void notify(unsigned count = 1) noexcept { where_.notify(count); }

 private:
  Wait& where_;
};

/// The consumer's role is checked once, for all lanes.
[[nodiscard]] constexpr exchange_options without_check(exchange_options options) noexcept {
  options.check_roles = false;
  return options;
}

template <class T, lane_options Options, class Sync, lane_producers Producers = Options.producers>
struct lane_ring {
  using type = exchange_ring<T, side_count::many_to_one, without_check(Options.exchange), Sync>;
};
template <class T, lane_options Options, class Sync>
struct lane_ring<T, Options, Sync, lane_producers::one> {
  using type = spsc_seats<T, Options.ring, Sync>;
};

template <class T, lane_options Options, class Sync>
class lane : public shared_push_calls<lane<T, Options, Sync>, T, to_queue_options(Options), Sync, false> {
  friend shared_push_calls<lane, T, to_queue_options(Options), Sync, false>;

 public:
  using value_type = T;
  using ring_type = typename lane_ring<T, Options, Sync>::type;
  using commons_type = lane_commons<Options.wait, Sync>;
  using core_type =
      shared_core<T, ring_type, to_queue_options(Options), Sync, shared_wait_point<typename commons_type::wait_type>>;
  using mark = typename ring_type::mark;
  static constexpr std::size_t max_capacity = ring_type::max_capacity;

  lane(queue_config&& config, typename ring_type::prepared&& reserved, commons_type& commons) noexcept
      : commons_(commons), core_(std::move(config), std::move(reserved), commons.not_empty()) {}

  [[nodiscard]] std::size_t capacity() const noexcept { return core_.ring().capacity(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return core_.ring().depth_hint(); }
  [[nodiscard]] std::size_t credits_hint() const noexcept { return capacity() - depth_hint(); }

  /// Lets another thread push into a lane of one producer. The caller orders the hand-over.
  void rebind_producer() noexcept { core_.ring().rebind_producer(); }

  /// Access for one push.
  class port : public decltype(std::declval<ring_type&>().push_port()) {
    using ring_port = decltype(std::declval<ring_type&>().push_port());

   public:
    port(ring_port seat, const commons_type& commons) noexcept : ring_port(seat), commons_(commons) {}
    [[nodiscard]] bool is_ready() noexcept { return commons_.closed() || ring_port::is_ready(); }
    push_status push(T&& value) noexcept {
      return commons_.closed() ? push_status::closed : ring_port::push(std::move(value));
    }
    template <class... Args>
    push_status emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
      return commons_.closed() ? push_status::closed : ring_port::emplace(std::forward<Args>(args)...);
    }

   private:
    const commons_type& commons_;
  };

  // For the queue.
  [[nodiscard]] core_type& core() noexcept { return core_; }
  [[nodiscard]] const core_type& core() const noexcept { return core_; }
  [[nodiscard]] port push_port() noexcept { return {core_.ring().push_port(), commons_}; }

  /// What its ring has taken from memory.
  [[nodiscard]] std::size_t ring_bytes() const noexcept { return core_.ring().max_bytes() - sizeof(ring_type); }

 private:
  commons_type& commons_;
  core_type core_;
};

}  // namespace tidegate::detail
