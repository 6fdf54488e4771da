// lane_hand: several lanes of a set as one place to push: an element goes into the shortest, or where there is room.
//
// For one call. It is refused only if every one of them was full at an instant during the call, and who waits for room
// waits at all of them at once (wait/wait_any.hpp). What is refused is counted in the first one.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <utility>

#include "tidegate/base/deadline.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/shared_calls.hpp"
#include "tidegate/wait/wait_any.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate::detail {

/// What the calls of a hand are made of.
template <class Set, std::size_t Cards, class T, lane_options Options, class Sync>
class hand_core {
  using time_point = deadline::time_point;
  using lane_type = typename Set::lane_type;

 public:
  hand_core(Set& all, const std::array<std::size_t, Cards>& cards) noexcept : all_(all), cards_(cards) {}

  /// Access for one push, into any lane of the hand.
  struct port {
    explicit operator bool() const noexcept { return true; }
  };

  push_status push(port&, T&& value) noexcept { return push_from(shortest(), value); }
  template <class... Args>
  push_status emplace(port& seat, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    return push(seat, T(std::forward<Args>(args)...));
  }

  push_status wait_to_push(port&, T&& value, deadline until, const std::stop_token& stop) noexcept {
    const time_point start = Sync::now();
    push_status status = push_status::full;
    if (!until.reached(start)) {
      status = wait_for_room(value, until, stop);
      push_counting().count_wait(Sync::now() - start);
    }
    if (status == push_status::full) status = push_status::timed_out;
    if (status != push_status::ok) push_counting().count(status);
    return status;
  }

  [[nodiscard]] bool is_ready(port&) noexcept {
    for (std::size_t i = 0; i < Cards; ++i) {
      if (lane(i).push_ready()) return true;
    }
    return false;
  }
  [[nodiscard]] auto& push_counting() noexcept { return lane(0).core().push_counting(); }
  [[nodiscard]] const queue_config& config() noexcept { return lane(0).core().config(); }

 private:
  [[nodiscard]] lane_type& lane(std::size_t card) noexcept { return all_.at(cards_[card]); }

  /// Tries the lane of this card, then the others.
  push_status push_from(std::size_t first, T& value) noexcept {
    for (std::size_t i = 0; i < Cards; ++i) {
      lane_type& one = lane((first + i) % Cards);
      auto seat = one.push_port();
      if (!seat) return push_status::no_row;
      const push_status status = one.core().push(seat, std::move(value));
      if (status != push_status::full) return status;
    }
    return push_status::full;
  }
  [[nodiscard]] std::size_t shortest() noexcept {
    std::size_t best = 0;
    std::size_t depth = lane(0).depth_hint();
    for (std::size_t i = 1; i < Cards && depth != 0; ++i) {
      const std::size_t its = lane(i).depth_hint();
      if (its < depth) {
        best = i;
        depth = its;
      }
    }
    return best;
  }

  /// `full` when `until` came first. A lane that has told of room is tried first: nobody else was told.
  push_status wait_for_room(T& value, deadline until, const std::stop_token& stop) noexcept
      requires(parks(Options.wait)) {
    std::array<wait_source<Sync>, Cards> sources;
    for (std::size_t i = 0; i < Cards; ++i) sources[i] = lane(i).push_source();
    for (bool over = false; !over; over = until.reached(Sync::now())) {
      const std::size_t found = wait_for_many<Sync>(sources, 0, stop).until(until, all_.config().budget);
      if (found == none_ready) return stop.stop_requested() ? push_status::cancelled : push_status::full;
      if (const push_status status = push_from(found, value); status != push_status::full) return status;
    }
    return push_status::full;
  }
  push_status wait_for_room(T& value, deadline until, const std::stop_token& stop) noexcept {
    push_status status = push_status::full;
    const auto attempt = [&]() noexcept {
      status = stop.stop_requested() ? push_status::cancelled : push_from(0, value);
      return status != push_status::full;
    };
    static_cast<void>(wait_point<Options.wait, Sync>().wait(attempt, until, stop, all_.config().budget));
    return status;
  }

  Set& all_;
  std::array<std::size_t, Cards> cards_;
};

/// The hand, with the push calls of every queue.
template <class Set, std::size_t Cards, class T, lane_options Options, class Sync>
class lane_hand
    : public shared_push_calls<lane_hand<Set, Cards, T, Options, Sync>, T, to_queue_options(Options), Sync, false> {
  using core_type = hand_core<Set, Cards, T, Options, Sync>;
  friend shared_push_calls<lane_hand, T, to_queue_options(Options), Sync, false>;

 public:
  lane_hand(Set& all, const std::array<std::size_t, Cards>& cards) noexcept : core_(all, cards) {}

 private:
  [[nodiscard]] core_type& core() noexcept { return core_; }
  [[nodiscard]] typename core_type::port push_port() noexcept { return {}; }

  core_type core_;
};

}  // namespace tidegate::detail
