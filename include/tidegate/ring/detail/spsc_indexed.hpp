// spsc_indexed: slots in one array, one shared position per side, each side with a private copy of the other's.
//
// Roles: one producer thread, one consumer thread.  Progress: wait-free, no read-modify-write.  Order: FIFO.
// Invariant: head <= tail <= head + capacity; slots of [head, tail) hold elements.
// Origin: Lamport 1983; private copies of the opposite position after FastForward and Rigtorp.
//
// Protocol: [publish] producer → consumer: an element is complete before the tail that covers it is seen.
//           [credit]  consumer → producer: an element has left its slot before the head that frees it is seen.
// Both orders become seq_cst under failure_order::joint, so that two failures cannot pass each other's stores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/cell_spans.hpp"
#include "tidegate/ring/ring_options.hpp"

namespace tidegate::detail {

template <queue_element T, failure_order Failures, class Sync>
class spsc_indexed {
 public:
  using position = typename Sync::position;
  using cell = typename Sync::template cell<T>;
  using spans = cell_spans<cell>;

  static constexpr std::size_t alignment = std::max(alignof(cell), cache_line_bytes);
  static constexpr std::size_t capacity_limit = countable_capacity<position>(0);

  /// Bytes of storage for `capacity` elements.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, std::size_t& bytes) noexcept {
    return !__builtin_mul_overflow(capacity, sizeof(cell), &bytes);
  }

  /// `storage` holds storage_bytes(capacity) bytes at `alignment`.
  spsc_indexed(region&& storage, std::size_t capacity) noexcept
      : storage_(std::move(storage)), capacity_(capacity), begin_(reinterpret_cast<cell*>(storage_.data())) {
    std::uninitialized_default_construct_n(begin_, capacity);
    producer_.slot = consumer_.slot = begin_;
    producer_.limit = advanced(Sync::first_position, capacity);
  }

  spsc_indexed(const spsc_indexed&) = delete;
  spsc_indexed& operator=(const spsc_indexed&) = delete;

  ~spsc_indexed() {
    if constexpr (!plain_element<T> || !Sync::plain_cells) {
      for (std::size_t left = depth_hint(); left > 0; --left) {
        consumer_.slot->destroy();
        consumer_.slot = next(consumer_.slot);
      }
    }
    std::destroy_n(begin_, capacity_);
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
    cell* const slot = producer_.slot;
    make(*slot);
    producer_.slot = next(slot);
    // [publish] pairs with the load in look(): the element is complete before it is seen
    producer_.tail.store(advanced(tail, 1), store_order);
  }

  /// Moves up to `count` elements in and publishes them with one store; returns how many.
  std::size_t push_n(T* from, std::size_t count) noexcept {
    const spans free = claim(count);
    if (free.first_count != 0) cell::construct_n(free.first, from, free.first_count);
    if (free.second_count != 0) cell::construct_n(free.second, from + free.first_count, free.second_count);
    if (free.count() != 0) publish(free.count());
    return free.count();
  }

  /// Up to `count` free slots. They stay free until publish().
  [[nodiscard]] spans claim(std::size_t count) noexcept {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    if (distance(tail, producer_.limit) < count) refresh_limit(tail);
    return spans_from(producer_.slot, std::min(count, distance(tail, producer_.limit)));
  }

  /// Makes the first `count` claimed slots, now constructed, visible to the consumer.
  void publish(std::size_t count) noexcept {
    const position tail = producer_.tail.load(order::relaxed);  // own variable
    producer_.slot = stepped(producer_.slot, count);
    // [publish] pairs with the load in look(): as in push_one()
    producer_.tail.store(advanced(tail, count), store_order);
  }

  // Consumer operations.

  /// True when an earlier look() has seen an element that was not taken yet. Looks at nothing shared.
  [[nodiscard]] bool has_seen() const noexcept {
    return consumer_.head.load(order::relaxed) != consumer_.seen;  // own variable
  }

  /// Looks at the tail; false: the ring was empty at its load.
  [[nodiscard]] bool look() noexcept {
    // [publish] pairs with the stores of tail: elements below it are complete
    consumer_.seen = producer_.tail.load(load_order);
    return has_seen();
  }

