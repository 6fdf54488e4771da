// search.hpp: is a small history linearizable? Exhaustive search for an order of its operations that the sequential
// specification allows and that keeps the history's own order.
//
// Wing & Gong, "Testing and Verifying Concurrent Objects", JPDC 1993, with the memoisation of Lowe, "Testing for
// linearizability", CCPE 2017: a state reached again with the same operations done is not searched again. Two additions
// keep common histories fast: an operation that changes nothing is taken as soon as it fits, without alternatives; and
// states are remembered only once the search has taken longer than a history of 6 to 8 operations takes.
//
// Sound and complete for histories of at most 64 operations, pending ones included; exponential in the worst case, so
// a search stops undecided after `most_steps`. Not thread-safe: one linearizer for each thread. Allocates only when a
// search is long, and keeps what it allocated.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>

#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/visited_states.hpp"

namespace tidegate::test {

/// A sequential specification: one state, with step, step back and a key (see bounded_fifo.hpp).
template <class S>
concept sequential_specification = std::constructible_from<S, const typename S::promise_type&> &&
    requires(S state, const operation& op, std::size_t index, std::span<std::uint64_t, S::key_words> key) {
  { state.apply(op, index) } -> std::same_as<effect>;
  {state.undo(op, index)};
  { state.write_key(key) } -> std::same_as<std::size_t>;
};

enum class verdict : std::uint8_t { linearizable, not_linearizable, undecided };

/// What a search found. Indices are the history's.
struct linearization {
  static constexpr std::size_t nobody = most_operations;

  verdict found = verdict::undecided;
  std::size_t length = 0;                           ///< of `order`
  std::array<std::uint8_t, most_operations> order;  ///< the witness, or a longest beginning that is linearizable
  std::uint64_t judged = 0;                         ///< the operations that had to be in the order
  std::size_t accused = nobody;  ///< the one failure that has no place among them, if it is the cause
  std::uint64_t steps = 0;       ///< how many operations were put into the order and taken out again

  explicit operator bool() const noexcept { return found == verdict::linearizable; }
};

template <sequential_specification Specification = bounded_fifo>
class linearizer {
 public:
  using promise_type = typename Specification::promise_type;

  static constexpr std::uint64_t most_steps = 50'000'000;

  /// Searches. Throws std::invalid_argument when the history has more than 64 operations.
  [[nodiscard]] linearization check(std::span<const operation> history, const promise_type& promised) {
    load(history);
    linearization joint = search(all_, promised);
    if (joint.found == verdict::linearizable || promised.failures == failure_judgement::joint) return joint;
    const std::uint64_t common = all_ & ~refusals_;  // a joint order has room for each failure alone: there is none
    linearization found = search(common, promised);
    for (std::uint64_t left = refusals_; left != 0 && found.found == verdict::linearizable; left &= left - 1) {
      const linearization with_one = search(common | (left & -left), promised);
      if (with_one.found == verdict::linearizable) continue;
      found = with_one;
      found.accused = first_of(left);
    }
    return found;
  }

 private:
  static constexpr std::uint64_t steps_without_memory = 64;

  [[nodiscard]] static std::size_t first_of(std::uint64_t mask) noexcept {
    return static_cast<std::size_t>(std::countr_zero(mask));
  }

  /// Copies the history with its order transitively closed, so that any part of it keeps its order.
  void load(std::span<const operation> history) {
    const std::size_t count = history.size();
    if (count > most_operations) throw std::invalid_argument("linearizer: more than 64 operations");
    all_ = count == most_operations ? ~std::uint64_t{0} : mask_of(count) - 1;
    refusals_ = pending_ = watching_ = 0;
    for (std::size_t i = 0; i < count; ++i) {
      operations_[i] = history[i];
      const answer result = history[i].result;
      if (result == answer::refused) refusals_ |= mask_of(i);
      if (result == answer::pending) pending_ |= mask_of(i);
      const bool may_change = result == answer::ok || result == answer::evicted || result == answer::pending;
      if (!may_change) watching_ |= mask_of(i);
    }
    for (std::size_t through = 0; through < count; ++through) {
      for (std::size_t i = 0; i < count; ++i) {
        if ((operations_[i].predecessors & mask_of(through)) != 0)
          operations_[i].predecessors |= operations_[through].predecessors;
      }
    }
  }

