// lap_entries: the broadcast ring of lap mode with several publishers: entries that name slots.
//
// A publisher writes its element into a slot of its own, and publishes by one compare-exchange of the entry at the
// frontier: {lap, slot}. The slot that was there before is its own from now on. So a position is published in one step
// and only when the one before it was: there are no holes, a publisher that is stopped anywhere keeps one slot and
// delays nobody, and readers read on. A reader looks at the entry, copies the slot's words, and looks at the entry
// again, as in lap_cells.hpp: whoever overwrites a slot has taken it out of its entry before.
// There is no tail: a publisher walks on from where it was, or from a hint that is raised now and then; an entry that
// is laps ahead makes it jump.
// Progress: push lock-free (a lost exchange is somebody else's element), pop wait-free. Close: exact; a bit in the
// entry at the frontier, which whoever sees that the ring is closing sets.
// Origin: exchange ring (docs/design/exchange-ring.md); seqlocks, see lap_cells.hpp.
//
// Protocol: [entry] publisher → reader: the words are complete before the entry names their slot; publisher →
//                   publisher: the words of a slot are written one after another.
//           [taken] publisher → reader: whoever meets a word of a later element finds the entry changed.
//           [close] closer → all: what was done before the close is seen by whoever is told of it.
//           [seat]  publisher that leaves → the next one in its row: the row's slot passes on.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/detail/broadcast/words_of.hpp"

namespace tidegate::detail {

template <plain_element T, class Sync>
class lap_entries {
 public:
  using value_type = T;
  using position = typename Sync::position;

 private:
  // An entry: lap above, the close bit, and the slot in the low bits.
  static constexpr unsigned close_shift = 20;
  static constexpr unsigned lap_shift = close_shift + 1;
  static constexpr std::uint64_t close_bit = std::uint64_t{1} << close_shift;
  static constexpr std::uint64_t slot_mask = close_bit - 1;
  static constexpr std::size_t most_publishers = 1024;

 public:
  static constexpr std::size_t capacity_limit =
      std::min(std::bit_floor(countable_capacity<position>(2)), std::size_t{1} << (close_shift - 1));

  /// A reader's place.
  struct cursor {
    position next = Sync::first_position;  // what it reads next
    std::uint64_t lost = 0;                // elements that were overwritten before it came
    std::uint64_t last_lost = 0;           // of them, those of the last `lapped`
    bool ended = false;                    // `closed` was answered, and stays the answer
  };

  /// What a publisher owns.
  struct alignas(cache_line_bytes) seat {
    typename Sync::template atomic<bool> taken{false};  // [seat]
    std::uint64_t slot = 0;                             // where it writes
    position from = Sync::first_position;               // everything before it is published
  };

 private:
  using entry = typename Sync::template atomic<std::uint64_t>;
  struct slot {
    typename Sync::template atomic<std::uint64_t> words[words_of<T>::count] = {};  // [taken]
  };

 public:
  static constexpr std::size_t alignment = alignof(seat);

  /// Bytes of storage: seats, then entries, then slots.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, broadcast_rows rows,
                                                    std::size_t& bytes) noexcept {
    if (rows.publishers > most_publishers) return false;
    const std::size_t entries = entry_count(capacity);
    return !__builtin_mul_overflow(entries + rows.publishers, sizeof(slot), &bytes) &&
           !__builtin_add_overflow(slots_offset(entries, rows), bytes, &bytes);
  }

  /// `storage` holds storage_bytes(capacity, rows) bytes at `alignment`.
  lap_entries(region&& storage, std::size_t capacity, broadcast_rows rows) noexcept
      : storage_(std::move(storage)),
        capacity_(capacity),
        shift_(static_cast<unsigned>(std::bit_width(entry_count(capacity)) - 1)),
        seats_(reinterpret_cast<seat*>(storage_.data())),
        seats_end_(seats_ + rows.publishers),
        entries_(reinterpret_cast<entry*>(seats_end_)),
        slots_(reinterpret_cast<slot*>(storage_.data() + slots_offset(count(), rows))) {
    std::uninitialized_default_construct(seats_, seats_end_);
    std::uninitialized_default_construct_n(entries_, count());
    std::uninitialized_default_construct_n(slots_, count() + rows.publishers);
    for (std::size_t i = 0; i < count(); ++i) {
      const position at = advanced(Sync::first_position, i);
      // relaxed: nobody else is here; as if the lap before the first one had been published
      entry_at(at).store(word_of(static_cast<position>(at - count()), i), order::relaxed);
    }
    for (std::size_t i = 0; i < rows.publishers; ++i) seats_[i].slot = count() + i;
  }

