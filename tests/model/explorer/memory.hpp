// memory.hpp: the C++20 memory model of the explorer: what a load may read, and what it learns by it.
//
// Each location keeps every value stored to it, in modification order, which is the order of execution. A load may read
// any store from the newest back to the oldest that its thread may still see; the search picks. Release stores carry
// their thread's knowledge, acquire loads join it; read-modify-writes continue release sequences; fences work as in
// [atomics.fences]. Sequentially consistent operations are ordered as they are executed, as accesses, not as fences.
//
// Stronger than C++20 in three ways (docs/proof.md says what that hides): no load reads a store that is executed later
// (load buffering), modification order is execution order, and so is the order of seq_cst operations.
// Source: C++20 [intro.races], [atomics.order]; P0668; asymmetric fences: P1202.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "tests/model/explorer/knowledge.hpp"

namespace tidegate::model {

using location_id = std::uint16_t;

/// Per location, a bit for each client thread that is known to store there.
using writer_masks = std::array<std::uint8_t, max_locations>;

/// One value in the modification order of a location.
struct store_record {
  std::uint64_t value = 0;
  knowledge message;  // what acquiring this store teaches
  std::uint32_t step = 0;
  std::uint8_t writer = 0;
};

/// What one thread knows, and what its fences keep for later.
struct thread_memory {
  knowledge now;
  knowledge released;  // at the last release fence: carried by later relaxed stores
  knowledge to_learn;  // messages of relaxed loads: learnt by the next acquire fence
};

[[nodiscard]] constexpr bool acquires(std::memory_order how) noexcept {
  return how == std::memory_order_acquire || how == std::memory_order_acq_rel || how == std::memory_order_seq_cst ||
         how == std::memory_order_consume;
}
[[nodiscard]] constexpr bool releases(std::memory_order how) noexcept {
  return how == std::memory_order_release || how == std::memory_order_acq_rel || how == std::memory_order_seq_cst;
}

class memory {
 public:
  /// Forgets everything but who writes where: a new execution.
  void reset() noexcept;
  [[nodiscard]] const writer_masks& writers() const noexcept { return writers_; }
  void set_writers(const writer_masks& known) noexcept { writers_ = known; }

  /// True when no thread but `thread` is known to write there once the threads run: a load then commutes with all that
  /// others do, and nobody needs to be asked before it.
  [[nodiscard]] bool is_private(unsigned thread, location_id where) const noexcept {
    return (writers_[where] & ~(1u << thread)) == 0;
  }
  /// True when this execution has shown a location to have a writer that was not known.
  [[nodiscard]] bool found_writer() const noexcept { return found_writer_; }

  /// A new location that holds `value`; max_locations when there are too many.
  [[nodiscard]] unsigned add_location(unsigned thread, std::uint64_t value, std::uint32_t step);
  [[nodiscard]] unsigned location_count() const noexcept { return location_count_; }

  /// The stores of a location from the oldest that `thread` may read with this order to the newest: how many.
  [[nodiscard]] unsigned readable(unsigned thread, location_id where, std::memory_order how) const noexcept;
  /// `age` stores before the newest one, just looked at.
  [[nodiscard]] const store_record& at(location_id where, unsigned age) const noexcept {
    return locations_[where].stores[locations_[where].count - 1 - age];
  }
  [[nodiscard]] const store_record& newest(location_id where) const noexcept { return at(where, 0); }

  /// The same, read by `thread`.
  const store_record& load(unsigned thread, location_id where, std::memory_order how, unsigned age) noexcept;
  void store(unsigned thread, location_id where, std::uint64_t value, std::memory_order how, std::uint32_t step);

  /// Reads the newest store, as every read-modify-write must, and puts `value` directly behind it.
  void exchange(unsigned thread, location_id where, std::uint64_t value, std::memory_order how, std::uint32_t step);

  void fence(unsigned thread, std::memory_order how) noexcept;

  /// P1202: light and heavy fences are ordered among each other as seq_cst fences are, except two light ones.
  void light_fence(unsigned thread) noexcept;
  void heavy_fence(unsigned thread) noexcept;

  [[nodiscard]] const knowledge& known_by(unsigned thread) const noexcept { return threads_[thread].now; }

  /// `to` starts with, or has waited for, what `from` knows.
  void hand_over(unsigned from, unsigned to) noexcept;

 private:
  struct location {
    std::vector<store_record> stores;  // kept between executions: only the first `count` are meant
    unsigned count = 0;
  };

  store_record& append(unsigned thread, location_id where, std::uint64_t value, std::memory_order how,
                       std::uint32_t step);
  void note_writer(unsigned thread, location_id where) noexcept;
  void learn(unsigned thread, location_id where, std::memory_order how, unsigned index) noexcept;
  void advance(unsigned thread) noexcept { ++threads_[thread].now.happened.of[thread]; }
  void acquire_fence(thread_memory& mine) noexcept { mine.now.join(mine.to_learn); }

  std::array<location, max_locations> locations_;
  unsigned location_count_ = 0;
  std::array<thread_memory, max_threads> threads_;
  writer_masks writers_{};  // of all executions since set_writers()
  bool found_writer_ = false;
  view in_order_;  // what the seq_cst operations and fences so far have seen and stored
  view light_;     // the same for light fences,
  view heavy_;     // and for heavy ones
};

}  // namespace tidegate::model