  [[nodiscard]] linearization search(std::uint64_t judged, const promise_type& promised) {
    Specification start(promised);
    state_ = &start;
    taken_ = judged;
    required_ = judged & ~pending_;
    depth_ = 0;
    out_of_steps_ = remembers_ = false;
    result_.judged = judged;
    result_.length = 0;
    result_.steps = 0;
    const bool found = extend(0);
    result_.found = found ? verdict::linearizable : out_of_steps_ ? verdict::undecided : verdict::not_linearizable;
    state_ = nullptr;
    return result_;
  }

  /// Completes the order, of which `done` are placed; false, with the state as it was, when that is impossible.
  bool extend(std::uint64_t done) {
    if (depth_ > result_.length || (required_ & ~done) == 0) keep();
    if ((required_ & ~done) == 0) return true;
    if (is_known(done)) return false;
    const std::uint64_t left = taken_ & ~done;
    for (const std::uint64_t group : {left & watching_, left & ~watching_}) {
      for (std::uint64_t rest = group; rest != 0; rest &= rest - 1) {
        const tried result = attempt(first_of(rest), done);
        if (result == tried::completed) return true;
        if (result == tried::changed_nothing) return false;  // then no other one can help either
      }
    }
    return false;
  }

  enum class tried : std::uint8_t { unfit, in_vain, changed_nothing, completed };

  /// Places operation `index` next, if it fits, and completes the order from there.
  tried attempt(std::size_t index, std::uint64_t done) {
    const operation& op = operations_[index];
    if ((op.predecessors & taken_ & ~done) != 0) return tried::unfit;
    const effect happened = state_->apply(op, index);
    if (happened == effect::impossible) return tried::unfit;
    path_[depth_++] = static_cast<std::uint8_t>(index);
    ++result_.steps;
    if (extend(done | mask_of(index))) return tried::completed;
    --depth_;
    state_->undo(op, index);
    return happened == effect::none ? tried::changed_nothing : tried::in_vain;
  }

  /// True when there is no need to look on from here: it was tried before, or the search takes too long.
  bool is_known(std::uint64_t done) {
    if (result_.steps < steps_without_memory) return false;
    if (result_.steps >= most_steps) return out_of_steps_ = true;
    if (!std::exchange(remembers_, true)) visited_.clear();
    std::array<std::uint64_t, 1 + Specification::key_words> key{done};
    const std::size_t words = state_->write_key(std::span(key).template last<Specification::key_words>());
    return !visited_.insert(std::span(key).first(1 + words));
  }

  void keep() noexcept {
    std::copy_n(path_.begin(), depth_, result_.order.begin());
    result_.length = depth_;
  }

  std::array<operation, most_operations> operations_;
  std::uint64_t all_ = 0;
  std::uint64_t refusals_ = 0;
  std::uint64_t pending_ = 0;
  std::uint64_t watching_ = 0;  // those that change nothing where they fit

  // The search that is going on.
  Specification* state_ = nullptr;
  std::uint64_t taken_ = 0;     // what it is about
  std::uint64_t required_ = 0;  // what must be in the order
  std::array<std::uint8_t, most_operations> path_;
  std::size_t depth_ = 0;
  bool out_of_steps_ = false;
  bool remembers_ = false;  // `visited_` is in use
  linearization result_;
  visited_states visited_;
};

/// Searches once: see linearizer.
[[nodiscard]] inline linearization linearize(std::span<const operation> history, const promise& promised) {
  return linearizer<>().check(history, promised);
}

}  // namespace tidegate::test
