// lap_cells: the broadcast ring whose publisher waits for nobody: cells with a stamp, overwritten in turn.
//
// A cell's stamp tells what is in it: p + 1: the element at position p, whole; p: that one is being written. A reader
// looks at the stamp, copies the words, and looks at the stamp again: the copy counts only if it is the same. No copy
// is ever torn: a reader that meets one word of a later element knows that this cell's stamp had moved on before, and
// its second look sees so. The count of what was lost is a difference of positions, hence exact.
// Progress: wait-free, both sides; a push looks at no reader, and a pop looks at its cell once. Origin: seqlocks; the
// order without fences after Boehm, "Can seqlocks get along with programming language memory models?", 2012.
//
// Protocol: [stamp]     publisher → reader: the words are complete before the stamp says so.
//           [overwrite] publisher → reader: whoever meets a word of a later element finds the stamp changed.
//           [close]     closer → both sides: what was done before the close is seen by whoever is told of it.
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
#include "tidegate/base/sync.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/broadcast_options.hpp"
#include "tidegate/ring/detail/broadcast/words_of.hpp"

namespace tidegate::detail {

template <plain_element T, class Sync>
class lap_cells {
 public:
  using value_type = T;
  using position = typename Sync::position;
  static constexpr std::size_t capacity_limit = std::bit_floor(countable_capacity<position>(2));

  /// A reader's place.
  struct cursor {
    position next = Sync::first_position;  // what it reads next
    std::uint64_t lost = 0;                // elements that were overwritten before it came
    std::uint64_t last_lost = 0;           // of them, those of the last `lapped`
    bool ended = false;                    // `closed` was answered, and stays the answer
  };

 private:
  struct cell {
    typename Sync::template atomic<position> stamp{0};                             // see above  [stamp]
    typename Sync::template atomic<std::uint64_t> words[words_of<T>::count] = {};  //            [overwrite]
  };

 public:
  static constexpr std::size_t alignment = std::max(alignof(cell), cache_line_bytes);

  /// Bytes of storage for `capacity` elements.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, broadcast_rows, std::size_t& bytes) noexcept {
    return !__builtin_mul_overflow(slot_count(capacity), sizeof(cell), &bytes);
  }

  /// `storage` holds storage_bytes(capacity) bytes at `alignment`.
  lap_cells(region&& storage, std::size_t capacity, broadcast_rows) noexcept
      : storage_(std::move(storage)),
        capacity_(capacity),
        slots_(slot_count(capacity)),
        cells_(reinterpret_cast<cell*>(storage_.data())) {
    std::uninitialized_default_construct_n(cells_, slots_);
    for (std::size_t i = 0; i < slots_; ++i) {
      // relaxed: nobody else is here; as if the lap before the first one had been written
      cell_at(advanced(Sync::first_position, i)).stamp.store(before_first_lap(i), order::relaxed);
    }
  }

  lap_cells(const lap_cells&) = delete;
  lap_cells& operator=(const lap_cells&) = delete;
  ~lap_cells() { std::destroy_n(cells_, slots_); }

  // The publisher.

  /// `ok` or `closed`.
  template <class... Args>
  push_status push(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if (closed()) [[unlikely]]
      return push_status::closed;
    words_of<T> image(T(std::forward<Args>(args)...));
    const position tail = tail_.load(order::relaxed);  // own variable
    cell& to = cell_at(tail);
    to.stamp.store(tail, order::relaxed);  // who meets one of the words below finds it: [overwrite]
    for (std::size_t i = 0; i < words_of<T>::count; ++i) {
      to.words[i].store(image.word(i), order::release);  // [overwrite] pairs with the copy in read()
    }
    to.stamp.store(advanced(tail, 1), order::release);  // [stamp] pairs with the first look in read()
    tail_.store(advanced(tail, 1), order::relaxed);     // where readers begin; what they read, the stamps tell
    return push_status::ok;
  }

  [[nodiscard]] static constexpr bool push_ready() noexcept { return true; }
  [[nodiscard]] static constexpr deadline grace_end() noexcept { return deadline::never(); }

  // Readers.

  /// True: a reader needs nothing from the ring.
  [[nodiscard]] bool join(cursor& reader, const reader_options& asked) const noexcept {
    const position newest = tail_.load(order::relaxed);  // no older than what happened before this call
    const std::size_t kept = std::min(distance(Sync::first_position, newest), slots_ - 1);
    reader = {};
    reader.next = asked.start == reader_start::next ? newest : static_cast<position>(newest - kept);
    return true;
  }

