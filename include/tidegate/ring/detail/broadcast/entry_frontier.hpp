// entry_frontier: where several publishers of a broadcast ring publish: entries that name slots.
//
// A publisher fills a slot of its own, and publishes it by one compare-exchange of the entry at the frontier: {lap,
// slot}. The slot that was there before is its own from now on. So a position is published in one step, and only when
// the one before it was: there are no holes, and a publisher that is stopped anywhere keeps one slot and delays nobody.
// There is no tail: a publisher walks on from where it was, or from a hint that is raised now and then; an entry that
// is laps ahead makes it jump.
// Progress: lock-free (a lost exchange is somebody else's element, or the close).
// Close: exact; a bit in the entry at the frontier, which whoever sees that the ring is closing sets.
// Origin: exchange ring (docs/design/exchange-ring.md).
//
// Protocol: [entry] publisher → reader: the element is complete before the entry names its slot; publisher →
//                   publisher: a slot is filled by one after another; who knows of a place knows what was known there.
//           [close] closer → all: what was done before the close is seen by whoever is told of it.
//           [seat]  publisher that leaves → the next one in its row: the row's slot passes on.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/broadcast_options.hpp"

namespace tidegate::detail {

template <class Sync>
class entry_frontier {
  // An entry: lap above, the close bit, and the slot in the low bits.
  static constexpr unsigned close_shift = 20;
  static constexpr unsigned lap_shift = close_shift + 1;
  static constexpr std::uint64_t close_bit = std::uint64_t{1} << close_shift;

 public:
  using position = typename Sync::position;
  using entry = typename Sync::template atomic<std::uint64_t>;

  static constexpr std::size_t most_publishers = 1024;
  static constexpr std::size_t capacity_limit =
      std::min(std::bit_floor(countable_capacity<position>(2)), std::size_t{1} << (close_shift - 1));

  /// What a publisher owns. relaxed throughout: its own, and it passes on with the seat, see [seat].
  struct alignas(cache_line_bytes) seat {
    typename Sync::template atomic<bool> taken{false};                     // [seat]
    typename Sync::template atomic<std::uint64_t> filling{0};              // the slot that it fills next
    typename Sync::template atomic<position> place{Sync::first_position};  // everything before it is published
    deadline grace_end = deadline::never();  // gate mode: when a refused push is worth another try

    [[nodiscard]] std::uint64_t slot() const noexcept { return filling.load(order::relaxed); }  // own
    [[nodiscard]] position from() const noexcept { return place.load(order::relaxed); }         // own
    void go_on(std::uint64_t slot, position from) noexcept {
      filling.store(slot, order::relaxed);  // own
      place.store(from, order::relaxed);    // own
    }
  };

  /// At least two, so that a position and the one behind it have two entries.
  [[nodiscard]] static constexpr std::size_t entry_count(std::size_t capacity) noexcept {
    return std::bit_ceil(std::max<std::size_t>(capacity, 2));
  }
  [[nodiscard]] static constexpr std::size_t bytes(std::size_t capacity, std::size_t publishers) noexcept {
    return publishers * sizeof(seat) + entry_count(capacity) * sizeof(entry);
  }

  /// `storage` holds bytes(capacity, publishers) at the alignment of a seat. Each seat and each entry names a slot.
  entry_frontier(std::byte* storage, std::size_t capacity, std::size_t publishers) noexcept
      : shift_(static_cast<unsigned>(std::bit_width(entry_count(capacity)) - 1)),
        seats_(reinterpret_cast<seat*>(storage)),
        seats_end_(seats_ + publishers),
        entries_(reinterpret_cast<entry*>(seats_end_)) {
    std::uninitialized_default_construct(seats_, seats_end_);
    std::uninitialized_default_construct_n(entries_, count());
    for (std::size_t i = 0; i < count(); ++i) {
      const position at = advanced(Sync::first_position, i);
      // relaxed: nobody else is here; as if the lap before the first one had been published
      entry_at(at).store(word_of(static_cast<position>(at - count()), i), order::relaxed);
    }
    for (std::size_t i = 0; i < publishers; ++i) seats_[i].go_on(count() + i, Sync::first_position);
  }

  entry_frontier(const entry_frontier&) = delete;
  entry_frontier& operator=(const entry_frontier&) = delete;
  ~entry_frontier() {
    std::destroy_n(entries_, count());
    std::destroy(seats_, seats_end_);
  }

  /// Null: all rows are taken. O(rows).
  [[nodiscard]] seat* take_seat() noexcept {
    for (seat* each = seats_; each != seats_end_; ++each) {
      // [seat] pairs with leave_seat(): its slot and place are those that the publisher before has left
      if (!each->taken.exchange(true, order::acquire)) return each;
    }
    return nullptr;
  }
  static void leave_seat(seat& of) noexcept { of.taken.store(false, order::release); }  // [seat] pairs with take_seat()

  [[nodiscard]] std::size_t count() const noexcept { return std::size_t{1} << shift_; }
  [[nodiscard]] std::size_t slot_count() const noexcept {
    return count() + static_cast<std::size_t>(seats_end_ - seats_);
  }

  // Looks.

