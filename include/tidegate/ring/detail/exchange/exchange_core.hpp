// exchange_core: an exchange ring with its memory and its elements. Every call names the row that it works on.
//
// Thread roles: one thread at a time uses a row. The calls of this class are those of exchange.hpp with elements.
#pragma once

#include <cstddef>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

#include "tidegate/base/status.hpp"
#include "tidegate/memory/region.hpp"
#include "tidegate/ring/detail/exchange/exchange.hpp"
#include "tidegate/ring/detail/exchange/payload.hpp"
#include "tidegate/ring/detail/exchange/row_search.hpp"
#include "tidegate/ring/exchange_options.hpp"

namespace tidegate::detail {

template <queue_element T, side_count Sides, exchange_options Options, class Sync>
class exchange_core {
  static constexpr bool wait_free = Options.progress == progress_kind::wait_free;
  static constexpr unsigned entry_bits = 8 * entry_element_bytes(Options.progress);

 public:
  using value_type = T;
  static constexpr bool in_entries = in_entry<T>(Options);
  static_assert(!in_entries || sizeof(T) <= entry_element_bytes(Options.progress),
                "this element does not fit into an entry beside what helping needs there");

  using setup = exchange_setup<Sides, Options, in_entries ? entry_bits : wait_free ? 21 : 28, in_entries, Sync>;
  using word = typename setup::word;
  using payload_type = std::conditional_t<in_entries, entry_payload<T, Sync>, slot_payload<T, Options.entries, Sync>>;

  static constexpr std::size_t alignment = payload_type::alignment;

  static constexpr std::size_t most_rows = wait_free ? word::most_rows : 1024;
  /// The largest capacity with the largest number of rows.
  static constexpr std::size_t capacity_limit = (in_entries ? std::size_t{1} << 28 : word::value_mask) - 2 * most_rows;

  /// What a ring is built from.
  struct prepared {
    region storage;
    exchange_sizes sizes;
  };

  /// Checks the bounds, then reserves the memory. Nothing is reserved when `error` is set.
  [[nodiscard]] static prepared prepare(std::size_t capacity, ring_rows rows, const memory_options& memory,
                                        std::error_code& error) noexcept {
    const exchange_sizes sizes{capacity, Sides == side_count::one_to_many ? 1 : rows.producers,
                               Sides == side_count::many_to_one ? 1 : rows.consumers};
    error = std::make_error_code(std::errc::invalid_argument);
    if (capacity == 0 || capacity > capacity_limit || !are_accepted(sizes)) return {};
    error = std::make_error_code(std::errc::not_enough_memory);
    std::size_t table_bytes = 0;
    std::size_t payload_bytes = 0;
    if (!offset_of_payload(sizes, table_bytes) || !payload_type::storage_bytes(sizes.slots(), payload_bytes)) return {};
    if (__builtin_add_overflow(table_bytes, payload_bytes, &payload_bytes)) return {};
    error.clear();
    return {region::make(payload_bytes, alignment, memory, error), sizes};
  }

  explicit exchange_core(prepared&& memory) noexcept
      : storage_(std::move(memory.storage)),
        engine_(storage_.data(), memory.sizes),
        payload_(storage_.data() + payload_offset(memory.sizes), memory.sizes.slots()) {}

  exchange_core(const exchange_core&) = delete;
  exchange_core& operator=(const exchange_core&) = delete;

  /// Destroys the elements that are left. No other thread may use the ring any more.
  ~exchange_core() {
    if constexpr (!plain_element<T> || !Sync::plain_cells) {
      engine_.each_left([this](std::uint64_t value) { payload_.destroy(value); });
      for (std::size_t i = 0; i < engine_.sizes().consumers; ++i) {
        row_state& state = engine_.row_at(side::pop, i).own.get();
        if (state.holds) payload_.destroy(state.mine);
      }
    }
  }

  // Pushes. An answer other than `ok` and `evicted` leaves the argument with its value.

