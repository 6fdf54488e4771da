// table: the shared state of an exchange ring, and the looks at it that every call makes.
//
// Groups by writer: entries are written by everybody; each row by its holder and by those who settle its request; a
// hint by its side, every 32nd place; the words `calls` only by threads that ask for help and by close().
//
// Protocol: [exchange] entry: what was done to a slot or element before it was given away is seen by who receives it,
//                      and all looks and exchanges of entries have one common order, so that two refusals agree.
//           [hint]     hint: the entry before this place is seen as passed by whoever begins here.
//           [era]      era: whoever begins anew in it begins at a hint of it, or of the one before.
//           [row]      holder → next holder: see row.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/exchange/circle.hpp"
#include "tidegate/ring/detail/exchange/entry_word.hpp"
#include "tidegate/ring/detail/exchange/row.hpp"
#include "tidegate/ring/exchange_options.hpp"

namespace tidegate::detail {

/// What is fixed at compile time. `Sides` says which of them has one thread only.
template <side_count Sides, exchange_options Options, unsigned ValueBits, bool ElementsInEntries, class SyncPolicy>
struct exchange_setup {
  using Sync = SyncPolicy;
  static constexpr exchange_options options = Options;
  static constexpr bool elements_in_entries = ElementsInEntries;
  static constexpr bool helps = Options.progress == progress_kind::wait_free;
  using word = entry_word<ValueBits, helps, Sync>;

  /// True when the side has one thread.
  [[nodiscard]] static constexpr bool is_single(side of) noexcept {
    return of == side::push ? Sides == side_count::one_to_many : Sides == side_count::many_to_one;
  }
  /// True when the side has one thread and exchanges by a store: nobody else may then exchange full entries (pop), or
  /// free ones (push).
  [[nodiscard]] static constexpr bool is_plain(side of) noexcept {
    return is_single(of) && Options.failures == failure_order::independent && !(of == side::pop && Options.evicts);
  }
  /// True when a call of this side may need help: it has rivals, among its own kind or among those who evict.
  [[nodiscard]] static constexpr bool asks_for_help(side of) noexcept {
    return helps && (!is_single(of) || (of == side::pop && Options.evicts));
  }
};

/// How many of what a ring has.
struct exchange_sizes {
  std::size_t capacity = 0;
  std::size_t producers = 0;
  std::size_t consumers = 0;

  [[nodiscard]] std::size_t rows(side of) const noexcept { return of == side::push ? producers : consumers; }
  /// Every entry and every row owns one.
  [[nodiscard]] std::size_t slots() const noexcept { return capacity + producers + consumers; }
};

template <class Setup>
class exchange_table {
 public:
  using Sync = typename Setup::Sync;
  using word = typename Setup::word;
  using atomic_word = typename Sync::template atomic<std::uint64_t>;
  using row_type = row<Sync>;

  struct packed_entry {
    atomic_word word{0};
  };
  struct alignas(cache_line_bytes) line_entry {
    atomic_word word{0};
  };
  using entry_type = std::conditional_t<Setup::options.entries == entry_layout::line, line_entry, packed_entry>;

  /// Bytes of storage for entries and rows; a multiple of the cache line.
  [[nodiscard]] static bool storage_bytes(const exchange_sizes& sizes, std::size_t& bytes) noexcept {
    std::size_t entries = 0;
    if (__builtin_mul_overflow(sizes.capacity, sizeof(entry_type), &entries)) return false;
    if (__builtin_add_overflow(entries, cache_line_bytes - 1, &entries)) return false;
    entries &= ~(cache_line_bytes - 1);
    return !__builtin_add_overflow(entries, (sizes.producers + sizes.consumers) * sizeof(row_type), &bytes);
  }

