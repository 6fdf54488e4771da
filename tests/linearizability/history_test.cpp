// Operations, their order in time, and what is told about them.
#include "tests/linearizability/history.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/linearizability/recorder.hpp"
#include "tests/linearizability/stamps.hpp"
#include "tests/linearizability/visited_states.hpp"
#include "tidegate/base/status.hpp"

namespace tidegate::test {
namespace {

[[nodiscard]] timed_operation push(std::size_t thread, std::uint64_t invoked, std::uint64_t returned) {
  return {operation::push(thread, 1, push_status::ok), invoked, returned};
}

TEST(history, orders_by_time_what_does_not_overlap) {
  const auto ops = order_by_time(std::vector{push(0, 5, 8), push(1, 1, 4), push(2, 4, 6), push(3, 9, never)});
  EXPECT_EQ(ops[0].predecessors, 0b0010U);
  EXPECT_EQ(ops[1].predecessors, 0U);
  EXPECT_EQ(ops[2].predecessors, 0U) << "equal stamps order nothing";
  EXPECT_EQ(ops[3].predecessors, 0b0111U);
}

TEST(history, keeps_the_order_of_each_thread_and_of_each_call) {
  std::vector<timed_operation> recording{push(0, 1, 4), push(0, 4, 6), push(0, 4, 6)};
  EXPECT_EQ(order_by_time(recording)[1].predecessors, 0b01U) << "equal stamps of one thread";
  EXPECT_EQ(order_by_time(recording)[2].predecessors, 0b01U) << "two calls at once";
  recording[1].what.call = recording[2].what.call = 3;
  EXPECT_EQ(order_by_time(recording)[2].predecessors, 0b11U) << "one call";
}

TEST(history, maps_every_status) {
  EXPECT_EQ(to_answer(push_status::ok), answer::ok);
  EXPECT_EQ(to_answer(push_status::timed_out), answer::refused);
  EXPECT_EQ(to_answer(push_status::dropped), answer::refused);
  EXPECT_EQ(to_answer(push_status::closed), answer::closed);
  EXPECT_EQ(to_answer(push_status::cancelled), answer::nothing);
  EXPECT_EQ(to_answer(push_status::evicted), answer::evicted);
  EXPECT_EQ(to_answer(pop_status::ok), answer::ok);
  EXPECT_EQ(to_answer(pop_status::timed_out), answer::refused);
  EXPECT_EQ(to_answer(pop_status::closed), answer::closed);
  EXPECT_EQ(to_answer(pop_status::cancelled), answer::nothing);
}

TEST(history, is_told_in_words) {
  EXPECT_EQ(to_text(operation::push(1, 7, push_status::full)), "thread 1: push 7 -> full");
  EXPECT_EQ(to_text(operation::pop(2, pop_status::ok, 7)), "thread 2: pop -> 7");
  EXPECT_EQ(to_text(operation::pop(2, pop_status::empty)), "thread 2: pop -> empty");
  EXPECT_EQ(to_text(operation::close(3)), "thread 3: close");
  EXPECT_EQ(to_text(operation::pending(operation_kind::pop, 3)), "thread 3: pop -> (pending)");
}

TEST(recorder, gives_each_call_an_interval) {
  recorder record(4, 8, 8);
  EXPECT_EQ(record.push(7, [] { return push_status::ok; }), push_status::ok);
  EXPECT_EQ(record.pop([](std::uint64_t& out) { return out = 7, pop_status::ok; }), pop_status::ok);
  record.close([] {});
  const auto ops = record.operations();
  ASSERT_EQ(ops.size(), 3U);
  EXPECT_EQ(ops[0].what, operation::push(4, 7, push_status::ok));
  EXPECT_EQ(ops[1].what, operation::pop(4, pop_status::ok, 7));
  EXPECT_EQ(ops[2].what, operation::close(4));
  for (std::size_t i = 0; i < ops.size(); ++i) {
    EXPECT_LE(ops[i].invoked, ops[i].returned);
    EXPECT_LE(i == 0 ? 0 : ops[i - 1].returned, ops[i].invoked);
  }
}

TEST(recorder, joins_the_elements_of_one_call) {
  recorder record(0, 8, 8);
  const std::vector<std::uint64_t> values{5, 6};
  record.pushed(stamp_before(), values, push_status::full);
  record.popped(stamp_before(), values, pop_status::empty);
  record.popped(stamp_before(), {}, pop_status::empty);
  const auto ops = record.operations();
  ASSERT_EQ(ops.size(), 5U);
  EXPECT_EQ(ops[0].what.call, ops[1].what.call);
  EXPECT_NE(ops[1].what.call, ops[2].what.call);
  EXPECT_EQ(ops[0].invoked, ops[1].invoked);
  EXPECT_EQ(ops[4].what, operation::pop(0, pop_status::empty));
}

TEST(recorder, leaves_out_refusals_beyond_its_limit) {
  recorder record(0, 8, 2);
  for (int i = 0; i < 5; ++i) static_cast<void>(record.pop([](std::uint64_t&) { return pop_status::empty; }));
  static_cast<void>(record.push(1, [] { return push_status::ok; }));
  EXPECT_EQ(record.operations().size(), 3U);
}

// What one thread's stamp says is over, another thread's later stamp must not come before.
TEST(stamps, follow_a_message_from_thread_to_thread) {
  std::atomic<std::uint64_t> message = 0;
  std::jthread sender([&] {
    for (int i = 0; i < 2000; ++i) {
      message.store(stamp_before(), std::memory_order_release);
      if (i % 100 == 0) std::this_thread::yield();
    }
  });
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t sent = message.load(std::memory_order_acquire);
    ASSERT_LE(sent, stamp_after()) << "the clocks of two cores differ";
  }
}

TEST(visited_states, tell_what_they_have_seen) {
  visited_states seen;
  seen.clear();
  for (const std::uint64_t round : {0U, 1U}) {
    for (std::uint64_t i = 0; i < 200'000; ++i) {  // enough for some hashes to be equal
      const std::vector<std::uint64_t> key{i, i * i};
      ASSERT_EQ(seen.insert(std::span(key).first(1 + i % 2)), round == 0) << i;
    }
  }
  EXPECT_TRUE(seen.insert(std::vector<std::uint64_t>{1, 2})) << "another state with the same first word";
  EXPECT_EQ(seen.count(), 200'001U);
  seen.clear();
  EXPECT_TRUE(seen.insert(std::vector<std::uint64_t>{1, 2}));
}

}  // namespace
}  // namespace tidegate::test
