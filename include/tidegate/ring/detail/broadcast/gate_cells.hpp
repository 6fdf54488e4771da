// gate_cells: the broadcast ring whose slowest reader is the credit: cells, the publisher's tail, and a row per reader.
//
// The publisher knows a floor: no reader is before it, and none will ever begin before it. It may push until the floor
// plus the capacity, and looks at the rows only when that is used up. It raises the floor in three steps: it looks for
// the last reader; announces that place; and looks again. Of a reader that joins meanwhile, it sees the row in the
// second look, and then gives it its place or respects the one it has; or that reader's row came later, and then it
// finds the announcement and begins behind it. Either way no element is overwritten that a reader will read.
// Readers read in place; an element is destroyed when its slot is used again, or with the ring.
// Progress: wait-free, both sides; a push that looks at the rows takes O(rows). Origin: gating sequences of the LMAX
// Disruptor (2011); joining by announcement after hazard pointers (Michael 2004).
//
// Protocol: [tail]  publisher → reader: the element is complete before it is seen.
//           [row]   reader → publisher: the reader has done with what lies before its place; and between readers of a
//                   row, one after another.
//           [join]  joining row ⇄ announced floor: one of the two sees the other (store, then load, on both sides).
//           [close] closer → both sides: what was done before the close is seen by whoever is told of it.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/broadcast/reader_row.hpp"

namespace tidegate::detail {

template <queue_element T, class Sync>
class gate_cells {
 public:
  using value_type = T;
  using position = typename Sync::position;
  static constexpr std::size_t capacity_limit = std::bit_floor(countable_capacity<position>(2));

 private:
  using cell = typename Sync::template cell<T>;
  using row = reader_row<Sync>;

 public:
  /// A reader's place.
  struct cursor {
    row* at = nullptr;
    row_word idle;                         // its row's word between two reads, but for the place
    position next = Sync::first_position;  // what it reads next
    position seen = Sync::first_position;  // the tail when last looked at
    std::uint64_t lost = 0;                // elements that it was moved past
    std::uint64_t last_lost = 0;           // of them, those of the last `lapped`
    bool ended = false;                    // `closed` was answered, and stays the answer
  };

  static constexpr std::size_t alignment = std::max({alignof(cell), alignof(row), cache_line_bytes});

  /// Bytes of storage: rows, then slots.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, broadcast_rows rows,
                                                    std::size_t& bytes) noexcept {
    std::size_t slots = 0;
    return rows.readers <= most_readers && !__builtin_mul_overflow(std::bit_ceil(capacity), sizeof(cell), &slots) &&
           !__builtin_add_overflow(slots_offset(rows.readers), slots, &bytes);
  }

  /// `storage` holds storage_bytes(capacity, rows) bytes at `alignment`.
  gate_cells(region&& storage, std::size_t capacity, broadcast_rows rows) noexcept
      : storage_(std::move(storage)),
        capacity_(capacity),
        slots_(std::bit_ceil(capacity)),
        rows_(reinterpret_cast<row*>(storage_.data())),
        rows_end_(rows_ + rows.readers),
        cells_(reinterpret_cast<cell*>(storage_.data() + slots_offset(rows.readers))) {
    std::uninitialized_default_construct(rows_, rows_end_);
    std::uninitialized_default_construct_n(cells_, slots_);
  }

  gate_cells(const gate_cells&) = delete;
  gate_cells& operator=(const gate_cells&) = delete;
  ~gate_cells() {
    const position tail = tail_.load(order::relaxed);  // nobody else is here
    for (std::size_t i = 1; i <= filled_; ++i) cell_at(static_cast<position>(tail - i)).destroy();
    std::destroy_n(cells_, slots_);
    std::destroy(rows_, rows_end_);
  }

  // The publisher.

  /// `ok`, `full` or `closed`.
  template <class... Args>
  push_status push(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if (closed()) [[unlikely]]
      return push_status::closed;
    if (!has_credit()) return push_status::full;
    if constexpr (std::is_nothrow_constructible_v<T, Args&&...>) {
      publish(std::forward<Args>(args)...);
    } else {
      T value(std::forward<Args>(args)...);
      publish(std::move(value));
    }
    return push_status::ok;
  }

  [[nodiscard]] bool push_ready() noexcept { return closed() || has_credit(); }

  /// When a push that was refused is worth another try though no reader has moved: the end of a reader's grace.
  [[nodiscard]] deadline grace_end() const noexcept { return grace_end_; }

  // Readers.

  /// False: all rows are taken. O(rows).
  [[nodiscard]] bool join(cursor& reader, const reader_options& asked) noexcept {
    for (row* each = rows_; each != rows_end_; ++each) {
      std::uint64_t word = each->word.load(order::relaxed);  // compared only
      if (row_word{word}.phase() != row_phase::free) continue;
      const row_word claimed = row_word::of(row_phase::claimed, asked);
      // relaxed: the exchange in take_place() goes on from here and acquires what the reader before has done
      if (!each->word.compare_exchange_strong(word, claimed.bits, order::relaxed, order::relaxed)) continue;
      each->grace_ns.store(asked.grace.count(), order::relaxed);  // the row's word tells when it counts
      reader = {};
      reader.at = each;
      reader.idle = claimed.as(row_phase::idle);
      reader.next = reader.seen = take_place(*each, claimed.as(row_phase::joining));
      return true;
    }
    return false;
  }

