// fill_rules.hpp: `empty` only with nothing inside, `full` only with capacity inside, and never more than that.
//
// Certainly inside is a value between the end of its push and the beginning of its pop; possibly inside from the
// beginning of its push to the end of its pop. The ends themselves do not count as certain: another operation may have
// had its effect at the same instant, before or after.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/range_maximum.hpp"
#include "tests/linearizability/value_lives.hpp"

namespace tidegate::test {

/// The times during which something was certainly inside, one value after the other: they overlap, so no gap is left.
class certainly_not_empty {
 public:
  explicit certainly_not_empty(const value_lives& lives) {
    std::vector<time> certain;
    for (const value_life& life : lives.all()) {
      if (life.certainly_inside_at_some_time()) certain.push_back({life.put_by, life.taken_from});
    }
    std::ranges::sort(certain, {}, &time::after);
    for (const time& next : certain) {
      if (times_.empty() || next.after >= times_.back().before) {
        times_.push_back(next);
      } else {
        times_.back().before = std::max(times_.back().before, next.before);
      }
    }
  }

  [[nodiscard]] bool throughout(const timed_operation& op) const noexcept {
    const auto next = std::ranges::lower_bound(times_, op.invoked, {}, &time::after);
    return next != times_.begin() && op.returned < std::prev(next)->before;
  }

 private:
  struct time {  // between the two, neither included
    std::uint64_t after;
    std::uint64_t before;
  };
  std::vector<time> times_;  // disjoint, in order
};

/// How many values can have been inside.
class possible_depth {
 public:
  explicit possible_depth(const value_lives& lives)
      : begins_(sorted(lives, &value_life::put_from)),
        ends_(sorted(lives, &value_life::taken_by)),
        at_begins_(depths()) {}

  /// The greatest at any instant of `op`.
  [[nodiscard]] std::int64_t greatest_during(const timed_operation& op) const noexcept {
    const auto first = std::ranges::upper_bound(begins_, op.invoked);
    const auto last = std::ranges::upper_bound(first, begins_.end(), op.returned);
    const std::int64_t at_first = (first - begins_.begin()) - ended_before_instant(op.invoked);
    if (first == last) return at_first;
    return std::max(at_first, at_begins_.of(static_cast<std::size_t>(first - begins_.begin()),
                                            static_cast<std::size_t>(last - begins_.begin())));
  }

 private:
  [[nodiscard]] static std::vector<std::uint64_t> sorted(const value_lives& lives, std::uint64_t value_life::*stamp) {
    std::vector<std::uint64_t> stamps;
    stamps.reserve(lives.all().size());
    for (const value_life& life : lives.all()) stamps.push_back(life.*stamp);
    std::ranges::sort(stamps);
    return stamps;
  }

  [[nodiscard]] std::int64_t ended_before_instant(std::uint64_t instant) const noexcept {
    return std::ranges::lower_bound(ends_, instant) - ends_.begin();
  }

  [[nodiscard]] std::vector<std::int64_t> depths() const {
    std::vector<std::int64_t> depths;
    depths.reserve(begins_.size());
    for (const std::uint64_t begin : begins_)
      depths.push_back(static_cast<std::int64_t>(depths.size()) + 1 - ended_before_instant(begin));
    return depths;
  }

  std::vector<std::uint64_t> begins_;
  std::vector<std::uint64_t> ends_;
  range_maximum at_begins_;
};

inline void accuse_false_refusals(std::span<const timed_operation> recording, const value_lives& lives,
                                  std::size_t capacity, accusations& found) {
  const certainly_not_empty not_empty(lives);
  const possible_depth depth(lives);
  for (std::size_t i = 0; i < recording.size(); ++i) {
    const timed_operation& op = recording[i];
    const bool evicted = op.what.result == answer::evicted;
    if (!is_refusal(op.what) && !evicted) continue;
    if (op.what.kind == operation_kind::pop) {
      if (not_empty.throughout(op)) found.push_back({rule::false_empty, i});
    } else if (depth.greatest_during(op) - (evicted ? 1 : 0) < static_cast<std::int64_t>(capacity)) {
      found.push_back({rule::false_full, i});  // its own element is not what it found inside
    }
  }
}

/// Names a push with which one too many was certainly inside.
inline void accuse_excess(const value_lives& lives, std::size_t capacity, accusations& found) {
  struct turn {
    std::uint64_t when;
    bool enters;  // at equal times what leaves comes first: nothing is certain at that very instant
    std::size_t push;
  };
  std::vector<turn> turns;
  for (const value_life& life : lives.all()) {
    if (!life.certainly_inside_at_some_time()) continue;
    turns.push_back({life.put_by, true, life.push});
    turns.push_back({life.taken_from, false, life.push});
  }
  std::ranges::sort(turns, {}, [](const turn& one) { return std::pair(one.when, one.enters); });
  std::size_t inside = 0;
  for (const turn& one : turns) {
    inside = one.enters ? inside + 1 : inside - 1;
    if (one.enters && inside > capacity) found.push_back({rule::capacity_exceeded, one.push});
  }
}

}  // namespace tidegate::test
