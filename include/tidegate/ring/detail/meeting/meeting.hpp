// meeting: seats at which producers offer an element and consumers ask for one, and how two of them come together.
//
// A call takes a free seat of its side, opens it, and then goes through the other side's seats. Who finds nobody stays,
// and is found. An offer and a request are brought together in three steps that anybody can do: the request says whom
// it shall have (proposed), the offer says who has it (given), the request says that it is filled. Only the second
// decides: an offer is given once. Who comes to a request in the first state does the other two steps before it looks
// further, so that a thread that is stopped in between delays nobody. The element stays in the offer's seat, which is
// the consumer's from then on, until it has taken the element out: the producer may leave at once.
//
// Nobody is missed: each side opens its seat before it looks at the other one's, with sequential consistency, so that
// of two who come at the same time one sees the other at least. Hence, at the end of a producer's look that found no
// request, no consumer was there whose own look had ended, and the other way round.
// Progress: lock-free: who has to look at a seat again does so because of a meeting, or of somebody who left.
// Seats: one for each producer, and one more for each consumer, because it keeps one while it takes an element out.
// Origin: the three steps are those of a compare-exchange of two words with helping (Harris, Fraser, Pratt 2002),
// with one of the two words as its record; hand-off between waiting threads after Scherer, Lea, Scott 2006.
//
// Protocol: [open]   opening a seat and taking its bit → the other side's look: one of two sees the other.
//           [meet]   the steps of a meeting: an element is complete before its offer is seen, and by who is filled.
//           [vacate] leaving a seat → the next one in it: what was there is gone.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/latest/slot_calls.hpp"
#include "tidegate/ring/detail/meeting/seat_word.hpp"

namespace tidegate::detail {

inline constexpr unsigned no_seat = ~0U;

template <queue_element T, unsigned Producers, unsigned Consumers, class Sync>
class meeting {
  static_assert(Producers >= 1 && Consumers >= 1 && Producers + Consumers <= 64);
  static constexpr int position_digits = std::numeric_limits<typename Sync::position>::digits;
  static constexpr unsigned number_bits = position_digits >= 32 ? 27 : 3;
  using word = seat_word<number_bits>;
  using state = seat_state;
  using atomic_word = typename Sync::template atomic<std::uint64_t>;
  using cell = typename Sync::template cell<T>;

 public:
  static constexpr unsigned offer_seats = Producers + Consumers;
  static constexpr unsigned request_seats = Consumers;

  /// A call's seat, and the word with which it is open there.
  struct place {
    unsigned seat = no_seat;
    std::uint64_t open = 0;
    [[nodiscard]] explicit operator bool() const noexcept { return seat != no_seat; }
  };

  // A producer's call: open, look, perhaps wait until it is taken or withdraw; each with the place from before.

  /// Takes a seat and puts the element into it. Nothing has changed when there is none.
  [[nodiscard]] place open_offer(T&& value) noexcept {
    const unsigned at = take_seat(offering_, offer_seats);
    if (at == no_seat) return {};
    offer_seat& mine = offers_[at];
    const std::uint64_t number = word::number(mine.word.load(order::relaxed)) + 1;  // [vacate] has ordered it
    const place opened{at, word::open(number)};
    mine.element.construct(std::move(value));
    mine.word.store(opened.open, order::seq_cst);  // [open] pairs with the looks; [meet] pairs with the loads of offers
    return opened;
  }

  /// Goes through the requests; true once a consumer has the offer. `tell(consumer, producer)` is called for the seats
  /// of each meeting that was completed on the way, or is seen complete while one of the two has not left.
  template <class Tell>
  [[nodiscard]] bool look_for_request(const place& mine, Tell&& tell) noexcept {
    const std::uint64_t there = asking_.load(order::seq_cst);  // [open] pairs with take_seat()
    return any_of(there, mine.seat + word::number(mine.open), [&](unsigned at) noexcept {
      while (!is_taken(mine)) {
        std::uint64_t seen = requests_[at].word.load(order::seq_cst);  // [open] [meet] pairs with open_request()
        if (word::state(seen) == state::proposed) seen = settle(at, seen, tell);
        if (word::state(seen) == state::met) tell(at, word::seat(seen));  // who should have told may be stopped
        if (word::state(seen) != state::open) return is_taken(mine);
        propose(at, seen, mine, tell);
      }
      return true;
    });
  }

  /// True once a consumer has the offer; then the seat is no longer the caller's.
  [[nodiscard]] bool is_taken(const place& mine) const noexcept {
    return offers_[mine.seat].word.load(order::relaxed) != mine.open;  // the caller reads nothing of the consumer's
  }

  /// The seat of the consumer that has taken the offer; no_seat when it has gone on already.
  [[nodiscard]] unsigned taker_of(const place& mine) const noexcept {
    const std::uint64_t seen = offers_[mine.seat].word.load(order::relaxed);  // only says whom to wake
    const bool is_mine = word::state(seen) == state::met && word::number(seen) == word::number(mine.open);
    return is_mine ? word::seat(seen) : no_seat;
  }

