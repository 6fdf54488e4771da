// lap_entries: the broadcast ring of lap mode with several publishers.
//
// Publishers write the words of an element into a slot of their own and publish it (entry_frontier.hpp). A reader looks
// at the entry, copies the slot's words, and looks at the entry again, as in lap_cells.hpp: whoever overwrites a slot
// has taken it out of its entry before.
// Progress: push lock-free, pop wait-free; a thread that is stopped anywhere delays nobody.  Close: exact, any thread.
//
// Protocol: [taken] publisher → reader: whoever meets a word of a later element finds the entry changed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>

#include "tidegate/base/element.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/broadcast/entry_frontier.hpp"
#include "tidegate/ring/detail/broadcast/words_of.hpp"

namespace tidegate::detail {

template <plain_element T, class Sync>
class lap_entries {
  using frontier_type = entry_frontier<Sync>;
  struct slot {
    typename Sync::template atomic<std::uint64_t> words[words_of<T>::count] = {};  // [taken]
  };

 public:
  using value_type = T;
  using position = typename Sync::position;
  using seat = typename frontier_type::seat;
  static constexpr std::size_t capacity_limit = frontier_type::capacity_limit;

  /// A reader's place.
  struct cursor {
    position next = Sync::first_position;  // what it reads next
    std::uint64_t lost = 0;                // elements that were overwritten before it came
    std::uint64_t last_lost = 0;           // of them, those of the last `lapped`
    bool ended = false;                    // `closed` was answered, and stays the answer
  };

  static constexpr std::size_t alignment = alignof(seat);

  /// Bytes of storage: seats and entries, then slots.
  [[nodiscard]] static constexpr bool storage_bytes(std::size_t capacity, broadcast_rows rows,
                                                    std::size_t& bytes) noexcept {
    if (rows.publishers > frontier_type::most_publishers) return false;
    return !__builtin_mul_overflow(frontier_type::entry_count(capacity) + rows.publishers, sizeof(slot), &bytes) &&
           !__builtin_add_overflow(frontier_type::bytes(capacity, rows.publishers), bytes, &bytes);
  }

  /// `storage` holds storage_bytes(capacity, rows) bytes at `alignment`.
  lap_entries(region&& storage, std::size_t capacity, broadcast_rows rows) noexcept
      : storage_(std::move(storage)),
        capacity_(capacity),
        frontier_(storage_.data(), capacity, rows.publishers),
        slots_(reinterpret_cast<slot*>(storage_.data() + frontier_type::bytes(capacity, rows.publishers))) {
    std::uninitialized_default_construct_n(slots_, frontier_.slot_count());
  }

  lap_entries(const lap_entries&) = delete;
  lap_entries& operator=(const lap_entries&) = delete;
  ~lap_entries() { std::destroy_n(slots_, frontier_.slot_count()); }

  // Publishers.

  [[nodiscard]] seat* take_seat() noexcept { return frontier_.take_seat(); }
  static void leave_seat(seat& of) noexcept { frontier_type::leave_seat(of); }

  /// `ok` or `closed`.
  template <class... Args>
  push_status push(seat& mine, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if (closed()) [[unlikely]] {
      frontier_.seal(frontier_.begin(mine));
      return push_status::closed;
    }
    words_of<T> image(T(std::forward<Args>(args)...));
    for (std::size_t i = 0; i < words_of<T>::count; ++i) {
      slots_[mine.slot()].words[i].store(image.word(i), order::release);  // [taken] pairs with copy_out()
    }
    position at = frontier_.begin(mine);
    for (;;) {
      const std::uint64_t word = frontier_.advance(at);
      if (frontier_.is_sealed(word)) return push_status::closed;
      if (frontier_.publish(mine, at, word)) return push_status::ok;
    }
  }

  [[nodiscard]] static constexpr bool push_ready(seat&) noexcept { return true; }

  // Readers.

  /// True: a reader needs nothing from the ring.
  [[nodiscard]] bool join(cursor& reader, const reader_options& asked) const noexcept {
    const position newest = frontier_.frontier();
    const std::size_t kept = std::min(distance(Sync::first_position, newest), frontier_.count() - 1);
    reader = {};
    reader.next = asked.start == reader_start::next ? newest : static_cast<position>(newest - kept);
    return true;
  }

  static void leave(cursor&) noexcept {}  // nobody knew of it

  /// Calls `use(const T&)` on a copy of the next element: `ok`, `empty`, `lapped` or `closed`.
  template <class Use>
  pop_status pop(cursor& reader, Use&& use) noexcept(noexcept(use(std::declval<const T&>()))) {
    if (reader.ended) return pop_status::closed;
    std::uint64_t word = frontier_.look(reader.next);
    if (frontier_.laps_ahead(word, reader.next) < 0) {
      if (!frontier_.is_sealed(word) && !closed()) return pop_status::empty;
      reader.ended = frontier_.seal(reader.next, word);
      if (reader.ended) return pop_status::closed;
    }
    words_of<T> image;
    if (frontier_.laps_ahead(word, reader.next) != 0 || !copy_out(reader.next, word, image)) return skip(reader);
    reader.next = advanced(reader.next, 1);
    use(image.value());
    return pop_status::ok;
  }

  /// False only if a pop would have answered `empty` at the look at the entry.
  [[nodiscard]] bool pop_ready(const cursor& reader) const noexcept {
    const std::uint64_t word = frontier_.look(reader.next);
    return reader.ended || frontier_.laps_ahead(word, reader.next) >= 0 || frontier_.is_sealed(word) || closed();
  }

  [[nodiscard]] std::size_t lag_hint(const cursor& reader) const noexcept {
    const std::size_t lag = distance(reader.next, frontier_.frontier());
    return lag <= std::numeric_limits<position>::max() / 2 ? lag : 0;
  }

  // Any thread.

  void close() noexcept { frontier_.close(); }
  [[nodiscard]] bool closed() const noexcept { return frontier_.closed(); }
  [[nodiscard]] position tail_hint() const noexcept { return frontier_.frontier(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  /// False: the element was overwritten meanwhile.
  [[nodiscard]] bool copy_out(position at, std::uint64_t word, words_of<T>& image) const noexcept {
    const slot& from = slots_[frontier_.slot_in(word)];
    for (std::size_t i = 0; i < words_of<T>::count; ++i) {
      image.set_word(i, from.words[i].load(order::acquire));  // [taken] pairs with push()
    }
    return frontier_.still_holds(at, word);  // the words bring along the exchange that took their slot
  }

  /// Goes on behind what was overwritten, with about an eighth of the ring as a start.
  [[gnu::cold]] pop_status skip(cursor& reader) const noexcept {
    const position least = advanced(reader.next, 1);
    const std::size_t kept = frontier_.count() - 1 - frontier_.count() / 8;
    const auto to = static_cast<position>(frontier_.frontier() - kept);
    const position next = distance(least, to) <= std::numeric_limits<position>::max() / 2 ? to : least;
    reader.last_lost = distance(reader.next, next);
    reader.lost += reader.last_lost;
    reader.next = next;
    return pop_status::lapped;
  }

  region storage_;
  std::size_t capacity_;
  frontier_type frontier_;
  slot* slots_;
};

}  // namespace tidegate::detail
