// exchange: the one operation of an exchange ring, for both sides: give a slot of one's own, receive the entry's.
//
// A push gives a full slot for a free one, a pop gives a free one for a full one, each by one compare-exchange on one
// entry. Nothing is reserved beforehand, so that a thread that stops anywhere leaves nothing half done.
//   done: at the exchange.  refused: at the look that saw this entry in the way while its predecessor had passed; then
//   all `capacity` entries are full, or none is.  closed: at the look that saw the close bit.
// Origin: entries that name slots, after Tsigas & Zhang 2001 and Nikolaev 2019; turns and records after Kogan & Petrank
// 2011; the exchange of slots by both sides is our own: docs/design/exchange-ring.md.
//
// Bound of own steps, with helping: see docs/design/exchange-ring.md.
// A side with one thread exchanges by a store when its options allow: nobody else touches the entries that it takes.
//
// Protocol: [exchange], [hint], [row]: see table.hpp.  [close] closing flag → whoever is told `closed`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tidegate/ring/detail/exchange/helping.hpp"

namespace tidegate::detail {

/// Outcome of an exchange.
enum class exchange_answer : std::uint8_t { done, evicted, refused, closed };

template <class Setup>
class exchange : public exchange_helping<Setup> {
  using base = exchange_helping<Setup>;
  using typename base::Sync;
  using typename base::view;
  using typename base::word;
  using request = typename base::request;
  using answer = exchange_answer;

 public:
  using base::base;
  using typename base::row_type;

  /// Exchanges `mine` of the row `self`. `fill(mine)` is called before it is given, at most once; when the answer is
  /// `refused` or `closed` it still belongs to the row, and `filled` tells whether the call was made.
  template <side Side, class Fill>
  answer run(unsigned self, bool evicts, bool& filled, Fill&& fill) {
    row_type& row = this->row_at(Side, self);
    row_state& me = row.own.get();
    if constexpr (Setup::is_plain(Side)) {
      return run_alone<Side>(row, me, evicts, filled, fill);
    } else {
      return run_among_others<Side>(row, self, me, evicts, filled, fill);
    }
  }

  /// False only if an exchange would have been refused at some instant during the call. Bounded: while others get on
  /// all the time, it does not look for the end of it.
  template <side Side>
  [[nodiscard]] bool is_ready(unsigned self) noexcept {
    if (Side == side::push ? is_closing() : has_ended()) return true;
    return look_ahead<Side>(this->row_at(Side, self).own.get(), false) != sight::refused;
  }

  /// No more pushes. Afterwards the close bit stands where the next push would be: pushes see it there, and pops when
  /// they get there. Bounded as a push; any thread.
  void close(completions& settled) noexcept {
    // [close] pairs with is_closing(): what the closer did is seen by whoever is told
    this->calls_word(side::push).fetch_or(base::closing_bit, order::release);
    if constexpr (!Setup::is_plain(side::push)) set_close_bit(settled);
  }

  /// Calls `use` with the value of every element that is left: inside, or given or received by a row whose thread died
  /// while it asked for help. No other thread may use the ring any more.
  template <class Use>
  void each_left(Use&& use) noexcept {
    completions nobody_is_told;
    for (place at = 0; at < this->sizes_.capacity; ++at) {
      if constexpr (Setup::helps) settle_any(at, nobody_is_told);
      const std::uint64_t seen = this->look(at);
      if (word::state(seen) == full_state || word::state(seen) == offered_state<side::pop>) use(word::value(seen));
    }
    if constexpr (!Setup::helps) return;
    for (std::size_t i = 0; i < this->sizes_.producers; ++i) {
      const row_type& row = this->row_at(side::push, i);
      const std::uint64_t record = row.record.load(order::acquire);          // [request] pairs with ask(), settle()
      if (request::is_pending(record)) use(row.offer.load(order::relaxed));  // seen with the record
      if (request::is_done(record) && request::evicts(record)) use(request::received(record));
    }
    for (std::size_t i = 0; i < this->sizes_.consumers; ++i) {
      const std::uint64_t record = this->row_at(side::pop, i).record.load(order::acquire);  // [request] as above
      if (request::is_done(record)) use(request::received(record));
    }
  }

  /// True once a pop was told `closed` by the flag alone: elements that came late stay inside for ever.
  [[nodiscard]] bool has_ended() const noexcept { return (this->calls(side::pop) & base::closing_bit) != 0; }