  /// `where` holds storage_bytes(sizes) bytes at the alignment of cache lines.
  exchange_table(std::byte* where, const exchange_sizes& sizes) noexcept
      : sizes_(sizes),
        circle_(sizes.capacity),
        rows_(reinterpret_cast<row_type*>(where)),
        entries_(reinterpret_cast<entry_type*>(rows_ + sizes.producers + sizes.consumers)) {
    const place begin = circle_.begin(Sync::first_position);
    std::uninitialized_default_construct_n(rows_, sizes.producers + sizes.consumers);
    std::uninitialized_default_construct_n(entries_, sizes.capacity);
    for (std::size_t i = 0; i < sizes.capacity; ++i) {
      const std::size_t slot = Setup::elements_in_entries ? 0 : i;
      entries_[i].word.store((begin - word::one_tag) | slot, order::relaxed);  // consumed, a lap ago; nobody looks yet
    }
    for (std::size_t i = 0; i < sizes.producers + sizes.consumers; ++i) {
      rows_[i].own.construct(row_state{
          .next = begin, .mine = Setup::elements_in_entries ? 0 : sizes.capacity + i, .era = low_half(era())});
    }
    hints_[0].at.store(begin, order::relaxed);  // nobody looks yet
    hints_[1].at.store(begin, order::relaxed);  // nobody looks yet
  }

  exchange_table(const exchange_table&) = delete;
  exchange_table& operator=(const exchange_table&) = delete;

  ~exchange_table() {
    for (std::size_t i = 0; i < sizes_.producers + sizes_.consumers; ++i) rows_[i].own.destroy();
    std::destroy_n(rows_, sizes_.producers + sizes_.consumers);
    std::destroy_n(entries_, sizes_.capacity);
  }

  [[nodiscard]] const exchange_sizes& sizes() const noexcept { return sizes_; }
  [[nodiscard]] row_type& row_at(side of, std::size_t index) const noexcept {
    return rows_[of == side::push ? index : sizes_.producers + index];
  }

  /// The first place at which this side has not exchanged yet, a moment ago.
  template <side Side>
  [[nodiscard]] place frontier_hint() const noexcept {
    place at = hint<Side>().load(order::acquire);  // [hint] pairs with raise()
    for (std::size_t looks = 0; looks <= sizes_.capacity; ++looks) {
      const std::int64_t distance = word::distance(look(at), circle_.lap(at), Side);
      if (distance <= 0) break;
      at = circle_.after(at, distance);
    }
    return at;
  }

  /// Elements inside, a moment ago; exact when nothing moves.
  [[nodiscard]] std::size_t depth_hint() const noexcept {
    const place head = frontier_hint<side::pop>();
    const place tail = frontier_hint<side::push>();  // later, so that it is not behind what was popped
    return is_later(head, tail) ? 0 : std::min(circle_.distance(head, tail), sizes_.capacity);
  }