  /// The row is free for another reader, and holds nobody back.
  void leave(cursor& reader) noexcept {
    // [row] pairs with the publisher's looks and with take_place()
    reader.at->word.store(0, order::release);
  }

  /// Calls `use(const T&)` on the next element in place: `ok`, `empty`, `closed`, `lapped` or `evicted`.
  template <class Use>
  pop_status pop(cursor& reader, Use&& use) noexcept(noexcept(use(std::declval<const T&>()))) {
    if (reader.next == reader.seen) [[unlikely]] {
      const pop_status nothing = look(reader);
      if (nothing != pop_status::ok) return nothing;
    }
    if (reader.idle.slow() != slow_reader::block) {
      const pop_status refusal = hold(reader);
      if (refusal != pop_status::ok) return refusal;
    }
    const reading guard{reader};
    use(std::as_const(cell_at(reader.next)).get());
    return pop_status::ok;
  }

  /// False only if a pop would have answered `empty` at the look at the tail.
  [[nodiscard]] bool pop_ready(const cursor& reader) const noexcept {
    // relaxed: the pop looks for itself
    return reader.ended || reader.next != reader.seen || tail_.load(order::relaxed) != reader.next || closed();
  }

  [[nodiscard]] std::size_t lag_hint(const cursor& reader) const noexcept {
    return std::min(distance(reader.next, tail_.load(order::relaxed)), capacity_);  // observation only
  }

  // Any thread.