  /// Takes the element back into `value`, which was moved from, and leaves. False: too late, a consumer has it.
  [[nodiscard]] bool withdraw_offer(const place& mine, T& value) noexcept {
    offer_seat& left = offers_[mine.seat];
    std::uint64_t open = mine.open;
    const std::uint64_t idle = word::idle(word::number(open));
    // relaxed: the seat passes by its bit, and who was too late reads nothing of the consumer's
    if (!left.word.compare_exchange_strong(open, idle, order::relaxed, order::relaxed)) return false;
    take_back(left.element, value);
    leave_seat(offering_, mine.seat);
    return true;
  }

  // A consumer's call, likewise.

  [[nodiscard]] place open_request() noexcept {
    const unsigned at = take_seat(asking_, request_seats);
    if (at == no_seat) return {};
    request_seat& mine = requests_[at];
    const std::uint64_t number = word::number(mine.word.load(order::relaxed)) + 1;  // [vacate] has ordered it
    const place opened{at, word::open(number)};
    mine.word.store(opened.open, order::seq_cst);  // [open] pairs with look_for_request()
    return opened;
  }

  /// Goes through the offers; true once the request is filled. `tell` as above.
  template <class Tell>
  [[nodiscard]] bool look_for_offer(const place& mine, Tell&& tell) noexcept {
    const std::uint64_t there = offering_.load(order::seq_cst);  // [open] pairs with take_seat()
    return any_of(there, mine.seat + word::number(mine.open), [&](unsigned at) noexcept {
      for (;;) {
        if (is_filled(mine, tell)) return true;
        const std::uint64_t offer = offers_[at].word.load(order::seq_cst);  // [open] [meet] pairs with open_offer()
        if (word::state(offer) == state::met) tell(word::seat(offer), at);  // likewise
        if (word::state(offer) != state::open) return false;
        propose(mine.seat, mine.open, {at, offer}, tell);
      }
    });
  }

  /// True once the request is filled. `tell` as above; it may be called for the caller itself.
  template <class Tell>
  [[nodiscard]] bool is_filled(const place& mine, Tell&& tell) noexcept {
    std::uint64_t seen =
        requests_[mine.seat].word.load(order::acquire);  // [meet] pairs with propose(), also through settle()
    if (word::state(seen) == state::proposed) seen = settle(mine.seat, seen, tell);
    return word::state(seen) == state::met;
  }

  /// Leaves without an element. False: too late, the request is filled.
  template <class Tell>
  [[nodiscard]] bool withdraw_request(const place& mine, Tell&& tell) noexcept {
    const std::uint64_t idle = word::idle(word::number(mine.open));
    while (!is_filled(mine, tell)) {
      std::uint64_t open = mine.open;
      // relaxed: the seat passes by its bit; what came in between is looked at again
      if (!requests_[mine.seat].word.compare_exchange_strong(open, idle, order::relaxed, order::relaxed)) continue;
      leave_seat(asking_, mine.seat);
      return true;
    }
    return false;
  }

  /// The seat of the producer whose offer has filled the request.
  [[nodiscard]] unsigned giver_of(const place& mine) const noexcept {
    return word::seat(requests_[mine.seat].word.load(order::relaxed));  // filled: nobody else changes it any more
  }

  /// Hands the element to `use(T&&)`, destroys it, then leaves both seats: while it is used, it counts for a consumer.
  /// The request must be filled.
  template <class Use>
  void consume(const place& mine, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const unsigned from = giver_of(mine);
    // relaxed: the seats pass by their bits
    requests_[mine.seat].word.store(word::idle(word::number(mine.open)), order::relaxed);
    const vacating guard{*this, from, mine.seat};
    consume_in(offers_[from].element, std::forward<Use>(use));
  }

  // Any thread.

  /// False only if at some instant during the call nobody offered, or nobody asked. It may be true without reason when
  /// others come and go at every look.
  [[nodiscard]] bool has_offer() const noexcept { return has_open(offering_, offers_); }
  [[nodiscard]] bool has_request() const noexcept { return has_open(asking_, requests_); }

 private:
  struct alignas(std::max(cache_line_bytes, alignof(cell))) offer_seat {
    atomic_word word{seat_word<number_bits>::idle(Sync::first_position)};
    cell element;
  };
  struct alignas(cache_line_bytes) request_seat {
    atomic_word word{seat_word<number_bits>::idle(Sync::first_position)};
  };

  struct vacating {
    meeting& of;
    unsigned offer;
    unsigned request;
    ~vacating() {
      of.leave_seat(of.asking_, request);
      offer_seat& left = of.offers_[offer];
      const std::uint64_t number = word::number(left.word.load(order::relaxed));  // given: the caller's own now
      left.word.store(word::idle(number), order::relaxed);                        // the seat passes by its bit
      of.leave_seat(of.offering_, offer);
    }
  };