  /// Constructs an element from `args`. Arguments that were moved from are not restored when the last free entry was
  /// lost to another push.
  template <class... Args>
  push_status emplace(unsigned row, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    check_not_lent(side::push, row);
    bool filled = false;
    const exchange_answer answer = engine_.template run<side::push>(
        row, false, filled, [&](std::uint64_t& mine) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
          construct(mine, std::forward<Args>(args)...);
        });
    if (answer == exchange_answer::done) [[likely]]
      return push_status::ok;
    if (filled) payload_.destroy(mine(side::push, row));
    return refusal(answer);
  }

  /// Moves `value` in. When it is full and `evicts`, the oldest element makes room and is handed to `use(T&&)`.
  template <class Use>
  push_status push(unsigned row, T&& value, bool evicts, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    check_not_lent(side::push, row);
    bool filled = false;
    const exchange_answer answer = engine_.template run<side::push>(
        row, evicts, filled, [&](std::uint64_t& mine) noexcept { payload_.construct(mine, std::move(value)); });
    if (answer == exchange_answer::done) [[likely]]
      return push_status::ok;
    if (answer == exchange_answer::evicted) {
      consume(side::push, row, std::forward<Use>(use));
      return push_status::evicted;
    }
    if (filled) take_back(row, value);
    return refusal(answer);
  }
  push_status push(unsigned row, T&& value) noexcept {
    return push(row, std::move(value), false, [](T&&) noexcept {});
  }

  // Pops.

  /// Calls `use(T&&)` on the oldest element, then destroys it. One whose callback throws has been consumed.
  template <class Use>
  pop_status pop(unsigned row, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const exchange_answer answer = run_pop(row);
    if (answer != exchange_answer::done)
      return answer == exchange_answer::closed ? pop_status::closed : pop_status::empty;
    consume(side::pop, row, std::forward<Use>(use));
    return pop_status::ok;
  }

  /// Takes the oldest element out of the ring and keeps it in the row.
  pop_status hold(unsigned row) noexcept {
    const exchange_answer answer = run_pop(row);
    if (answer != exchange_answer::done)
      return answer == exchange_answer::closed ? pop_status::closed : pop_status::empty;
    state(side::pop, row).holds = true;
    return pop_status::ok;
  }

  /// What the row keeps; null when nothing.
  [[nodiscard]] T* held(unsigned row) noexcept requires(!in_entries) {
    row_state& own = state(side::pop, row);
    return own.holds ? std::addressof(payload_.get(own.mine)) : nullptr;
  }

  /// Destroys what the row keeps.
  void release(unsigned row) noexcept {
    row_state& own = state(side::pop, row);
    if (!own.holds) return;
    own.holds = false;
    payload_.destroy(own.mine);
  }

  /// False only if an exchange would have been refused at some instant during the call.
  template <side Side>
  [[nodiscard]] bool is_ready(unsigned row) noexcept {
    return engine_.template is_ready<Side>(row);
  }

  // Rows.

  [[nodiscard]] row_search<Sync> rows(side of) noexcept { return {&engine_.row_at(of, 0), engine_.sizes().rows(of)}; }

  /// What calls on this row have completed for others since the last question.
  [[nodiscard]] completions take_settled(side of, unsigned row) noexcept {
    completions& noted = state(of, row).settled;
    return noted.pushed || noted.popped ? std::exchange(noted, completions{}) : completions{};
  }

  // Any thread.

  void close() noexcept {
    completions nobody_is_told;
    engine_.close(nobody_is_told);
  }
  [[nodiscard]] bool closed() const noexcept { return engine_.closed(); }
  [[nodiscard]] bool has_ended() const noexcept { return engine_.has_ended(); }
  [[nodiscard]] const exchange_sizes& sizes() const noexcept { return engine_.sizes(); }
  [[nodiscard]] std::size_t depth_hint() const noexcept { return engine_.depth_hint(); }
  template <side Side>
  [[nodiscard]] place frontier_hint() const noexcept {
    return engine_.template frontier_hint<Side>();
  }
  [[nodiscard]] std::uint64_t exchanges_hint(side of) const noexcept { return engine_.exchanges_hint(of); }
  [[nodiscard]] const region& storage() const noexcept { return storage_; }

