// bounded_fifo.hpp: the sequential specification: a bounded FIFO whose `full`, `empty` and `closed` mean what they say.
//
// `full` is right only with `capacity` elements inside, `empty` only with none. After close(), pushes answer `closed`;
// pops deliver what is inside and then answer `closed`. Nothing is `full` or `empty` any more. A push that evicts is
// never refused: with `capacity` elements inside, it takes the oldest one out and puts its own in, in one step.
//
// A ring that a third thread may close promises less (spsc_ring.hpp, "Close"): a push that is under way may be accepted
// after close(), even into room that was made after it, or be told `full`. Its call's elements are delivered, unless
// the consumer was told `closed` before: then they stay inside for ever. `late_calls` is how many calls may do so.
// Under way means: ordered neither after close() nor after any answer `closed`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tests/linearizability/history.hpp"

namespace tidegate::test {

/// Which answers need a common order. `closed` always does: it is final.
enum class failure_judgement : std::uint8_t {
  joint,               ///< all: what failure_order::joint and the rings with several threads a side promise
  each_failure_alone,  ///< all but `full` and `empty`; each of those with all the others, by itself (ARCHITECTURE §4.2)
};

/// What a queue promises.
struct promise {
  std::size_t capacity = 1;
  failure_judgement failures = failure_judgement::joint;
  std::size_t late_calls = 0;  ///< pushes under way at a close. 0: the producer closes; 1: spsc_ring, closed by another
};

/// What an operation does in a state.
enum class effect : std::uint8_t {
  impossible,  ///< no such answer in this state
  none,        ///< the answer fits, and nothing that can come later becomes possible or impossible by it
  change,      ///< the answer fits, and the state is another one now
};

/// One state, with step and step back. Holds the operations of one history: each is applied at most once.
class bounded_fifo {
 public:
  using promise_type = promise;
  static constexpr std::size_t key_words = 1 + (most_operations + 9) / 10;  // late pushes; ten elements in a word

  explicit bounded_fifo(const promise& promised) noexcept : promised_(promised) {}

  /// Does `op`, operation `index` of the history, unless that is impossible. A pending one has its effect.
  effect apply(const operation& op, std::size_t index) noexcept {
    switch (op.kind) {
      case operation_kind::push: return push(op, index);
      case operation_kind::pop: return pop(op, index);
      case operation_kind::publish:
      case operation_kind::abandon: return effect::impossible;
      case operation_kind::close: break;
    }
    const bool already = closed();
    if (already && op.result == answer::pending) return effect::impossible;  // it has no effect to have
    closes_ |= mask_of(index);
    return already ? effect::none : effect::change;
  }

  /// Takes back the last apply() that was not undone, which was not impossible.
  void undo(const operation& op, std::size_t index) noexcept {
    const bool moved = op.result == answer::ok || op.result == answer::pending || op.result == answer::evicted;
    if (moved && op.kind == operation_kind::push) --tail_;
    if (moved && op.kind == operation_kind::pop) --head_;
    if ((evicted_ & mask_of(index)) != 0) --head_;
    evicted_ &= ~mask_of(index);
    late_ &= ~mask_of(index);
    closes_ &= ~mask_of(index);
    told_push_ &= ~mask_of(index);
    told_pop_ &= ~mask_of(index);
  }

  /// Writes what the set of operations done so far does not tell about this state; returns the words used.
  [[nodiscard]] std::size_t write_key(std::span<std::uint64_t, key_words> key) const noexcept {
    std::size_t words = 0;
    if (closed() && promised_.late_calls != 0) key[words++] = late_;
    for (std::size_t i = head_; i < tail_;) {
      std::uint64_t word = 0;
      for (std::size_t end = std::min(i + 10, tail_); i < end; ++i) word = word << 6 | items_[i].index;
      key[words++] = word;
    }
    return words;
  }

  [[nodiscard]] std::size_t depth() const noexcept { return tail_ - head_; }
  [[nodiscard]] bool closed() const noexcept { return closes_ != 0; }

