// block_exchange: the two operations of a block ring: publish a run, and take elements out of the oldest one.
//
// A push fills the slot of its row and gives it for a free one, by one compare-exchange on the entry at the frontier. A
// pop of all that is left of the oldest run gives its free slot for the full one, in the same way; a pop of less copies
// the elements first and then moves the offset: if that succeeds, the run had stood there all the time.
//   full: at the look at the oldest run that found `capacity` elements from there to the frontier.
//   empty: at the look at the frontier, all runs before which were consumed.
//   closed: at the look that saw the close bit.
// Lock-free: a lost compare-exchange was won by somebody else. A thread that stops anywhere leaves nothing half done.
// Origin: the symmetric exchange of ring/detail/exchange/exchange.hpp, with runs of elements in place of elements.
//
// Protocol: [run], [hint], [epoch], [row]: see block_table.hpp.  [close] closing flag → whoever is told `closed`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tidegate/ring/detail/block/block_table.hpp"
#include "tidegate/ring/detail/exchange/exchange.hpp"

namespace tidegate::detail {

/// What became of a call, and how many elements it has moved: 0 unless done.
struct run_outcome {
  exchange_answer answer;
  std::size_t count = 0;
};

template <std::size_t LongestRun, entry_layout Layout, class SyncPolicy>
class block_exchange : public block_table<LongestRun, Layout, SyncPolicy> {
  using base = block_table<LongestRun, Layout, SyncPolicy>;
  using typename base::Sync;
  using typename base::view;
  using typename base::word;
  using answer = exchange_answer;

 public:
  using base::base;
  using typename base::row_type;

  /// Publishes a run of up to `wanted` > 0 elements: as many as fit. `fill(slot, i)` writes element i into the slot, at
  /// most once each and in order; those of a refused call are forgotten.
  template <class Fill>
  run_outcome push(unsigned self, std::size_t wanted, Fill&& fill) {
    row_type& row = this->row_at(side::push, self);
    block_row_state& me = row.own.get();
    std::size_t filled = 0;
    for (unsigned lost = 0;;) {
      view seen;
      const run_outcome room = find_room(me, wanted, seen);
      if (room.answer != answer::done) return room;
      for (; filled < room.count; ++filled) fill(me.mine, filled);
      if (publish(row, me, seen, room.count)) return room;
      back_off(lost++);
    }
  }

  /// Takes up to `wanted` > 0 elements out of the oldest run. `take(slot, first, count)` reads elements that are out;
  /// or `copy` with the same arguments reads them before, perhaps in vain, and the last copy counts.
  template <class Take, class Copy>
  run_outcome pop(unsigned self, std::size_t wanted, Take&& take, Copy&& copy) noexcept {
    row_type& row = this->row_at(side::pop, self);
    block_row_state& me = row.own.get();
    for (unsigned lost = 0;;) {
      view seen;
      if (const answer found = find_run(me, seen); found != answer::done) return {found};
      if (const std::size_t taken = take_some(row, me, seen, wanted, take, copy); taken != 0) [[likely]]
        return {answer::done, taken};
      back_off(lost++);
    }
  }

  /// False only if a call of this side would have been refused at some instant meanwhile.
  [[nodiscard]] bool is_ready(side of, unsigned self) noexcept {
    block_row_state& me = this->row_at(of, self).own.get();
    view seen;
    const answer found = of == side::push ? find_room(me, 1, seen).answer : find_run(me, seen);
    return found != answer::refused;
  }

  /// No more pushes. Afterwards the close bit stands where the next run would begin: pushes see it there, and pops when
  /// they get there. At most one more run of each producer is published meanwhile; any thread.
  void close() noexcept {
    // [close] pairs with look_at_control() and closed(): what the closer did is seen by whoever is told
    this->control_.fetch_or(base::closing_bit, order::release);
    set_close_bit();
  }

  /// True from the first close() on.
  [[nodiscard]] bool closed() noexcept {
    if ((look_at_control() & base::closing_bit) == 0) return false;
    set_close_bit();  // the closer may not be there yet: from here on no push is accepted
    return true;
  }

 private:
  /// The answer of room_for() when me.next or the epoch has moved on.
  static constexpr std::size_t look_again = ~std::size_t{0};

