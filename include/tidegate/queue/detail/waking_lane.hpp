// waking_lane.hpp: the lane of a byte ring that wakes who waits for what it was told.
//
// Claims and peeks of a byte queue tell it; the ring's ways from record to record go through it. A claim that was
// abandoned wakes the consumer, too: it gives the room back. So does who finds no room, or waits for the drain. Room
// wakes all who wait for some: they need different amounts, and wait_drained() waits at the same place.
#pragma once

#include <cstddef>

#include "tidegate/base/status.hpp"
#include "tidegate/ring/detail/byte/byte_cursor.hpp"
#include "tidegate/ring/detail/byte/record_header.hpp"
#include "tidegate/wait/event_count.hpp"

namespace tidegate::detail {

template <class Lane, class Wait>
class waking_lane {
 public:
  using slot = typename Lane::slot;
  using word = typename Lane::word;

  static constexpr bool checks_roles = Lane::checks_roles;

  waking_lane(Lane& lane, Wait& not_empty, Wait& not_full) noexcept
      : lane_(lane), not_empty_(not_empty), not_full_(not_full) {}

  void publish(const slot& claimed, std::size_t bytes) noexcept {
    lane_.publish(claimed, bytes);
    not_empty_.notify();
  }
  void abandon(const slot& claimed) noexcept {
    lane_.abandon(claimed);
    if constexpr (Lane::claims_are_seen) not_empty_.notify();
  }
  void release(const byte_cursor& to) noexcept {
    lane_.release(to);
    if (to.words != 0) not_full_.notify(everyone);
  }

  // As they are.
  [[nodiscard]] byte_cursor oldest() const noexcept { return lane_.oldest(); }
  [[nodiscard]] record_header look(const byte_cursor& at) noexcept { return lane_.look(at); }
  [[nodiscard]] record_header look_again(const byte_cursor& at) const noexcept { return lane_.look_again(at); }
  [[nodiscard]] pop_status why_none(const byte_cursor& at) noexcept { return lane_.why_none(at); }
  [[nodiscard]] word* words_at(std::size_t index) const noexcept { return lane_.words_at(index); }
  [[nodiscard]] std::size_t capacity() const noexcept { return lane_.capacity(); }
  [[nodiscard]] bool ended() const noexcept { return lane_.ended(); }

  /// True when something is claimed and not given back. What no call takes of it is not finished, and the end of its
  /// thread may be all that changes that, and wakes nobody.
  [[nodiscard]] bool is_held_up() const noexcept {
    if constexpr (Lane::claims_are_seen) return lane_.words_between(lane_.head_hint(), lane_.tail_hint()) != 0;
    return false;
  }

  /// For who needs room, or waits for the drain: what is in the way may be the claim of a thread that has ended, made
  /// since the consumer fell asleep.
  void ask_to_look() noexcept {
    if constexpr (Lane::claims_are_seen) not_empty_.notify();
  }

 private:
  Lane& lane_;
  Wait& not_empty_;
  Wait& not_full_;
};

}  // namespace tidegate::detail