 private:
  using engine_type = exchange<setup>;

  [[nodiscard]] static constexpr bool are_accepted(const exchange_sizes& sizes) noexcept {
    return sizes.producers >= 1 && sizes.producers <= most_rows && sizes.consumers >= 1 && sizes.consumers <= most_rows;
  }

  /// Elements begin where their alignment allows, behind entries and rows.
  [[nodiscard]] static bool offset_of_payload(const exchange_sizes& sizes, std::size_t& bytes) noexcept {
    if (!engine_type::storage_bytes(sizes, bytes)) return false;
    if (__builtin_add_overflow(bytes, alignment - 1, &bytes)) return false;
    bytes &= ~(alignment - 1);
    return true;
  }
  [[nodiscard]] static std::size_t payload_offset(const exchange_sizes& sizes) noexcept {
    std::size_t bytes = 0;
    static_cast<void>(offset_of_payload(sizes, bytes));  // did not overflow in prepare()
    return bytes;
  }

  [[nodiscard]] row_state& state(side of, unsigned row) noexcept { return engine_.row_at(of, row).own.get(); }
  [[nodiscard]] std::uint64_t& mine(side of, unsigned row) noexcept { return state(of, row).mine; }

  [[nodiscard]] exchange_answer run_pop(unsigned row) noexcept {
    check_not_lent(side::pop, row);
    release(row);        // the row has one slot
    bool filled = true;  // a free slot needs no preparation
    return engine_.template run<side::pop>(row, false, filled, [](std::uint64_t&) noexcept {});
  }

  /// A constructor that may throw runs outside the slot: nothing has changed then.
  template <class... Args>
  void construct(std::uint64_t& slot, Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args&&...>) {
    if constexpr (std::is_nothrow_constructible_v<T, Args&&...>) {
      payload_.construct(slot, std::forward<Args>(args)...);
    } else {
      T value(std::forward<Args>(args)...);
      payload_.construct(slot, std::move(value));
    }
  }

  /// While a callback looks at a row's slot, the row cannot exchange it. Checked builds say so.
  struct lending {
    explicit lending(row_state& of) noexcept : lent(of) {
      if constexpr (Options.check_roles) lent.is_lent = true;
    }
    lending(const lending&) = delete;
    lending& operator=(const lending&) = delete;
    ~lending() {
      if constexpr (Options.check_roles) lent.is_lent = false;
    }

    row_state& lent;
  };
  void check_not_lent(side of, unsigned row) noexcept {
    if constexpr (Options.check_roles) {
      if (state(of, row).is_lent) abort_with("exchange ring: used by a callback of its own call, on the same side");
    }
  }

  /// Hands the element that the row has received to `use`, and destroys it.
  template <class Use>
  void consume(side of, unsigned row, Use&& use) noexcept(noexcept(use(std::declval<T&&>()))) {
    const lending while_called(state(of, row));
    payload_.consume(mine(of, row),
                     [&use](T& value) noexcept(noexcept(use(std::declval<T&&>()))) { use(std::move(value)); });
  }

  /// A refused element goes back where it came from.
  void take_back(unsigned row, T& value) noexcept {
    if constexpr (!in_entries) {
      payload_.consume(mine(side::push, row), [&value](T& left) noexcept {
        if constexpr (std::is_nothrow_move_assignable_v<T>) {
          value = std::move(left);
        } else {
          std::destroy_at(std::addressof(value));
          std::construct_at(std::addressof(value), std::move(left));
        }
      });
    }
  }

  [[nodiscard]] static push_status refusal(exchange_answer answer) noexcept {
    return answer == exchange_answer::closed ? push_status::closed : push_status::full;
  }

  region storage_;
  mutable engine_type engine_;  // asking whether it is closed may finish the close
  [[no_unique_address]] payload_type payload_;
};

}  // namespace tidegate::detail