  [[nodiscard]] std::uint64_t look(position at) const noexcept {
    return entry_at(at).load(order::acquire);  // [entry] pairs with publish(); [close] of a bit that is found
  }
  /// After reading something that was written by whoever has changed the entry. A close takes nothing out of it.
  [[nodiscard]] bool still_holds(position at, std::uint64_t word) const noexcept {
    return ((entry_at(at).load(order::relaxed) ^ word) & ~close_bit) == 0;  // compared only
  }
  [[nodiscard]] static constexpr std::uint64_t slot_in(std::uint64_t word) noexcept { return word & (close_bit - 1); }
  [[nodiscard]] static constexpr bool is_sealed(std::uint64_t word) noexcept { return (word & close_bit) != 0; }

  /// 0: the element at `at` is there; less: it is not yet published; more: it was overwritten so many laps ago.
  [[nodiscard]] std::int64_t laps_ahead(std::uint64_t word, position at) const noexcept {
    constexpr unsigned all = std::numeric_limits<std::uint64_t>::digits;
    const unsigned unused = std::max(lap_shift, all - std::numeric_limits<position>::digits + shift_);
    const std::uint64_t ahead = (word >> lap_shift) - (at >> shift_);
    return static_cast<std::int64_t>(ahead << unused) >> unused;
  }

  /// The first position that was not published, at some instant during the call or later; at most a lap is walked.
  [[nodiscard]] position frontier() const noexcept {
    position at = hint_.load(order::relaxed);  // a place: whoever reads or publishes there looks for itself
    for (std::size_t i = 0; i < count(); ++i) {
      const position next = walked(at, look(at));
      if (next == at) break;
      at = next;
    }
    return at;
  }

  // Publishing.

  /// Where `mine` may go on: everything before it is published.
  [[nodiscard]] position begin(const seat& mine) const noexcept {
    const position hint = hint_.load(order::acquire);  // [entry] pairs with raise_hint()
    return is_earlier(mine.from(), hint) ? hint : mine.from();
  }

  /// Goes on from `at` to the frontier, whose entry is returned.
  [[nodiscard]] std::uint64_t advance(position& at) const noexcept {
    for (;;) {
      const std::uint64_t word = look(at);
      const position next = walked(at, word);
      if (next == at) return word;
      at = next;
    }
  }

  /// Publishes the slot of `mine` at the frontier `at`, whose entry holds `word`; false: the entry has changed.
  [[nodiscard]] bool publish(seat& mine, position at, std::uint64_t word) noexcept {
    // relaxed when it fails: the next look acquires; the one before has acquired what `word` tells. [entry] pairs with
    // look(), and with whoever gets this slot next
    if (!entry_at(at).compare_exchange_strong(word, word_of(at, mine.slot()), order::release, order::relaxed)) {
      return false;
    }
    mine.go_on(slot_in(word), advanced(at, 1));
    raise_hint(advanced(at, 1));
    return true;
  }

  // Close.

  void close() noexcept {
    closed_.store(true, order::release);  // [close] pairs with closed()
    seal(frontier());
  }
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] pairs with close()

  /// Sets the close bit at the frontier, from `at` on: what a closer that was stopped may have left undone.
  void seal(position at) noexcept {
    for (std::uint64_t word = advance(at); !seal(at, word); word = advance(at)) {
    }
  }

  /// Sets the close bit of `at`, whose entry held `word`; false: an element was published there, and is in `word`.
  [[nodiscard]] bool seal(position at, std::uint64_t& word) noexcept {
    while (laps_ahead(word, at) < 0 && !is_sealed(word)) {
      // [close] whoever finds the bit sees what the closer did; [entry] as look(), when it fails
      if (entry_at(at).compare_exchange_strong(word, word | close_bit, order::release, order::acquire)) return true;
    }
    return laps_ahead(word, at) < 0;
  }

 private:
  [[nodiscard]] static constexpr bool is_earlier(position one, position other) noexcept {
    return distance(other, one) > std::numeric_limits<position>::max() / 2;
  }
  [[nodiscard]] entry& entry_at(position at) const noexcept { return entries_[at & (count() - 1)]; }
  [[nodiscard]] std::uint64_t word_of(position at, std::uint64_t slot_number) const noexcept {
    return static_cast<std::uint64_t>(at >> shift_) << lap_shift | slot_number;
  }

  /// Where `word` says that the walk goes on; `at` itself when it is not published.
  [[nodiscard]] position walked(position at, std::uint64_t word) const noexcept {
    const std::int64_t ahead = laps_ahead(word, at);
    return ahead < 0 ? at : static_cast<position>(at + (static_cast<std::uint64_t>(ahead) << shift_) + 1);
  }

  /// One place in so many moves the hint; one try: whoever is later has raised it further.
  void raise_hint(position to) noexcept {
    const std::size_t period = std::min<std::size_t>(32, std::max<std::size_t>(1, count() / 8));
    if ((to & (period - 1)) != 0) return;
    position hint = hint_.load(order::relaxed);  // compared only
    // relaxed when it fails. [entry] pairs with begin(): who begins there knows what was known here
    if (is_earlier(hint, to)) hint_.compare_exchange_strong(hint, to, order::release, order::relaxed);
  }

  unsigned shift_;  // of positions, to laps
  seat* seats_;
  seat* seats_end_;
  entry* entries_;
  alignas(cache_line_bytes) typename Sync::template atomic<position> hint_{Sync::first_position};  // [entry]
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // set before the bit  [close]
};

}  // namespace tidegate::detail
