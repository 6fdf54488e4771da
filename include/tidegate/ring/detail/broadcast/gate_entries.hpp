// gate_entries: the broadcast ring of gate mode with several publishers.
//
// Publishers construct an element in a slot of their own and publish it (entry_frontier.hpp) where the readers' gate
// (reader_gate.hpp) admits it. Readers read in place. A slot that leaves the ring is emptied by the publisher that has
// taken it: no reader is there any more.
// Progress: push lock-free, pop wait-free; a publisher that is stopped anywhere delays nobody.
// Close: exact, any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "tidegate/base/element.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/broadcast/entry_frontier.hpp"
#include "tidegate/ring/detail/broadcast/reader_gate.hpp"
#include "tidegate/ring/detail/latest/slot_calls.hpp"

namespace tidegate::detail {

template <queue_element T, class Sync>
class gate_entries {
  using frontier_type = entry_frontier<Sync>;
  using row = reader_row<Sync>;
  struct slot {
    typename Sync::template cell<T> element;
    bool is_filled = false;  // its publisher's, as the element is before it is published
  };
  static constexpr std::size_t most_readers = std::size_t{1} << 20;

 public:
  using value_type = T;
  using position = typename Sync::position;
  using cursor = typename reader_gate<Sync>::cursor;
  using seat = typename frontier_type::seat;
  static constexpr std::size_t capacity_limit = frontier_type::capacity_limit;
  static constexpr std::size_t alignment = std::max({alignof(slot), alignof(row), alignof(seat)});

  /// Bytes of storage: rows, seats and entries, then slots.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, broadcast_rows rows,
                                                    std::size_t& bytes) noexcept {
    if (rows.publishers > frontier_type::most_publishers || rows.readers > most_readers) return false;
    return !__builtin_mul_overflow(frontier_type::entry_count(capacity) + rows.publishers, sizeof(slot), &bytes) &&
           !__builtin_add_overflow(slots_offset(capacity, rows), bytes, &bytes);
  }

  /// `storage` holds storage_bytes(capacity, rows) bytes at `alignment`.
  gate_entries(region&& storage, std::size_t capacity, broadcast_rows rows) noexcept
      : storage_(std::move(storage)),
        capacity_(capacity),
        slots_(reinterpret_cast<slot*>(storage_.data() + slots_offset(capacity, rows))),
        gate_(reinterpret_cast<row*>(storage_.data()), rows.readers, capacity),
        frontier_(storage_.data() + rows.readers * sizeof(row), capacity, rows.publishers) {
    std::uninitialized_default_construct_n(slots_, frontier_.slot_count());
  }

  gate_entries(const gate_entries&) = delete;
  gate_entries& operator=(const gate_entries&) = delete;
  ~gate_entries() {
    for (std::size_t i = 0; i < frontier_.slot_count(); ++i) empty(slots_[i]);
    std::destroy_n(slots_, frontier_.slot_count());
  }

  // Publishers.

  [[nodiscard]] seat* take_seat() noexcept { return frontier_.take_seat(); }
  static void leave_seat(seat& of) noexcept { frontier_type::leave_seat(of); }

  /// `ok`, `full` or `closed`. Unless `ok`, `value` has its value still.
  push_status push(seat& mine, T&& value) noexcept {
    position at = frontier_.begin(mine);
    std::uint64_t word = 0;
    slot& own = slots_[mine.slot()];
    for (;;) {
      const push_status refusal = refused(mine, at, word);
      if (refusal != push_status::ok) {
        give_back(own, value);
        return refusal;
      }
      if (!own.is_filled) own.element.construct(std::move(value));
      own.is_filled = true;
      if (frontier_.publish(mine, at, word)) break;
    }
    empty(slots_[mine.slot()]);
    return push_status::ok;
  }

  /// Constructs the element from `args` once there is room.
  template <class... Args>
  push_status push(seat& mine, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    position at = frontier_.begin(mine);
    std::uint64_t word = 0;
    const push_status refusal = refused(mine, at, word);
    return refusal != push_status::ok ? refusal : push(mine, T(std::forward<Args>(args)...));
  }

  [[nodiscard]] bool push_ready(seat& mine) noexcept {
    position at = frontier_.begin(mine);
    std::uint64_t word = 0;
    return refused(mine, at, word) != push_status::full;
  }

  // Readers.

  /// False: all rows are taken. O(rows).
  [[nodiscard]] bool join(cursor& reader, const reader_options& asked) noexcept {
    return gate_.join(reader, asked, frontier_.frontier());
  }
  void leave(cursor& reader) noexcept { gate_.leave(reader); }

  /// Calls `use(const T&)` on the next element in place: `ok`, `empty`, `closed`, `lapped` or `evicted`.
  template <class Use>
  pop_status pop(cursor& reader, Use&& use) noexcept(noexcept(use(std::declval<const T&>()))) {
    if (reader.ended) return pop_status::closed;
    std::uint64_t word = frontier_.look(reader.next);
    if (frontier_.laps_ahead(word, reader.next) < 0) {
      if (!frontier_.is_sealed(word) && !closed()) return pop_status::empty;
      reader.ended = frontier_.seal(reader.next, word);
      if (reader.ended) return pop_status::closed;
    }
    const pop_status refusal = gate_.hold(reader);
    if (refusal != pop_status::ok) [[unlikely]]
      return refusal;
    const typename reader_gate<Sync>::reading guard{reader};
    use(std::as_const(slots_[frontier_.slot_in(word)].element).get());
    return pop_status::ok;
  }

  /// False only if a pop would have answered `empty` at the look at the entry.
  [[nodiscard]] bool pop_ready(const cursor& reader) const noexcept {
    const std::uint64_t word = frontier_.look(reader.next);
    return reader.ended || frontier_.laps_ahead(word, reader.next) >= 0 || frontier_.is_sealed(word) || closed();
  }

  [[nodiscard]] std::size_t lag_hint(const cursor& reader) const noexcept {
    return std::min(distance(reader.next, frontier_.frontier()), capacity_);
  }

  // Any thread.

  void close() noexcept { frontier_.close(); }
  [[nodiscard]] bool closed() const noexcept { return frontier_.closed(); }
  [[nodiscard]] position tail_hint() const noexcept { return frontier_.frontier(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  [[nodiscard]] static constexpr std::size_t slots_offset(std::size_t capacity, broadcast_rows rows) noexcept {
    const std::size_t before = rows.readers * sizeof(row) + frontier_type::bytes(capacity, rows.publishers);
    return (before + alignof(slot) - 1) / alignof(slot) * alignof(slot);
  }

  /// Goes on from `at` to the frontier, whose entry comes into `word`: `ok`, `full` or `closed`.
  [[nodiscard]] push_status refused(seat& mine, position& at, std::uint64_t& word) noexcept {
    if (closed()) frontier_.seal(at);
    word = frontier_.advance(at);
    if (frontier_.is_sealed(word)) return push_status::closed;
    return gate_.admits(at, mine.grace_end) ? push_status::ok : push_status::full;
  }

  static void empty(slot& of) noexcept {
    if (of.is_filled) of.element.destroy();
    of.is_filled = false;
  }

  /// What another push or a close has kept from being published goes back where it came from.
  static void give_back(slot& from, T& value) noexcept {
    if (!from.is_filled) return;
    take_back(from.element, value);
    from.is_filled = false;
  }

  region storage_;
  std::size_t capacity_;
  slot* slots_;
  reader_gate<Sync> gate_;
  frontier_type frontier_;
};

}  // namespace tidegate::detail
