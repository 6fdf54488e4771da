// fair_line: those who wait for credits in order of arrival. Credits are handed to the first one; nobody passes it.
//
// Each waiter sits on a seat of its own, whose word says {ticket, need, state}; the lowest ticket is first. Whoever
// changes anything serves: it takes what the first waiter needs off the account and writes an offer for its seat into
// the account's word, in one step; the seat's waiter is then marked as granted, which commits; then the offer is taken
// out of the word. Anybody who meets an offer finishes it before anything else, so that a thread stopped in between
// delays nobody. A waiter that leaves marks its seat; an offer that finds it so is paid back.
//
// Why an offer is never given to the wrong one: a seat is not left while the word offers to it; and whoever leaves
// changes the tag, so that nobody who saw it sit can offer to the seat any more.
// Who waits looks whether it can be served, too, before each sleep and at its deadline: who gave credits back may have
// been stopped before it could.
// Limits: a thread stopped between two steps for exactly 2^18 offers and arrivals, with all else the same, is not seen;
// who waits while 2^25 others come and leave again loses its place.
//
// Progress: lock-free; a service is O(seats).  Source: the helping of ring/detail/exchange, on one word.
// The account's word is changed by read-modify-writes only, so that whoever loads it with acquire comes after all that
// released it before, not only after the last one. What the seats say follows from that, but for [grant] and [leave].
// Protocol: [sit]    who sits down → who serves, through the account's word: it sees the seat.
//           [grant]  who commits → the waiter: what the credits' last owner did happens before.
//           [offer]  who has seen what a seat says, and says so in the word → who serves or finishes: it sees as much.
//           [leave]  who leaves a seat for the next one → who finishes: the offer that it has seen is gone.
#pragma once

#include <array>
#include <cstdint>
#include <stop_token>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/flow/acquire_status.hpp"
#include "tidegate/flow/detail/credit_word.hpp"
#include "tidegate/wait/wait_point.hpp"

namespace tidegate::detail {

/// The word of a seat.
///   bits 63..38  37..2  1..0
///        ticket  need   state
class waiter_word {
 public:
  enum state : std::uint64_t { vacant, waiting, granted, leaving };

  explicit constexpr waiter_word(std::uint64_t bits) noexcept : bits_(bits) {}
  constexpr waiter_word(std::uint64_t ticket, std::size_t need, state is) noexcept
      : bits_(ticket << 38 | std::uint64_t{need} << 2 | is) {}

  [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
  [[nodiscard]] constexpr bool is(state which) const noexcept { return (bits_ & 3) == which; }
  [[nodiscard]] constexpr waiter_word now(state which) const noexcept {
    return waiter_word((bits_ & ~std::uint64_t{3}) | which);
  }
  [[nodiscard]] constexpr std::size_t need() const noexcept { return (bits_ & need_mask) >> 2; }
  [[nodiscard]] constexpr bool is_before(waiter_word other) const noexcept {
    return static_cast<std::int64_t>((bits_ & ticket_mask) - (other.bits_ & ticket_mask)) < 0;  // tickets wrap
  }

 private:
  static constexpr std::uint64_t ticket_mask = ~std::uint64_t{0} << 38;
  static constexpr std::uint64_t need_mask = ~ticket_mask & ~std::uint64_t{3};

  std::uint64_t bits_;
};

template <unsigned Seats, wait_kind Wait, class Sync>
class fair_line {
  static_assert(Seats > 0 && Seats <= credit_word::most_seats, "1 to 127 seats");

 public:
  using account_word = typename Sync::template atomic<std::uint64_t>;
  static constexpr unsigned unlimited = 0xffff'ffff;

