// spsc_packed: small plain elements beside a position inside each cache line, so that one line moves per hand-off.
//
// Roles: one producer thread, one consumer thread.  Progress: wait-free, no read-modify-write.  Order: FIFO.
// A line holds `per_line` elements and `published`, a position: everything below it is complete. It is behind the
// newest element of the line, or further on after a bulk push. The consumer learns of an element from the very line
// that carries it; the shared tail of an index ring, and its second transfer, are gone.
//
// Invariant: head <= tail <= head + capacity. No line's position is ever lowered. In the consumer's line, published -
// head is the number of elements it may take (the producer may be a lap ahead in the same line: then all of the line
// is there). A line not written in this lap shows an older position, so that the difference is huge: nothing there
// yet.
// Exact: head is stored on every pop, on a line that the producer reads only when its own copy says full.
//
// Protocol: [publish] producer → consumer: an element is complete before the position that covers it is seen.
//           [credit]  consumer → producer: an element was copied out before the head that frees its slot is seen.
// Both orders become seq_cst under failure_order::joint, so that two failures cannot pass each other's stores.
// Origin: data beside its flag in one line after FastForward (Giacomoni 2008) and MCRingBuffer's batching (Lee 2009);
// the exact credit is ours.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <memory>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/cell_spans.hpp"
#include "tidegate/ring/ring_options.hpp"

namespace tidegate::detail {

template <plain_element T, failure_order Failures, class Sync>
class spsc_packed {
 public:
  using position = typename Sync::position;
  using cell = typename Sync::template cell<T>;
  using spans = cell_spans<cell>;

 private:
  static constexpr std::size_t header_bytes = std::max(sizeof(position), alignof(T));
  static constexpr std::size_t per_line =
      header_bytes < cache_line_bytes ? (cache_line_bytes - header_bytes) / sizeof(T) : 0;
  static_assert(per_line >= 2,
                "ring_layout::packed needs elements of which at least two fit beside the position in a line");

  struct alignas(cache_line_bytes) line {
    typename Sync::template atomic<position> published{Sync::first_position};  // all below it is complete  [publish]
    cell elements[per_line];
  };
  static_assert(!Sync::plain_cells || sizeof(line) == cache_line_bytes);

 public:
  static constexpr std::size_t alignment = alignof(line);
  static constexpr std::size_t capacity_limit = countable_capacity<position>(per_line);

  /// Bytes of storage for `capacity` elements.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, std::size_t& bytes) noexcept {
    return !__builtin_mul_overflow(line_count(capacity), sizeof(line), &bytes);
  }

  /// `storage` holds storage_bytes(capacity) bytes at `alignment`.
  spsc_packed(region&& storage, std::size_t capacity) noexcept
      : storage_(std::move(storage)),
        capacity_(capacity),
        begin_(reinterpret_cast<line*>(storage_.data())),
        end_(begin_ + line_count(capacity)) {
    std::uninitialized_default_construct(begin_, end_);
    producer_.in = consumer_.in = begin_;
    producer_.slot = consumer_.slot = begin_->elements;
    producer_.limit = advanced(Sync::first_position, capacity);
  }

  spsc_packed(const spsc_packed&) = delete;
  spsc_packed& operator=(const spsc_packed&) = delete;
  ~spsc_packed() {
    if constexpr (!Sync::plain_cells) release(depth_hint());
    std::destroy(begin_, end_);
  }

  // Producer operations.

  /// True when there is room for one more; otherwise the ring was full at the load of head.
  [[nodiscard]] bool has_credit() noexcept {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    return tail != producer_.limit || refresh_limit(tail);
  }

  /// Calls `make(cell)` on the next free slot and publishes it. Needs has_credit().
  template <class Make>
  void push_one(Make&& make) noexcept(noexcept(make(std::declval<cell&>()))) {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    const place at = next_free();
    make(*at.slot);
    move_on(at, publish_in_line(at, advanced(tail, 1), 1), advanced(tail, 1));
  }

  /// Moves up to `count` elements in; returns how many. The first line is published last: the consumer looks at no line
  /// before it has all of the one in front, so that it finds a whole batch and leaves alone the lines that are filled.
  std::size_t push_n(T* from, std::size_t count) noexcept {
    const std::size_t accepted = granted(count);
    if (accepted == 0) return 0;
    const place first = next_free();
    const std::size_t first_part = std::min(room_in_line(first), accepted);
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    fill(first.slot, from, first_part);
    place at = stepped(first, first_part);
    for (std::size_t done = first_part; done < accepted;) {
      const std::size_t part = std::min(per_line, accepted - done);
      fill(at.slot, from + done, part);
      done += part;
      at = publish_in_line(at, advanced(tail, done), part);
    }
    static_cast<void>(publish_in_line(first, advanced(tail, accepted), first_part));  // tells of the whole batch
    move_on(first, at, advanced(tail, accepted));
    return accepted;
  }