  void close() noexcept { closed_.store(true, order::release); }                       // [close] pairs with closed()
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] pairs with close()
  [[nodiscard]] position tail_hint() const noexcept { return tail_.load(order::relaxed); }  // observation
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  static constexpr std::size_t most_readers = std::size_t{1} << 20;

  /// At the end of a read, whatever came of it: on to the next place.
  struct reading {
    cursor& reader;
    ~reading() {
      reader.next = advanced(reader.next, 1);
      // [row] pairs with the publisher's looks: the element was read before its slot is used again
      reader.at->word.store(reader.idle.at(reader.next).bits, order::release);
    }
  };

  [[nodiscard]] static constexpr std::size_t slots_offset(std::size_t rows) noexcept {
    return (rows * sizeof(row) + alignof(cell) - 1) / alignof(cell) * alignof(cell);
  }

  [[nodiscard]] static constexpr bool is_earlier(position one, position other) noexcept {
    return distance(other, one) > std::numeric_limits<position>::max() / 2;
  }

  [[nodiscard]] cell& cell_at(position at) const noexcept { return cells_[at & (slots_ - 1)]; }

  template <class... Args>
  void publish(Args&&... args) noexcept {
    const position tail = tail_.load(order::relaxed);  // own variable
    cell& to = cell_at(tail);
    if (filled_ == slots_) {
      to.destroy();
    } else {
      ++filled_;
    }
    to.construct(std::forward<Args>(args)...);
    tail_.store(advanced(tail, 1), order::release);  // [tail] pairs with look()
  }

  /// How far the floor rises at a time when nobody reads: the rest stays for readers that begin at the oldest.
  [[nodiscard]] std::size_t stride() const noexcept { return capacity_ / 8 + 1; }

  [[nodiscard]] bool has_credit() noexcept {
    const position tail = tail_.load(order::relaxed);  // own variable
    if (distance(floor_, tail) != capacity_) [[likely]]
      return true;
    return raise_floor(tail) || (overtake(tail) && raise_floor(tail));
  }

  /// False: a reader was at the floor, a whole capacity behind.
  [[gnu::noinline]] bool raise_floor(position tail) noexcept {
    const position last = last_reader(tail, advanced(floor_, stride()));
    if (last == floor_) return false;
    // [join] pairs with take_place(): a read-modify-write, so that the looks below come after it
    static_cast<void>(announced_.exchange(last, order::seq_cst));
    floor_ = settled_floor(tail, last);
    return distance(floor_, tail) != capacity_;
  }

  /// The first place of a reader; `otherwise` when there is none.
  [[nodiscard]] position last_reader(position tail, position otherwise) const noexcept {
    bool found = false;
    position least = tail;
    for (const row* each = rows_; each != rows_end_; ++each) {
      const row_word word{each->word.load(order::relaxed)};  // the second look acquires
      if (!word.gates()) continue;
      found = true;
      const position place = word.template place_before<position>(tail);
      if (is_earlier(place, least)) least = place;
    }
    return found ? least : otherwise;
  }

  /// The second look: `announced`, or before it where a reader has begun meanwhile. Whoever is joining gets its place.
  [[nodiscard]] position settled_floor(position tail, position announced) noexcept {
    position least = announced;
    for (row* each = rows_; each != rows_end_; ++each) {
      row_word word{each->word.load(order::seq_cst)};  // [join] pairs with take_place(); [row] as above
      if (word.phase() == row_phase::joining) {
        const position place = word.start() == reader_start::next ? tail : announced;
        // [row] pairs with take_place(): it takes the place that it is given, and no tail that it finds is before it
        if (each->word.compare_exchange_strong(word.bits, word.as(row_phase::idle).at(place).bits, order::release,
                                               order::acquire)) {
          continue;
        }
      }
      if (!word.gates()) continue;
      const position place = word.template place_before<position>(tail);
      if (is_earlier(place, least)) least = place;
    }
    return least;
  }

  /// Moves on, or shuts out, those at the floor whose grace is over: true when one was.
  [[gnu::noinline]] bool overtake(position tail) noexcept {
    bool done = false;
    grace_end_ = deadline::never();
    for (row* each = rows_; each != rows_end_; ++each) {
      row_word word{each->word.load(order::relaxed)};  // compared only; the look that follows acquires
      if (word.slow() == slow_reader::block || word.phase() != row_phase::idle) continue;
      if (word.template place_before<position>(tail) != floor_) continue;
      if (!is_over_grace(*each, word)) continue;
      const row_word to =
          word.slow() == slow_reader::evict ? word.as(row_phase::evicted) : word.at(advanced(floor_, stride()));
      // [row] pairs with hold(): the tail that the reader finds is no earlier than its new place
      done = each->word.compare_exchange_strong(word.bits, to.bits, order::release, order::relaxed) || done;
    }
    return done;
  }

  [[nodiscard]] bool is_over_grace(row& of, row_word word) noexcept {
    const std::chrono::nanoseconds grace(of.grace_ns.load(order::relaxed));  // written before it joined
    const deadline::time_point now = Sync::now();
    if (of.watched.bits != word.bits) {
      of.watched = word;
      of.since = now;
    }
    const deadline end = grace.count() == 0 ? deadline(of.since) : deadline::after(of.since, grace);
    if (end.reached(now)) return true;
    grace_end_ = earlier(grace_end_, end);
    return false;
  }

  /// Takes part from now on: the place where the reader begins.
  [[nodiscard]] position take_place(row& at, row_word joining) noexcept {
    // [join] pairs with raise_floor(): its second look sees this row, or this sees what it has announced; [row] pairs
    // with leave() of the row's reader before
    static_cast<void>(at.word.exchange(joining.bits, order::seq_cst));
    const position floor = announced_.load(order::seq_cst);  // [join] as above
    position place = tail_.load(order::relaxed);             // no older than what happened before this call
    if (joining.start() == reader_start::oldest || is_earlier(place, floor)) place = floor;
    row_word word = joining;
    // [row] pairs with the publisher's looks
    if (at.word.compare_exchange_strong(word.bits, joining.as(row_phase::idle).at(place).bits, order::release,
                                        order::acquire)) {
      return place;
    }
    return word.place_after(place);  // the publisher's, which is no earlier
  }

  /// Looks at the tail: `ok`, `empty` or `closed`.
  [[nodiscard]] pop_status look(cursor& reader) const noexcept {
    if (reader.ended) return pop_status::closed;
    reader.seen = tail_.load(order::acquire);  // [tail] pairs with publish()
    if (reader.seen != reader.next) return pop_status::ok;
    if (!closed()) return pop_status::empty;
    reader.seen = tail_.load(order::acquire);  // [tail] again, so that what came before the close is found
    if (reader.seen != reader.next) return pop_status::ok;
    reader.ended = true;
    return pop_status::closed;
  }

  /// Says that it reads, unless it was overtaken: `ok`, `lapped` or `evicted`.
  [[nodiscard]] static pop_status hold(cursor& reader) noexcept {
    row_word word = reader.idle.at(reader.next);
    // [row] pairs with overtake(); of a success nothing is acquired: what is read, the tail has told
    if (reader.at->word.compare_exchange_strong(word.bits, word.as(row_phase::reading).bits, order::acquire,
                                                order::acquire)) {
      return pop_status::ok;
    }
    if (word.phase() == row_phase::evicted) return pop_status::evicted;
    const position next = word.place_after(reader.next);
    reader.last_lost = distance(reader.next, next);
    reader.lost += reader.last_lost;
    reader.next = reader.seen = next;  // so that it looks at the tail
    return pop_status::lapped;
  }

  region storage_;
  std::size_t capacity_;
  std::size_t slots_;  // a power of two
  row* rows_;
  row* rows_end_;
  cell* cells_;
  alignas(cache_line_bytes) typename Sync::template atomic<position> tail_{Sync::first_position};  // [tail]
  alignas(cache_line_bytes) position floor_ = Sync::first_position;  // the publisher's: floor_ ≤ every reader's place
  std::size_t filled_ = 0;                                           // slots with an element
  deadline grace_end_ = deadline::never();
  alignas(cache_line_bytes) typename Sync::template atomic<position> announced_{Sync::first_position};  // [join]
  typename Sync::template atomic<bool> closed_{false};  // written once, read by all                       [close]
};

}  // namespace tidegate::detail
