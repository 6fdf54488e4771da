// The search against trying every order, and the rules against the search, on random small recordings: the rules never
// accuse what the search accepts.
//
// A recording is made by a correct queue and then, mostly, spoilt. What the search refuses and the rules miss is
// counted: that is how much weaker they are.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/rules.hpp"
#include "tests/linearizability/search.hpp"

namespace tidegate::test {
namespace {

using recording = std::vector<timed_operation>;

/// Random recordings of up to four threads that use a queue of small capacity.
class random_recordings {
 public:
  explicit random_recordings(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] promise some_promise() {
    const bool joint = below(2) == 0;
    return {.capacity = 1 + below(3),
            .failures = joint ? failure_judgement::joint : failure_judgement::each_failure_alone,
            .late_calls = below(3)};
  }

  /// What a correct queue might do.
  [[nodiscard]] recording correct(const promise& promised) {
    recording ops;
    const std::size_t threads = 2 + below(3);
    std::uint64_t value = 1;
    for (std::size_t thread = 0; thread < threads; ++thread) plan(ops, thread, value);
    return answered(std::move(ops), promised);
  }

  /// The same after something went wrong. Threads still do one thing after the other, and values stay distinct.
  void spoil(recording& ops) {
    timed_operation& one = ops[below(ops.size())];
    timed_operation& other = ops[below(ops.size())];
    if (one.returned == never) return;  // pending operations have no answer that could be wrong
    switch (below(5)) {
      case 0:  // two pops swapped
        if (is_value(one) && is_value(other)) std::swap(one.what.value, other.what.value);
        break;
      case 1:  // a wrong answer
        if (one.what.kind != operation_kind::close) one.what.result = below(3) == 0 ? answer::closed : answer::refused;
        break;
      case 2:  // accepted above capacity, or popped from nothing
        if (one.what.kind == operation_kind::push) one.what.result = answer::ok;
        if (one.what.kind == operation_kind::pop)
          one.what = operation::pop(one.what.thread, pop_status::ok, below(6) + 1);
        break;
      case 3:  // over sooner
        one.returned = one.invoked + below(2);
        break;
      default:  // never done
        if (one.what.kind != operation_kind::close) one.what.result = answer::nothing;
        break;
    }
  }

  [[nodiscard]] std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  [[nodiscard]] static bool is_value(const timed_operation& op) {
    return op.what.kind == operation_kind::pop && op.what.result == answer::ok;
  }

  /// A thread's calls, one after the other, without answers.
  void plan(recording& ops, std::size_t thread, std::uint64_t& value) {
    std::uint64_t now = below(8);
    const std::size_t calls = 1 + below(4);
    const bool pushes_more = below(2) == 0;
    for (std::size_t call = 1; call <= calls; ++call) {
      const std::uint64_t invoked = now + below(3);
      now = invoked + below(below(3) == 0 ? 15 : 4);
      const bool hangs = call == calls && below(12) == 0;
      const std::size_t batch = below(6) == 0 ? 2 : 1;
      const auto kind = below(14) == 0                   ? operation_kind::close
                        : (below(5) == 0) == pushes_more ? operation_kind::pop
                                                         : operation_kind::push;
      for (std::size_t i = 0; i < (kind == operation_kind::close ? 1 : batch); ++i) {
        timed_operation& op = ops.emplace_back();
        op.what.kind = kind;
        op.what.thread = static_cast<std::uint16_t>(thread);
        op.what.call = batch == 1 ? 0 : static_cast<std::uint32_t>(call);
        op.what.result = hangs ? answer::pending : answer::ok;
        if (kind == operation_kind::push) op.what.value = value++;
        op.what.evicts = kind == operation_kind::push && below(6) == 0;
        op.invoked = invoked;
        op.returned = hangs ? never : now;
      }
    }
  }

