// block_core: a block ring with its memory and its elements. Every call names the row that it works on.
//
// Thread roles: one thread at a time uses a row.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/block_options.hpp"
#include "tidegate/ring/detail/block/block_exchange.hpp"
#include "tidegate/ring/detail/block/run_slots.hpp"
#include "tidegate/ring/detail/exchange/row_search.hpp"

namespace tidegate::detail {

template <plain_element T, block_options Options, class Sync>
class block_core {
 public:
  using value_type = T;
  static constexpr std::size_t longest_run = longest_run_of<T>(Options);
  static_assert(longest_run <= most_elements_a_run, "a run has at most 16 elements");

  static constexpr std::size_t most_rows = 1024;
  /// The largest capacity with the largest number of rows.
  static constexpr std::size_t capacity_limit = (std::size_t{1} << 24) - longest_run - 2 * most_rows;

  /// What a ring is built from.
  struct prepared {
    region storage;
    block_sizes sizes;
  };

  /// Checks the bounds, then reserves the memory. Nothing is reserved when `error` is set.
  [[nodiscard]] static prepared prepare(std::size_t capacity, ring_rows rows, const memory_options& memory,
                                        std::error_code& error) noexcept {
    const block_sizes sizes{capacity, std::min(longest_run, capacity), rows.producers, rows.consumers};
    error = std::make_error_code(std::errc::invalid_argument);
    if (capacity == 0 || capacity > capacity_limit || !are_accepted(sizes)) return {};
    error = std::make_error_code(std::errc::not_enough_memory);
    std::size_t table_bytes = 0;
    std::size_t slot_bytes = 0;
    if (!engine_type::storage_bytes(sizes, table_bytes) || !slots_type::storage_bytes(sizes.slots(), slot_bytes)) {
      return {};
    }
    if (__builtin_add_overflow(table_bytes, slot_bytes, &slot_bytes)) return {};
    error.clear();
    return {region::make(slot_bytes, slots_type::alignment, memory, error), sizes};
  }

  explicit block_core(prepared&& memory) noexcept
      : storage_(std::move(memory.storage)),
        engine_(storage_.data(), memory.sizes),
        slots_(storage_.data() + slots_offset(memory.sizes), memory.sizes.slots()) {}

  block_core(const block_core&) = delete;
  block_core& operator=(const block_core&) = delete;

  // Pushes.

  /// Constructs an element from `args`, at most once and after it has seen room.
  template <class... Args>
  push_status emplace(unsigned row, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    const run_outcome outcome = engine_.push(
        row, 1, [&](std::uint64_t slot, std::size_t index) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
          slots_.write(slot, index, T(std::forward<Args>(args)...));
        });
    if (outcome.answer == exchange_answer::done) [[likely]]
      return push_status::ok;
    return outcome.answer == exchange_answer::closed ? push_status::closed : push_status::full;
  }

  /// Copies up to `count` > 0 elements in, as one run; returns how many.
  std::size_t push_run(unsigned row, const T* first, std::size_t count) noexcept {
    const auto fill = [&](std::uint64_t slot, std::size_t index) noexcept { slots_.write(slot, index, first[index]); };
    return engine_.push(row, count, fill).count;
  }

  // Pops.

  /// Copies up to `wanted` > 0 elements of the oldest run to `to`; `count` says how many.
  pop_status pop_run(unsigned row, std::byte* to, std::size_t wanted, std::size_t& count) noexcept {
    const run_outcome outcome = take_run(row, to, wanted);
    count = outcome.count;
    if (outcome.answer == exchange_answer::done) [[likely]]
      return pop_status::ok;
    return outcome.answer == exchange_answer::closed ? pop_status::closed : pop_status::empty;
  }

  /// False only if a call of this side would have been refused at some instant meanwhile.
  template <side Side>
  [[nodiscard]] bool is_ready(unsigned row) noexcept {
    return engine_.is_ready(Side, row);
  }

  /// A row of this ring keeps no element: nothing to do when a handle ends.
  void release(unsigned) const noexcept {}

  // Rows.

  [[nodiscard]] row_search<Sync, block_row<Sync>> rows(side of) noexcept {
    return {&engine_.row_at(of, 0), engine_.sizes().rows(of)};
  }

  // Any thread.

  void close() noexcept { engine_.close(); }
  [[nodiscard]] bool closed() const noexcept { return engine_.closed(); }
  [[nodiscard]] const block_sizes& sizes() const noexcept { return engine_.sizes(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return engine_.depth_hint(); }
  [[nodiscard]] std::uint64_t exchanges_hint(side of) const noexcept { return engine_.exchanges_hint(of); }
  [[nodiscard]] block_mark pushed_mark() const noexcept { return engine_.pushed_mark(); }
  [[nodiscard]] bool has_left(const block_mark& mark) const noexcept { return engine_.has_left(mark); }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  using engine_type = block_exchange<longest_run, Options.entries, Sync>;
  using slots_type = run_slots<T, longest_run, Sync>;

  [[nodiscard]] static constexpr bool are_accepted(const block_sizes& sizes) noexcept {
    return sizes.producers >= 1 && sizes.producers <= most_rows && sizes.consumers >= 1 && sizes.consumers <= most_rows;
  }

  /// Slots begin behind entries and rows.
  [[nodiscard]] static std::size_t slots_offset(const block_sizes& sizes) noexcept {
    std::size_t bytes = 0;
    static_cast<void>(engine_type::storage_bytes(sizes, bytes));  // did not overflow in prepare()
    return bytes;
  }

  /// What is copied before it is known to be right stays aside until it is.
  [[nodiscard]] run_outcome take_run(unsigned row, std::byte* to, std::size_t wanted) noexcept {
    std::byte aside[longest_run * sizeof(T)];
    bool is_aside = false;
    const run_outcome outcome = engine_.pop(
        row, wanted,
        [&](std::uint64_t slot, std::size_t first, std::size_t count) noexcept {
          is_aside = false;
          slots_.read(slot, first, count, to);
        },
        [&](std::uint64_t slot, std::size_t first, std::size_t count) noexcept {
          is_aside = true;
          slots_.read(slot, first, count, aside);
        });
    if (is_aside && outcome.answer == exchange_answer::done) std::memcpy(to, aside, outcome.count * sizeof(T));
    return outcome;
  }

  region storage_;
  mutable engine_type engine_;  // asking whether it is closed may finish the close
  slots_type slots_;
};

}  // namespace tidegate::detail
