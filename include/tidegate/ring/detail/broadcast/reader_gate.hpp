// reader_gate: the rows of the readers in gate mode, and the floor that they make: how far publishers may go.
//
// No reader is before the floor, and none will ever begin before it: publishers may fill places up to the floor plus
// the capacity, and look at the rows only when that is used up. The floor is raised in three steps: look for the last
// reader; announce that place; look again. Of a reader that joins meanwhile, the second look finds the row, and then
// gives it its place or respects the one it has; or that reader's row came later, and then it finds the announcement
// and begins behind it. Either way no element is overwritten that a reader will read. Several publishers may do this
// at the same time: places only grow, and the floor is never raised beyond what somebody has found.
// Progress: wait-free, O(rows), for readers and for a single publisher; lock-free among several.
// Origin: gating sequences of the LMAX Disruptor (2011); joining by announcement after hazard pointers (Michael 2004).
//
// Protocol: [row]   reader → publishers: the reader has done with what lies before its place; publisher → reader: of
//                   what lies before a place that it is given, it finds all; and between readers of a row, one after
//                   another.
//           [join]  joining row ⇄ announced floor: one of the two sees the other (store, then load, on both sides).
//           [floor] publisher → publisher: what it has acquired from the rows.
//           [grace] publisher → publisher: since when a word has been watched.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/deadline.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/ring/detail/broadcast/reader_row.hpp"

namespace tidegate::detail {

template <class Sync>
class reader_gate {
 public:
  using position = typename Sync::position;
  using row = reader_row<Sync>;

  /// A reader's place.
  struct cursor {
    row* at = nullptr;
    row_word idle;                         // its row's word between two reads, but for the place
    position next = Sync::first_position;  // what it reads next
    position seen = Sync::first_position;  // with one publisher: the tail when last looked at
    std::uint64_t lost = 0;                // elements that it was moved past
    std::uint64_t last_lost = 0;           // of them, those of the last `lapped`
    bool ended = false;                    // `closed` was answered, and stays the answer
  };

  /// At the end of a read, whatever came of it: on to the next place.
  struct reading {
    cursor& reader;
    ~reading() {
      reader.next = advanced(reader.next, 1);
      // [row] pairs with the publishers' looks: the element was read before its slot is used again
      reader.at->word.store(reader.idle.at(reader.next).bits, order::release);
    }
  };

  reader_gate(row* rows, std::size_t readers, std::size_t capacity) noexcept
      : rows_(rows), rows_end_(rows + readers), capacity_(capacity) {
    std::uninitialized_default_construct(rows_, rows_end_);
  }
  reader_gate(const reader_gate&) = delete;
  reader_gate& operator=(const reader_gate&) = delete;
  ~reader_gate() { std::destroy(rows_, rows_end_); }

  // Publishers.

  /// True when the place `at` may be filled, before which all is published; false: a reader was a capacity behind.
  /// `grace_end`: when that is worth another try though no reader has moved.
  [[nodiscard]] bool admits(position at, deadline& grace_end) noexcept {
    const position floor = floor_.load(order::acquire);  // [floor] pairs with raise()
    // a floor behind `at`: others have published there meanwhile, and the caller will find out
    if (distance(floor, at) != capacity_) [[likely]]
      return true;
    return raise(at, floor) || (overtake(at, floor, grace_end) && raise(at, floor));
  }

  // Readers.

  /// Takes a row for a reader that begins at `newest` or, as asked, at the oldest place. False: all rows are taken.
  [[nodiscard]] bool join(cursor& reader, const reader_options& asked, position newest) noexcept {
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
      reader.next = reader.seen = take_place(*each, claimed.as(row_phase::joining).at(newest), newest);
      return true;
    }
    return false;
  }

  /// The row is free for another reader, and holds nobody back.
  static void leave(cursor& reader) noexcept {
    // [row] pairs with the publishers' looks and with take_place()
    reader.at->word.store(0, order::release);
  }

  /// Says that it reads, unless it was overtaken: `ok`, `lapped` or `evicted`.
  [[nodiscard]] static pop_status hold(cursor& reader) noexcept {
    if (reader.idle.slow() == slow_reader::block) return pop_status::ok;  // nobody touches its row
    row_word word = reader.idle.at(reader.next);
    // [row] pairs with overtake(); of a success nothing is acquired: what is read, its publisher has told
    if (reader.at->word.compare_exchange_strong(word.bits, word.as(row_phase::reading).bits, order::acquire,
                                                order::acquire)) {
      return pop_status::ok;
    }
    if (word.phase() == row_phase::evicted) return pop_status::evicted;
    const position next = word.place_near(reader.next);
    reader.last_lost = distance(reader.next, next);
    reader.lost += reader.last_lost;
    reader.next = reader.seen = next;  // so that it looks at the tail
    return pop_status::lapped;
  }

 private:
  [[nodiscard]] static constexpr bool is_earlier(position one, position other) noexcept {
    return distance(other, one) > std::numeric_limits<position>::max() / 2;
  }

  /// How far the floor rises when nobody reads, and how far a reader is moved on.
  [[nodiscard]] std::size_t stride() const noexcept { return capacity_ / 8 + 1; }

  /// False: a reader was at the floor, a whole capacity behind `at`.
  [[gnu::noinline]] bool raise(position at, position floor) noexcept {
    const position last = last_reader(at, advanced(floor, stride()));
    if (last == floor) return false;
    position announced = announced_.load(order::seq_cst);  // [join] pairs with take_place(): the looks come after it
    while (is_earlier(announced, last) &&
           // [join] as above
           !announced_.compare_exchange_strong(announced, last, order::seq_cst, order::seq_cst)) {
    }
    const position found = settled(at, last);
    // relaxed: compared only. [floor] pairs with admits()
    for (position now = floor; is_earlier(now, found);) {
      if (floor_.compare_exchange_strong(now, found, order::release, order::relaxed)) break;
    }
    return distance(floor_.load(order::acquire), at) != capacity_;  // [floor] as admits()
  }