  /// Calls `use(element)`, then destroys it and frees its slot. Needs has_seen() or look().
  template <class Use>
  void pop_one(Use&& use) noexcept(noexcept(use(std::declval<T&>()))) {
    const leaving guard{*this, *consumer_.slot, consumer_.head.load(order::relaxed)};  // own variable
    use(guard.slot.get());
  }

  /// Moves up to `count` elements out and frees their slots with one store; returns how many.
  std::size_t pop_n(T* out, std::size_t count) noexcept {
    const spans full = peek(count);
    if (full.first_count != 0) cell::take_n(full.first, out, full.first_count);
    if (full.second_count != 0) cell::take_n(full.second, out + full.first_count, full.second_count);
    if (full.count() != 0) free_slots(full.count());
    return full.count();
  }

  /// Up to `count` of the oldest elements, in place.
  [[nodiscard]] spans peek(std::size_t count) noexcept {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    if (distance(head, consumer_.seen) < count) static_cast<void>(look());
    return spans_from(consumer_.slot, std::min(count, distance(head, consumer_.seen)));
  }

  /// Destroys the `count` oldest elements and frees their slots.
  void release(std::size_t count) noexcept {
    if constexpr (!plain_element<T> || !Sync::plain_cells) {
      const spans full = spans_from(consumer_.slot, count);
      for (std::size_t i = 0; i < count; ++i) full[i].destroy();
    }
    free_slots(count);
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

  /// Between 0 and capacity; exact when both sides rest. Head first: a later tail can only be further on.
  [[nodiscard]] std::size_t depth_hint() const noexcept {
    const position head = head_hint();
    return std::min(distance(head, tail_hint()), capacity_);
  }

 private:
  static constexpr auto store_order = Failures == failure_order::joint ? order::seq_cst : order::release;
  static constexpr auto load_order = Failures == failure_order::joint ? order::seq_cst : order::acquire;

  struct alignas(cache_line_bytes) producer_line {                        // written by the producer only
    typename Sync::template atomic<position> tail{Sync::first_position};  // elements published so far       [publish]
    position limit = Sync::first_position;                                // last head seen + capacity       [credit]
    cell* slot = nullptr;                                                 // where the element at tail goes
  };
  struct alignas(cache_line_bytes) consumer_line {                        // written by the consumer only
    typename Sync::template atomic<position> head{Sync::first_position};  // elements taken out so far       [credit]
    position seen = Sync::first_position;                                 // last tail seen                  [publish]
    cell* slot = nullptr;                                                 // where the element at head lies
  };

  /// Destroys the element and frees its slot on every way out of the user's callback.
  struct leaving {
    spsc_indexed& ring;
    cell& slot;
    position head;
    ~leaving() {
      slot.destroy();
      ring.consumer_.slot = ring.next(&slot);
      // [credit] pairs with the load in refresh_limit(): the element is gone before its slot is free
      ring.consumer_.head.store(advanced(head, 1), store_order);
    }
  };

  bool refresh_limit(position tail) noexcept {
    // [credit] pairs with the stores of head: what left the slots happened before they are filled again
    producer_.limit = advanced(consumer_.head.load(load_order), capacity_);
    return producer_.limit != tail;
  }

  void free_slots(std::size_t count) noexcept {
    const position head = consumer_.head.load(order::relaxed);  // own variable
    consumer_.slot = stepped(consumer_.slot, count);
    // [credit] pairs with the load in refresh_limit(): as in pop_one()
    consumer_.head.store(advanced(head, count), store_order);
  }

  [[nodiscard]] cell* next(cell* slot) const noexcept { return ++slot == begin_ + capacity_ ? begin_ : slot; }

  [[nodiscard]] cell* stepped(cell* slot, std::size_t count) const noexcept {
    const std::size_t to_end = static_cast<std::size_t>(begin_ + capacity_ - slot);
    return count < to_end ? slot + count : begin_ + (count - to_end);
  }

  [[nodiscard]] spans spans_from(cell* slot, std::size_t count) const noexcept {
    const std::size_t to_end = static_cast<std::size_t>(begin_ + capacity_ - slot);
    const std::size_t first = std::min(count, to_end);
    return {slot, first, begin_, count - first};
  }

  region storage_;
  std::size_t capacity_;
  cell* begin_;
  producer_line producer_;
  consumer_line consumer_;
};

}  // namespace tidegate::detail