  lap_entries(const lap_entries&) = delete;
  lap_entries& operator=(const lap_entries&) = delete;
  ~lap_entries() {
    std::destroy_n(slots_, count() + static_cast<std::size_t>(seats_end_ - seats_));
    std::destroy_n(entries_, count());
    std::destroy(seats_, seats_end_);
  }

  // Publishers.

  /// Null: all rows are taken. O(rows).
  [[nodiscard]] seat* take_seat() noexcept {
    for (seat* each = seats_; each != seats_end_; ++each) {
      // [seat] pairs with leave_seat(): its slot and place are those that the publisher before has left
      if (!each->taken.exchange(true, order::acquire)) return each;
    }
    return nullptr;
  }
  static void leave_seat(seat& of) noexcept { of.taken.store(false, order::release); }  // [seat] pairs with take_seat()

  /// `ok` or `closed`.
  template <class... Args>
  push_status push(seat& mine, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if (closed()) [[unlikely]]
      return seal(mine.from);
    words_of<T> image(T(std::forward<Args>(args)...));
    for (std::size_t i = 0; i < words_of<T>::count; ++i) {
      slots_[mine.slot].words[i].store(image[i], order::release);  // [taken] pairs with the copy in copy_out()
    }
    return publish(mine);
  }

  // Readers.

  /// True: a reader needs nothing from the ring.
  [[nodiscard]] bool join(cursor& reader, const reader_options& asked) const noexcept {
    const position newest = frontier();
    const std::size_t kept = std::min(distance(Sync::first_position, newest), count() - 1);
    reader = {};
    reader.next = asked.start == reader_start::next ? newest : static_cast<position>(newest - kept);
    return true;
  }

  static void leave(cursor&) noexcept {}  // nobody knew of it

  /// Calls `use(const T&)` on a copy of the next element: `ok`, `empty`, `lapped` or `closed`.
  template <class Use>
  pop_status pop(cursor& reader, Use&& use) noexcept(noexcept(use(std::declval<const T&>()))) {
    if (reader.ended) return pop_status::closed;
    std::uint64_t word = entry_at(reader.next).load(order::acquire);  // [entry] pairs with publish()
    if (laps_ahead(word, reader.next) < 0) {
      if ((word & close_bit) == 0 && !closed()) return pop_status::empty;
      reader.ended = is_sealed(reader.next, word);
      if (reader.ended) return pop_status::closed;
    }
    words_of<T> image;
    if (laps_ahead(word, reader.next) != 0 || !copy_out(reader.next, word, image)) return skip(reader);
    reader.next = advanced(reader.next, 1);
    use(image.value());
    return pop_status::ok;
  }

  /// False only if a pop would have answered `empty` at the look at the entry.
  [[nodiscard]] bool pop_ready(const cursor& reader) const noexcept {
    // relaxed: the pop looks for itself
    const std::uint64_t word = entry_at(reader.next).load(order::relaxed);
    return reader.ended || laps_ahead(word, reader.next) >= 0 || (word & close_bit) != 0 || closed();
  }

  [[nodiscard]] std::size_t lag_hint(const cursor& reader) const noexcept {
    const position newest = frontier();
    return is_earlier(newest, reader.next) ? 0 : distance(reader.next, newest);
  }

  // Any thread.