  /// The first place of a reader; `otherwise` when there is none.
  [[nodiscard]] position last_reader(position at, position otherwise) const noexcept {
    bool found = false;
    position least = at;
    for (const row* each = rows_; each != rows_end_; ++each) {
      const row_word word{each->word.load(order::relaxed)};  // the second look acquires
      if (!word.gates()) continue;
      const position where = word.place_near(at);
      if (!found || is_earlier(where, least)) least = where;
      found = true;
    }
    return found ? least : otherwise;
  }

  /// The second look: `announced`, or before it where a reader has begun meanwhile. Whoever is joining gets its place.
  [[nodiscard]] position settled(position at, position announced) noexcept {
    position least = announced;
    for (row* each = rows_; each != rows_end_; ++each) {
      row_word word{each->word.load(order::seq_cst)};  // [join] pairs with take_place(); [row] as above
      if (word.phase() == row_phase::joining && gives_place(*each, word, at)) continue;
      if (!word.gates()) continue;
      const position where = word.place_near(at);
      if (is_earlier(where, least)) least = where;
    }
    return least;
  }

  /// Lets a joining reader begin; false: its row has changed, and is in `word`.
  [[nodiscard]] bool gives_place(row& joining, row_word& word, position at) noexcept {
    position where = announced_.load(order::seq_cst);  // [join] whatever was announced before its row was seen nowhere
    if (word.start() == reader_start::next) {
      if (is_earlier(where, at)) where = at;
      const position newest = word.place_near(at);
      if (is_earlier(where, newest)) where = newest;
    }
    // [row] pairs with take_place(): it takes the place that it is given, and finds all that lies before it
    return joining.word.compare_exchange_strong(word.bits, word.as(row_phase::idle).at(where).bits, order::release,
                                                order::acquire);
  }

  /// Moves on, or shuts out, those at the floor whose grace is over: true when one was.
  [[gnu::noinline]] bool overtake(position at, position floor, deadline& grace_end) noexcept {
    bool done = false;
    grace_end = deadline::never();
    for (row* each = rows_; each != rows_end_; ++each) {
      row_word word{each->word.load(order::relaxed)};  // compared only; the look that follows acquires
      if (word.slow() == slow_reader::block || word.phase() != row_phase::idle) continue;
      if (word.place_near(at) != floor || !is_over_grace(*each, word, grace_end)) continue;
      const row_word to =
          word.slow() == slow_reader::evict ? word.as(row_phase::evicted) : word.at(advanced(floor, stride()));
      // [row] pairs with hold(): what the reader finds is no older than its new place
      done = each->word.compare_exchange_strong(word.bits, to.bits, order::release, order::relaxed) || done;
    }
    return done;
  }

  [[nodiscard]] bool is_over_grace(row& of, row_word word, deadline& grace_end) noexcept {
    using std::chrono::nanoseconds;
    const nanoseconds grace(of.grace_ns.load(order::relaxed));  // written before it joined
    const deadline::time_point now = Sync::now();
    if (of.watched.load(order::acquire) != word.bits) {  // [grace] pairs with the store below
      raise_time(of.since_ns, nanoseconds(now.time_since_epoch()).count());
      of.watched.store(word.bits, order::release);  // [grace] the time is no older than the word
    }
    const deadline::time_point since(nanoseconds(of.since_ns.load(order::relaxed)));  // see above
    const deadline end = deadline::after(since, grace);                               // without any: long ago
    if (end.reached(now)) return true;
    grace_end = earlier(grace_end, end);
    return false;
  }

  /// Never back: a publisher that was stopped here would shorten the grace of a place that came later.
  static void raise_time(typename Sync::template atomic<std::int64_t>& since, std::int64_t now) noexcept {
    std::int64_t known = since.load(order::relaxed);  // told by the store that follows
    while (known < now && !since.compare_exchange_strong(known, now, order::relaxed, order::relaxed)) {  // as above
    }
  }

  /// Takes part from now on: the place where the reader begins.
  [[nodiscard]] position take_place(row& at, row_word joining, position newest) noexcept {
    // [join] pairs with raise(): its second look sees this row, or this sees what it has announced; [row] pairs with
    // leave() of the row's reader before
    static_cast<void>(at.word.exchange(joining.bits, order::seq_cst));
    const position floor = announced_.load(order::seq_cst);  // [join] as above
    const bool at_floor = joining.start() == reader_start::oldest || is_earlier(newest, floor);
    position where = at_floor ? floor : newest;
    row_word word = joining;
    // [row] pairs with the publishers' looks
    while (!at.word.compare_exchange_strong(word.bits, word.as(row_phase::idle).at(where).bits, order::release,
                                            order::acquire)) {
      const position given = word.place_near(where);
      if (word.phase() == row_phase::evicted || !is_earlier(given, floor)) return given;
      where = floor;  // a publisher that was stopped meant the reader before in this row
    }
    return where;
  }

  row* rows_;
  row* rows_end_;
  std::size_t capacity_;
  alignas(cache_line_bytes) typename Sync::template atomic<position> floor_{Sync::first_position};      // [floor]
  alignas(cache_line_bytes) typename Sync::template atomic<position> announced_{Sync::first_position};  // [join]
};

}  // namespace tidegate::detail