  static void leave(cursor&) noexcept {}  // nobody knew of it

  /// Calls `use(const T&)` on a copy of the next element: `ok`, `empty`, `lapped` or `closed`.
  template <class Use>
  pop_status pop(cursor& reader, Use&& use) const noexcept(noexcept(use(std::declval<const T&>()))) {
    if (reader.ended) return pop_status::closed;
    const pop_status status = read(reader, use);
    if (status != pop_status::empty || !closed()) return status;
    const pop_status last = read(reader, use);  // so that what came before the close is found
    if (last != pop_status::empty) return last;
    reader.ended = true;
    return pop_status::closed;
  }

  /// False only if a pop would have answered `empty` at the look at the stamp.
  [[nodiscard]] bool pop_ready(const cursor& reader) const noexcept {
    // relaxed: the pop looks for itself
    const position stamp = cell_at(reader.next).stamp.load(order::relaxed);
    return reader.ended || is_no_earlier(stamp, advanced(reader.next, 1)) || closed();
  }

  [[nodiscard]] std::size_t lag_hint(const cursor& reader) const noexcept {
    const position newest = tail_.load(order::relaxed);  // observation only
    return is_no_earlier(newest, reader.next) ? distance(reader.next, newest) : 0;
  }

  // Any thread.

  void close() noexcept { closed_.store(true, order::release); }                       // [close] pairs with closed()
  [[nodiscard]] bool closed() const noexcept { return closed_.load(order::acquire); }  // [close] pairs with close()
  [[nodiscard]] position tail_hint() const noexcept { return tail_.load(order::relaxed); }  // observation
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  /// At least two: a cell then tells the element before from the one that is being written.
  [[nodiscard]] static constexpr std::size_t slot_count(std::size_t capacity) noexcept {
    return std::bit_ceil(std::max<std::size_t>(capacity, 2));
  }

  [[nodiscard]] static constexpr bool is_no_earlier(position one, position other) noexcept {
    return distance(other, one) <= std::numeric_limits<position>::max() / 2;
  }

  [[nodiscard]] position before_first_lap(std::size_t i) const noexcept {
    return static_cast<position>(advanced(Sync::first_position, i + 1) - slots_);
  }

  [[nodiscard]] cell& cell_at(position at) const noexcept { return cells_[at & (slots_ - 1)]; }

  template <class Use>
  pop_status read(cursor& reader, Use&& use) const noexcept(noexcept(use(std::declval<const T&>()))) {
    const cell& from = cell_at(reader.next);
    const position wanted = advanced(reader.next, 1);
    const position stamp = from.stamp.load(order::acquire);  // [stamp] pairs with push(): the words below are complete
    if (stamp != wanted) return is_no_earlier(stamp, wanted) ? skip(reader) : pop_status::empty;
    words_of<T> image;
    for (std::size_t i = 0; i < words_of<T>::count; ++i) {
      image.set_word(i, from.words[i].load(order::acquire));  // [overwrite] pairs with push()
    }
    // relaxed: it comes after the words, which bring along the stamp that was written before them
    if (from.stamp.load(order::relaxed) != wanted) [[unlikely]]
      return skip(reader);
    reader.next = wanted;
    use(image.value());
    return pop_status::ok;
  }

  /// Goes on behind what was overwritten, with an eighth of the ring as a start: or it would be overtaken at once.
  [[gnu::cold]] pop_status skip(cursor& reader) const noexcept {
    const position least = advanced(reader.next, 1);
    const position newest = tail_.load(order::relaxed);  // may be too old, and is then no help
    const auto to = static_cast<position>(newest - (slots_ - 1) + slots_ / 8);
    const position next = is_no_earlier(to, least) ? to : least;
    reader.last_lost = distance(reader.next, next);
    reader.lost += reader.last_lost;
    reader.next = next;
    return pop_status::lapped;
  }

  region storage_;
  std::size_t capacity_;
  std::size_t slots_;  // a power of two
  cell* cells_;
  alignas(cache_line_bytes) typename Sync::template atomic<position> tail_{Sync::first_position};  // the publisher's
  alignas(cache_line_bytes) typename Sync::template atomic<bool> closed_{false};  // written once, read by all   [close]
};

}  // namespace tidegate::detail