  /// For example `[3 4] of capacity 2, closed`.
  [[nodiscard]] std::string to_text() const {
    std::string text = "[";
    for (std::size_t i = head_; i < tail_; ++i) text += (i == head_ ? "" : " ") + std::to_string(items_[i].value);
    text += "] of capacity " + std::to_string(promised_.capacity);
    if (closed()) text += ", closed";
    if (told_pop_ != 0) text += " and said so";
    return text;
  }

 private:
  struct item {
    std::uint64_t value = 0;
    std::uint32_t call = 0;
    std::uint16_t thread = 0;
    std::uint8_t index = 0;
  };

  effect push(const operation& op, std::size_t index) noexcept {
    switch (op.result) {
      case answer::ok:
      case answer::pending: {
        const bool is_full = depth() >= promised_.capacity;
        return is_full && !(op.evicts && op.result == answer::pending) ? effect::impossible : put(op, index, is_full);
      }
      case answer::evicted: {
        const bool fits = op.evicts && depth() >= promised_.capacity && items_[head_].value == op.victim;
        return fits ? put(op, index, true) : effect::impossible;
      }
      case answer::refused:
        if (op.evicts || depth() < promised_.capacity || (closed() && !may_be_late(op))) return effect::impossible;
        return effect::none;
      case answer::closed:
        if (!closed()) return effect::impossible;
        told_push_ |= mask_of(index);
        return effect::none;
      case answer::nothing: return effect::none;
      case answer::foreign: break;
    }
    return effect::impossible;
  }

  /// Puts the element in, after `evicting` the oldest one.
  effect put(const operation& op, std::size_t index, bool evicting) noexcept {
    if (closed() && !may_be_late(op)) return effect::impossible;
    if (closed()) late_ |= mask_of(index);
    if (evicting) {
      ++head_;
      evicted_ |= mask_of(index);
    }
    items_[tail_++] = {op.value, op.call, op.thread, static_cast<std::uint8_t>(index)};
    return effect::change;
  }

  effect pop(const operation& op, std::size_t index) noexcept {
    switch (op.result) {
      case answer::ok:
      case answer::pending:
        if (depth() == 0 || told_pop_ != 0) return effect::impossible;
        if (op.result == answer::ok && items_[head_].value != op.value) return effect::impossible;
        ++head_;
        return effect::change;
      case answer::refused: return depth() == 0 && !closed() ? effect::none : effect::impossible;
      case answer::closed: {
        if (!closed() || (depth() != 0 && told_pop_ == 0)) return effect::impossible;
        const bool ends_delivery = told_pop_ == 0 && promised_.late_calls != 0;
        told_pop_ |= mask_of(index);
        return ends_delivery ? effect::change : effect::none;
      }
      case answer::nothing: return effect::none;
      case answer::evicted:
      case answer::foreign: break;
    }
    return effect::impossible;
  }

  /// A push into a closed queue: was it under way, and is there no other call that was?
  [[nodiscard]] bool may_be_late(const operation& op) const noexcept {
    if (promised_.late_calls == 0 || (op.predecessors & (closes_ | told_push_ | told_pop_)) != 0) return false;
    std::size_t calls = 0;
    const item* before = nullptr;
    for (std::size_t i = 0; i < tail_; ++i) {
      if ((late_ & mask_of(items_[i].index)) == 0) continue;
      if (before == nullptr || !same_call(*before, items_[i])) ++calls;
      before = &items_[i];
    }
    const bool goes_on = before != nullptr && same_call(*before, {0, op.call, op.thread, 0});
    return calls < promised_.late_calls || goes_on;
  }

  [[nodiscard]] static bool same_call(const item& one, const item& other) noexcept {
    return one.call != 0 && one.call == other.call && one.thread == other.thread;
  }

  promise promised_;
  std::array<item, most_operations> items_;  // [head, tail) is inside; what is before it has been popped
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
  std::uint64_t closes_ = 0;     // the close() calls done
  std::uint64_t told_push_ = 0;  // pushes that answered `closed`
  std::uint64_t told_pop_ = 0;   // pops that answered `closed`
  std::uint64_t late_ = 0;       // pushes that were accepted after the close
  std::uint64_t evicted_ = 0;    // pushes that took the oldest element out
};

}  // namespace tidegate::test