  /// Takes the lowest free bit; no_seat when all are taken.
  [[nodiscard]] static unsigned take_seat(atomic_word& taken, unsigned seats) noexcept {
    const std::uint64_t all = seats == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << seats) - 1;
    std::uint64_t bit = 1;  // most likely, and a look at the newest bits in any case
    for (;;) {
      // [open] pairs with the looks at the bits; [vacate] pairs with leave_seat()
      const std::uint64_t before = taken.fetch_or(bit, order::seq_cst);
      if ((before & bit) == 0) return static_cast<unsigned>(std::countr_zero(bit));
      const std::uint64_t free = ~before & all;
      if (free == 0) return no_seat;
      bit = free & (~free + 1);
    }
  }
  static void leave_seat(atomic_word& taken, unsigned seat) noexcept {
    taken.fetch_and(~(std::uint64_t{1} << seat), order::release);  // [vacate] pairs with take_seat()
  }

  /// Calls `look(seat)` for each bit, beginning with each of them in turn as `begin` grows; true once a look is.
  template <class Look>
  [[nodiscard]] static bool any_of(std::uint64_t bits, std::uint64_t begin, Look&& look) noexcept {
    if (bits == 0) return false;
    std::uint64_t rest = bits;
    for (auto passed = begin % static_cast<unsigned>(std::popcount(bits)); passed != 0; --passed) rest &= rest - 1;
    const unsigned first = static_cast<unsigned>(std::countr_zero(rest));
    for (std::uint64_t left = std::rotr(bits, static_cast<int>(first)); left != 0; left &= left - 1) {
      if (look((static_cast<unsigned>(std::countr_zero(left)) + first) % 64)) return true;
    }
    return false;
  }

  /// The first step, and the others: the open request shall have the open offer. It may have come too late.
  template <class Tell>
  void propose(unsigned at, std::uint64_t open, const place& offer, Tell&& tell) noexcept {
    const std::uint64_t proposed = word::with(state::proposed, open, offer.seat, offer.open);
    // [meet] pairs with the loads of requests: who sees the proposal sees that the offer was open
    if (requests_[at].word.compare_exchange_strong(open, proposed, order::release, order::relaxed)) {
      static_cast<void>(settle(at, proposed, tell));
    }
  }

  /// The second step and the third: gives the offer that is proposed to the request, if it is still open. Returns what
  /// the request says then. The proposal carries the order: whoever made it had seen the offer open, whoever acts on it
  /// has acquired it, and the third step goes on with its release sequence. Hence relaxed.
  template <class Tell>
  std::uint64_t settle(unsigned at, std::uint64_t proposed, Tell&& tell) noexcept {
    const unsigned from = word::seat(proposed);
    std::uint64_t offer = offers_[from].word.load(order::relaxed);  // the one that is proposed, or what came of it
    if (word::state(offer) == state::open && word::names(proposed, offer)) {
      const std::uint64_t given = word::with(state::met, offer, at, proposed);
      // relaxed: it only decides, see above
      if (offers_[from].word.compare_exchange_strong(offer, given, order::relaxed, order::relaxed)) offer = given;
    }
    const bool met = word::state(offer) == state::met && word::seat(offer) == at && word::names(offer, proposed);
    const std::uint64_t then = met ? word::filled(proposed) : word::open(word::number(proposed));
    // [meet] failure pairs with propose(): another one has done this step, and the element is in its proposal. Success
    // needs no order, but compilers warn when failure has the stronger one
    if (!requests_[at].word.compare_exchange_strong(proposed, then, order::acquire, order::acquire)) return proposed;
    if (met) tell(at, from);
    return then;
  }

  /// Looks at all seats until nothing has changed since the look before, so that all of it is of one instant.
  template <class Seats>
  [[nodiscard]] static bool has_open(const atomic_word& taken, const Seats& seats) noexcept {
    constexpr unsigned most_rounds = 4;
    std::array<std::uint64_t, std::tuple_size_v<Seats>> before{};
    if (taken.load(order::relaxed) == 0) return false;  // nobody has a seat: one look says it
    for (unsigned round = 0; round < most_rounds; ++round) {
      bool same = round != 0;
      for (unsigned at = 0; at < seats.size(); ++at) {
        const std::uint64_t seen = seats[at].word.load(order::acquire);  // [open] one look comes before the next
        if (word::state(seen) == state::open) return true;
        same = same && seen == before[at] && word::state(seen) != state::proposed;  // that may be opened again
        before[at] = seen;
      }
      if (same) return false;
    }
    return true;
  }

  alignas(cache_line_bytes) atomic_word offering_{0};  // a bit for each offer's seat that is taken
  alignas(cache_line_bytes) atomic_word asking_{0};    // a bit for each request's seat that is taken
  std::array<offer_seat, offer_seats> offers_;
  std::array<request_seat, request_seats> requests_;
};

}  // namespace tidegate::detail
