// The rules: for each one a recording that breaks it, and tricky ones that break none.
#include "tests/linearizability/rules.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/range_maximum.hpp"
#include "tests/linearizability/search.hpp"

namespace tidegate::test {
namespace {

using recording = std::vector<timed_operation>;

[[nodiscard]] timed_operation push(std::uint64_t invoked, std::uint64_t returned, std::uint64_t value,
                                   push_status status = push_status::ok, std::size_t thread = 0) {
  return {operation::push(thread, value, status), invoked, returned};
}
[[nodiscard]] timed_operation pop(std::uint64_t invoked, std::uint64_t returned, std::uint64_t value,
                                  std::size_t thread = 1) {
  return {operation::pop(thread, pop_status::ok, value), invoked, returned};
}
[[nodiscard]] timed_operation pop(std::uint64_t invoked, std::uint64_t returned, pop_status status,
                                  std::size_t thread = 1) {
  return {operation::pop(thread, status), invoked, returned};
}
[[nodiscard]] timed_operation close(std::uint64_t invoked, std::uint64_t returned) {
  return {operation::close(2), invoked, returned};
}
[[nodiscard]] timed_operation pending(operation_kind kind, std::uint64_t invoked, std::uint64_t value = 0) {
  return {operation::pending(kind, 3, value), invoked, never};
}

/// True when the rules accuse the recording of `broken` and of nothing else, and the search agrees.
[[nodiscard]] testing::AssertionResult breaks_only(rule broken, const recording& ops, const promise& promised,
                                                   ending end = ending::unknown) {
  const accusations found = judge(ops, promised, end);
  const bool agreed =
      broken == rule::lost || linearize(order_by_time(ops), promised).found == verdict::not_linearizable;
  EXPECT_TRUE(agreed) << "the search sees nothing wrong";
  bool only = !found.empty();
  for (const accusation& one : found) only = only && one.broken == broken;
  return (only ? testing::AssertionSuccess() : testing::AssertionFailure())
         << to_string(broken) << " expected, found:\n"
         << to_text(ops, found);
}

/// True when the rules accuse the recording of nothing, and the search agrees.
[[nodiscard]] testing::AssertionResult is_fine(const recording& ops, const promise& promised,
                                               ending end = ending::unknown) {
  const accusations found = judge(ops, promised, end);
  EXPECT_TRUE(linearize(order_by_time(ops), promised)) << "the search sees something wrong";
  return (found.empty() ? testing::AssertionSuccess() : testing::AssertionFailure()) << to_text(ops, found);
}

[[nodiscard]] promise of_capacity(std::size_t capacity) {
  return {.capacity = capacity, .failures = failure_judgement::each_failure_alone};
}
[[nodiscard]] promise closed_by_any(std::size_t capacity) {
  return {.capacity = capacity, .failures = failure_judgement::each_failure_alone, .late_calls = 1};
}

TEST(rules, know_a_value_that_was_never_pushed) {
  EXPECT_TRUE(breaks_only(rule::never_pushed, {push(0, 1, 5), pop(2, 3, 6)}, of_capacity(2)));
  EXPECT_TRUE(breaks_only(rule::never_pushed,
                          {push(0, 1, 5), push(2, 3, 6, push_status::full), pop(4, 5, 5), pop(6, 7, 6)},
                          of_capacity(1)))
      << "its push was refused";
}

TEST(rules, know_a_value_that_was_popped_twice) {
  EXPECT_TRUE(breaks_only(rule::popped_twice, {push(0, 1, 5), pop(2, 3, 5), pop(4, 5, 5)}, of_capacity(2)));
}

TEST(rules, know_a_pop_that_came_before_its_push) {
  EXPECT_TRUE(breaks_only(rule::popped_before_push, {push(4, 5, 5), pop(2, 3, 5)}, of_capacity(2)));
  EXPECT_TRUE(is_fine({push(3, 5, 5), pop(2, 3, 5)}, of_capacity(2))) << "at the same instant";
}

TEST(rules, know_an_inversion) {
  const recording swapped{push(0, 1, 5), push(2, 3, 6), pop(4, 5, 6), pop(6, 7, 5)};
  EXPECT_TRUE(breaks_only(rule::fifo_inversion, swapped, of_capacity(2)));
  EXPECT_EQ(to_text(swapped, judge(swapped, of_capacity(2)).front()),
            "fifo_inversion: #2 thread 1: pop -> 6 in [4, 5], #3 thread 1: pop -> 5 in [6, 7]");
}

TEST(rules, know_a_value_that_was_overtaken_and_stayed) {
  EXPECT_TRUE(breaks_only(rule::fifo_inversion, {push(0, 1, 5), push(2, 3, 6), pop(4, 5, 6)}, of_capacity(2)));
}

TEST(rules, know_an_inversion_between_threads) {
  EXPECT_TRUE(breaks_only(rule::fifo_inversion,
                          {push(0, 1, 5), push(2, 3, 6, push_status::ok, 4), pop(4, 5, 6, 6), pop(6, 7, 5, 7)},
                          of_capacity(2)));
}

TEST(rules, know_an_inversion_within_one_call) {
  recording ops{push(0, 9, 5), push(0, 9, 6), pop(0, 9, 6), pop(0, 9, 5)};
  EXPECT_TRUE(is_fine({ops[0], push(0, 9, 6, push_status::ok, 4), ops[2], ops[3]}, of_capacity(2)));
  ops[0].what.call = ops[1].what.call = 1;
  ops[2].what.call = ops[3].what.call = 1;
  EXPECT_TRUE(breaks_only(rule::fifo_inversion, ops, of_capacity(2)));
}

TEST(rules, know_what_was_lost) {
  EXPECT_TRUE(breaks_only(rule::lost, {push(0, 1, 5), pop(2, 3, 5), push(4, 5, 6)}, of_capacity(2), ending::drained));
  EXPECT_TRUE(is_fine({push(0, 1, 5), pop(2, 3, 5), push(4, 5, 6)}, of_capacity(2)));
}

TEST(rules, know_a_false_empty) {
  EXPECT_TRUE(
      breaks_only(rule::false_empty, {push(0, 1, 5), pop(2, 3, pop_status::empty), pop(4, 5, 5)}, of_capacity(2)));
  EXPECT_TRUE(is_fine({push(0, 2, 5), pop(2, 3, pop_status::empty), pop(4, 5, 5)}, of_capacity(2))) << "same instant";
}

TEST(rules, know_a_false_empty_that_no_single_value_shows) {
  // 5 is inside until 4 at least, 6 from 3 on: together throughout [2, 6].
  EXPECT_TRUE(breaks_only(
      rule::false_empty,
      {push(0, 1, 5), push(2, 3, 6, push_status::ok, 4), pop(2, 6, pop_status::empty, 5), pop(4, 5, 5), pop(7, 8, 6)},
      of_capacity(2)));
  EXPECT_TRUE(is_fine(
      {push(0, 1, 5), push(2, 4, 6, push_status::ok, 4), pop(2, 6, pop_status::empty, 5), pop(4, 5, 5), pop(7, 8, 6)},
      of_capacity(2)))
      << "one may have left before the other one came";
}

TEST(rules, know_a_false_full) {
  EXPECT_TRUE(breaks_only(rule::false_full, {push(0, 1, 5), push(2, 3, 6, push_status::full)}, of_capacity(2)));
  EXPECT_TRUE(
      breaks_only(rule::false_full, {push(0, 1, 5), pop(2, 3, 5), push(4, 5, 6, push_status::full)}, of_capacity(1)));
  EXPECT_TRUE(is_fine({push(0, 1, 5), pop(2, 4, 5), push(4, 5, 6, push_status::full)}, of_capacity(1)));
  // Both were inside for a moment, but not at the same one.
  EXPECT_TRUE(breaks_only(
      rule::false_full, {push(0, 1, 5), push(2, 9, 7, push_status::full, 4), pop(3, 4, 5), push(5, 6, 6), pop(7, 8, 6)},
      of_capacity(2)));
}

TEST(rules, know_an_excess) {
  EXPECT_TRUE(breaks_only(rule::capacity_exceeded, {push(0, 1, 5), push(2, 3, 6), pop(5, 6, 5)}, of_capacity(1)));
  EXPECT_TRUE(is_fine({push(0, 1, 5), push(2, 5, 6), pop(5, 6, 5)}, of_capacity(1))) << "at the same instant";
}

TEST(rules, know_a_closed_before_the_close) {
  EXPECT_TRUE(breaks_only(rule::closed_before_close, {pop(0, 1, pop_status::closed), close(2, 3)}, of_capacity(1)));
  EXPECT_TRUE(breaks_only(rule::closed_before_close, {push(0, 1, 5, push_status::closed)}, of_capacity(1)));
  EXPECT_TRUE(is_fine({pop(0, 2, pop_status::closed), close(2, 3)}, of_capacity(1)));
  EXPECT_TRUE(is_fine({pending(operation_kind::close, 0), pop(1, 2, pop_status::closed)}, of_capacity(1)));
}

TEST(rules, know_an_acceptance_after_the_close) {
  EXPECT_TRUE(breaks_only(rule::accepted_when_closed, {close(0, 1), push(2, 3, 5)}, of_capacity(1)));
  EXPECT_TRUE(breaks_only(rule::accepted_when_closed, {close(0, 9), push(1, 2, 4, push_status::closed), push(3, 4, 5)},
                          of_capacity(1)));
  EXPECT_TRUE(is_fine({close(0, 2), push(2, 3, 5), pop(4, 5, 5), pop(6, 7, pop_status::closed)}, of_capacity(1)));
}

TEST(rules, know_a_refusal_after_the_close) {
  EXPECT_TRUE(breaks_only(rule::open_when_closed, {close(0, 1), pop(2, 3, pop_status::empty)}, of_capacity(1)));
  EXPECT_TRUE(breaks_only(rule::open_when_closed, {push(0, 1, 5), close(2, 3), push(4, 5, 6, push_status::full)},
                          of_capacity(1)));
}

TEST(rules, know_a_value_after_closed_was_told) {
  EXPECT_TRUE(breaks_only(rule::value_after_closed,
                          {push(0, 1, 5), close(2, 3), pop(4, 5, pop_status::closed), pop(6, 7, 5)}, of_capacity(1)));
}

TEST(rules, know_what_closed_left_inside) {
  EXPECT_TRUE(
      breaks_only(rule::left_when_closed, {push(0, 1, 5), close(2, 3), pop(4, 5, pop_status::closed)}, of_capacity(1)));
}

TEST(rules, let_one_call_be_stranded_where_that_is_promised) {
  recording ops{push(0, 9, 5), close(1, 2), pop(3, 4, pop_status::closed)};
  EXPECT_TRUE(breaks_only(rule::left_when_closed, ops, of_capacity(2)));
  EXPECT_TRUE(is_fine(ops, closed_by_any(2), ending::drained));
  ops[0].what.call = 7;
  ops.insert(ops.begin() + 1, push(0, 9, 6));
  ops[1].what.call = 7;
  EXPECT_TRUE(is_fine(ops, closed_by_any(2), ending::drained)) << "a call of two elements";
  ops[1].what.call = 8;
  ops[1].what.thread = 4;
  EXPECT_TRUE(breaks_only(rule::left_when_closed, ops, closed_by_any(2))) << "two calls";
  EXPECT_TRUE(breaks_only(rule::left_when_closed, {push(0, 2, 5), close(1, 9), pop(3, 4, pop_status::closed)},
                          closed_by_any(1)))
      << "not under way any more";
}

TEST(rules, take_an_eviction_for_a_pop) {
  const auto evict = [](std::uint64_t invoked, std::uint64_t returned, std::uint64_t value, std::uint64_t victim) {
    return timed_operation{operation::push_evict(0, value, push_status::evicted, victim), invoked, returned};
  };
  EXPECT_TRUE(is_fine({push(0, 1, 5), evict(2, 3, 6, 5), pop(4, 5, 6)}, of_capacity(1), ending::drained));
  EXPECT_TRUE(breaks_only(rule::false_full, {push(0, 1, 5), evict(2, 3, 6, 5)}, of_capacity(2)));
  EXPECT_TRUE(breaks_only(rule::popped_twice, {push(0, 1, 5), evict(2, 3, 6, 5), pop(4, 5, 5)}, of_capacity(1)));
  EXPECT_TRUE(breaks_only(rule::fifo_inversion, {push(0, 1, 5), push(2, 3, 6), evict(4, 5, 7, 6), pop(6, 7, 5)},
                          of_capacity(2)));
}

TEST(rules, know_an_answer_of_something_else) {
  EXPECT_TRUE(breaks_only(rule::foreign_answer, {push(0, 1, 5, push_status::spilled)}, of_capacity(1)));
}

TEST(rules, blame_a_pending_pop_for_one_missing_value) {
  const recording ops{push(0, 1, 5), pending(operation_kind::pop, 2), push(3, 4, 6), pop(5, 6, 6)};
  EXPECT_TRUE(is_fine(ops, of_capacity(1), ending::drained));
  EXPECT_TRUE(
      breaks_only(rule::capacity_exceeded, {ops[0], push(2, 3, 6), pending(operation_kind::pop, 4)}, of_capacity(1)))
      << "it began too late";
  EXPECT_TRUE(breaks_only(rule::lost, {push(0, 1, 5), push(2, 3, 6), pending(operation_kind::pop, 4)}, of_capacity(2),
                          ending::drained))
      << "two are missing";
}

TEST(rules, let_a_pending_push_happen_or_not) {
  const timed_operation push_9 = pending(operation_kind::push, 0, 9);
  EXPECT_TRUE(is_fine({push_9, pop(1, 2, 9)}, of_capacity(1), ending::drained));
  EXPECT_TRUE(is_fine({push_9, pop(1, 2, pop_status::empty)}, of_capacity(1), ending::drained));
  EXPECT_TRUE(is_fine({push_9, push(1, 2, 5, push_status::full)}, of_capacity(1)));
  EXPECT_TRUE(
      breaks_only(rule::popped_before_push, {pop(1, 2, 9), pending(operation_kind::push, 3, 9)}, of_capacity(1)));
}

// Either answer is true alone; together, in this order, they are not. The rules do not see it, and say so.
TEST(rules, miss_what_two_refusals_contradict) {
  const recording ops{push(0, 1, 1), pop(2, 9, 1), pop(3, 4, pop_status::empty, 4), push(5, 6, 2, push_status::full)};
  EXPECT_TRUE(is_fine(ops, of_capacity(1)));
  EXPECT_FALSE(linearize(order_by_time(ops), {.capacity = 1}));
}

TEST(rules, refuse_values_that_are_not_distinct) {
  EXPECT_THROW(static_cast<void>(judge(recording{push(0, 1, 5), push(2, 3, 5)}, of_capacity(2))),
               std::invalid_argument);
  EXPECT_TRUE(is_fine({push(0, 1, 4), push(2, 3, 5, push_status::full), pop(4, 5, 4), push(6, 7, 5)}, of_capacity(1)))
      << "a refused push is repeated with its value";
}

TEST(range_maximum, agrees_with_looking_at_each_number) {
  std::mt19937 random(1);
  for (std::size_t count = 1; count < 40; ++count) {
    std::vector<std::int64_t> numbers(count);
    for (std::int64_t& number : numbers) number = static_cast<std::int64_t>(random() % 100);
    const range_maximum greatest(numbers);
    for (std::size_t first = 0; first < count; ++first) {
      std::int64_t expected = numbers[first];
      for (std::size_t last = first + 1; last <= count; ++last) {
        expected = std::max(expected, numbers[last - 1]);
        ASSERT_EQ(greatest.of(first, last), expected);
      }
    }
  }
}

}  // namespace
}  // namespace tidegate::test
