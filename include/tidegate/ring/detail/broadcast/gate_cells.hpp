// gate_cells: the broadcast ring of gate mode with one publisher: cells, the publisher's tail, and the readers' gate.
//
// Readers read in place; an element is destroyed when its slot is used again, or with the ring.
// Progress: wait-free, both sides; a push that looks at the rows (reader_gate.hpp) takes O(rows).
// Origin: Lamport 1983, with the gate in the place of the consumer's position.
//
// Protocol: [tail]  publisher → reader: the element is complete before it is seen.
//           [close] closer → both sides: what was done before the close is seen by whoever is told of it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/element.hpp"
#include "tidegate/base/position.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/broadcast/reader_gate.hpp"

namespace tidegate::detail {

template <queue_element T, class Sync>
class gate_cells {
 public:
  using value_type = T;
  using position = typename Sync::position;
  using cursor = typename reader_gate<Sync>::cursor;
  static constexpr std::size_t capacity_limit = std::bit_floor(countable_capacity<position>(2));

 private:
  using cell = typename Sync::template cell<T>;
  using row = reader_row<Sync>;
  static constexpr std::size_t most_readers = std::size_t{1} << 20;

 public:
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
        cells_(reinterpret_cast<cell*>(storage_.data() + slots_offset(rows.readers))),
        gate_(reinterpret_cast<row*>(storage_.data()), rows.readers, capacity) {
    std::uninitialized_default_construct_n(cells_, slots_);
  }

  gate_cells(const gate_cells&) = delete;
  gate_cells& operator=(const gate_cells&) = delete;
  ~gate_cells() {
    const position tail = tail_.load(order::relaxed);  // nobody else is here
    for (std::size_t i = 1; i <= filled_; ++i) cell_at(static_cast<position>(tail - i)).destroy();
    std::destroy_n(cells_, slots_);
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
  [[nodiscard]] deadline grace_end() const noexcept { return grace_end_; }

  // Readers.

  /// False: all rows are taken. O(rows).
  [[nodiscard]] bool join(cursor& reader, const reader_options& asked) noexcept {
    return gate_.join(reader, asked, tail_hint());  // no older than what happened before this call
  }
  void leave(cursor& reader) noexcept { gate_.leave(reader); }

  /// Calls `use(const T&)` on the next element in place: `ok`, `empty`, `closed`, `lapped` or `evicted`.
  template <class Use>
  pop_status pop(cursor& reader, Use&& use) noexcept(noexcept(use(std::declval<const T&>()))) {
    if (reader.next == reader.seen) [[unlikely]] {
      const pop_status nothing = look(reader);
      if (nothing != pop_status::ok) return nothing;
    }
    const pop_status refusal = gate_.hold(reader);
    if (refusal != pop_status::ok) [[unlikely]]
      return refusal;
    const typename reader_gate<Sync>::reading guard{reader};
    use(std::as_const(cell_at(reader.next)).get());
    return pop_status::ok;
  }

  /// False only if a pop would have answered `empty` at the look at the tail.
  [[nodiscard]] bool pop_ready(const cursor& reader) const noexcept {
    return reader.ended || reader.next != reader.seen || tail_hint() != reader.next || closed();
  }

  [[nodiscard]] std::size_t lag_hint(const cursor& reader) const noexcept {
    return std::min(distance(reader.next, tail_hint()), capacity_);
  }

  // Any thread.

  void close() noexcept { closed_.store(true, order::release); }                       // [close] pairs with closed()
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] pairs with close()
  [[nodiscard]] position tail_hint() const noexcept { return tail_.load(order::relaxed); }  // a place, no element
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  [[nodiscard]] static constexpr std::size_t slots_offset(std::size_t rows) noexcept {
    return (rows * sizeof(row) + alignof(cell) - 1) / alignof(cell) * alignof(cell);
  }

  [[nodiscard]] cell& cell_at(position at) const noexcept { return cells_[at & (slots_ - 1)]; }
  [[nodiscard]] bool has_credit() noexcept { return gate_.admits(tail_hint(), grace_end_); }

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

  region storage_;
  std::size_t capacity_;
  std::size_t slots_;  // a power of two
  cell* cells_;
  reader_gate<Sync> gate_;
  alignas(cache_line_bytes) typename Sync::template atomic<position> tail_{Sync::first_position};  // [tail]
  std::size_t filled_ = 0;                  // slots with an element
  deadline grace_end_ = deadline::never();  // when a refused push is worth another try
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // written once, read by all  [close]
};

}  // namespace tidegate::detail
