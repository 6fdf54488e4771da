// block_table: the shared state of a block ring, and the looks at it that every call makes.
//
// There are more entries than elements: a run keeps its entry while its first elements are taken out, and a new run
// needs one for each of its places. Runs end with their lap.
// Whoever follows a side stands at a begin of a run, or at the frontier where the next one will begin. A run that has
// passed names the next place by its length.
//
// Protocol: [run]   entry: what was done to a slot before it was given away is seen by who receives it, and all looks
//                   and exchanges of entries have one common order, so that two refusals agree.
//           [hint]  hint: the runs before this place are seen as passed by whoever begins here.
//           [epoch] control: whoever sees an epoch sees hints of the one before, or later ones.
//           [row]   holder → next holder: see row_search.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/block/run_word.hpp"
#include "tidegate/ring/detail/exchange/circle.hpp"
#include "tidegate/ring/detail/exchange/entry_word.hpp"
#include "tidegate/ring/exchange_options.hpp"

namespace tidegate::detail {

/// What only the holder of a row touches.
struct block_row_state {
  place next = 0;           // where to begin: one after the last run, or earlier
  place head = 0;           // producers: everything before it is taken out
  std::size_t taken = 0;    // producers: and so many elements of the run that begins there
  std::uint64_t mine = 0;   // the slot that belongs to this row
  std::uint64_t epoch = 0;  // in which these places were right
};

template <class Sync>
struct alignas(cache_line_bytes) block_row {
  typename Sync::template cell<block_row_state> own;
  typename Sync::template atomic<std::uint64_t> holder{0};     // who has the row; 0: nobody            [row]
  typename Sync::template atomic<std::uint64_t> exchanges{0};  // elements moved by this row so far; for observers
};

/// A place between runs, and the epoch in which it was found.
struct block_mark {
  place at = 0;
  std::uint64_t epoch = 0;
};

/// How many of what a ring has.
struct block_sizes {
  std::size_t capacity = 0;
  std::size_t longest_run = 0;
  std::size_t producers = 0;
  std::size_t consumers = 0;

  [[nodiscard]] std::size_t rows(side of) const noexcept { return of == side::push ? producers : consumers; }
  [[nodiscard]] std::size_t entries() const noexcept { return capacity + longest_run - 1; }
  /// Every entry and every row owns one.
  [[nodiscard]] std::size_t slots() const noexcept { return entries() + producers + consumers; }
};

template <std::size_t LongestRun, entry_layout Layout, class SyncPolicy>
class block_table {
 public:
  using Sync = SyncPolicy;
  using word = run_word<LongestRun, Sync>;
  using atomic_word = typename Sync::template atomic<std::uint64_t>;
  using row_type = block_row<Sync>;

  struct packed_entry {
    atomic_word word{0};
  };
  struct alignas(cache_line_bytes) line_entry {
    atomic_word word{0};
  };
  using entry_type = std::conditional_t<Layout == entry_layout::line, line_entry, packed_entry>;

  /// Bytes of storage for entries and rows; a multiple of the cache line.
  [[nodiscard]] static bool storage_bytes(const block_sizes& sizes, std::size_t& bytes) noexcept {
    std::size_t entries = 0;
    if (__builtin_mul_overflow(sizes.entries(), sizeof(entry_type), &entries)) return false;
    if (__builtin_add_overflow(entries, cache_line_bytes - 1, &entries)) return false;
    entries &= ~(cache_line_bytes - 1);
    return !__builtin_add_overflow(entries, (sizes.producers + sizes.consumers) * sizeof(row_type), &bytes);
  }

  /// `where` holds storage_bytes(sizes) bytes at the alignment of cache lines.
  block_table(std::byte* where, const block_sizes& sizes) noexcept
      : sizes_(sizes),
        circle_(sizes.entries()),
        rows_(reinterpret_cast<row_type*>(where)),
        entries_(reinterpret_cast<entry_type*>(rows_ + sizes.producers + sizes.consumers)) {
    const place begin = circle_.begin(std::max<std::uint64_t>(Sync::first_position, 1));  // not in a lap of single runs
    const std::size_t rows = sizes.producers + sizes.consumers;
    std::uninitialized_default_construct_n(rows_, rows);
    std::uninitialized_default_construct_n(entries_, sizes.entries());
    for (std::size_t i = 0; i < sizes.entries(); ++i) {
      entries_[i].word.store((begin - word::one_tag) | i, order::relaxed);  // consumed, a lap ago; nobody looks yet
    }
    for (std::size_t i = 0; i < rows; ++i) {
      rows_[i].own.construct(
          block_row_state{.next = begin, .head = begin, .mine = sizes.entries() + i, .epoch = word::epoch(begin)});
    }
    control_.store(word::epoch(begin), order::relaxed);  // nobody looks yet
    hints_[0].at.store(begin, order::relaxed);           // nobody looks yet
    hints_[1].at.store(begin, order::relaxed);           // nobody looks yet
  }

  block_table(const block_table&) = delete;
  block_table& operator=(const block_table&) = delete;

  ~block_table() {
    for (std::size_t i = 0; i < sizes_.producers + sizes_.consumers; ++i) rows_[i].own.destroy();
    std::destroy_n(rows_, sizes_.producers + sizes_.consumers);
    std::destroy_n(entries_, sizes_.entries());
  }

  [[nodiscard]] const block_sizes& sizes() const noexcept { return sizes_; }
  [[nodiscard]] row_type& row_at(side of, std::size_t index) const noexcept {
    return rows_[of == side::push ? index : sizes_.producers + index];
  }