  /// True from the first close() on.
  [[nodiscard]] bool closed() noexcept {
    if (!is_closing()) return false;
    completions settled;
    close(settled);  // the closer may not be there yet: from here on no push is accepted
    return true;
  }

 private:
  /// What a look at a place means for a call.
  enum class sight : std::uint8_t {
    open,     // may be taken
    passed,   // this side has been here
    again,    // an offer was in the way and is settled
    refused,  // full, or empty
    closed,
  };

  /// Side with many threads: looks, and exchanges by compare-exchange, `attempts` times; then asks for help.
  template <side Side, class Fill>
  answer run_among_others(row_type& row, unsigned self, row_state& me, bool evicts, bool& filled, Fill& fill) {
    place at = me.next;
    unsigned passes = 0;
    for (unsigned spent = 0; !Setup::asks_for_help(Side) || spent < Setup::options.attempts;) {
      const view seen = this->template see<Side>(at);
      sight sees = judge<Side>(me, at, seen, evicts);
      if (sees == sight::open && this->calls(Side) != 0) [[unlikely]]
        sees = hear<Side>(self, at, seen, me.settled);
      if (sees == sight::open) [[likely]] {
        if (!filled) {
          fill(me.mine);
          filled = true;
        }
        if (take<Side>(row, me, at, seen)) [[likely]]
          return holds_victim<Side>(seen) ? answer::evicted : answer::done;
        back_off(spent++);
      } else if (sees == sight::passed) {
        at = this->template pass<Side>(at, seen.distance, passes);
        spent += passes % base::passes_an_attempt == 0 ? 1 : 0;
      } else if (sees == sight::again) {
        ++spent;
      } else {
        me.next = at;
        return sees == sight::closed ? answer::closed : answer::refused;
      }
    }
    me.next = at;
    if constexpr (Setup::asks_for_help(Side)) {
      const sight sees = filled ? sight::open : look_ahead<Side>(me, evicts);
      if (sees == sight::refused || sees == sight::closed)  // nothing is constructed for that
        return sees == sight::closed ? answer::closed : answer::refused;
      if (!filled) fill(me.mine);
      filled = true;
      return call_for_help<Side>(row, self, me, evicts);
    }
    return answer::refused;  // not reached: without help there is no last attempt
  }

  /// What a few looks find where the next exchange would be: exact when nothing moves, for then a place is looked at
  /// twice at most, and fewer lie ahead than a lap or a hint has.
  template <side Side>
  [[nodiscard, gnu::noinline]] sight look_ahead(row_state& me, bool evicts) noexcept {
    sight sees = sight::passed;
    unsigned passes = 0;
    const std::size_t most = 2 * std::min(this->sizes_.capacity, std::size_t{base::places_a_hint}) + 2;
    for (std::size_t looks = 0; looks < most; ++looks) {
      const view seen = this->template see<Side>(me.next);
      sees = judge<Side>(me, me.next, seen, evicts);
      if (sees != sight::passed && sees != sight::again) break;
      if (sees == sight::passed) me.next = this->template pass<Side>(me.next, seen.distance, passes);
    }
    return sees;
  }

  /// Side with one thread: nobody else takes what this one sees as open, so that a store exchanges.
  template <side Side, class Fill>
  answer run_alone(row_type& row, row_state& me, bool evicts, bool& filled, Fill& fill) {
    for (;;) {
      place at = me.next;  // nobody else moves this side on
      const view seen = this->template see<Side>(at);
      if (Side == side::push && is_closing()) [[unlikely]]
        return answer::closed;
      const sight sees = judge<Side>(me, at, seen, evicts);
      if (sees == sight::again) continue;
      if (sees != sight::open) return sees == sight::closed ? answer::closed : answer::refused;
      if (!filled) fill(me.mine);
      filled = true;
      if (holds_victim<Side>(seen)) {  // consumers take it, too
        if (take<Side>(row, me, at, seen)) return answer::evicted;
        continue;
      }
      // [exchange] pairs with the looks of the other side
      this->entry(at).store(word::exchanged(seen.entry, this->circle_.lap(at), Side, me.mine), order::release);
      receive<Side>(row, me, at, seen);
      return answer::done;
    }
  }