  /// Lets every operation have its effect at a random instant of its interval, and fills the answers.
  [[nodiscard]] recording answered(recording ops, const promise& promised) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;  // instant in tenths, index
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      const std::uint64_t length = ops[i].returned == never ? 20 : ops[i].returned - ops[i].invoked;
      const bool continues = i > 0 && ops[i].what.call != 0 && ops[i].what.call == ops[i - 1].what.call &&
                             ops[i].what.thread == ops[i - 1].what.thread;
      const std::uint64_t first = continues ? before : ops[i].invoked * 10;
      before = first + below((ops[i].invoked + length) * 10 - first + 1);
      order.emplace_back(before, i);
    }
    std::ranges::sort(order);
    bounded_fifo queue(promised);
    stopped_.fill(false);
    for (const auto& [instant, i] : order) ops[i].what = answer_of(queue, ops[i].what, i);
    return ops;
  }

  [[nodiscard]] operation answer_of(bounded_fifo& queue, operation op, std::size_t index) {
    if (op.result == answer::pending) {
      bool& stopped = stopped_[op.thread];  // a call of several elements stops at some element, or goes on
      if (!stopped) stopped = below(3) == 0 || queue.apply(op, index) == effect::impossible;
      return op;
    }
    for (const answer result : {answer::refused, answer::closed, answer::ok, answer::evicted}) {
      op.result = result;
      if (op.kind == operation_kind::close && result != answer::ok) continue;
      for (std::uint64_t value = 1; value < 40; ++value) {  // what was taken out is told: only the right one fits
        if (op.kind == operation_kind::pop) op.value = result == answer::ok ? value : 0;
        op.victim = result == answer::evicted ? value : 0;
        if (queue.apply(op, index) != effect::impossible) return op;
        if (!tells_what_it_took(op)) break;
      }
    }
    ADD_FAILURE() << "the queue has no answer";
    return op;
  }

  std::mt19937_64 random_;
  std::array<bool, 4> stopped_{};  // by thread: its pending call
};

/// What was found in many recordings.
struct tally {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::size_t missed = 0;                 // refused by the search, not accused by the rules
  std::array<std::size_t, 14> accused{};  // by rule
};

[[nodiscard]] bool has_distinct_values(const recording& ops) {
  std::vector<std::uint64_t> values;
  for (const timed_operation& op : ops) {
    if (op.what.kind == operation_kind::push && op.what.result != answer::refused) values.push_back(op.what.value);
  }
  std::ranges::sort(values);
  return std::ranges::adjacent_find(values) == values.end();
}

/// The history of a queue that was drained at the end: a last pop tells so.
[[nodiscard]] std::vector<operation> with_last_pop(recording ops, ending end) {
  if (end == ending::drained) {
    std::uint64_t last = 0;
    bool closed = false;
    for (const timed_operation& op : ops) {
      if (op.returned != never) last = std::max(last, op.returned);
      closed = closed || op.what.kind == operation_kind::close;
    }
    ops.push_back({operation::pop(9, closed ? pop_status::closed : pop_status::empty), last + 1, last + 2});
  }
  return order_by_time(ops);
}

void compare(linearizer<>& search, const recording& ops, const promise& promised, ending end, tally& count) {
  const std::vector<operation> history = with_last_pop(ops, end);
  const linearization found = search.check(history, promised);
  const accusations accused = judge(ops, promised, end);
  ASSERT_NE(found.found, verdict::undecided);
  for (const accusation& one : accused) ++count.accused[static_cast<std::size_t>(one.broken)];
  if (!found) {
    ++count.refused;
    count.missed += accused.empty() ? 1 : 0;
    return;
  }
  ++count.accepted;
  ASSERT_TRUE(accused.empty()) << "falsely accused of " << to_text(ops, accused) << explain(history, promised, found);
}

/// The same question answered by trying every order, without any shortcut.
class enumeration {
 public:
  enumeration(const std::vector<operation>& history, const promise& promised)
      : history_(history), state_(promised), failures_(promised.failures) {
    for (std::size_t i = 0; i < history.size(); ++i) {
      for (operation& op : history_) {  // what comes after i comes after all that i comes after
        if ((op.predecessors & mask_of(i)) != 0) op.predecessors |= history_[i].predecessors;
      }
    }
  }

