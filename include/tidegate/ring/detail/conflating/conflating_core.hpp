// conflating_core: cells in a circle, each a place for one key's newest value, between one producer and one consumer.
//
// A key that is not inside takes the next cell; a push for a key that is inside replaces the value in its cell. Each
// cell is a value_exchange: whether a push replaces or comes too late, because the value was just taken, is decided by
// one exchange of its word. Where the circle is full or empty is seen in the cells themselves: the next cell of the
// producer holds a value that was not taken, or the next one of the consumer none that was pushed.
// Roles: one producer thread, one consumer thread.  Progress: wait-free: a push makes at most three exchanges and a
// search in a table of its own; a pop one.  Order: of the first arrival of the keys.
// Invariant: of the cells from the consumer's next one on, as many as keys are inside hold values, and no others.
// Closing marks all cells. The consumer is told `closed` at a cell with the mark and without a value: it is also the
// producer's next one, so that nothing can be pushed any more.
//
// Protocol: see value_exchange; [close] also by the flag, which says that the marks are due.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/conflating/key_table.hpp"
#include "tidegate/ring/detail/latest/slot_calls.hpp"
#include "tidegate/ring/detail/latest/value_exchange.hpp"

namespace tidegate::detail {

template <class Key, class T, class Hash, class Equal, class Sync>
class conflating_core {
  static constexpr unsigned slot_bits = 24;
  using exchange = value_exchange<std::uint64_t, slot_bits, Sync>;  // number: how often the value was replaced
  using word = typename exchange::word;
  using table = key_table<Key, Hash, Equal>;
  using count = typename Sync::template atomic<std::uint64_t>;

  struct slot {
    typename Sync::template cell<Key> key;
    typename Sync::template cell<T> value;
  };

 public:
  static constexpr std::size_t capacity_limit = (std::size_t{1} << slot_bits) - 2;
  static constexpr std::size_t alignment = std::max({cache_line_bytes, alignof(slot), alignof(typename table::entry)});

  /// Bytes for so many keys.
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::size_t capacity) noexcept {
    return places_offset(capacity) + table::places_for(capacity) * sizeof(std::uint32_t);
  }

  conflating_core(region&& storage, std::size_t capacity) noexcept
      : storage_(std::move(storage)),
        capacity_(capacity),
        slots_(reinterpret_cast<slot*>(storage_.data())),
        cells_(reinterpret_cast<exchange*>(storage_.data() + cells_offset(capacity))),
        keys_(reinterpret_cast<typename table::entry*>(storage_.data() + keys_offset(capacity)),
              reinterpret_cast<std::uint32_t*>(storage_.data() + places_offset(capacity)), capacity) {
    for (std::size_t i = 0; i < capacity + 2; ++i) std::construct_at(slots_ + i);
    for (std::size_t i = 0; i < capacity; ++i) std::construct_at(cells_ + i, word::make(0, i));
    writer_.slot = capacity;
    reader_.slot = capacity + 1;
  }
  conflating_core(const conflating_core&) = delete;
  conflating_core& operator=(const conflating_core&) = delete;
  ~conflating_core() {
    for (std::size_t i = 0; i < capacity_; ++i) {
      if (const std::uint64_t left = cells_[i].look(); word::is_fresh(left)) empty(slots_[word::slot(left)]);
    }
    std::destroy_n(cells_, capacity_);
    std::destroy_n(slots_, capacity_ + 2);
  }

  // Producer.

  /// `ok`: the key was not inside. `evicted`: its value was replaced, and the old one goes to `use(T&&)`. Else `value`
  /// has its value.
  template <class Use>
  [[nodiscard]] push_status push(const Key& key, T&& value, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    if (closed()) [[unlikely]]
      return push_status::closed;
    slot& mine = slots_[writer_.slot];
    mine.key.construct(key);
    mine.value.construct(std::move(value));
    push_status status = replace(key);
    if (status == push_status::full) status = arrive(key);  // it was not inside, or has just left
    if (status == push_status::evicted) {
      slot& replaced = slots_[writer_.slot];
      replaced.key.destroy();
      consume_in(replaced.value, std::forward<Use>(use));
    } else if (status != push_status::ok) {
      mine.key.destroy();
      take_back(mine.value, value);
    }
    if (status == push_status::closed) mark_closed();  // who closes may not have come to all cells
    return status;
  }

  // Consumer.

  /// Takes the oldest key's value: then first_key() and first_value() are the caller's, until finish().
  [[nodiscard]] pop_status take() noexcept {
    exchange& from = cells_[reader_.next];
    const std::uint64_t seen = from.look();
    if (!word::is_fresh(seen)) return word::is_closed(seen) ? pop_status::closed : pop_status::empty;
    const std::uint64_t taken = from.take(seen, reader_.slot);
    reader_.slot = word::slot(taken);
    reader_.replaced = word::number(taken);
    reader_.next = following(reader_.next);
    add_one(reader_.popped);
    return pop_status::ok;
  }
  [[nodiscard]] auto& key_slot() noexcept { return slots_[reader_.slot].key; }
  [[nodiscard]] auto& value_slot() noexcept { return slots_[reader_.slot].value; }
  [[nodiscard]] std::uint64_t replaced() const noexcept { return reader_.replaced; }