  void close() noexcept {
    closed_.store(true, order::release);  // [close] pairs with closed()
    static_cast<void>(seal(frontier()));
  }
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] pairs with close()
  [[nodiscard]] position tail_hint() const noexcept { return frontier(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  /// At least two, so that a position and the one behind it have two entries.
  [[nodiscard]] static constexpr std::size_t entry_count(std::size_t capacity) noexcept {
    return std::bit_ceil(std::max<std::size_t>(capacity, 2));
  }
  [[nodiscard]] static constexpr std::size_t slots_offset(std::size_t entries, broadcast_rows rows) noexcept {
    return rows.publishers * sizeof(seat) + entries * sizeof(entry);
  }
  [[nodiscard]] static constexpr bool is_earlier(position one, position other) noexcept {
    return distance(other, one) > std::numeric_limits<position>::max() / 2;
  }

  [[nodiscard]] std::size_t count() const noexcept { return std::size_t{1} << shift_; }
  [[nodiscard]] entry& entry_at(position at) const noexcept { return entries_[at & (count() - 1)]; }
  [[nodiscard]] std::uint64_t word_of(position at, std::uint64_t slot_number) const noexcept {
    return static_cast<std::uint64_t>(at >> shift_) << lap_shift | slot_number;
  }

  /// 0: the element at `at` is there; less: it is not yet published; more: it was overwritten so many laps ago.
  [[nodiscard]] std::int64_t laps_ahead(std::uint64_t word, position at) const noexcept {
    constexpr unsigned all = std::numeric_limits<std::uint64_t>::digits;
    const unsigned unused = std::max(lap_shift, all - std::numeric_limits<position>::digits + shift_);
    const std::uint64_t ahead = (word >> lap_shift) - (at >> shift_);
    return static_cast<std::int64_t>(ahead << unused) >> unused;
  }

  /// Where `word` says that the walk goes on; `at` itself when it is not published.
  [[nodiscard]] position walked(position at, std::uint64_t word) const noexcept {
    const std::int64_t ahead = laps_ahead(word, at);
    return ahead < 0 ? at : static_cast<position>(at + (static_cast<std::uint64_t>(ahead) << shift_) + 1);
  }

  /// The first position that was not published, at some instant during the call or later; at most a lap is walked.
  [[nodiscard]] position frontier() const noexcept {
    position at = hint_.load(order::relaxed);  // everything before it is published
    for (std::size_t i = 0; i < count(); ++i) {
      // relaxed: no element is read; what happened before the call is seen
      const position next = walked(at, entry_at(at).load(order::relaxed));
      if (next == at) break;
      at = next;
    }
    return at;
  }

  /// Lock-free: a lost exchange is another publisher's element, or the close.
  push_status publish(seat& mine) noexcept {
    const position hint = hint_.load(order::relaxed);  // everything before it is published
    position at = is_earlier(mine.from, hint) ? hint : mine.from;
    for (;;) {
      std::uint64_t word = entry_at(at).load(order::acquire);  // [entry], and [close] of a bit that is found
      const position next = walked(at, word);
      if (next == at) {
        if ((word & close_bit) != 0) return push_status::closed;
        // [entry] pairs with pop(), and with whoever gets this slot next
        if (entry_at(at).compare_exchange_strong(word, word_of(at, mine.slot), order::acq_rel, order::relaxed)) {
          mine.slot = word & slot_mask;
          mine.from = advanced(at, 1);
          raise_hint(mine.from);
          return push_status::ok;
        }
        continue;
      }
      at = next;
    }
  }

  /// One place in so many moves the hint; one try: whoever is later has raised it further.
  void raise_hint(position to) noexcept {
    const std::size_t period = std::min<std::size_t>(32, std::max<std::size_t>(1, count() / 8));
    if ((to & (period - 1)) != 0) return;
    position hint = hint_.load(order::relaxed);  // relaxed throughout: a place, no data
    if (is_earlier(hint, to)) hint_.compare_exchange_strong(hint, to, order::relaxed, order::relaxed);
  }

  /// Sets the close bit at the frontier, from `at` on: what a closer that was stopped may have left undone.
  push_status seal(position at) noexcept {
    for (;;) {
      std::uint64_t word = entry_at(at).load(order::acquire);  // [entry]
      const position next = walked(at, word);
      if (next == at && is_sealed(at, word)) return push_status::closed;
      if (next != at) at = next;
    }
  }

  /// Sets the close bit of `at`, whose entry held `word`; false: an element was published there, and is in `word`.
  [[nodiscard]] bool is_sealed(position at, std::uint64_t& word) noexcept {
    while (laps_ahead(word, at) < 0 && (word & close_bit) == 0) {
      // [close] whoever finds the bit sees what the closer did; [entry] as pop(), when it fails
      if (entry_at(at).compare_exchange_strong(word, word | close_bit, order::acq_rel, order::acquire)) return true;
    }
    return laps_ahead(word, at) < 0;
  }

  /// False: the element was overwritten meanwhile.
  [[nodiscard]] bool copy_out(position at, std::uint64_t word, words_of<T>& image) const noexcept {
    const slot& from = slots_[word & slot_mask];
    for (std::size_t i = 0; i < words_of<T>::count; ++i) {
      image[i] = from.words[i].load(order::acquire);  // [taken] pairs with push()
    }
    // relaxed: it comes after the words, which bring along the exchange that took their slot
    return entry_at(at).load(order::relaxed) == word;
  }

  /// Goes on behind what was overwritten, with about an eighth of the ring as a start.
  [[gnu::cold]] pop_status skip(cursor& reader) const noexcept {
    const position least = advanced(reader.next, 1);
    const auto to = static_cast<position>(frontier() - (count() - 1) + count() / 8);
    const position next = is_earlier(to, least) ? least : to;
    reader.last_lost = distance(reader.next, next);
    reader.lost += reader.last_lost;
    reader.next = next;
    return pop_status::lapped;
  }

  region storage_;
  std::size_t capacity_;
  unsigned shift_;  // of positions, to laps
  seat* seats_;
  seat* seats_end_;
  entry* entries_;
  slot* slots_;
  alignas(cache_line_bytes) typename Sync::template atomic<position> hint_{Sync::first_position};
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // set before the bit  [close]
};

}  // namespace tidegate::detail