  /// Sits down, waits to be served and leaves: `ok`, `cancelled`, `timed_out`, or what `refused()` answers other than
  /// `ok`, which is asked before each sleep. At most `Seats` threads at a time.
  template <class Refused>
  acquire_status wait(account_word& account, std::size_t need, deadline until, const std::stop_token& stop,
                      wait_budget budget, Refused&& refused) noexcept {
    seat& mine = sit_down(need);
    announce(account);
    static_cast<void>(serve(account));
    acquire_status status = acquire_status::timed_out;
    const auto attempt = [&]() noexcept {
      if (is_granted(mine)) return true;
      status = stop.stop_requested() ? acquire_status::cancelled : refused();
      if (status != acquire_status::ok) return true;
      status = acquire_status::timed_out;
      return serves_itself(account, need) && is_granted(mine);
    };
    static_cast<void>(mine.sleepers.wait(attempt, until, stop, budget));  // the seat tells
    const bool got_it = !leave(account, mine);
    if (got_it) collect(account, mine);
    mine.word.store(waiter_word::vacant, order::release);  // [leave] pairs with finish()
    static_cast<void>(serve(account));
    return got_it ? acquire_status::ok : status;
  }

  enum class after_service : std::uint8_t { nobody_waits, somebody_waits, unfinished };

  /// Gives free credits to those who wait, in order, and tells what is left.
  after_service serve(account_word& account) noexcept {
    unsigned steps = 0;
    return serve(account, steps, unlimited);
  }
  /// The same in at most so many steps less those already made. A step is one change of the account, or one lost to
  /// another's.
  after_service serve(account_word& account, unsigned& steps, unsigned most_steps) noexcept {
    for (; steps != most_steps; ++steps) {
      // [sit] pairs with announce(): the mark shows the seat  [offer] pairs with the exchanges below and in finish()
      std::uint64_t bits = account.load(order::acquire);
      const credit_word seen(bits);
      if (seen.offers()) {
        finish(account, seen);
        continue;
      }
      if (!seen.awaited() || seen.closed()) return after_service::nobody_waits;
      const auto [first, who] = first_waiting();
      if (first == Seats) {
        // relaxed: whoever sits down meanwhile has changed the tag
        if (account.compare_exchange_strong(bits, seen.no_more_awaited().bits(), order::relaxed, order::relaxed)) {
          return after_service::nobody_waits;
        }
        continue;
      }
      if (seen.free() < static_cast<std::int64_t>(who.need())) return after_service::somebody_waits;
      // [offer] pairs with the load above, in who finishes; relaxed: it is loaded anew
      static_cast<void>(account.compare_exchange_strong(bits, seen.less(who.need()).offering_to(first).bits(),
                                                        order::release, order::relaxed));
    }
    return after_service::unfinished;
  }

  /// Everyone looks again whether it is refused.
  void wake_all() noexcept {
    for (seat& each : seats_) each.sleepers.notify(everyone);
  }

 private:
  struct alignas(cache_line_bytes) seat {
    typename Sync::template atomic<std::uint64_t> word{waiter_word::vacant};
    wait_point<Wait, Sync> sleepers;
  };

  /// One is vacant, or about to be: there are as many seats as threads that may wait.
  seat& sit_down(std::size_t need) noexcept {
    const std::uint64_t ticket = tickets_.fetch_add(1, order::relaxed);  // only the number counts
    const std::uint64_t sitting = waiter_word(ticket, need, waiter_word::waiting).bits();
    for (unsigned i = 0;; i = (i + 1) % Seats) {
      std::uint64_t vacant = waiter_word::vacant;
      // relaxed: it is announce() that shows it; and it carries on what wait() released
      if (seats_[i].word.compare_exchange_strong(vacant, sitting, order::relaxed, order::relaxed)) return seats_[i];
    }
  }

  [[nodiscard]] static bool is_granted(const seat& which) noexcept {
    return waiter_word(which.word.load(order::relaxed)).is(waiter_word::granted);  // leave() looks again
  }

  /// What came back, or is on offer, is handed out, where whoever was to do it is late. False: there is nothing.
  bool serves_itself(account_word& account, std::size_t need) noexcept {
    const credit_word now(account.load(order::relaxed));  // a look; whoever serves loads it anew
    if (!now.offers() && now.free() < static_cast<std::int64_t>(need)) return false;
    static_cast<void>(serve(account));
    return true;
  }

