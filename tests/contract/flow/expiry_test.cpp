// Deadlines carried by elements: dropped when they cannot be met any more, never before, and counted.
#include "tidegate/flow/expiry.hpp"

#include <chrono>
#include <limits>
#include <memory>
#include <stdexcept>

#include "gtest/gtest.h"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/service_time_estimate.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using clock = virtual_sync;
using job = expiring<std::unique_ptr<int>>;

job due_in(nanoseconds span, int id = 0) { return {std::make_unique<int>(id), clock::now() + span}; }

TEST(service_time, knows_nothing_at_first_but_what_it_was_told) {
  const service_time_estimate<> blank;
  EXPECT_EQ(blank.mean(), 0ns);
  EXPECT_EQ(blank.margin(), 0ns);
  const service_time_estimate<> told({.first_guess = 3ms});
  EXPECT_EQ(told.mean(), 3ms);
  EXPECT_EQ(told.margin(), 3ms);
}

TEST(service_time, of_equal_samples_is_that_time_and_the_margin_closes_in) {
  service_time_estimate<> estimate;
  estimate.record(2ms);
  EXPECT_EQ(estimate.mean(), 2ms);
  EXPECT_EQ(estimate.margin(), 6ms) << "one sample says little: half of it as deviation, as RFC 6298 has it";
  for (int i = 0; i < 100; ++i) estimate.record(2ms);
  EXPECT_EQ(estimate.mean(), 2ms);
  EXPECT_LT(estimate.margin(), 2ms + 10ns);
}

TEST(service_time, follows_a_change_and_widens_with_scatter) {
  service_time_estimate<> estimate;
  for (int i = 0; i < 100; ++i) estimate.record(2ms);
  for (int i = 0; i < 100; ++i) estimate.record(8ms);
  EXPECT_NEAR(static_cast<double>(estimate.mean().count()), 8e6, 1e3);
  for (int i = 0; i < 1000; ++i) estimate.record(i % 2 == 0 ? 1ms : 3ms);
  EXPECT_NEAR(static_cast<double>(estimate.mean().count()), 2e6, 1e5);
  EXPECT_GT(estimate.margin(), 5ms) << "mean and four deviations of a millisecond";
}

TEST(service_time, of_absurd_samples_stays_a_time) {
  service_time_estimate<> estimate;
  estimate.record(-5s);
  EXPECT_EQ(estimate.mean(), 0ns);
  for (int i = 0; i < 1000; ++i) estimate.record(nanoseconds::max());
  EXPECT_GT(estimate.mean(), std::chrono::hours(24 * 365 * 200));
  EXPECT_GE(estimate.margin(), estimate.mean());
}

TEST(service_time, refuses_numbers_that_mean_nothing) {
  EXPECT_THROW(service_time_estimate<>({.first_guess = -1ns}), std::invalid_argument);
  EXPECT_THROW(service_time_estimate<>({.deviations = -1}), std::invalid_argument);
  EXPECT_THROW(service_time_estimate<>({.deviations = std::numeric_limits<double>::quiet_NaN()}),
               std::invalid_argument);
  EXPECT_THROW(expiry<>({.servers = 0}), std::invalid_argument);
  EXPECT_NO_THROW(service_time_estimate<>({.deviations = 0}));
  EXPECT_NO_THROW(service_time_estimate<>({.deviations = 1000}));
}

TEST(expired, is_exact_at_the_edge) {
  const auto now = clock::now();
  EXPECT_FALSE(expired(now + 2ms, now, 2ms)) << "exactly enough";
  EXPECT_TRUE(expired(now + 2ms - 1ns, now, 2ms));
  EXPECT_FALSE(expired(now, now, 0ns));
  EXPECT_TRUE(expired(now - 1ns, now, 0ns));
  EXPECT_FALSE(expired(now, now, -1h)) << "a negative margin is none";
  EXPECT_TRUE(expired(now - 1ns, now, -1h));
}

TEST(expired, does_not_overflow_at_the_ends_of_time) {
  const auto first = deadline::time_point::min(), last = deadline::time_point::max();
  EXPECT_FALSE(expired(deadline::never(), last, nanoseconds::max()));
  EXPECT_TRUE(expired(deadline::already_over(), clock::now(), 0ns));
  EXPECT_TRUE(expired(deadline::already_over(), last, 0ns));
  EXPECT_FALSE(expired(deadline(last - 1ns), first, nanoseconds::max()));
  EXPECT_TRUE(expired(deadline(clock::now()), clock::now(), nanoseconds::max()));
}