  [[nodiscard]] std::uint64_t look_at_control() const noexcept {
    // [epoch] pairs with begins_epoch(): an entry was looked at before, which is therefore of this epoch, or newer
    // [close] pairs with close()
    return this->control_.load(order::acquire);
  }

  /// The places of the row are of an earlier epoch, perhaps of so early a one that they look new.
  void go_to_hints(block_row_state& me, std::uint64_t epoch) const noexcept {
    me.next = this->hint(side::pop).load(order::acquire);  // [hint] pairs with raise()
    me.head = me.next;
    me.taken = 0;
    me.epoch = epoch;
  }

  // Pushes.

  /// Goes to the frontier, and says how many of `wanted` elements may be published there; or why none.
  [[nodiscard]] run_outcome find_room(block_row_state& me, std::size_t wanted, view& seen) noexcept {
    for (;;) {
      seen = this->see(me.next);
      const std::uint64_t control = look_at_control();
      if (word::closes(seen.entry)) return {answer::closed};
      if ((control & base::closing_bit) != 0) [[unlikely]] {
        set_close_bit();
        return {answer::closed};
      }
      if (control != me.epoch) [[unlikely]] {
        go_to_hints(me, control);
      } else if (seen.distance >= 0) {
        me.next = this->or_hint(side::push, this->after_published(me.next, seen));
      } else {
        const std::size_t count = room_for(me, std::min(wanted, longest_run_at(me.next)));
        if (count == 0) return {answer::refused};
        if (count != look_again && !begins_epoch(me)) return {answer::done, count};
      }
    }
  }

  /// Runs end with their lap, and in the first lap of an epoch they have one element.
  [[nodiscard]] std::size_t longest_run_at(place at) const noexcept {
    if (word::is_first_lap(at)) [[unlikely]]
      return 1;
    return std::min(this->sizes_.longest_run, this->circle_.entries() - this->circle_.index(at));
  }

  /// Free places, as far as the row knows; not more than there are.
  [[nodiscard]] std::size_t known_room(const block_row_state& me) const noexcept {
    const std::size_t since_head = this->circle_.distance(me.head, me.next);
    const std::size_t inside = since_head - std::min(since_head, me.taken);
    return this->sizes_.capacity - std::min(this->sizes_.capacity, inside);
  }

  /// How many of `wanted` elements fit at me.next. Looks for the head when too few are known to; 0: full.
  [[nodiscard]] std::size_t room_for(block_row_state& me, std::size_t wanted) const noexcept {
    if (known_room(me) >= wanted) [[likely]]
      return wanted;
    move_head(me, this->or_hint(side::pop, me.head));
    for (;;) {
      if (is_later(me.head, me.next)) {
        me.next = me.head;
        return look_again;
      }
      if (known_room(me) >= wanted) return wanted;
      const view seen = this->see(me.head);
      if (look_at_control() != me.epoch) return look_again;
      if (seen.distance <= 0) {
        me.taken = word::offset(seen.entry);
        return std::min(known_room(me), wanted);
      }
      move_head(me, this->after_consumed(me.head, seen));
    }
  }

  static void move_head(block_row_state& me, place to) noexcept {
    if (to != me.head) me.taken = 0;
    me.head = to;
  }

  /// True when this place is the first one of an epoch that nobody has announced, and now it is.
  [[nodiscard]] bool begins_epoch(const block_row_state& me) const noexcept {
    if (!word::begins_epoch(me.next) || me.epoch % word::epochs == word::epoch(me.next)) [[likely]]
      return false;
    std::uint64_t expected = me.epoch;
    // [epoch] pairs with look_at_control(): the hints are seen as they were an epoch ago, or later
    this->control_.compare_exchange_strong(expected, me.epoch + 1, order::release, order::relaxed);
    return true;
  }