  /// From here on nobody passes, and who serves sees the seat.
  static void announce(account_word& account) noexcept {
    std::uint64_t bits = account.load(order::relaxed);
    // [sit] pairs with serve()
    while (!account.compare_exchange_weak(bits, credit_word(bits).now_awaited().bits(), order::release, order::relaxed))
      continue;
  }

  struct place {
    unsigned index;
    waiter_word who;
  };

  /// The waiting seat with the lowest ticket; Seats when nobody waits.
  [[nodiscard]] place first_waiting() const noexcept {
    place first{Seats, waiter_word(0)};
    for (unsigned i = 0; i != Seats; ++i) {
      const waiter_word each(seats_[i].word.load(order::relaxed));  // at least what the account's word shows
      if (!each.is(waiter_word::waiting) || (first.index != Seats && !each.is_before(first.who))) continue;
      first = {i, each};
    }
    return first;
  }

  /// What becomes of an offer is decided by the seat, in one step, and then written down.
  void finish(account_word& account, credit_word seen) noexcept {
    seat& whose = seats_[seen.seat()];
    // [leave] pairs with wait(): while the offer stands the seat has one waiter, and the look below knows it
    std::uint64_t bits = whose.word.load(order::acquire);
    if (account.load(order::relaxed) != seen.bits()) return;  // finished meanwhile: another may sit there now
    // [grant] pairs with leave(); relaxed: whoever granted it has seen no less
    if (waiter_word(bits).is(waiter_word::waiting) &&
        whose.word.compare_exchange_strong(bits, waiter_word(bits).now(waiter_word::granted).bits(), order::release,
                                           order::relaxed)) {
      bits = waiter_word(bits).now(waiter_word::granted).bits();
    }
    std::uint64_t expected = seen.bits();
    if (waiter_word(bits).is(waiter_word::granted)) {
      whose.sleepers.notify();  // before the offer is gone: whoever finds it wakes again
      // [offer] pairs with serve(): it sees that the seat waits no more
      account.compare_exchange_strong(expected, seen.without_offer().bits(), order::release, order::relaxed);
    } else if (waiter_word(bits).is(waiter_word::leaving)) {
      const credit_word paid_back = seen.without_offer().plus(waiter_word(bits).need());
      // relaxed: whoever still sees it wait may offer again, and is paid back again
      account.compare_exchange_strong(expected, paid_back.bits(), order::relaxed, order::relaxed);
    }
  }

  /// False when the credits were granted before.
  [[nodiscard]] bool leave(account_word& account, seat& mine) noexcept {
    std::uint64_t bits = mine.word.load(order::acquire);  // [grant] pairs with finish()
    if (!waiter_word(bits).is(waiter_word::waiting)) return false;
    // [grant] pairs with finish(), when it comes first
    if (!mine.word.compare_exchange_strong(bits, waiter_word(bits).now(waiter_word::leaving).bits(), order::acquire,
                                           order::acquire)) {
      return false;
    }
    for (;;) {
      std::uint64_t now = account.load(order::relaxed);  // the seat is the caller's own
      if (credit_word(now).offers_to(index_of(mine))) {
        finish(account, credit_word(now));
      } else if (account.compare_exchange_strong(now, credit_word(now).with_next_tag().bits(), order::release,
                                                 order::relaxed)) {  // [offer] who serves sees that it waits no more
        return true;
      }
    }
  }

  /// The seat is kept until the offer that was granted is out of the word.
  void collect(account_word& account, const seat& mine) noexcept {
    for (;;) {
      const credit_word now(account.load(order::relaxed));  // [grant] has shown the offer
      if (!now.offers_to(index_of(mine))) return;
      finish(account, now);
    }
  }

  [[nodiscard]] unsigned index_of(const seat& which) const noexcept {
    return static_cast<unsigned>(&which - seats_.data());
  }

  std::array<seat, Seats> seats_;
  alignas(cache_line_bytes) typename Sync::template atomic<std::uint64_t> tickets_{0};
};

}  // namespace tidegate::detail