  /// Exchanges made by one side so far, a moment ago.
  [[nodiscard]] std::uint64_t exchanges_hint(side of) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sizes_.rows(of); ++i) {
      sum += row_at(of, i).exchanges.load(order::relaxed);  // an observation
    }
    return sum;
  }

 protected:
  static constexpr std::uint64_t closing_bit = std::uint64_t{1} << 63;

  [[nodiscard]] atomic_word& entry(place at) const noexcept { return entries_[circle_.index(at)].word; }

  [[nodiscard]] std::uint64_t look(place at) const noexcept {
    return entry(at).load(order::seq_cst);  // [exchange] pairs with every exchange of this entry
  }

  /// What stands at a place, as this side sees it.
  struct view {
    std::uint64_t entry;
    std::int64_t distance;
  };
  template <side Side>
  [[nodiscard]] view see(place at) const noexcept {
    const std::uint64_t seen = look(at);
    return {seen, word::distance(seen, circle_.lap(at), Side)};
  }

  template <side Side>
  [[nodiscard]] atomic_word& hint() const noexcept {
    return hints_[index_of(Side)].at;
  }

  /// Goes on from a place that has passed; now and then to the hint, when that is further.
  template <side Side>
  [[nodiscard]] place pass(place at, std::int64_t distance, unsigned& passes) const noexcept {
    const place next = circle_.after(at, distance);
    if (passes++ % passes_an_attempt != 0) return next;
    const place hinted = hint<Side>().load(order::acquire);  // [hint] pairs with raise()
    return is_later(hinted, next) ? hinted : next;
  }

  /// Raises the hint to a place of the row's era whose predecessor has passed, in one attempt: whoever beats us has
  /// raised it, too. A thread that was stopped for so long that its place would look later does not raise it: the era
  /// is asked for after the hint was read, and the exchange fails if the hint has moved since.
  template <side Side>
  void raise(row_state& me, place to) noexcept {
    place hinted = hint<Side>().load(order::acquire);  // [hint] pairs with the raise before: its era is seen below
    if (!is_later(to, hinted)) return;
    if constexpr (Setup::is_plain(Side)) {
      hint<Side>().store(to, order::release);  // [hint] pairs with the loads of hints
      note_era(era(), to);
      me.era = low_half(era());  // nobody else moves this side on: its place is never old
    } else {
      if (!is_of_this_era(me)) return;
      // [hint] pairs with the loads of hints: who begins here sees the entry before as passed
      hint<Side>().compare_exchange_strong(hinted, to, order::release, order::relaxed);
      const std::uint64_t known = era();
      if (low_half(known) == me.era) note_era(known, to);
    }
  }
  [[nodiscard]] static constexpr bool is_due(place to) noexcept { return circle<word>::index(to) % places_a_hint == 0; }

  /// Pending requests of a side; on the push side also the closing bit. Read on every call, written rarely.
  [[nodiscard]] std::uint64_t calls(side of) const noexcept {
    return calls_[index_of(of)].load(order::relaxed);  // what it announces is read with orders of its own
  }
  [[nodiscard]] atomic_word& calls_word(side of) const noexcept { return calls_[index_of(of)]; }

  /// Sixteenths of all laps that have gone by. A place that a row remembers from an earlier era may be so old that it
  /// looks as if it lay ahead: then the row begins at the hint.
  [[nodiscard]] std::uint64_t era() const noexcept {
    return era_.load(order::relaxed);  // who has seen an entry of a later era sees this: see note_era()
  }

  [[nodiscard]] bool is_of_this_era(const row_state& me) const noexcept { return low_half(era()) == me.era; }
  [[nodiscard]] static constexpr std::uint32_t low_half(std::uint64_t era) noexcept {
    return static_cast<std::uint32_t>(era);
  }

  template <side Side>
  [[nodiscard, gnu::noinline]] place renew(row_state& me) const noexcept {
    me.era = low_half(era_.load(order::acquire));  // [era] pairs with note_era(): the hint is not of long before it
    me.next = hint<Side>().load(order::acquire);   // [hint] pairs with raise()
    return me.next;
  }

  static constexpr unsigned places_a_hint = 32;     // from one raise to the next
  static constexpr unsigned passes_an_attempt = 8;  // walks count, too

  /// Called by whoever raises a hint, before its next exchange: who sees that one sees the era, and places follow each
  /// other. Late by as many laps as rows have stopped right here.
  void note_era(std::uint64_t known, place at) noexcept {
    const std::uint64_t ahead = (circle<word>::sixteenth(at) - known) % 16;
    if (ahead == 0 || ahead >= 8) return;  // known, or the other side is a little ahead
    // [era] pairs with renew(): the hint has just been raised to this era
    era_.compare_exchange_strong(known, known + ahead, order::release, order::relaxed);
  }

  struct alignas(cache_line_bytes) hint_line {
    atomic_word at{0};
  };

  const exchange_sizes sizes_;
  const circle<word> circle_;
  row_type* const rows_;
  entry_type* const entries_;
  mutable std::array<atomic_word, 2> calls_;                                             // beside what never changes
  atomic_word era_{circle<word>::sixteenth(circle<word>::begin(Sync::first_position))};  // likewise
  mutable std::array<hint_line, 2> hints_;                                               // a line for each side
};

}  // namespace tidegate::detail
