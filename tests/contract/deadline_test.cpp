// Deadlines: never early, one try when past, `timed_out` after the last try, and no overflow on the way to "for ever".
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class deadlines : public watched {};
TYPED_TEST_SUITE(deadlines, waiting_kinds, kind_names);

constexpr auto short_while = 15ms;
constexpr auto past = test_clock::time_point::min();

/// A queue of capacity 1; full when asked for.
template <class Kind, class T = move_only>
struct bench_queue {
  explicit bench_queue(bool full) : queue(Kind::template make<T>(1)) {
    if (full) {
      EXPECT_EQ(queue.try_push(T(1)), push_status::ok);
    }
  }
  typename Kind::template type<T> queue;
};

TYPED_TEST(deadlines, of_pushes_are_never_early) {
  bench_queue<TypeParam> full(true);
  move_only value(7);
  auto start = test_clock::now();
  EXPECT_EQ(full.queue.push_for(std::move(value), short_while), push_status::timed_out);
  EXPECT_GE(test_clock::now() - start, short_while);
  start = test_clock::now();
  EXPECT_EQ(full.queue.push_until(std::move(value), start + short_while), push_status::timed_out);
  EXPECT_GE(test_clock::now(), start + short_while);
  EXPECT_EQ(value.id(), 7U) << "a push that is not accepted does not move from its argument";
}

TYPED_TEST(deadlines, of_pops_are_never_early) {
  bench_queue<TypeParam> empty(false);
  move_only out(7);
  auto start = test_clock::now();
  EXPECT_EQ(empty.queue.pop_for(out, short_while), pop_status::timed_out);
  EXPECT_GE(test_clock::now() - start, short_while);
  start = test_clock::now();
  EXPECT_EQ(empty.queue.pop_until(out, start + short_while), pop_status::timed_out);
  EXPECT_GE(test_clock::now(), start + short_while);
  start = test_clock::now();
  EXPECT_EQ(empty.queue.pop_n_until(&out, 1, start + short_while), 0U);
  EXPECT_GE(test_clock::now(), start + short_while);
  EXPECT_EQ(out.id(), 7U);
}

TYPED_TEST(deadlines, of_the_drain_are_never_early) {
  bench_queue<TypeParam> full(true);
  const auto start = test_clock::now();
  EXPECT_FALSE(full.queue.wait_drained(start + short_while));
  EXPECT_GE(test_clock::now(), start + short_while);
}

TYPED_TEST(deadlines, in_the_past_are_one_try_that_may_succeed) {
  bench_queue<TypeParam> bench(false);
  auto& queue = bench.queue;
  move_only out(0);
  for (unsigned id = 1; id < 6; ++id) {
    ASSERT_EQ(queue.push_until(move_only(id), past), push_status::ok);
    ASSERT_EQ(queue.pop_until(out, past), pop_status::ok);
    ASSERT_EQ(out.id(), id);
  }
  ASSERT_EQ(queue.push_for(move_only(6), 0s), push_status::ok);
  ASSERT_EQ(queue.pop_for(out, -1s), pop_status::ok);
  ASSERT_EQ(queue.push_for(move_only(6), std::chrono::nanoseconds::min()), push_status::ok);
  EXPECT_FALSE(queue.wait_drained(past));
  ASSERT_EQ(queue.pop_n_until(&out, 1, past), 1U);
  EXPECT_TRUE(queue.wait_drained(past));
}

TYPED_TEST(deadlines, in_the_past_do_not_wait) {
  bench_queue<TypeParam> full(true);
  bench_queue<TypeParam> empty(false);
  const own_wait_steps waited;
  move_only value(7);
  EXPECT_EQ(full.queue.push_until(std::move(value), past), push_status::timed_out);
  EXPECT_EQ(full.queue.push_until(std::move(value), test_clock::now()), push_status::timed_out);
  EXPECT_EQ(full.queue.push_for(std::move(value), 0s), push_status::timed_out);
  EXPECT_EQ(full.queue.push_for(std::move(value), std::chrono::hours::min()), push_status::timed_out);
  EXPECT_FALSE(full.queue.wait_drained(past));
  EXPECT_EQ(empty.queue.pop_until(value, past), pop_status::timed_out);
  EXPECT_EQ(empty.queue.pop_for(value, 0s), pop_status::timed_out);
  EXPECT_EQ(empty.queue.pop_n_until(&value, 1, past), 0U);
  EXPECT_EQ(waited.count(), 0U);
  EXPECT_EQ(value.id(), 7U);
}

TYPED_TEST(deadlines, too_long_to_represent_wait_for_ever) {
  using namespace std::chrono;
  for (int span = 0; span < 4; ++span) {
    bench_queue<TypeParam, std::uint32_t> empty(false);
    pop_status status{};
    {
      const auto consumer = start_and_see_it_wait<TypeParam>([&] {
        std::uint32_t out = 0;
        switch (span) {
          case 0: status = empty.queue.pop_for(out, hours::max()); break;
          case 1: status = empty.queue.pop_for(out, nanoseconds::max()); break;
          case 2: status = empty.queue.pop_for(out, duration<double>(1e300)); break;
          default: status = empty.queue.pop_until(out, test_clock::time_point::max());
        }
      });
      EXPECT_EQ(empty.queue.try_push(1U), push_status::ok);
    }
    EXPECT_EQ(status, pop_status::ok);
  }
}

TYPED_TEST(deadlines, too_long_to_represent_wait_for_ever_to_push) {
  bench_queue<TypeParam, std::uint32_t> full(true);
  hand_over_producer(full.queue);
  push_status status{};
  {
    const auto producer =
        start_and_see_it_wait<TypeParam>([&] { status = full.queue.push_for(2U, std::chrono::hours::max()); });
    std::uint32_t out = 0;
    EXPECT_EQ(full.queue.pop(out), pop_status::ok);
  }
  EXPECT_EQ(status, push_status::ok);
}

TYPED_TEST(deadlines, do_not_hurry_what_is_ready) {
  bench_queue<TypeParam> bench(false);
  move_only out(0);
  EXPECT_EQ(bench.queue.push_for(move_only(3), patience), push_status::ok);
  EXPECT_EQ(bench.queue.pop_for(out, patience), pop_status::ok);
  EXPECT_EQ(bench.queue.push_until(move_only(4), in_good_time()), push_status::ok);
  EXPECT_EQ(bench.queue.pop_n_until(&out, 1, in_good_time()), 1U);
  EXPECT_TRUE(bench.queue.wait_drained(in_good_time()));
}

TYPED_TEST(deadlines, of_a_closed_queue_do_not_matter) {
  bench_queue<TypeParam> bench(true);
  auto& queue = bench.queue;
  queue.close();
  move_only value(7);
  EXPECT_EQ(queue.push_until(std::move(value), past), push_status::closed);
  EXPECT_EQ(queue.push_for(std::move(value), patience), push_status::closed);
  EXPECT_EQ(queue.push(std::move(value)), push_status::closed);
  EXPECT_EQ(value.id(), 7U);
  EXPECT_EQ(queue.pop_until(value, past), pop_status::ok) << "what was accepted is delivered";
  EXPECT_EQ(queue.pop_until(value, past), pop_status::closed);
  EXPECT_EQ(queue.pop_for(value, patience), pop_status::closed);
  EXPECT_EQ(queue.pop(value), pop_status::closed);
  EXPECT_EQ(queue.pop_n_until(&value, 1, in_good_time()), 0U);
}

}  // namespace
}  // namespace tidegate::test