  template <side Side>
  [[nodiscard]] sight judge(row_state& me, place& at, const view& seen, bool evicts) noexcept {
    // asked after the look, so that the place is of the same time
    if (!Setup::is_plain(Side) && !this->is_of_this_era(me)) [[unlikely]] {
      at = this->template renew<Side>(me);
      return sight::again;
    }
    if (Side == side::push && word::closes(seen.entry)) [[unlikely]]
      return sight::closed;
    if (seen.distance == -1) [[likely]]
      return sight::open;
    if (seen.distance > 0) return sight::passed;
    if (seen.distance == 0) return judge_offer<Side>(at, seen, me.settled);
    if (Side == side::push && evicts) return judge_victim(at, seen, me.settled);
    return judge_refusal<Side>(at, seen, me.settled);
  }

  template <side Side>
  [[nodiscard]] sight judge_offer(place at, const view& seen, completions& settled) noexcept {
    if constexpr (Setup::asks_for_help(Side)) {
      return this->template settle<Side>(at, seen.entry, settled) ? sight::open : sight::again;
    }
    return sight::again;  // not reached: nothing is offered to this side
  }

  /// The oldest element is in the way and may be evicted, unless a consumer has it or asks for it.
  [[nodiscard]] sight judge_victim(place at, const view& seen, completions& settled) noexcept {
    if constexpr (Setup::asks_for_help(side::pop)) {
      const place of_victim = at - word::one_lap;
      if (word::state(seen.entry) == offered_state<side::pop> &&
          !this->template settle<side::pop>(of_victim, seen.entry, settled)) {
        return sight::again;
      }
      const bool asked = this->calls(side::pop) != 0;
      if (asked && this->template serve<side::pop>(base::nobody, of_victim, seen, false, settled)) return sight::again;
    }
    return sight::open;
  }

  template <side Side>
  [[nodiscard]] sight judge_refusal(place at, const view& seen, completions& settled) noexcept {
    if constexpr (Side == side::pop && Setup::asks_for_help(side::push)) {
      const bool is_offered = word::state(seen.entry) == offered_state<side::push>;
      if (is_offered && word::has_victim(seen.entry)) {  // an element is on its way in, for certain
        static_cast<void>(this->template settle<side::push>(at, seen.entry, settled));
        return sight::again;
      }
    }
    if (Side == side::pop && word::closes(seen.entry)) return sight::closed;
    if constexpr (Setup::is_plain(side::pop)) {  // its stores may have lost a close bit
      if (!is_closing()) return sight::refused;
      set_close_bit(settled);
      return sight::again;
    }
    if constexpr (Setup::is_plain(side::push) && Side == side::pop) {  // the flag alone closes
      return is_closing() ? judge_end(at) : sight::refused;
    }
    return sight::refused;
  }

  /// One producer has been told to stop: what it had pushed before is found by another look.
  [[nodiscard]] sight judge_end(place at) noexcept {
    if (this->template see<side::pop>(at).distance >= -1) return sight::again;
    this->calls_word(side::pop).fetch_or(base::closing_bit, order::relaxed);  // `closed` stays the answer
    return sight::closed;
  }

  /// Somebody asks for help, or closes.
  template <side Side>
  [[nodiscard, gnu::noinline]] sight hear(unsigned self, place at, const view& seen, completions& settled) noexcept {
    if (Side == side::push && is_closing()) {
      set_close_bit(settled);
      return sight::again;
    }
    if (Side == side::pop && has_ended()) return sight::closed;
    if constexpr (Setup::asks_for_help(Side)) {
      if (this->template serve<Side>(self, at, seen, holds_victim<Side>(seen), settled)) return sight::again;
    }
    return sight::open;
  }

  /// The exchange. False: the entry is not what it was.
  template <side Side>
  [[nodiscard]] bool take(row_type& row, row_state& me, place at, const view& seen) noexcept {
    std::uint64_t expected = seen.entry;
    const std::uint64_t next = word::exchanged(seen.entry, this->circle_.lap(at), Side, me.mine);
    // [exchange] pairs with the looks of others
    if (!this->entry(at).compare_exchange_strong(expected, next, order::seq_cst, order::relaxed)) return false;
    receive<Side>(row, me, at, seen);
    return true;
  }

  template <side Side>
  void receive(row_type& row, row_state& me, place at, const view& seen) noexcept {
    me.mine = word::value(seen.entry);
    me.next = this->circle_.next(at);
    count(row);
    if (base::is_due(me.next)) raise_hints<Side>(me, me.next, holds_victim<Side>(seen));
  }

