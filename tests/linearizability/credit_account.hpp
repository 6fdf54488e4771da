// credit_account.hpp: the sequential specification of an account of credits, in the words of a history: a push takes
// `value` credits, or is refused with fewer free; a pop gives `value` back, or, from `sets_total` on, makes the total
// `value - sets_total`, or, from `forgets` on, takes `value - forgets` that were in use off the total, as far as it
// goes. After close() nothing is taken, and credits still come back.
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

class credit_account {
 public:
  using promise_type = promise;
  static constexpr std::size_t key_words = 2;
  static constexpr std::uint64_t sets_total = 1000;
  static constexpr std::uint64_t forgets = 2000;

  /// `capacity`: the total at the start.
  explicit credit_account(const promise& promised) noexcept {
    state_.total = static_cast<std::int64_t>(promised.capacity);
    state_.free = state_.total;
  }

  effect apply(const operation& op, std::size_t index) noexcept {
    before_[index] = state_;
    if (op.result == answer::nothing) return effect::none;
    const auto count = static_cast<std::int64_t>(op.value);
    if (op.kind == operation_kind::push) return take(op.result, count);
    if (op.kind == operation_kind::close) {
      const bool already = state_.is_closed;
      if (already && op.result == answer::pending) return effect::impossible;
      state_.is_closed = true;
      return already ? effect::none : effect::change;
    }
    if (op.value >= forgets) {
      const std::int64_t lost = count - static_cast<std::int64_t>(forgets);
      const std::int64_t left = std::max(state_.total - lost, std::int64_t{0});
      state_.free += left - state_.total + lost;
      state_.total = left;
    } else if (op.value >= sets_total) {
      const std::int64_t total = count - static_cast<std::int64_t>(sets_total);
      state_.free += total - state_.total;
      state_.total = total;
    } else {
      state_.free += count;
    }
    return effect::change;
  }
  void undo(const operation&, std::size_t index) noexcept { state_ = before_[index]; }

  [[nodiscard]] std::size_t write_key(std::span<std::uint64_t, key_words> key) const noexcept {
    key[0] = static_cast<std::uint64_t>(state_.free);
    key[1] = static_cast<std::uint64_t>(state_.total) << 1 | (state_.is_closed ? 1 : 0);
    return key_words;
  }
  [[nodiscard]] std::string to_text() const {
    return std::to_string(state_.free) + " of " + std::to_string(state_.total) + " free" +
           (state_.is_closed ? ", closed" : "");
  }

 private:
  struct state {
    std::int64_t free = 0, total = 0;
    bool is_closed = false;
  };

  effect take(answer told, std::int64_t count) noexcept {
    if (told == answer::closed) return state_.is_closed ? effect::none : effect::impossible;
    if (state_.is_closed) return effect::impossible;
    if (told == answer::refused) return state_.free < count ? effect::none : effect::impossible;
    if ((told != answer::ok && told != answer::pending) || state_.free < count) return effect::impossible;
    state_.free -= count;
    return effect::change;
  }

  state state_;
  std::array<state, most_operations> before_{};
};

}  // namespace tidegate::test
