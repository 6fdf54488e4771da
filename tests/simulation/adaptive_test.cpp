// Limits that find their value before a server that becomes half as fast: 2,400 requests a second, four workers of 2 ms
// that do 2,000, and 1,000 from the tenth second on. What is accepted should hardly wait, and the workers hardly idle.
#include <chrono>
#include <cstdio>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/arrivals.hpp"
#include "tests/simulation/policies.hpp"
#include "tests/simulation/server.hpp"
#include "tidegate/flow/limits/gradient2.hpp"
#include "tidegate/flow/limits/vegas.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

account run(auto& policy, nanoseconds begins, nanoseconds ends) {
  constexpr load_phase phases[] = {{20s, 2400}};
  const std::vector<nanoseconds> load = arrivals(phases, 7);
  return simulate(policy, load, {.slows_at = 10s, .window_begins = begins, .window_ends = ends});
}

void tell(const char* name, const account& of) {
  std::printf("%-20s served %6.1f p50 %6.2f p99 %6.2f ms, depth %zu\n", name, of.served_per_second(),
              of.percentile(0.5), of.percentile(0.99), of.max_depth);
}

template <class Algorithm>
class adaptive : public testing::Test {};
using algorithms = testing::Types<vegas_limit, gradient2_limit>;
TYPED_TEST_SUITE(adaptive, algorithms);

TYPED_TEST(adaptive, limit_keeps_the_server_busy_and_the_wait_short) {
  adapting_limit<TypeParam> before(TypeParam{});
  const account fast = run(before, 3s, 10s);
  tell("at full speed", fast);
  EXPECT_EQ(fast.offered, fast.completed + before.lost());
  EXPECT_GE(fast.served_per_second(), 0.93 * 2000);
  EXPECT_LE(fast.percentile(0.99), 8.0) << "four times the work";
  EXPECT_LE(before.highest, 16U);
}

TYPED_TEST(adaptive, limit_follows_a_server_that_becomes_half_as_fast) {
  adapting_limit<TypeParam> after(TypeParam{});
  const account slow = run(after, 12s, 20s);
  tell("at half speed", slow);
  EXPECT_GE(slow.served_per_second(), 0.93 * 1000);
  EXPECT_LE(slow.percentile(0.99), 16.0) << "four times the work";
  EXPECT_LE(after.highest, 16U) << "also between the two";
}

TEST(fixed, limit_of_the_same_start_makes_everybody_wait) {
  reserve_first<real_limiter> twenty(20);
  const account slow = run(twenty, 12s, 20s);
  tell("fixed at 20", slow);
  EXPECT_GT(slow.percentile(0.5), 18.0);
}

}  // namespace
}  // namespace tidegate::test