  /// An eviction has exchanged for the other side, too, a lap before. Its hint comes first, while the era is the row's.
  template <side Side>
  [[gnu::noinline]] void raise_hints(row_state& me, place to, bool has_evicted) noexcept {
    if constexpr (Side == side::push && !Setup::is_plain(side::pop)) {  // else nobody evicts
      if (has_evicted) this->template raise<side::pop>(me, to - word::one_lap);
    }
    this->template raise<Side>(me, to);
  }

  static void count(row_type& row) noexcept {
    const std::uint64_t before = row.exchanges.load(order::relaxed);  // own variable
    row.exchanges.store(before + 1, order::relaxed);                  // an observation
  }

  /// The request loop: offers to whoever has the turn, else to itself, until the request is made real or leaves.
  template <side Side>
  [[gnu::noinline]] answer call_for_help(row_type& row, unsigned self, row_state& me, bool evicts) noexcept {
    if (Side == side::pop && has_ended()) return answer::closed;  // a helper may not have heard: nobody is asked
    this->template ask<Side>(row, me, evicts);
    const answer got = await_help<Side>(row, self, me, evicts);
    this->calls_word(Side).fetch_sub(1, order::relaxed);  // a sign only
    return got;
  }

  template <side Side>
  [[nodiscard]] answer await_help(row_type& row, unsigned self, row_state& me, bool evicts) noexcept {
    place at = me.next;
    for (unsigned passes = 0;;) {
      const view seen = this->template see<Side>(at);
      const std::uint64_t record = row.record.load(order::acquire);  // [request] pairs with settle()
      if (request::is_done(record)) {
        this->template receive_help<Side>(row, self, me, record);
        count(row);
        me.next = at;
        raise_hints<Side>(me, at, request::evicts(record));  // its own exchange does not: others may have made it
        return request::evicts(record) ? answer::evicted : answer::done;
      }
      sight sees = judge<Side>(me, at, seen, evicts);
      if (sees == sight::open) sees = hear<Side>(self, at, seen, me.settled);
      if (sees == sight::open) {
        this->template offer<Side>(self, me.number, at, seen, holds_victim<Side>(seen), me.settled);
      } else if (sees == sight::passed) {
        at = this->template pass<Side>(at, seen.distance, passes);
      } else if (sees != sight::again && this->withdraw(row, me, evicts)) {
        me.next = at;
        return sees == sight::closed ? answer::closed : answer::refused;
      }
    }
  }

  void set_close_bit(completions& settled) noexcept {
    // relaxed: every place that a hint has ever named has its predecessor published, and the exchange below decides
    place at = this->template hint<side::push>().load(order::relaxed);
    for (;;) {
      const view seen = this->template see<side::push>(at);
      if (seen.distance > 0) {
        at = this->circle_.after(at, seen.distance);
        continue;
      }
      if (word::closes(seen.entry)) return;
      if (seen.distance == 0 && judge_offer<side::push>(at, seen, settled) == sight::again) continue;
      std::uint64_t expected = seen.entry;
      // [close] pairs with the looks of others: who sees the bit sees what the closer did, and what the entry's last
      // exchange released, for this one goes on with that
      if (this->entry(at).compare_exchange_strong(expected, seen.entry | word::close_bit, order::release,
                                                  order::relaxed)) {
        return;
      }
    }
  }

  [[nodiscard]] bool is_closing() const noexcept {
    // [close] pairs with close()
    return (this->calls_[index_of(side::push)].load(order::acquire) & base::closing_bit) != 0;
  }

  void settle_any(place at, completions& settled) noexcept {
    const std::uint64_t seen = this->look(at);
    if (word::state(seen) == offered_state<side::push>) {
      static_cast<void>(this->template settle<side::push>(at, seen, settled));
    } else if (word::state(seen) == offered_state<side::pop>) {
      static_cast<void>(this->template settle<side::pop>(at, seen, settled));
    }
  }

  /// True when taking this entry pushes out an element.
  template <side Side>
  [[nodiscard]] static constexpr bool holds_victim(const view& seen) noexcept {
    return Side == side::push && seen.distance < -1;
  }

  /// After a lost compare-exchange: the line is wanted elsewhere.
  static void back_off(unsigned attempts) noexcept { Sync::back_off(1u << std::min(attempts, most_backoff_log2)); }

  static constexpr unsigned most_backoff_log2 = 6;
  static constexpr unsigned full_state = 1;
  template <side Side>
  static constexpr unsigned offered_state = 2 * index_of(Side);
};

}  // namespace tidegate::detail