  // Any thread, but that only the side's own thread may ask whether it is ready.

  /// False only if at some instant during the call a pop, or the push of a new key, was `empty`, or `full`.
  [[nodiscard]] bool pop_ready() const noexcept { return word::is_fresh(cells_[reader_.next].look()) || closed(); }
  [[nodiscard]] bool push_ready() const noexcept { return !word::is_fresh(cells_[writer_.next].look()) || closed(); }

  void close() noexcept {
    closing_.store(true, order::release);  // [close] pairs with closed(); first, so that a push that begins sees it
    mark_closed();
  }
  [[nodiscard]] bool closed() const noexcept {
    if (!closing_.load(order::acquire)) [[likely]]  // [close] pairs with close()
      return false;
    mark_closed();  // who closes may have been stopped on its way
    return true;
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

  [[nodiscard]] std::uint64_t arrived_hint() const noexcept { return writer_.arrived.load(order::relaxed); }  // a hint
  [[nodiscard]] std::uint64_t replaced_hint() const noexcept {
    return writer_.replaced.load(order::relaxed);  // a hint
  }
  [[nodiscard]] std::uint64_t popped_hint() const noexcept { return reader_.popped.load(order::relaxed); }  // a hint

 private:
  struct alignas(cache_line_bytes) writer_line {  // written by the producer only
    std::size_t slot = 0;                         // its own, raw between two pushes
    std::size_t next = 0;                         // the cell of the next key that arrives
    count arrived{0};
    count replaced{0};
  };
  struct alignas(cache_line_bytes) reader_line {  // written by the consumer only
    std::size_t slot = 0;
    std::size_t next = 0;
    std::uint64_t replaced = 0;
    count popped{0};
  };

  [[nodiscard]] static constexpr std::size_t up_to(std::size_t bytes, std::size_t align) noexcept {
    return (bytes + align - 1) / align * align;
  }
  [[nodiscard]] static constexpr std::size_t cells_offset(std::size_t capacity) noexcept {
    return up_to((capacity + 2) * sizeof(slot), std::max(cache_line_bytes, alignof(exchange)));
  }
  [[nodiscard]] static constexpr std::size_t keys_offset(std::size_t capacity) noexcept {
    return up_to(cells_offset(capacity) + capacity * sizeof(exchange), alignof(typename table::entry));
  }
  [[nodiscard]] static constexpr std::size_t places_offset(std::size_t capacity) noexcept {
    return up_to(keys_offset(capacity) + capacity * sizeof(typename table::entry), alignof(std::uint32_t));
  }

  [[nodiscard]] std::size_t following(std::size_t cell) const noexcept { return cell + 1 == capacity_ ? 0 : cell + 1; }

  /// `evicted` when the value of the key that is inside was replaced by the producer's slot; `full`: it is not inside.
  [[nodiscard]] push_status replace(const Key& key) noexcept {
    const std::uint32_t cell = keys_.find(key);
    if (cell == no_cell) return push_status::full;
    std::uint64_t seen = cells_[cell].look();
    if (word::is_closed(seen)) return push_status::closed;
    if (!word::is_fresh(seen)) return push_status::full;
    const std::uint64_t offered = word::fresh(word::number(seen) + 1, writer_.slot);
    if (!cells_[cell].put_over(seen, offered)) return word::is_closed(seen) ? push_status::closed : push_status::full;
    writer_.slot = word::slot(seen);
    add_one(writer_.replaced);
    return push_status::evicted;
  }

  /// `ok` when the producer's slot lies in the next cell; `full` when that is not free.
  [[nodiscard]] push_status arrive(const Key& key) noexcept {
    exchange& to = cells_[writer_.next];
    std::uint64_t seen = to.look();
    if (word::is_fresh(seen)) return push_status::full;
    if (word::is_closed(seen) || !to.put_over(seen, word::fresh(0, writer_.slot))) return push_status::closed;
    writer_.slot = word::slot(seen);
    keys_.put(key, static_cast<std::uint32_t>(writer_.next));
    writer_.next = following(writer_.next);
    add_one(writer_.arrived);
    return push_status::ok;
  }

  void mark_closed() const noexcept {
    for (std::size_t i = 0; i < capacity_; ++i) cells_[i].close();
  }

  static void empty(slot& of) noexcept {
    of.key.destroy();
    of.value.destroy();
  }
  static void add_one(count& to) noexcept {
    to.store(to.load(order::relaxed) + 1, order::relaxed);  // one writer; observed only
  }

  region storage_;
  std::size_t capacity_;
  slot* slots_;      // capacity + 2
  exchange* cells_;  // capacity
  table keys_;       // the producer's
  writer_line writer_;
  reader_line reader_;
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closing_{false};  // written once  [close]
};

}  // namespace tidegate::detail
