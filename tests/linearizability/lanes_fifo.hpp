// lanes_fifo.hpp: the sequential specification of lane_queue: bounded FIFOs, of which a pop may take any. The lane of a
// value is its hundreds, from 1.
//
// `full` is right only with `capacity` elements in that lane, `empty` only with none in any. Closing is one step for
// all lanes, as in bounded_fifo.hpp, without late calls.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/history.hpp"

namespace tidegate::test {

class lanes_fifo {
  static constexpr std::size_t most_lanes = 3;
  static constexpr std::size_t most_inside = 4;

 public:
  using promise_type = promise;
  static constexpr std::size_t key_words = most_lanes * (most_inside + 1);

  explicit lanes_fifo(const promise& promised) noexcept : capacity_(promised.capacity) {}

  effect apply(const operation& op, std::size_t index) noexcept {
    before_[index] = state_;
    if (op.result == answer::nothing) return effect::none;
    if (op.kind == operation_kind::push) return push(op);
    if (op.kind == operation_kind::pop) return pop(op);
    if (state_.is_closed && op.result == answer::pending) return effect::impossible;
    const bool already = state_.is_closed;
    state_.is_closed = true;
    return already ? effect::none : effect::change;
  }
  void undo(const operation&, std::size_t index) noexcept { state_ = before_[index]; }

  [[nodiscard]] std::size_t write_key(std::span<std::uint64_t, key_words> key) const noexcept {
    std::size_t count = 0;
    for (const lane& each : state_.lanes) {
      key[count++] = each.depth;
      for (std::size_t i = 0; i < each.depth; ++i) key[count++] = each.values[i];
    }
    return count;
  }
  [[nodiscard]] std::string to_text() const {
    std::string text;
    for (const lane& each : state_.lanes) {
      text += "[";
      for (std::size_t i = 0; i < each.depth; ++i) text += (i == 0 ? "" : " ") + std::to_string(each.values[i]);
      text += "] ";
    }
    return text + "of capacity " + std::to_string(capacity_) + (state_.is_closed ? ", closed" : "");
  }

 private:
  struct lane {
    std::array<std::uint64_t, most_inside> values{};
    std::size_t depth = 0;
  };
  struct state {
    std::array<lane, most_lanes> lanes{};
    bool is_closed = false;
  };

  [[nodiscard]] lane& lane_of(std::uint64_t value) noexcept { return state_.lanes[value / 100 - 1]; }

  effect push(const operation& op) noexcept {
    if (op.result == answer::closed) return state_.is_closed ? effect::none : effect::impossible;
    if (state_.is_closed) return effect::impossible;
    lane& its = lane_of(op.value);
    if (op.result == answer::refused) return its.depth == capacity_ ? effect::none : effect::impossible;
    const bool takes = op.result == answer::ok || op.result == answer::pending;
    if (!takes || its.depth == capacity_) return effect::impossible;
    its.values[its.depth++] = op.value;
    return effect::change;
  }

  /// One that is pending took nothing: the histories stop no consumer.
  effect pop(const operation& op) noexcept {
    if (op.result == answer::refused || op.result == answer::closed) {
      const bool is_empty =
          std::all_of(state_.lanes.begin(), state_.lanes.end(), [](const lane& each) { return each.depth == 0; });
      return is_empty && state_.is_closed == (op.result == answer::closed) ? effect::none : effect::impossible;
    }
    if (op.result != answer::ok) return effect::impossible;
    lane& its = lane_of(op.value);
    if (its.depth == 0 || its.values[0] != op.value) return effect::impossible;
    std::copy(its.values.begin() + 1, its.values.begin() + static_cast<std::ptrdiff_t>(its.depth), its.values.begin());
    --its.depth;
    return effect::change;
  }

  std::size_t capacity_;
  state state_;
  std::array<state, most_operations> before_;
};

}  // namespace tidegate::test