  [[nodiscard]] bool finds_an_order() {
    std::uint64_t all = 0;
    std::uint64_t refusals = 0;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      all |= mask_of(i);
      if (is_refusal(history_[i])) refusals |= mask_of(i);
    }
    if (failures_ == failure_judgement::joint) return extend(all, 0);
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if ((refusals & mask_of(i)) != 0 && !extend((all & ~refusals) | mask_of(i), 0)) return false;
    }
    return extend(all & ~refusals, 0);
  }

 private:
  bool extend(std::uint64_t judged, std::uint64_t done) {
    bool complete = true;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      const operation& op = history_[i];
      if ((judged & ~done & mask_of(i)) == 0) continue;
      complete = complete && op.result == answer::pending;
      if ((op.predecessors & judged & ~done) != 0 || state_.apply(op, i) == effect::impossible) continue;
      const bool found = extend(judged, done | mask_of(i));
      state_.undo(op, i);
      if (found) return true;
    }
    return complete;
  }

  std::vector<operation> history_;
  bounded_fifo state_;
  failure_judgement failures_;
};

[[nodiscard]] tally compare_many(std::uint64_t seed, std::size_t rounds) {
  random_recordings make(seed);
  linearizer<> search;
  tally count;
  for (std::size_t round = 0; round < rounds && !testing::Test::HasFatalFailure(); ++round) {
    const promise promised = make.some_promise();
    recording ops = make.correct(promised);
    const ending end = make.below(3) == 0 ? ending::drained : ending::unknown;
    for (std::size_t wrong = make.below(4); wrong > 0; --wrong) make.spoil(ops);
    if (has_distinct_values(ops)) compare(search, ops, promised, end, count);
  }
  return count;
}

TEST(agreement, of_search_and_correct_queue) {
  random_recordings make(7);
  linearizer<> search;
  for (std::size_t round = 0; round < 10'000 * stress_factor(); ++round) {
    const promise promised{.capacity = 1 + make.below(3)};
    const recording ops = make.correct(promised);
    const std::vector<operation> history = order_by_time(ops);
    const linearization found = search.check(history, promised);
    ASSERT_TRUE(found) << explain(history, promised, found);
    const accusations accused = judge(ops, promised);
    ASSERT_TRUE(accused.empty()) << to_text(ops, accused);
  }
}

TEST(agreement, of_search_and_enumeration) {
  random_recordings make(5);
  linearizer<> search;
  std::size_t refused = 0;
  std::size_t compared = 0;
  while (compared < 10'000 * stress_factor()) {
    const promise promised = make.some_promise();
    recording ops = make.correct(promised);
    if (ops.size() > 9) continue;
    for (std::size_t wrong = make.below(3); wrong > 0; --wrong) make.spoil(ops);
    const std::vector<operation> history = order_by_time(ops);
    const linearization found = search.check(history, promised);
    ASSERT_EQ(found.found == verdict::linearizable, enumeration(history, promised).finds_an_order())
        << explain(history, promised, found);
    ++compared;
    refused += found ? 0 : 1;
  }
  EXPECT_GT(refused, compared / 10);
  EXPECT_LT(refused, compared / 2);
}

TEST(agreement, of_rules_and_search) {
  const tally count = compare_many(11, 50'000 * stress_factor());
  std::printf("search: %zu accepted, %zu refused; of these the rules miss %zu\n", count.accepted, count.refused,
              count.missed);
  for (std::size_t i = 0; i + 1 < count.accused.size(); ++i) {  // all rules but foreign_answer
    std::printf("  %-22s %zu\n", std::string(to_string(static_cast<rule>(i))).c_str(), count.accused[i]);
    EXPECT_GT(count.accused[i], 20U) << to_string(static_cast<rule>(i)) << " was hardly put to the test";
  }
  EXPECT_GT(count.accepted, 2'000U);
  EXPECT_LT(count.missed, count.refused / 10) << "the rules became weak";
}

}  // namespace
}  // namespace tidegate::test