  /// Elements inside, a moment ago; exact when nothing moves.
  [[nodiscard]] std::size_t depth_hint() const noexcept {
    place head = hint(side::pop).load(order::relaxed);  // a place to begin at: what is told is seen in the entries
    view oldest = see(head);
    for (std::size_t looks = 0; oldest.distance > 0 && looks <= sizes_.entries(); ++looks) {
      head = after_consumed(head, oldest);
      oldest = see(head);
    }
    place tail = hint(side::push).load(order::relaxed);  // likewise
    for (std::size_t looks = 0; looks <= sizes_.entries(); ++looks) {
      const view seen = see(tail);
      if (seen.distance < 0) break;
      tail = after_published(tail, seen);
    }
    if (oldest.distance != 0 || !is_later(tail, head)) return 0;
    return std::min(circle_.distance(head, tail) - word::offset(oldest.entry), sizes_.capacity);
  }

  /// A mark behind everything that was pushed before the call. Lock-free. A caller that is stopped for half of all laps
  /// may take an old place for the frontier; then its epoch is long over, and everything before the call has left.
  [[nodiscard]] block_mark pushed_mark() const noexcept {
    const std::uint64_t epoch = epoch_now();           // before the place, which is of this epoch or a later one
    place at = hint(side::push).load(order::relaxed);  // what came before the call is seen in the entries from there on
    for (view seen = see(at); seen.distance >= 0; seen = see(at)) at = after_published(at, seen);
    return {at, epoch};
  }

  /// True when everything before the mark is taken out, however long ago that was. Lock-free.
  [[nodiscard]] bool has_left(const block_mark& mark) const noexcept {
    for (;;) {
      const std::uint64_t epoch = epoch_now();
      if (epoch > mark.epoch + 1) return true;  // since then every entry was written again
      const bool passed = is_consumed_before(mark.at);
      if (epoch_now() == epoch) return passed;  // else the places may have been too far apart to compare
    }
  }

  /// Elements moved by one side so far, a moment ago.
  [[nodiscard]] std::uint64_t exchanges_hint(side of) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sizes_.rows(of); ++i) {
      sum += row_at(of, i).exchanges.load(order::relaxed);  // an observation
    }
    return sum;
  }

 protected:
  /// What stands at a place.
  struct view {
    std::uint64_t entry;
    std::int64_t distance;
  };

  [[nodiscard]] atomic_word& entry(place at) const noexcept { return entries_[circle_.index(at)].word; }

  [[nodiscard]] view see(place at) const noexcept {
    const std::uint64_t seen = entry(at).load(order::seq_cst);  // [run] pairs with every exchange of this entry
    return {seen, word::distance(seen, circle_.lap(at))};
  }

  /// The place after the last run that began here, in this lap or a later one.
  [[nodiscard]] place after_published(place at, const view& seen) const noexcept {
    return circle_.further(word::lap(seen.entry) | circle_.index(at), word::length(seen.entry));
  }

  /// A place before which everything is taken out, when the run that began at `at` has been.
  [[nodiscard]] place after_consumed(place at, const view& seen) const noexcept {
    return word::is_consumed(seen.entry) ? after_published(at, seen) : next_begin(at);
  }

  /// The begin of the run after the one at `at`, which is consumed and overwritten by a later one: the first place
  /// whose entry was written in this lap or later. It is found at the begin of the next lap at the latest.
  [[nodiscard]] place next_begin(place at) const noexcept {
    for (std::size_t looks = 0; looks < sizes_.longest_run; ++looks) {
      at = circle_.next(at);
      if (see(at).distance >= 0) break;
    }
    return at;
  }

  [[nodiscard]] atomic_word& hint(side of) const noexcept { return hints_[index_of(of)].at; }

  [[nodiscard]] std::uint64_t epoch_now() const noexcept {
    return control_.load(order::acquire) & ~closing_bit;  // [epoch] pairs with begins_epoch()
  }

  [[nodiscard]] bool is_consumed_before(place until) const noexcept {
    place at = hint(side::pop).load(order::acquire);  // [hint] pairs with raise()
    while (is_later(until, at)) {
      const view seen = see(at);
      if (seen.distance <= 0) return false;
      at = after_consumed(at, seen);
    }
    return true;
  }

  /// The later one of a place and the hint.
  [[nodiscard]] place or_hint(side of, place at) const noexcept {
    const place hinted = hint(of).load(order::acquire);  // [hint] pairs with raise()
    return is_later(hinted, at) ? hinted : at;
  }

  /// What to raise the hint from, before an exchange that takes this side from one place to another. It is asked
  /// before, so that a thread that is stopped meanwhile does not set back what others have raised. `to` when no rise is
  /// due.
  [[nodiscard]] place before_raise(side of, place from, place to) const noexcept {
    constexpr std::size_t group = ~(places_a_hint - 1);
    const bool is_due =
        ((circle_.index(from) ^ circle_.index(to)) & group) != 0 || circle_.lap(from) != circle_.lap(to);
    return is_due ? hint(of).load(order::relaxed) : to;  // only compared
  }

  /// Raises the hint to a place whose predecessors have passed, in one attempt: whoever beats us has raised it, too.
  void raise(side of, place hinted, place to) const noexcept {
    // [hint] pairs with the loads of hints: who begins here sees what is before as passed
    if (is_later(to, hinted)) hint(of).compare_exchange_strong(hinted, to, order::release, order::relaxed);
  }

  static constexpr std::size_t places_a_hint = 32;
  static constexpr std::uint64_t closing_bit = std::uint64_t{1} << 63;

  struct alignas(cache_line_bytes) hint_line {
    atomic_word at{0};
  };

  const block_sizes sizes_;
  const circle<word> circle_;
  row_type* const rows_;
  entry_type* const entries_;
  mutable atomic_word control_{0};          // closing bit, epochs so far: beside what never changes
  mutable std::array<hint_line, 2> hints_;  // a line for each side
};

}  // namespace tidegate::detail
