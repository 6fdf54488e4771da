// row: what one producer or consumer of an exchange ring owns: a slot, a place to begin at, and a request for help.
//
// A row belongs to one thread or handle at a time. What it holds in `own` passes from holder to holder: [row] release
// in leave(), acquire in take().
// The record is the request: idle | pending | done, each with the number of the request, done with what was exchanged.
// Requests are numbered, so that a record never returns to an earlier pending word.
#pragma once

#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/detail/exchange/circle.hpp"
#include "tidegate/ring/detail/exchange/entry_word.hpp"

namespace tidegate::detail {

/// The words of a record.
template <class Word>
struct request_word {
  using word = std::uint64_t;
  enum class kind : unsigned { idle = 0, pending = 1, done = 2 };

  /// A request: it may evict when the ring is full.
  [[nodiscard]] static constexpr word pending(word number, bool evicts) noexcept {
    return number << 3 | word{evicts} << 2 | word{1};
  }
  /// No request; the last one was this.
  [[nodiscard]] static constexpr word idle(word number) noexcept { return number << 3; }

  /// Made real at the entry of this index, which held this value: what the row receives.
  [[nodiscard]] static constexpr word done(word offer, std::size_t index) noexcept {
    return ((word{index} << value_bits | Word::value(offer)) << Word::sequence_bits | Word::sequence(offer)) << 3 |
           word{Word::has_victim(offer)} << 2 | word{2};
  }

  [[nodiscard]] static constexpr bool is_pending(word record) noexcept { return (record & 3) == 1; }
  [[nodiscard]] static constexpr bool is_done(word record) noexcept { return (record & 3) == 2; }
  /// Of pending: may evict. Of done: has evicted.
  [[nodiscard]] static constexpr bool evicts(word record) noexcept { return (record & 4) != 0; }
  /// Of idle and pending.
  [[nodiscard]] static constexpr word number(word record) noexcept { return record >> 3; }
  /// Of done.
  [[nodiscard]] static constexpr word received(word record) noexcept {
    return (record >> (3 + Word::sequence_bits)) & Word::value_mask;
  }
  [[nodiscard]] static constexpr std::size_t index(word record) noexcept {
    return record >> (3 + Word::sequence_bits + value_bits);
  }

 private:
  static constexpr unsigned value_bits = Word::row_shift;
};

/// What a call has completed for others, who may not be able to tell anybody.
struct completions {
  bool pushed = false;
  bool popped = false;

  void note(side by) noexcept { (by == side::push ? pushed : popped) = true; }
};

/// What only the holder of the row touches.
struct row_state {
  place next = 0;            // where to begin: one after the last exchange, or earlier
  std::uint64_t mine = 0;    // the slot that belongs to this row; or the element, when entries hold elements
  std::uint64_t number = 0;  // of the last request
  std::uint32_t era = 0;     // of `next`: see exchange_table::era()
  bool holds = false;        // consumers: an element lives in the slot
  bool is_lent = false;      // checked builds: a callback is looking at the slot
  completions settled = {};  // by this thread, and nobody was told yet
};

template <class Sync>
struct alignas(cache_line_bytes) row {
  template <class T>
  using atomic = typename Sync::template atomic<T>;

  typename Sync::template cell<row_state> own;
  atomic<std::uint64_t> holder{0};     // who has the row; 0: nobody            [row]
  atomic<std::uint64_t> exchanges{0};  // made by this row so far; for observers
  atomic<std::uint64_t> record{0};     // request_word                          [request]
  atomic<std::uint64_t> offer{0};      // what the row gives in exchange        [request]
};
static_assert(sizeof(row<native_sync>) == cache_line_bytes);

}  // namespace tidegate::detail
