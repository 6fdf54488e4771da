// Rows in real time, of which nothing is asked but that they account for everything and end: how long things take is
// the machine's.
#include <gtest/gtest.h>

#include "lab/engine.hpp"
#include "tests/lab/rows.hpp"

namespace tidegate::lab {
namespace {

class real_time : public testing::TestWithParam<const char*> {};

TEST_P(real_time, accounts_for_everything) {
  row of = row_of("A", GetParam());
  of.flows[0].phases = {{0.05, 500}, {0.15, 6000}, {0.05, 500}};
  of.window_from_s = 0.05;
  of.window_to_s = 0.2;
  const outcome found = measure(of);
  EXPECT_EQ(imbalance_of(found.account), 0U);
  EXPECT_EQ(found.account.queued + found.account.in_service, 0U);
  EXPECT_GT(found.account.completed, 0U);
  EXPECT_EQ(found.account.offered, simulate(of).account.offered) << "the same arrivals";
  EXPECT_FALSE(found.moments.empty());
}

constexpr const char* in_real_time[] = {
    "unbounded", "reject, 100", "drop oldest, 100", "CoDel 5/100 ms", "adaptive LIFO 5/100 ms", "reserve first, 8"};
INSTANTIATE_TEST_SUITE_P(A, real_time, testing::ValuesIn(in_real_time));

TEST(real_time, ends_a_producer_that_waits) {
  row of = row_of("H", "bounded 128, block");
  of.workers = 2;
  of.policy.capacity = 4;
  of.ends_s = 0.1;
  of.flows[0].phases = {{10, 5000}};
  const outcome found = measure(of);
  EXPECT_EQ(imbalance_of(found.account), 0U);
  EXPECT_LE(found.measured.at("depth_max"), 4);
}

TEST(real_time, has_room_for_as_many_workers_as_a_file_may_have) {
  row of = row_of("H", "reserve 128 first");
  of.flows[0].phases = {{0.1, 5000}};
  EXPECT_EQ(imbalance_of(measure(of).account), 0U);
}

TEST(real_time, does_no_work_in_a_pause) {
  row of = row_of("A", "reject, 100");
  of.workers = 1;
  of.service_s = 0.02;
  of.policy.capacity = 4;
  of.spacing = spacing_kind::fixed;
  of.flows[0].phases = {{0.1, 0}, {0.1, 1000}};
  of.stalls = {{.from_s = 0.05, .span_s = 0.25, .every_s = 0}};
  // The queue fills from 0.101 to 0.104 s; the fourth is done when four services have followed the pause.
  EXPECT_GE(measure(of).measured.at("whole_max_ms"), 1e3 * (0.3 - 0.104 + 4 * 0.02) - 1);
}

TEST(real_time, ends_in_a_pause) {
  row of = row_of("A", "reject, 100");
  of.stalls = {{.from_s = 0.05, .span_s = 3600, .every_s = 0}};
  of.ends_s = 0.1;
  const outcome found = measure(of);
  EXPECT_EQ(imbalance_of(found.account), 0U);
  EXPECT_GT(found.account.discarded, 0U);
}

TEST(real_time, interrupts_those_who_spin) {
  row of = row_of("A", "reject, 100");
  of.spins = true;
  of.service_s = 3600;
  of.workers = 1;
  EXPECT_TRUE(measure(of, [](nanoseconds at) { return at < std::chrono::milliseconds(50); }).interrupted);
}

TEST(real_time, ends_when_it_is_told_to) {
  row of = row_of("A", "reject, 100");
  of.flows[0].phases = {{3600, 200}};
  const outcome found = measure(of, [](nanoseconds at) { return at < std::chrono::milliseconds(50); });
  EXPECT_TRUE(found.interrupted);
  EXPECT_EQ(imbalance_of(found.account), 0U);
}

TEST(real_time, writes_to_a_peer_no_more_than_the_high_mark) {
  row of = row_of("E", "stream_sink, 1 MiB");
  of.flows[0].phases = {{0.2, 3000}};
  const outcome found = measure(of);
  EXPECT_EQ(imbalance_of(found.account), 0U);
  EXPECT_EQ(found.measured.at("left_inside"), 0);
  EXPECT_GT(found.account.rejected, 0U) << "the peer is five times slower";
  EXPECT_LE(found.measured.at("buffered_peak_mib"), 1 + 1.0 / 64);
}

TEST(real_time, hangs_up_on_a_peer_that_reads_nothing) {
  row of = row_of("E", "a peer that stops reading");
  of.stalls = {{.from_s = 0, .span_s = 0.3, .every_s = 0}};
  of.policy.stall_after_s = 0.05;
  const outcome found = measure(of);
  EXPECT_EQ(imbalance_of(found.account), 0U);
  EXPECT_EQ(found.measured.at("left_inside"), 0);
  EXPECT_GT(found.account.evicted, 0U);
  EXPECT_LT(found.measured.at("evicted_at_s"), 5) << "before the load ended";
}

TEST(real_time, interrupts_a_peer_that_reads_nothing) {
  row of = row_of("E", "a buffer without a bound");
  of.service_s = 3600;
  const outcome found = measure(of, [](nanoseconds at) { return at < std::chrono::milliseconds(50); });
  EXPECT_TRUE(found.interrupted);
  EXPECT_EQ(found.account.in_service, 0U) << "what was worked on is broken off";
  EXPECT_EQ(imbalance_of(found.account), 0U);
}

}  // namespace
}  // namespace tidegate::lab