  /// Up to `count` free slots, in at most this line and the next. They stay free until publish().
  [[nodiscard]] spans claim(std::size_t count) noexcept {
    const std::size_t accepted = granted(count);
    const place at = next_free();
    const std::size_t first = std::min(accepted, room_in_line(at));
    const std::size_t second = std::min(accepted - first, per_line);
    return {at.slot, first, following(at.in).slot, second};
  }

  /// Makes the first `count` claimed slots, now constructed, visible to the consumer; the first line last, as push_n().
  void publish(std::size_t count) noexcept {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    const place first = next_free();
    const std::size_t first_part = std::min(room_in_line(first), count);
    place at = stepped(first, first_part);
    if (count > first_part) at = publish_in_line(at, advanced(tail, count), count - first_part);
    static_cast<void>(publish_in_line(first, advanced(tail, count), first_part));  // tells of all
    move_on(first, at, advanced(tail, count));
  }

  // Consumer operations.

  /// True when an earlier look() has seen an element that was not taken yet. Looks at nothing shared.
  [[nodiscard]] bool has_seen() const noexcept {
    return consumer_.head.load(order::relaxed) != consumer_.seen;  // own variable
  }

  /// Looks at the line; false: the ring was empty at the load of the line's position.
  [[nodiscard]] bool look() noexcept {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    consumer_.seen = advanced(head, published_beyond(oldest(), head));
    return consumer_.seen != head;
  }

  /// Calls `use(element)`, then frees its slot. Needs has_seen() or look().
  template <class Use>
  void pop_one(Use&& use) noexcept(noexcept(use(std::declval<T&>()))) {
    const leaving guard{*this, oldest(), consumer_.head.load(order::relaxed)};  // own variable
    use(guard.at.slot->get());
  }

  /// Moves up to `count` elements out and frees their slots with one store; returns how many.
  std::size_t pop_n(T* out, std::size_t count) noexcept {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    place at = oldest();
    std::size_t done = 0;
    while (done < count) {
      const std::size_t part = std::min(available(at, advanced(head, done)), count - done);
      if (part == 0) break;
      drain(at.slot, out + done, part);
      at = stepped(at, part);
      done += part;
    }
    if (done != 0) free_slots(at, advanced(head, done));
    return done;
  }

  /// Up to `count` of the oldest elements, in place, in at most this line and the next.
  [[nodiscard]] spans peek(std::size_t count) noexcept {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    const place at = oldest();
    const place next = following(at.in);
    const std::size_t first = std::min(count, available(at, head));
    std::size_t second = 0;
    if (first == room_in_line(at)) second = std::min(count - first, available(next, advanced(head, first)));
    return {at.slot, first, next.slot, second};
  }

  /// Frees the slots of the `count` oldest elements.
  void release(std::size_t count) noexcept {
    place at = oldest();
    for (std::size_t left = count; left > 0;) {
      const std::size_t part = std::min(room_in_line(at), left);
      if constexpr (!Sync::plain_cells) {
        for (std::size_t i = 0; i < part; ++i) at.slot[i].destroy();
      }
      at = stepped(at, part);
      left -= part;
    }
    free_slots(at, advanced(consumer_.head.load(order::relaxed), count));  // own variable
  }

  // Any thread.

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

  /// Elements ever published and ever freed, modulo the position type.
  [[nodiscard]] position tail_hint() const noexcept {
    return producer_.tail.load(order::acquire);  // [publish] read before head: a head read later is no older
  }
  [[nodiscard]] position head_hint() const noexcept {
    return consumer_.head.load(order::acquire);  // [credit] pairs with the stores of head, for wait_drained()
  }

  /// Between 0 and capacity; exact when both sides rest. A tail that lags behind the head reads as empty.
  [[nodiscard]] std::size_t depth_hint() const noexcept {
    const position head = head_hint();
    const std::size_t depth = distance(head, tail_hint());
    return depth <= std::numeric_limits<position>::max() / 2 ? std::min(depth, capacity_) : 0;
  }

 private:
  static constexpr auto store_order = Failures == failure_order::joint ? order::seq_cst : order::release;
  static constexpr auto load_order = Failures == failure_order::joint ? order::seq_cst : order::acquire;

  struct place {  // where an element lies
    line* in = nullptr;
    cell* slot = nullptr;
  };

  // The two words of a place are kept apart and stored only when they change: a compiler that merges them into one wide
  // load makes every call wait for the narrow stores of the call before.
  struct alignas(cache_line_bytes) producer_line {                        // written by the producer only
    typename Sync::template atomic<position> tail{Sync::first_position};  // elements published so far, for hints
    cell* slot = nullptr;                                                 // where the element at tail goes,
    position limit = Sync::first_position;                                // last head seen + capacity       [credit]
    line* in = nullptr;                                                   // and the line of that slot
  };
  struct alignas(cache_line_bytes) consumer_line {                        // written by the consumer only
    typename Sync::template atomic<position> head{Sync::first_position};  // elements taken out so far       [credit]
    cell* slot = nullptr;                                                 // where the element at head lies,
    position seen = Sync::first_position;  // the line's position when last looked at; head: look again     [publish]
    line* in = nullptr;                    // and the line of that slot
  };

