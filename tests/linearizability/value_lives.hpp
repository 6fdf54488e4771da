// value_lives.hpp: when each value of a recording can, and when it must, have been inside the queue.
//
// From the intervals of its push and its pop follows when each had its effect at the earliest and at the latest. What
// nobody popped may have been taken by a pending pop, from the first of those on. A push that evicts is a pop, too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/history.hpp"

namespace tidegate::test {

/// A value that was accepted, or may have been (its push is pending).
struct value_life {
  std::uint64_t value = 0;
  std::size_t push = accusation::nobody;  // indices in the recording
  std::size_t pop = accusation::nobody;   // nobody: none that returned
  bool accepted = false;                  // the push answered `ok`
  std::uint64_t put_from = 0;             // earliest and latest effect of the push ...
  std::uint64_t put_by = never;
  std::uint64_t taken_from = never;  // ... and of the pop
  std::uint64_t taken_by = never;

  [[nodiscard]] bool popped() const noexcept { return pop != accusation::nobody; }
  [[nodiscard]] bool certainly_inside_at_some_time() const noexcept { return put_by < taken_from; }
};

class value_lives {
 public:
  /// Throws std::invalid_argument when two accepted pushes have one value. Pops that fit no push are accused;
  /// a value that was popped before it was pushed has no life.
  value_lives(std::span<const timed_operation> recording, accusations& found) : recording_(recording) {
    for (std::size_t i = 0; i < recording.size(); ++i) sort_in(i);
    std::ranges::sort(lives_, {}, &value_life::value);
    if (std::ranges::adjacent_find(lives_, {}, &value_life::value) != lives_.end())
      throw std::invalid_argument("value_lives: the rules need distinct values");
    for (const std::size_t pop : pops_) match(pop, found);
    std::erase_if(lives_, [&](const value_life& life) { return is_backward(life, found); });
    for (value_life& life : lives_) bound(life);
  }

  [[nodiscard]] std::span<const value_life> all() const noexcept { return lives_; }
  [[nodiscard]] std::size_t pending_pops() const noexcept { return pending_pops_; }

  /// Null when no push may have put `value` in.
  [[nodiscard]] const value_life* find(std::uint64_t value) const noexcept {
    const auto place = std::ranges::lower_bound(lives_, value, {}, &value_life::value);
    return place != lives_.end() && place->value == value ? &*place : nullptr;
  }

 private:
  void sort_in(std::size_t index) {
    const operation& op = recording_[index].what;
    if (is_accepted_push(op) || (op.kind == operation_kind::push && op.result == answer::pending))
      lives_.push_back({.value = op.value, .push = index, .accepted = op.result != answer::pending});
    if (tells_what_it_took(op)) pops_.push_back(index);
    if (may_have_taken(op)) {
      ++pending_pops_;
      first_pending_pop_ = std::min(first_pending_pop_, recording_[index].invoked);
    }
  }

  void match(std::size_t pop, accusations& found) {
    const value_life* const life = find(what_it_took(recording_[pop].what));
    if (life == nullptr) {
      found.push_back({rule::never_pushed, pop});
    } else if (life->popped()) {
      found.push_back({rule::popped_twice, pop, life->pop});
    } else {
      lives_[static_cast<std::size_t>(life - lives_.data())].pop = pop;
    }
  }

  [[nodiscard]] bool is_backward(const value_life& life, accusations& found) const {
    if (!life.popped() || !ended_before(recording_[life.pop], recording_[life.push])) return false;
    found.push_back({rule::popped_before_push, life.pop, life.push});
    return true;
  }

  void bound(value_life& life) const noexcept {
    const timed_operation& push = recording_[life.push];
    const timed_operation* const pop = life.popped() ? &recording_[life.pop] : nullptr;
    life.taken_by = pop != nullptr ? pop->returned : never;
    life.put_from = push.invoked;
    life.put_by = std::min(push.returned, life.taken_by);  // what was popped had been pushed
    life.taken_from = std::max(push.invoked, pop != nullptr ? pop->invoked : first_pending_pop_);
  }

  std::span<const timed_operation> recording_;
  std::vector<value_life> lives_;  // by value
  std::vector<std::size_t> pops_;
  std::size_t pending_pops_ = 0;
  std::uint64_t first_pending_pop_ = never;
};

}  // namespace tidegate::test
