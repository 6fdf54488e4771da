// The search and its specification: hand-made histories that have an order, and some that have none.
#include "tests/linearizability/search.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"

namespace tidegate::test {
namespace {

using history = std::vector<operation>;

[[nodiscard]] operation push(std::uint64_t value, push_status status = push_status::ok) {
  return operation::push(0, value, status);
}
[[nodiscard]] operation pop(std::uint64_t value) { return operation::pop(1, pop_status::ok, value); }
[[nodiscard]] operation pop(pop_status status) { return operation::pop(1, status); }
[[nodiscard]] operation evict(std::uint64_t value) { return operation::push_evict(0, value, push_status::ok); }
[[nodiscard]] operation evict(std::uint64_t value, std::uint64_t victim) {
  return operation::push_evict(0, value, push_status::evicted, victim);
}
[[nodiscard]] operation close() { return operation::close(2); }

/// `op`, after the operations at `indices`.
[[nodiscard]] operation after(std::initializer_list<std::size_t> indices, operation op) {
  for (const std::size_t index : indices) op.predecessors |= mask_of(index);
  return op;
}

/// Operations one after the other, by one thread.
[[nodiscard]] history sequence(history ops) {
  for (std::size_t i = 1; i < ops.size(); ++i) ops[i].predecessors = mask_of(i - 1);
  return ops;
}

/// Each row is a thread's operations, one after the other; rows overlap.
[[nodiscard]] history side_by_side(const std::vector<history>& threads) {
  history all;
  for (const history& thread : threads) {
    for (std::size_t i = 0; i < thread.size(); ++i) {
      all.push_back(thread[i]);
      if (i > 0) all.back().predecessors = mask_of(all.size() - 2);
    }
  }
  return all;
}

[[nodiscard]] promise joint(std::size_t capacity) { return {.capacity = capacity}; }
[[nodiscard]] promise alone(std::size_t capacity) {
  return {.capacity = capacity, .failures = failure_judgement::each_failure_alone};
}
[[nodiscard]] promise closed_by_any(std::size_t capacity) {
  return {.capacity = capacity, .failures = failure_judgement::each_failure_alone, .late_calls = 1};
}

/// True when the history has an order; the witness is checked, and a refusal explained.
[[nodiscard]] testing::AssertionResult is_linearizable(const history& ops, const promise& promised) {
  const linearization result = linearize(ops, promised);
  EXPECT_NE(result.found, verdict::undecided);
  if (result) {
    bounded_fifo state(promised);
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < result.length; ++i) {
      const std::size_t index = result.order[i];
      EXPECT_EQ(ops[index].predecessors & result.judged & ~done, 0U) << "the witness breaks the history's order";
      EXPECT_NE(state.apply(ops[index], index), effect::impossible) << "the witness is not allowed";
      done |= mask_of(index);
    }
  }
  return (result ? testing::AssertionSuccess() : testing::AssertionFailure()) << explain(ops, promised, result);
}

TEST(search, accepts_the_empty_history) { EXPECT_TRUE(is_linearizable({}, joint(1))); }

TEST(search, follows_a_sequence) {
  EXPECT_TRUE(is_linearizable(sequence({pop(pop_status::empty), push(1), push(2), push(3, push_status::full), pop(1),
                                        pop(2), pop(pop_status::empty)}),
                              joint(2)));
}

TEST(search, refuses_what_no_sequence_does) {
  EXPECT_FALSE(is_linearizable(sequence({pop(1), push(1)}), joint(2))) << "popped before pushed";
  EXPECT_FALSE(is_linearizable(sequence({push(1), pop(2)}), joint(2))) << "never pushed";
  EXPECT_FALSE(is_linearizable(sequence({push(1), pop(1), pop(1)}), joint(2))) << "popped twice";
  EXPECT_FALSE(is_linearizable(sequence({push(1), push(2), pop(2), pop(1)}), joint(2))) << "out of order";
  EXPECT_FALSE(is_linearizable(sequence({push(1), push(2), pop(2)}), joint(2))) << "overtaken";
  EXPECT_FALSE(is_linearizable(sequence({push(1), push(2), push(3)}), joint(2))) << "above capacity";
  EXPECT_FALSE(is_linearizable(sequence({push(1), pop(pop_status::empty)}), joint(2))) << "not empty";
  EXPECT_FALSE(is_linearizable(sequence({push(1), push(2, push_status::full)}), joint(2))) << "not full";
  EXPECT_FALSE(is_linearizable(sequence({push(1), push(2, push_status::spilled)}), joint(1))) << "foreign";
  EXPECT_FALSE(is_linearizable(sequence({push(1), pop(1), pop(pop_status::empty), pop(1)}), joint(1)));
}

TEST(search, accepts_equal_values) {
  EXPECT_TRUE(is_linearizable(sequence({push(7), push(7), pop(7), pop(7), pop(pop_status::empty)}), joint(2)));
  EXPECT_FALSE(is_linearizable(sequence({push(7), push(7), pop(7), pop(pop_status::empty)}), joint(2)));
}

TEST(search, lets_what_overlaps_go_either_way) {
  EXPECT_TRUE(is_linearizable(side_by_side({{push(1), push(2)}, {pop(1), pop(pop_status::empty), pop(2)}}), joint(1)));
  EXPECT_TRUE(is_linearizable(side_by_side({{push(1)}, {push(2)}, {pop(2), pop(1)}}), joint(2)));
  EXPECT_TRUE(is_linearizable(side_by_side({{push(1)}, {push(2)}, {pop(1)}, {pop(2)}}), joint(1)));
  EXPECT_FALSE(is_linearizable(side_by_side({{push(1), push(2)}, {pop(2), pop(1)}}), joint(2)));
  EXPECT_FALSE(is_linearizable(side_by_side({{push(1)}, {push(2)}, {pop(2), pop(1)}, {pop(1)}}), joint(2)));
}

// One thread's full push forces the other threads' pushes in, in an order that only the last pop tells.
TEST(search, takes_back_a_wrong_beginning) {
  EXPECT_TRUE(is_linearizable(side_by_side({{push(1)},
                                            {push(2)},
                                            {push(3)},
                                            {push(9, push_status::full), pop(3), pop(1)},
                                            {pop(pop_status::empty), pop(2), pop(pop_status::empty)}}),
                              joint(3)));
}

TEST(search, keeps_an_order_that_is_no_interval_order) {  // 2+2: a vector clock gives it, clocks of time do not
  const history crossed{push(1), after({0}, pop(pop_status::empty)), push(2), after({2}, pop(pop_status::empty))};
  EXPECT_FALSE(is_linearizable(crossed, joint(2)));
  EXPECT_FALSE(is_linearizable(crossed, alone(2)));
  const history fine{push(1), after({0}, pop(1)), push(2), after({2}, pop(2))};
  EXPECT_TRUE(is_linearizable(fine, joint(1)));
}

TEST(search, closes_the_order_transitively) {
  // Alone, the pop knows only through the refused push that the value was inside.
  const history ops{push(1), after({0}, push(2, push_status::full)), after({1}, pop(pop_status::empty))};
  EXPECT_FALSE(is_linearizable(ops, alone(1)));
}

// The two sides see each other's stores late: each failure is true, but not both.
TEST(search, tells_store_buffering_from_a_joint_order) {
  history ops = side_by_side({{push(1)}, {pop(1), pop(pop_status::empty)}, {push(2), push(3, push_status::full)}});
  for (std::size_t i = 1; i < ops.size(); ++i) ops[i].predecessors |= mask_of(0);
  EXPECT_FALSE(is_linearizable(ops, joint(2)));
  EXPECT_TRUE(is_linearizable(ops, alone(2)));
}

TEST(search, names_the_failure_that_is_wrong_alone) {
  const history ops = sequence({push(1), pop(pop_status::empty), push(2, push_status::full), pop(1)});
  const linearization result = linearize(ops, alone(1));
  EXPECT_EQ(result.found, verdict::not_linearizable);
  EXPECT_EQ(result.accused, 1U);
  EXPECT_NE(explain(ops, alone(1), result).find("#1 thread 1: pop -> empty: no place"), std::string::npos);
}

TEST(search, explains_where_it_got_stuck) {
  const history ops = sequence({push(1), push(2), pop(2), pop(1)});
  const linearization result = linearize(ops, joint(2));
  EXPECT_EQ(result.length, 2U);
  EXPECT_EQ(explain(ops, joint(2), result),
            "not linearizable; this far it is:\n"
            "  #0 thread 0: push 1 -> ok\n"
            "  #1 thread 0: push 2 -> ok\n"
            "state: [1 2] of capacity 2\n"
            "stuck:\n"
            "  #2 thread 1: pop -> 2: does not fit\n"
            "  #3 thread 1: pop -> 1: comes after #2\n"
            "history:\n"
            "  #0 thread 0: push 1 -> ok\n"
            "  #1 thread 0: push 2 -> ok, after #0\n"
            "  #2 thread 1: pop -> 2, after #1\n"
            "  #3 thread 1: pop -> 1, after #2\n");
}

TEST(search, lets_a_pending_operation_happen_or_not) {
  const operation pending_push = operation::pending(operation_kind::push, 3, 9);
  const operation pending_pop = operation::pending(operation_kind::pop, 3);
  const operation pending_close = operation::pending(operation_kind::close, 3);
  EXPECT_TRUE(is_linearizable({pending_push, pop(9)}, joint(1)));
  EXPECT_TRUE(is_linearizable({pending_push, pop(pop_status::empty)}, joint(1)));
  EXPECT_TRUE(is_linearizable({pending_push, after({}, push(1, push_status::full))}, joint(1)));
  EXPECT_FALSE(is_linearizable({pending_push, pop(9), after({1}, pop(9))}, joint(1)));
  EXPECT_TRUE(is_linearizable({push(1), pending_pop, after({0}, pop(pop_status::empty))}, joint(1)));
  EXPECT_TRUE(is_linearizable({push(1), pending_pop, after({0}, pop(1))}, joint(1)));
  EXPECT_FALSE(is_linearizable({push(1), after({0}, pop(pop_status::empty)), after({1}, pending_pop)}, joint(1)));
  EXPECT_TRUE(is_linearizable({pending_close, push(1, push_status::closed)}, joint(1)));
  EXPECT_TRUE(is_linearizable({pending_close, push(1)}, joint(1)));
  EXPECT_FALSE(is_linearizable({pending_close, push(1, push_status::closed), after({1}, push(2))}, joint(1)));
}

TEST(search, keeps_the_order_of_a_pending_call) {
  history claim{operation::pending(operation_kind::push, 0, 1), operation::pending(operation_kind::push, 0, 2)};
  claim[1].predecessors = mask_of(0);
  history taken = claim;
  taken.push_back(pop(2));
  EXPECT_FALSE(is_linearizable(taken, joint(2)));
  taken = claim;
  taken.push_back(pop(1));
  EXPECT_TRUE(is_linearizable(taken, joint(2)));
}

TEST(close, is_final_and_delivers_the_rest) {
  EXPECT_TRUE(is_linearizable(sequence({push(1), close(), push(2, push_status::closed), pop(1), pop(pop_status::closed),
                                        pop(pop_status::closed), close()}),
                              joint(2)));
  EXPECT_FALSE(is_linearizable(sequence({close(), push(1)}), joint(2)));
  EXPECT_FALSE(is_linearizable(sequence({close(), pop(pop_status::empty)}), joint(2)));
  EXPECT_FALSE(is_linearizable(sequence({push(1), close(), push(2, push_status::full)}), joint(1)));
  EXPECT_FALSE(is_linearizable(sequence({push(1), close(), pop(pop_status::closed)}), joint(2)));
  EXPECT_FALSE(is_linearizable({pop(pop_status::closed)}, joint(2)));
  EXPECT_FALSE(is_linearizable({push(1, push_status::closed)}, joint(2)));
  EXPECT_FALSE(is_linearizable(side_by_side({{close()}, {pop(pop_status::closed), pop(pop_status::empty)}}), alone(2)));
  EXPECT_FALSE(is_linearizable(side_by_side({{close()}, {push(1, push_status::closed), push(2)}}), alone(2)));
}

// spsc_ring's card: closed by a third thread, what a push under way puts in after the consumer was told stays there.
TEST(close, by_a_third_thread_may_strand_one_call) {
  const history stranded = side_by_side({{push(1)}, {pop(pop_status::closed)}, {close()}});
  EXPECT_FALSE(is_linearizable(side_by_side({{push(1)}, {close(), pop(pop_status::closed)}}), alone(1)));
  EXPECT_TRUE(is_linearizable(side_by_side({{push(1)}, {close(), pop(pop_status::closed)}}), closed_by_any(1)));
  EXPECT_TRUE(is_linearizable(stranded, closed_by_any(1)));
  // Not under way: it began after the close, or after the consumer was told, or had ended before.
  EXPECT_FALSE(is_linearizable({close(), after({0}, push(1)), after({0}, pop(pop_status::closed))}, closed_by_any(1)));
  EXPECT_FALSE(is_linearizable({close(), pop(pop_status::closed), after({1}, push(1))}, closed_by_any(1)));
  EXPECT_FALSE(is_linearizable({close(), push(1), after({1}, pop(pop_status::closed))}, closed_by_any(1)));
  // What is stranded is not delivered after all.
  EXPECT_FALSE(
      is_linearizable(side_by_side({{push(1)}, {pop(pop_status::closed), pop(1)}, {close()}}), closed_by_any(1)));
}

// Room that is made after the close can still be taken by a push that was under way; its element is delivered.
TEST(close, by_a_third_thread_may_overtake_a_push) {
  const history ops{push(1),
                    close(),
                    after({0, 1}, pop(1)),
                    after({0}, push(2)),
                    after({2}, pop(2)),
                    after({4}, pop(pop_status::closed))};
  EXPECT_FALSE(is_linearizable(ops, alone(1)));
  EXPECT_TRUE(is_linearizable(ops, closed_by_any(1)));
  history too_many = ops;
  too_many.push_back(after({2, 3}, push(3)));
  EXPECT_FALSE(is_linearizable(too_many, closed_by_any(2)));
  history too_late = ops;
  too_late[3].predecessors |= mask_of(1);
  EXPECT_FALSE(is_linearizable(too_late, closed_by_any(1)));
}

// As above, and a second push that was under way finds the room taken by the first.
TEST(close, by_a_third_thread_may_leave_a_push_full) {
  history ops{push(1), close(), after({0, 1}, pop(1)), after({0}, push(2)), after({3}, push(3, push_status::full))};
  const promise two_late{.capacity = 1, .late_calls = 2};
  ops.push_back(after({2, 4}, pop(2)));
  EXPECT_TRUE(is_linearizable(ops, two_late));
  EXPECT_FALSE(is_linearizable(ops, {.capacity = 1, .late_calls = 1})) << "two calls";
  ops[4].predecessors |= mask_of(1);
  EXPECT_FALSE(is_linearizable(ops, two_late)) << "it began after the close";
}

// Two consumers: one is told `closed`, and this must be ordered behind what the other one still got.
TEST(close, by_a_third_thread_waits_for_what_is_still_delivered) {
  const history ops{push(1),
                    close(),
                    after({0, 1}, pop(1)),
                    after({0}, push(2)),
                    after({2}, pop(2)),
                    after({2}, pop(pop_status::closed))};
  EXPECT_TRUE(is_linearizable(ops, closed_by_any(1)));
}

TEST(close, by_a_third_thread_strands_no_second_call) {
  history two = side_by_side({{push(1), push(2)}, {pop(pop_status::closed)}, {close()}});
  EXPECT_FALSE(is_linearizable(two, closed_by_any(2)));
  EXPECT_TRUE(is_linearizable(two, {.capacity = 2, .late_calls = 2}));
  two[0].call = two[1].call = 5;  // one call of two elements
  EXPECT_TRUE(is_linearizable(two, closed_by_any(2)));
  EXPECT_FALSE(is_linearizable(two, closed_by_any(1))) << "above capacity";
}

TEST(evict, takes_the_oldest_out_of_a_full_queue) {
  EXPECT_TRUE(
      is_linearizable(sequence({push(1), push(2), evict(3, 1), pop(2), pop(3), pop(pop_status::empty)}), joint(2)));
  EXPECT_FALSE(is_linearizable(sequence({push(1), push(2), evict(3, 2)}), joint(2))) << "not the oldest";
  EXPECT_FALSE(is_linearizable(sequence({push(1), evict(3, 1)}), joint(2))) << "not full";
  EXPECT_FALSE(is_linearizable(sequence({evict(1, 1)}), joint(1))) << "its own";
  EXPECT_FALSE(is_linearizable(sequence({push(1), evict(2, 1), pop(1)}), joint(1))) << "delivered twice";
}

TEST(evict, is_a_push_where_there_is_room_and_is_never_refused) {
  EXPECT_TRUE(is_linearizable(sequence({evict(1), pop(1)}), joint(1)));
  EXPECT_FALSE(is_linearizable(sequence({push(1), evict(2)}), joint(1))) << "above capacity";
  EXPECT_FALSE(is_linearizable(sequence({push(1), operation::push_evict(0, 2, push_status::full)}), joint(1)));
  EXPECT_FALSE(is_linearizable(sequence({push(1), push(2, push_status::evicted)}), joint(1))) << "was not asked to";
  EXPECT_FALSE(is_linearizable(sequence({push(1), close(), evict(2, 1)}), joint(1))) << "closed";
}

// What is evicted leaves and what evicts it enters at one instant: nobody sees the queue empty, or with more inside.
TEST(evict, is_one_step) {
  EXPECT_FALSE(is_linearizable(
      side_by_side({{push(1), evict(2, 1)}, {push(9, push_status::full), pop(pop_status::empty)}}), joint(1)));
  EXPECT_TRUE(is_linearizable(side_by_side({{push(1), evict(2, 1)}, {push(9, push_status::full), pop(2)}}), joint(1)));
}

TEST(evict, that_is_pending_may_have_taken_something_out) {
  operation pending = operation::pending(operation_kind::push, 0, 3);
  EXPECT_FALSE(is_linearizable({push(1), after({0}, pending), after({0}, pop(3))}, joint(1)));
  pending.evicts = true;
  EXPECT_TRUE(is_linearizable({push(1), after({0}, pending), after({0}, pop(3))}, joint(1)));
  EXPECT_TRUE(is_linearizable({push(1), after({0}, pending), after({0}, pop(1)), after({2}, pop(3))}, joint(1)));
  EXPECT_FALSE(is_linearizable({push(1), after({0}, pending), after({0}, pop(3)), after({2}, pop(1))}, joint(1)));
}

TEST(search, refuses_more_operations_than_a_mask_holds) {
  EXPECT_TRUE(is_linearizable(history(64, pop(pop_status::empty)), joint(1)));
  EXPECT_THROW(static_cast<void>(linearize(history(65, pop(pop_status::empty)), joint(1))), std::invalid_argument);
}

// Everything overlaps and one answer is impossible: hopeless without memory of the states that were tried.
TEST(search, remembers_where_it_was) {
  history ops;
  for (std::uint64_t i = 0; i < 6; ++i) ops.push_back(push(i));
  for (std::uint64_t i = 0; i < 6; ++i) ops.push_back(pop(i));
  EXPECT_TRUE(is_linearizable(ops, joint(2)));
  ops.push_back(pop(99));
  EXPECT_FALSE(is_linearizable(ops, joint(2)));
  EXPECT_LT(linearize(ops, joint(2)).steps, 50'000U);
}

}  // namespace
}  // namespace tidegate::test
