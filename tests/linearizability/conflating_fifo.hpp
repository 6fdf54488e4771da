// conflating_fifo.hpp: the sequential specification of conflating_queue: a bounded FIFO of keys, each with its newest
// value. A value's key is what is left of it without its last digit.
//
// A push of a key that is inside replaces its value and tells the old one (`evicted`; a victim of 0: it does not tell);
// of another key it is put last, or refused with `capacity` keys inside. Closing as in bounded_fifo.hpp, without late
// calls.
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

class conflating_fifo {
 public:
  using promise_type = promise;
  static constexpr std::size_t key_words = most_operations;

  explicit conflating_fifo(const promise& promised) noexcept : capacity_(promised.capacity) {}

  effect apply(const operation& op, std::size_t index) noexcept {
    before_[index] = state_;
    if (op.kind == operation_kind::push) return push(op);
    if (op.kind == operation_kind::pop) return pop(op);
    if (state_.is_closed && op.result == answer::pending) return effect::impossible;
    const bool already = state_.is_closed;
    state_.is_closed = true;
    return already ? effect::none : effect::change;
  }
  void undo(const operation&, std::size_t index) noexcept { state_ = before_[index]; }

  [[nodiscard]] std::size_t write_key(std::span<std::uint64_t, key_words> key) const noexcept {
    std::copy_n(state_.values.begin(), state_.depth, key.begin());
    return state_.depth;
  }
  [[nodiscard]] std::string to_text() const {
    std::string text = "[";
    for (std::size_t i = 0; i < state_.depth; ++i) text += (i == 0 ? "" : " ") + std::to_string(state_.values[i]);
    return text + "] of capacity " + std::to_string(capacity_) + (state_.is_closed ? ", closed" : "");
  }

 private:
  static constexpr std::size_t most_keys = 8;
  struct state {
    std::array<std::uint64_t, most_keys> values{};
    std::size_t depth = 0;
    bool is_closed = false;
  };

  effect push(const operation& op) noexcept {
    const auto end = state_.values.begin() + static_cast<std::ptrdiff_t>(state_.depth);
    const auto same = std::find_if(state_.values.begin(), end, [&](auto other) { return other / 10 == op.value / 10; });
    const bool takes = op.result == answer::ok || op.result == answer::pending || op.result == answer::evicted;
    if (op.result == answer::nothing) return effect::none;
    if (op.result == answer::closed) return state_.is_closed ? effect::none : effect::impossible;
    if (op.result == answer::refused) {
      return same == end && state_.depth == capacity_ && !state_.is_closed ? effect::none : effect::impossible;
    }
    if (!takes || state_.is_closed) return effect::impossible;
    if (same != end) {
      if (op.result == answer::ok || (op.result == answer::evicted && op.victim != 0 && *same != op.victim))
        return effect::impossible;
      *same = op.value;
      return effect::change;
    }
    if (op.result == answer::evicted || state_.depth == capacity_) return effect::impossible;
    state_.values[state_.depth++] = op.value;
    return effect::change;
  }

  effect pop(const operation& op) noexcept {
    if (op.result == answer::nothing) return effect::none;
    if (op.result == answer::refused || op.result == answer::closed) {
      const bool fits = state_.depth == 0 && state_.is_closed == (op.result == answer::closed);
      return fits ? effect::none : effect::impossible;
    }
    if (state_.depth == 0 || (op.result == answer::ok && state_.values[0] != op.value)) return effect::impossible;
    std::copy(state_.values.begin() + 1, state_.values.begin() + static_cast<std::ptrdiff_t>(state_.depth),
              state_.values.begin());
    --state_.depth;
    return effect::change;
  }

  std::size_t capacity_;
  state state_;
  std::array<state, most_operations> before_;
};

}  // namespace tidegate::test
