// spsc_packed: small plain elements beside a position inside each cache line, so that one line moves per hand-off.
//
// Roles: one producer thread, one consumer thread.  Progress: wait-free, no read-modify-write.  Order: FIFO.
// A line holds `per_line` elements and `published`, the position behind the newest element in it. The consumer learns of an
// element from the very line that carries it; the shared tail of an index ring, and its second transfer, are gone.
//
// Invariant: head <= tail <= head + capacity. In the consumer's line, published - head is the number of elements it may
// take (the producer may be a lap ahead in the same line: then all of the line is there). A line not written in this lap
// shows an older position, so that the difference is huge: nothing there yet.
// Exact: head is stored on every pop, on a line that the producer reads only when its own copy says full.
//
// Protocol: [publish] producer → consumer: an element is complete before the position that covers it is seen.
//           [credit]  consumer → producer: an element was copied out before the head that frees its slot is seen.
// Both orders become seq_cst under failure_order::joint, so that two failures cannot pass each other's stores.
// Origin: data beside its flag in one line after FastForward (Giacomoni 2008) and MCRingBuffer's batching (Lee 2009); the
// exact credit is ours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/cell_spans.hpp"
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
  static constexpr std::size_t per_line = (cache_line_bytes - header_bytes) / sizeof(T);
  static_assert(per_line >= 2,
                "ring_layout::packed needs elements of which at least two fit beside the position in a line");

  struct alignas(cache_line_bytes) line {
    typename Sync::template atomic<position> published{
        Sync::first_position};  // behind the newest element here [publish]
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
    producer_.at.line = consumer_.at.line = begin_;
    producer_.limit = advanced(Sync::first_position, capacity);
  }

  spsc_packed(const spsc_packed&) = delete;
  spsc_packed& operator=(const spsc_packed&) = delete;
  ~spsc_packed() {
    if constexpr (!Sync::plain_cells) release(depth_hint());
    std::destroy(begin_, end_);
  }

  // Producer operations.

  /// True when a push would be accepted; otherwise the ring was full at the load of head.
  [[nodiscard]] bool has_credit() noexcept {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    return tail != producer_.limit || refresh_limit(tail);
  }

  /// Calls `make(cell)` on the next free slot and publishes it. False: full, and nothing was called.
  template <class Make>
  [[nodiscard]] bool push_one(Make&& make) noexcept(noexcept(make(std::declval<cell&>()))) {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    if (tail == producer_.limit && !refresh_limit(tail)) [[unlikely]]
      return false;
    make(producer_.at.line->elements[producer_.at.index]);
    publish_in_line(advanced(tail, 1), 1);
    producer_.tail.store(advanced(tail, 1), order::relaxed);  // observed by hints only
    return true;
  }

  /// Moves up to `count` elements in, publishing line by line; returns how many.
  std::size_t push_n(T* from, std::size_t count) noexcept {
    position tail = producer_.tail.load(order::relaxed);  // own variable
    if (distance(tail, producer_.limit) < count) refresh_limit(tail);
    const std::size_t accepted = std::min(count, distance(tail, producer_.limit));
    for (std::size_t done = 0; done < accepted;) {
      const std::size_t part = std::min(per_line - producer_.at.index, accepted - done);
      fill(producer_.at, from + done, part);
      tail = advanced(tail, part);
      publish_in_line(tail, part);
      done += part;
    }
    producer_.tail.store(tail, order::relaxed);  // observed by hints only
    return accepted;
  }

  /// Up to `count` free slots, in at most this line and the next. They stay free until publish().
  [[nodiscard]] spans claim(std::size_t count) noexcept {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    if (distance(tail, producer_.limit) < count) refresh_limit(tail);
    return spans_from(producer_.at, std::min(count, distance(tail, producer_.limit)));
  }

  /// Makes the first `count` claimed slots, now constructed, visible to the consumer.
  void publish(std::size_t count) noexcept {
    position tail = producer_.tail.load(order::relaxed);  // own variable
    while (count > 0) {
      const std::size_t part = std::min(per_line - producer_.at.index, count);
      tail = advanced(tail, part);
      publish_in_line(tail, part);
      count -= part;
    }
    producer_.tail.store(tail, order::relaxed);  // observed by hints only
  }

  // Consumer operations.

  /// Calls `use(element)`, then frees its slot. False: the ring was empty at the load of the line's position.
  template <class Use>
  [[nodiscard]] bool pop_one(Use&& use) noexcept(noexcept(use(std::declval<T&>()))) {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    if (head == consumer_.seen && !refresh_seen(head)) [[unlikely]]
      return false;
    const leaving guard{*this, head};
    use(consumer_.at.line->elements[consumer_.at.index].get());
    return true;
  }

  /// Moves up to `count` elements out and frees their slots with one store; returns how many.
  std::size_t pop_n(T* out, std::size_t count) noexcept {
    const position first = consumer_.head.load(order::relaxed);  // own variable
    position head = first;
    for (std::size_t done = 0; done < count;) {
      if (head == consumer_.seen && !refresh_seen(head)) break;
      const std::size_t part = std::min(distance(head, consumer_.seen), count - done);
      drain(consumer_.at, out + done, part);
      step(consumer_.at, part);
      head = advanced(head, part);
      done += part;
    }
    // [credit] pairs with the load in refresh_limit(): as in pop_one()
    if (head != first) consumer_.head.store(head, store_order);
    return distance(first, head);
  }

  /// Up to `count` of the oldest elements, in place, in at most this line and the next.
  [[nodiscard]] spans peek(std::size_t count) noexcept {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    const std::size_t here = std::min(count, available(consumer_.at, head));
    spans found = spans_from(consumer_.at, here);
    if (here == count || here < per_line - consumer_.at.index) return found;
    const place next{following(consumer_.at.line), 0};
    found.second = next.line->elements;
    found.second_count = std::min(count - here, available(next, advanced(head, here)));
    return found;
  }

  /// Frees the slots of the `count` oldest elements.
  void release(std::size_t count) noexcept {
    position head = consumer_.head.load(order::relaxed);  // own variable
    for (std::size_t left = count; left > 0;) {
      const std::size_t part = std::min(per_line - consumer_.at.index, left);
      if constexpr (!Sync::plain_cells) {
        for (std::size_t i = 0; i < part; ++i) consumer_.at.line->elements[consumer_.at.index + i].destroy();
      }
      step(consumer_.at, part);
      left -= part;
    }
    head = advanced(head, count);
    consumer_.seen = head;  // learn the new line's position at the next pop
    // [credit] pairs with the load in refresh_limit(): as in pop_one()
    consumer_.head.store(head, store_order);
  }

  // Any thread.

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

  /// Elements ever published and ever freed, modulo the position type.
  [[nodiscard]] position tail_hint() const noexcept {
    return producer_.tail.load(order::relaxed);  // an observation, it guards no data
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

  struct place {
    struct line* line = nullptr;
    std::size_t index = 0;  // within the line
  };
  struct alignas(cache_line_bytes) producer_line {                        // written by the producer only
    typename Sync::template atomic<position> tail{Sync::first_position};  // elements published so far, for hints
    position limit = Sync::first_position;                                // last head seen + capacity       [credit]
    place at;                                                             // where the element at tail goes
  };
  struct alignas(cache_line_bytes) consumer_line {                        // written by the consumer only
    typename Sync::template atomic<position> head{Sync::first_position};  // elements taken out so far       [credit]
    position seen = Sync::first_position;                                 // published in this line, at most to its end
    place at;                                                             // where the element at head lies
  };

  /// Frees the slot on every way out of the user's callback.
  struct leaving {
    spsc_packed& ring;
    position head;
    ~leaving() {
      place& at = ring.consumer_.at;
      at.line->elements[at.index].destroy();
      ring.step(at, 1);
      // [credit] pairs with the load in refresh_limit(): the element is gone before its slot is free
      ring.consumer_.head.store(advanced(head, 1), store_order);
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

  /// Stores the line's position behind `part` new elements and moves on.
  void publish_in_line(position tail, std::size_t part) noexcept {
    // [publish] pairs with the load in available(): the elements are complete before they are seen
    producer_.at.line->published.store(tail, store_order);
    step(producer_.at, part);
  }

  bool refresh_seen(position head) noexcept {
    const std::size_t count = available(consumer_.at, head);
    consumer_.seen = advanced(head, count);
    return count != 0;
  }

  /// Elements from `head`, which lies at `at`, to the end of that line that are there to take.
  [[nodiscard]] std::size_t available(place at, position head) const noexcept {
    // [publish] pairs with the store in publish_in_line(): elements below it are complete
    const std::size_t ahead = distance(head, at.line->published.load(load_order));
    if (ahead > capacity_) return 0;  // a position of an earlier lap
    return std::min(ahead, per_line - at.index);
  }

  static void fill(place at, T* from, std::size_t count) noexcept {
    if (count == per_line) {  // a whole line: the constant size becomes a few wide moves
      cell::construct_n(at.line->elements, from, per_line);
    } else {
      cell::construct_n(at.line->elements + at.index, from, count);
    }
  }

  static void drain(place at, T* out, std::size_t count) noexcept {
    if (count == per_line) {
      cell::take_n(at.line->elements, out, per_line);
    } else {
      cell::take_n(at.line->elements + at.index, out, count);
    }
  }

  [[nodiscard]] line* following(line* from) const noexcept { return ++from == end_ ? begin_ : from; }

  void step(place& at, std::size_t count) const noexcept {
    at.index += count;
    if (at.index == per_line) at = {following(at.line), 0};
  }

  [[nodiscard]] spans spans_from(place at, std::size_t count) const noexcept {
    const std::size_t first = std::min(count, per_line - at.index);
    const std::size_t second = std::min(count - first, per_line);
    return {at.line->elements + at.index, first, following(at.line)->elements, second};
  }

  region storage_;
  std::size_t capacity_;
  line* begin_;
  line* end_;
  producer_line producer_;
  consumer_line consumer_;
};

}  // namespace tidegate::detail