  [[nodiscard]] place next_free() const noexcept { return {producer_.in, producer_.slot}; }
  [[nodiscard]] place oldest() const noexcept { return {consumer_.in, consumer_.slot}; }

  /// Frees the slot on every way out of the user's callback.
  struct leaving {
    spsc_packed& ring;
    place at;
    position head;
    ~leaving() {
      at.slot->destroy();
      ring.free_slot(at, advanced(head, 1));
    }
  };

  [[nodiscard]] static constexpr std::size_t line_count(std::size_t capacity) noexcept {
    return capacity / per_line + (capacity % per_line != 0);
  }

  bool refresh_limit(position tail) noexcept {
    // [credit] pairs with the stores of head: what left the slots happened before they are filled again
    producer_.limit = advanced(consumer_.head.load(load_order), capacity_);
    return producer_.limit != tail;
  }

  /// How many of `count` elements there is room for.
  [[nodiscard]] std::size_t granted(std::size_t count) noexcept {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    if (distance(tail, producer_.limit) < count) refresh_limit(tail);
    return std::min(count, distance(tail, producer_.limit));
  }

  /// Stores the line's position behind `part` new elements at `at`; returns the place behind them.
  [[nodiscard]] place publish_in_line(place at, position tail, std::size_t part) noexcept {
    // [publish] pairs with the load in published_beyond(): the elements are complete before they are seen
    at.in->published.store(tail, store_order);
    return stepped(at, part);
  }

  /// The next element, the one at `tail`, goes no longer to `from` but to `to`.
  void move_on(place from, place to, position tail) noexcept {
    producer_.slot = to.slot;
    if (to.in != from.in) producer_.in = to.in;
    producer_.tail.store(tail, order::release);  // [publish] for tail_hint()
  }

  /// Elements published from `head`, which lies at `at`, on: as far as this line tells, and it may tell of later lines.
  [[nodiscard]] std::size_t published_beyond(place at, position head) const noexcept {
    // [publish] pairs with the store in publish_in_line(): elements below it are complete
    const std::size_t ahead = distance(head, at.in->published.load(load_order));
    return ahead <= capacity_ ? ahead : 0;  // more than all: a position of an earlier lap
  }

  /// Elements from `head`, which lies at `at`, to the end of that line that are there to take.
  [[nodiscard]] std::size_t available(place at, position head) const noexcept {
    return std::min(published_beyond(at, head), room_in_line(at));
  }

  /// Frees what lies before `at`, where the element at `head` lies. What was seen is forgotten: it was another line's.
  void free_slots(place at, position head) noexcept {
    consumer_.slot = at.slot;
    consumer_.in = at.in;
    consumer_.seen = head;
    // [credit] pairs with the load in refresh_limit(): the elements are gone before their slots are free
    consumer_.head.store(head, store_order);
  }

  /// Frees the one slot at `at`; `head` is the position behind it.
  void free_slot(place at, position head) noexcept {
    const bool ends_line = at.slot + 1 == at.in->elements + per_line;
    if (ends_line) return free_slots(following(at.in), head);
    consumer_.slot = at.slot + 1;
    // [credit] as in free_slots()
    consumer_.head.store(head, store_order);
  }

  static void fill(cell* to, T* from, std::size_t count) noexcept {
    if (count == per_line) {  // a whole line: the constant size becomes a few wide moves
      cell::construct_n(to, from, per_line);
    } else {
      cell::construct_n(to, from, count);
    }
  }

  static void drain(cell* from, T* out, std::size_t count) noexcept {
    if (count == per_line) {
      cell::take_n(from, out, per_line);
    } else {
      cell::take_n(from, out, count);
    }
  }

  [[nodiscard]] static std::size_t room_in_line(place at) noexcept {
    return static_cast<std::size_t>(at.in->elements + per_line - at.slot);
  }

  [[nodiscard]] place following(line* from) const noexcept {
    line* const next = from + 1 == end_ ? begin_ : from + 1;
    return {next, next->elements};
  }

  /// `count` elements on, at most to the beginning of the next line.
  [[nodiscard]] place stepped(place at, std::size_t count) const noexcept {
    cell* const slot = at.slot + count;
    return slot == at.in->elements + per_line ? following(at.in) : place{at.in, slot};
  }

  region storage_;
  std::size_t capacity_;
  line* begin_;
  line* end_;
  producer_line producer_;
  consumer_line consumer_;
};

}  // namespace tidegate::detail
