// conservation.hpp: nothing that was offered disappears without a counter with a reason: the account that shows it.
//
// offered  = accepted + rejected + dropped + sampled_out + throttled + timed_out + cancelled + closed + redirected +
//            without_row
// accepted = completed + evicted + expired + shed + discarded + spilled_unread + queued + in_service
//
// Two ways to fill it: by whoever offers, answer by answer (count()), and from what a queue has counted (account_of(),
// see queue/queue_stats.hpp). When nothing moves, both balance, and reason by reason they are equal.
// Threads: one at a time; each has its own, and they are added.
#pragma once

#include <cstdint>

#include "tidegate/base/status.hpp"

namespace tidegate {

struct conservation {
  std::uint64_t offered = 0;

  // What became of offers.
  std::uint64_t accepted = 0;     ///< `ok`, `evicted`, `spilled`
  std::uint64_t rejected = 0;     ///< `full`, `too_heavy`
  std::uint64_t dropped = 0;      ///< `dropped`, but for those that were sampled out
  std::uint64_t sampled_out = 0;  ///< left out by sampling; another element stands for them
  std::uint64_t throttled = 0;    ///< `shed` or `expired` at the door
  std::uint64_t timed_out = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t closed = 0;
  std::uint64_t redirected = 0;   ///< offered to another queue, in whose account they go on
  std::uint64_t without_row = 0;  ///< `no_row`

  // What became of what was accepted.
  std::uint64_t completed = 0;       ///< popped, and done with
  std::uint64_t evicted = 0;         ///< taken out to make room
  std::uint64_t expired = 0;         ///< taken out because their deadline had passed
  std::uint64_t shed = 0;            ///< taken out because they were too old
  std::uint64_t discarded = 0;       ///< left inside at the end
  std::uint64_t spilled_unread = 0;  ///< spilled and not yet taken out
  std::uint64_t queued = 0;
  std::uint64_t in_service = 0;  ///< popped, and not yet done with

  /// Offers that nothing accounts for; less than 0: outcomes without an offer.
  [[nodiscard]] constexpr std::int64_t balance_of_offers() const noexcept {
    const std::uint64_t refused = rejected + dropped + sampled_out + throttled + timed_out + cancelled + closed;
    return static_cast<std::int64_t>(offered - accepted - refused - redirected - without_row);
  }
  /// The same of what was accepted.
  [[nodiscard]] constexpr std::int64_t balance_of_accepted() const noexcept {
    const std::uint64_t taken_out = completed + evicted + expired + shed + discarded;
    return static_cast<std::int64_t>(accepted - taken_out - spilled_unread - queued - in_service);
  }
  [[nodiscard]] constexpr bool balances() const noexcept {
    return balance_of_offers() == 0 && balance_of_accepted() == 0;
  }

  /// One offer and its answer. `dropped` counts as dropped: whoever samples moves it to sampled_out.
  constexpr void count(push_status answer) noexcept {
    ++offered;
    ++reason_of(answer);
  }

  constexpr conservation& operator+=(const conservation& other) noexcept {
    for (std::uint64_t conservation::*const each :
         {&conservation::offered, &conservation::accepted, &conservation::rejected, &conservation::dropped,
          &conservation::throttled, &conservation::sampled_out, &conservation::timed_out, &conservation::cancelled,
          &conservation::closed, &conservation::redirected, &conservation::completed, &conservation::evicted,
          &conservation::expired, &conservation::shed, &conservation::discarded, &conservation::in_service,
          &conservation::queued, &conservation::without_row, &conservation::spilled_unread}) {
      this->*each += other.*each;
    }
    return *this;
  }
  bool operator==(const conservation&) const = default;

 private:
  [[nodiscard]] constexpr std::uint64_t& reason_of(push_status answer) noexcept {
    switch (answer) {
      case push_status::ok:
      case push_status::evicted:
      case push_status::spilled: return accepted;
      case push_status::full:
      case push_status::too_heavy: return rejected;
      case push_status::dropped: return dropped;
      case push_status::shed:
      case push_status::expired: return throttled;
      case push_status::closed: return closed;
      case push_status::timed_out: return timed_out;
      case push_status::cancelled: return cancelled;
      case push_status::no_row: break;
    }
    return without_row;
  }
};

}  // namespace tidegate
