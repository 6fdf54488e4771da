// key_table: which key was put into which cell last. The producer's own; a fixed number of keys, no allocation.
//
// The keys lie by cell; beside them is a table of cells, with open addressing, linear probing and at most half full.
// Behind a key that leaves, the others move up, so that nothing is left behind. A key that leaves is looked for by its
// cell: one that does not equal itself, as no NaN does, comes and goes like any other.
// Source: Knuth, The Art of Computer Programming 3, 6.4, algorithm R.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "tidegate/base/cell.hpp"

namespace tidegate::detail {

inline constexpr std::uint32_t no_cell = std::numeric_limits<std::uint32_t>::max();

template <class Key, class Hash, class Equal>
class key_table {
 public:
  /// A cell's key.
  struct entry {
    plain_cell<Key> key;
    bool lives = false;
  };

  /// Places of the table for so many cells.
  [[nodiscard]] static constexpr std::size_t places_for(std::size_t cells) noexcept { return std::bit_ceil(2 * cells); }

  key_table(entry* entries, std::uint32_t* places, std::size_t cells) noexcept
      : entries_(entries), places_(places), cells_(cells), mask_(places_for(cells) - 1) {
    std::uninitialized_value_construct_n(entries_, cells);
    std::uninitialized_fill_n(places_, mask_ + 1, no_cell);
  }
  key_table(const key_table&) = delete;
  key_table& operator=(const key_table&) = delete;
  ~key_table() {
    for (std::size_t cell = 0; cell < cells_; ++cell) {
      if (entries_[cell].lives) entries_[cell].key.destroy();
    }
  }

  /// The cell that the key was put into last; no_cell when that has another key now, or none ever.
  [[nodiscard]] std::uint32_t find(const Key& key) const noexcept { return places_[search(key)]; }

  /// The cell has this key from now on, and no other cell has it.
  void put(const Key& key, std::uint32_t cell) noexcept {
    if (const std::uint32_t before = find(key); before != no_cell) forget(before);
    if (entries_[cell].lives) forget(cell);
    places_[search(key)] = cell;
    entries_[cell].key.construct(key);
    entries_[cell].lives = true;
  }

 private:
  /// The cell has no key from now on.
  void forget(std::uint32_t cell) noexcept {
    std::size_t hole = home_of(entries_[cell].key.get());
    while (places_[hole] != cell) hole = next(hole);
    for (std::size_t at = next(hole); places_[at] != no_cell; at = next(at)) {
      const std::size_t home = home_of(entries_[places_[at]].key.get());
      if (((at - home) & mask_) < ((at - hole) & mask_)) continue;  // it would be before its home
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole] = no_cell;
    entries_[cell].key.destroy();
    entries_[cell].lives = false;
  }

  /// The place of the key, or the free one where it would be.
  [[nodiscard]] std::size_t search(const Key& key) const noexcept {
    std::size_t at = home_of(key);
    while (places_[at] != no_cell && !Equal{}(entries_[places_[at]].key.get(), key)) at = next(at);
    return at;
  }
  /// Hashes are spread, because std::hash of a number is the number.
  [[nodiscard]] std::size_t home_of(const Key& key) const noexcept {
    constexpr std::uint64_t golden = 0x9e37'79b9'7f4a'7c15;
    return static_cast<std::size_t>(static_cast<std::uint64_t>(Hash{}(key)) * golden >> 32) & mask_;
  }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept { return (at + 1) & mask_; }

  entry* entries_;         // a key for each cell that has had one
  std::uint32_t* places_;  // cells, by the hash of their key
  std::size_t cells_;
  std::size_t mask_;
};

}  // namespace tidegate::detail
