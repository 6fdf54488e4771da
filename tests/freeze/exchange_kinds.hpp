// exchange_kinds.hpp: the exchange rings under test, the states that an operation finds them in, and who calls them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tests/contract/exchange/handled.hpp"
#include "tests/freeze/kinds.hpp"
#include "tests/freeze/operations.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"

namespace tidegate::test {

/// The stopped thread calls the ring itself, or through a handle.
enum class caller : std::uint8_t { thread, handle };

template <class Ring, caller Stopped = caller::thread>
struct exchange_freeze_kind {
  using element = typename Ring::value_type;
  using queue = Ring;
  [[nodiscard]] static std::unique_ptr<queue> make(std::size_t capacity) {
    return std::make_unique<queue>(capacity, ring_rows{3, 3});
  }

  /// What the stopped thread calls.
  template <role By>
  [[nodiscard]] static auto calls_of(queue& ring) {
    if constexpr (Stopped == caller::thread) {
      return &ring;
    } else if constexpr (By == role::producer) {
      return std::make_unique<typename Ring::producer>(ring.make_producer());
    } else {
      return std::make_unique<typename Ring::consumer>(ring.make_consumer());
    }
  }
};

/// Both sides call through handles, also the side with one thread.
template <class Ring>
struct handled_freeze_kind {
  using element = typename Ring::value_type;
  using queue = handled<Ring>;
  [[nodiscard]] static std::unique_ptr<queue> make(std::size_t capacity) { return std::make_unique<queue>(capacity); }
};

inline constexpr exchange_options at_once{.attempts = 0};
inline constexpr exchange_options without_help{.progress = progress_kind::lock_free};
inline constexpr exchange_options evicting_at_once{.evicts = true, .attempts = 0};

using number = std::uint64_t;
struct mpmc_usual : exchange_freeze_kind<mpmc_ring<number>> {
  static constexpr const char* name = "mpmc";
};
struct mpmc_helped : exchange_freeze_kind<mpmc_ring<number, at_once>> {
  static constexpr const char* name = "mpmc_helped";
};
struct mpmc_lock_free : exchange_freeze_kind<mpmc_ring<number, without_help>> {
  static constexpr const char* name = "mpmc_lock_free";
};
struct mpmc_in_entries : exchange_freeze_kind<mpmc_ring<std::uint16_t, at_once>> {
  static constexpr const char* name = "mpmc_in_entries_helped";
};
struct mpmc_helped_by_handle : exchange_freeze_kind<mpmc_ring<number, at_once>, caller::handle> {
  static constexpr const char* name = "mpmc_helped_by_handle";
};
struct mpsc_usual : exchange_freeze_kind<mpsc_ring<number>> {
  static constexpr const char* name = "mpsc";
};
struct mpsc_evicting : exchange_freeze_kind<mpsc_ring<number, evicting_at_once>> {
  static constexpr const char* name = "mpsc_evicting_helped";
};
struct mpsc_by_handle : exchange_freeze_kind<mpsc_ring<number>, caller::handle> {
  static constexpr const char* name = "mpsc_by_handle";
};
struct spmc_usual : exchange_freeze_kind<spmc_ring<number>> {
  static constexpr const char* name = "spmc";
};
struct spmc_by_handle : exchange_freeze_kind<spmc_ring<number, at_once>, caller::handle> {
  static constexpr const char* name = "spmc_helped_by_handle";
};
struct mpsc_handled : handled_freeze_kind<mpsc_ring<number>> {
  static constexpr const char* name = "mpsc_handled";
};
struct spmc_handled : handled_freeze_kind<spmc_ring<number>> {
  static constexpr const char* name = "spmc_handled";
};

inline constexpr std::array<queue_state, 5> exchange_states = {{
    {"empty", 3, 4, 0},
    {"full", 3, 4, 3},
    {"a hint is due", 8, 7, 3},
    {"one slot, empty", 1, 1, 0},
    {"one slot, full", 1, 1, 1},
}};

}  // namespace tidegate::test