  /// The exchange. False: the entry is not what it was.
  [[nodiscard]] bool publish(row_type& row, block_row_state& me, const view& seen, std::size_t count) const noexcept {
    const place next = this->circle_.further(me.next, count);
    const place hinted = this->before_raise(side::push, me.next, next);
    std::uint64_t expected = seen.entry;
    const std::uint64_t published = word::published(this->circle_.lap(me.next), count, me.mine);
    // [run] pairs with the looks of others
    if (!this->entry(me.next).compare_exchange_strong(expected, published, order::seq_cst, order::relaxed)) {
      return false;
    }
    me.mine = word::slot(seen.entry);
    me.next = next;
    count_elements(row, count);
    this->raise(side::push, hinted, next);
    return true;
  }

  // Pops.

  /// Goes to the oldest run, or says why there is none.
  [[nodiscard]] answer find_run(block_row_state& me, view& seen) const noexcept {
    for (;;) {
      seen = this->see(me.next);
      const std::uint64_t epoch = look_at_control() & ~base::closing_bit;
      if (epoch != me.epoch) [[unlikely]] {
        go_to_hints(me, epoch);
      } else if (seen.distance == 0) {
        return answer::done;
      } else if (seen.distance < 0) {
        return word::closes(seen.entry) ? answer::closed : answer::refused;
      } else {
        me.next = this->or_hint(side::pop, this->after_consumed(me.next, seen));
      }
    }
  }

  /// Takes the rest of a run, or the first elements of it. 0: the entry is not what it was.
  template <class Take, class Copy>
  [[nodiscard]] std::size_t take_some(row_type& row, block_row_state& me, const view& seen, std::size_t wanted,
                                      Take& take, Copy& copy) const noexcept {
    const std::uint64_t slot = word::slot(seen.entry);
    const std::size_t first = word::offset(seen.entry);
    const std::size_t count = std::min(wanted, word::length(seen.entry) - first);
    if (first + count == word::length(seen.entry)) {
      if (!consume(me, seen)) return 0;
      take(slot, first, count);
    } else {
      copy(slot, first, count);
      if (!advance(me, seen, count)) return 0;
    }
    count_elements(row, count);
    return count;
  }

  /// Takes the rest of a run, in exchange for the free slot of the row.
  [[nodiscard]] bool consume(block_row_state& me, const view& seen) const noexcept {
    const place next = this->after_published(me.next, seen);
    const place hinted = this->before_raise(side::pop, me.next, next);
    std::uint64_t expected = seen.entry;
    // [run] pairs with the looks of others
    if (!this->entry(me.next).compare_exchange_strong(expected, word::consumed(seen.entry, me.mine), order::seq_cst,
                                                      order::relaxed)) {
      return false;
    }
    me.mine = word::slot(seen.entry);
    me.next = next;
    this->raise(side::pop, hinted, next);
    return true;
  }

  /// Takes some elements of a run, which have been copied.
  [[nodiscard]] bool advance(const block_row_state& me, const view& seen, std::size_t count) const noexcept {
    std::uint64_t expected = seen.entry;
    // [run] pairs with the looks of others; release: the copy was made before somebody can have the slot
    return this->entry(me.next).compare_exchange_strong(expected, word::advanced(seen.entry, count), order::seq_cst,
                                                        order::relaxed);
  }

  // Both.

  static void count_elements(row_type& row, std::size_t count) noexcept {
    const std::uint64_t before = row.exchanges.load(order::relaxed);  // own variable
    row.exchanges.store(before + count, order::relaxed);              // an observation
  }

  void set_close_bit() const noexcept {
    // relaxed: every place that a hint has ever named has its predecessors published, and the exchange below decides
    place at = this->hint(side::push).load(order::relaxed);
    for (;;) {
      const view seen = this->see(at);
      if (word::closes(seen.entry)) return;
      if (seen.distance >= 0) {
        at = this->after_published(at, seen);
        continue;
      }
      std::uint64_t expected = seen.entry;
      // [close] pairs with the looks of others: who sees the bit sees what the closer did, and what the entry's last
      // exchange released, for this one goes on with that
      if (this->entry(at).compare_exchange_strong(expected, seen.entry | word::close_bit, order::release,
                                                  order::relaxed)) {
        return;
      }
    }
  }

  /// After a lost compare-exchange: the line is wanted elsewhere.
  static void back_off(unsigned lost) noexcept { Sync::back_off(1u << std::min(lost, most_backoff_log2)); }

  static constexpr unsigned most_backoff_log2 = 6;
};

}  // namespace tidegate::detail