TEST(meets, compares_the_predicted_completion) {
  const auto now = clock::now();
  EXPECT_TRUE(meets(now + 52ms, now, 100, 2000, 2ms));
  EXPECT_FALSE(meets(now + 52ms, now, 101, 2000, 2ms));
  EXPECT_FALSE(meets(now + 52ms - 1ns, now, 100, 2000, 2ms));
  EXPECT_TRUE(meets(now, now, 0, 2000, 0ns));
  EXPECT_FALSE(meets(now - 1ns, now, 0, 2000, 0ns));
  EXPECT_FALSE(meets(now + 1h, now, 1, 0, 0ns)) << "nothing drains";
  EXPECT_TRUE(meets(deadline::never(), now, std::numeric_limits<std::size_t>::max(), 0, nanoseconds::max()));
  EXPECT_FALSE(meets(now + 1h, now, std::numeric_limits<std::size_t>::max(), 1e-300, 0ns));
}

TEST(expiry, pops_past_what_has_expired_and_counts_it) {
  spsc_ring<job, ring_options{}, clock> ring(8);
  expiry<clock> rule({.service = {.first_guess = 2ms}});
  for (const auto span : {5ms, 2ms, 1ms, 10ms})
    EXPECT_EQ(ring.try_push(due_in(span, int(span.count()))), push_status::ok);
  job out;
  EXPECT_EQ(rule.pop_live(ring, out), pop_status::ok);
  EXPECT_EQ(*out.value, 5);
  clock::advance(1ms);
  EXPECT_EQ(rule.pop_live(ring, out), pop_status::ok);
  EXPECT_EQ(*out.value, 10) << "2 ms had 1 left, 1 ms had none: neither can be finished";
  EXPECT_EQ(rule.expired_count(), 2U);
  EXPECT_EQ(rule.pop_live(ring, out), pop_status::empty);
  ring.close();
  EXPECT_EQ(rule.pop_live(ring, out), pop_status::closed);
}

TEST(expiry, passes_on_whatever_another_way_to_pop_answers) {
  expiry<clock> rule;
  expiring<int> out{0, deadline::never()};
  int calls = 0;
  const auto pop = [&calls](expiring<int>& into) {
    into = {calls, calls < 3 ? deadline::already_over() : deadline::never()};
    return ++calls < 6 ? pop_status::ok : pop_status::timed_out;
  };
  EXPECT_EQ(rule.pop_live_by(pop, out), pop_status::ok);
  EXPECT_EQ(out.value, 3);
  EXPECT_EQ(rule.pop_live_by(pop, out), pop_status::ok);
  EXPECT_EQ(rule.pop_live_by(pop, out), pop_status::timed_out);
  EXPECT_EQ(rule.expired_count(), 3U);
}

TEST(expiry, refuses_at_the_door_what_cannot_be_done_in_time) {
  spsc_ring<job, ring_options{}, clock> ring(100);
  expiry<clock> rule({.service = {.first_guess = 2ms}, .servers = 4});
  for (int i = 0; i < 16; ++i) EXPECT_EQ(rule.push_live(ring, due_in(10ms)), push_status::ok) << i;
  EXPECT_EQ(rule.push_live(ring, due_in(10ms)), push_status::ok) << "16 in front leave in 8 ms";
  job late = due_in(10ms);
  EXPECT_EQ(rule.push_live(ring, std::move(late)), push_status::expired);
  EXPECT_NE(late.value, nullptr) << "what is refused is untouched";
  EXPECT_EQ(rule.refused_count(), 1U);
  late.until = deadline::never();
  EXPECT_EQ(rule.push_live(ring, std::move(late)), push_status::ok);
}

TEST(expiry, that_knows_no_service_time_refuses_only_what_has_expired) {
  spsc_ring<job, ring_options{}, clock> ring(1);
  expiry<clock> rule;
  EXPECT_EQ(rule.push_live(ring, due_in(-1ns)), push_status::expired);
  EXPECT_EQ(rule.push_live(ring, due_in(0ns)), push_status::ok);
  EXPECT_EQ(rule.push_live(ring, due_in(1h)), push_status::full) << "the queue's own answer";
  rule.record(10ms);
  EXPECT_EQ(rule.margin(), 30ms);
  EXPECT_EQ(rule.push_live(ring, due_in(20ms)), push_status::expired);
}

}  // namespace
}  // namespace tidegate::test
