// reader_row: what a reader in gate mode shows to the publisher: one word with its place, and what it may be done to.
//
// free → claimed → joining → idle ⇄ reading → free; the publisher makes `idle` of a joining row, too, moves an idle
// one on (slow_reader::lap), or makes it evicted (slow_reader::evict). A reader that may be overtaken says so while it
// reads in place: a row that is reading is left alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tidegate/base/cache_line.hpp"
#include "tidegate/base/sync.hpp"
#include "tidegate/ring/broadcast_options.hpp"

namespace tidegate::detail {

enum class row_phase : std::uint8_t { free, claimed, joining, idle, reading, evicted };

/// The word of a row: place above, then reader_start, slow_reader and row_phase.
struct row_word {
  static constexpr unsigned place_shift = 6;

  std::uint64_t bits = 0;

  [[nodiscard]] static constexpr row_word of(row_phase phase, const reader_options& asked) noexcept {
    return {static_cast<std::uint64_t>(phase) | static_cast<std::uint64_t>(asked.slow) << 3 |
            static_cast<std::uint64_t>(asked.start) << 5};
  }

  [[nodiscard]] constexpr row_phase phase() const noexcept { return static_cast<row_phase>(bits & 7); }
  [[nodiscard]] constexpr slow_reader slow() const noexcept { return static_cast<slow_reader>(bits >> 3 & 3); }
  [[nodiscard]] constexpr reader_start start() const noexcept { return static_cast<reader_start>(bits >> 5 & 1); }

  /// True when the row holds the publisher back.
  [[nodiscard]] constexpr bool gates() const noexcept {
    return phase() == row_phase::idle || phase() == row_phase::reading;
  }

  /// The same row in another phase, or at another place.
  [[nodiscard]] constexpr row_word as(row_phase phase) const noexcept {
    return {(bits & ~std::uint64_t{7}) | static_cast<std::uint64_t>(phase)};
  }
  template <class Position>
  [[nodiscard]] constexpr row_word at(Position where) const noexcept {
    return {(bits & ((1U << place_shift) - 1)) | static_cast<std::uint64_t>(where) << place_shift};
  }

  /// The place, which is not far from `reference`.
  template <class Position>
  [[nodiscard]] constexpr Position place_near(Position reference) const noexcept {
    const auto shifted = static_cast<std::int64_t>(((bits >> place_shift) - reference) << place_shift);
    return static_cast<Position>(reference + static_cast<std::uint64_t>(shifted >> place_shift));
  }
};

template <class Sync>
struct alignas(cache_line_bytes) reader_row {
  typename Sync::template atomic<std::uint64_t> word{0};     // row_word                                 [row]
  typename Sync::template atomic<std::int64_t> grace_ns{0};  // of its reader; written before it joins

  // What publishers have seen: which word held them back, and since when, by the clock.
  alignas(cache_line_bytes) typename Sync::template atomic<std::uint64_t> watched{0};  // [grace]
  typename Sync::template atomic<std::int64_t> since_ns{0};
};

}  // namespace tidegate::detail
