// sampler_test.cpp: the sampler over real queues: by hand in simulated time, against stamps, and on a thread of its
// own.
#include "tidegate/observe/pressure_sampler.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/observe/fifo_lives.hpp"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/observe/sojourn_queue.hpp"
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

TEST(sampler, tells_of_everything_in_the_order_in_which_it_came) {
  registry all;
  pressure_sampler sampler(all, {.period = 100ms, .window = 1s, .half_life = 1s});
  spsc_queue<int> one({.capacity = 8, .name = "z"});
  mpmc_queue<int, queue_options{.overflow = overflow_kind::reject}> two({.capacity = 4, .name = "a"});
  const watching first = all.add(one);
  watching second = all.add(two);
  ASSERT_EQ(two.try_push(1), push_status::ok);
  EXPECT_TRUE(sampler.read().empty()) << "nobody has looked yet";
  sampler.sample(at(0ns));
  std::vector<pressure> told = sampler.read();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].name, "z");
  EXPECT_EQ(told[1].name, "a");
  EXPECT_EQ(told[1].policy, "reject");
  EXPECT_EQ(told[1].depth, 1u);
  EXPECT_EQ(told[1].max_bytes, two.max_bytes());
  EXPECT_DOUBLE_EQ(told[1].saturation(), 0.25);
  second.stop();
  sampler.sample(at(1s));
  told = sampler.read();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].name, "z");
}

TEST(sampler, reading_restarts_the_peak_and_looking_does_not) {
  registry all;
  pressure_sampler sampler(all);
  mpmc_queue<int> orders({.capacity = 8});
  const watching seen = all.add(orders);
  int out = 0;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(orders.try_push(int(i)), push_status::ok);
  sampler.sample(at(0ns));
  while (orders.try_pop(out) == pop_status::ok) continue;
  sampler.sample(at(1s));
  EXPECT_EQ(sampler.look().at(0).peak, 5u);
  EXPECT_EQ(sampler.read().at(0).peak, 5u);
  EXPECT_EQ(sampler.read().at(0).peak, 0u);
}

TEST(sampler, who_listens_is_told_after_every_sample_and_may_read) {
  registry all;
  pressure_sampler sampler(all);
  spsc_queue<int> orders({.capacity = 8, .name = "orders"});
  const watching seen = all.add(orders);
  std::vector<time_point> told;
  sampler.on_sample([&](std::span<const pressure> now) {
    ASSERT_EQ(now.size(), 1u);
    EXPECT_EQ(sampler.read().size(), 1u);
    told.push_back(now[0].at);
  });
  for (int i = 0; i < 3; ++i) sampler.sample(at(i * 1s));
  EXPECT_EQ(told, (std::vector{at(0s), at(1s), at(2s)}));
}

TEST(sampler, who_listens_keeps_what_he_remembers) {
  registry all;
  pressure_sampler sampler(all);
  std::vector<int> told;
  sampler.on_sample([&told, calls = 0](std::span<const pressure>) mutable { told.push_back(++calls); });
  for (int i = 0; i < 3; ++i) sampler.sample(at(i * 1s));
  EXPECT_EQ(told, (std::vector{1, 2, 3}));
}

TEST(sampler, refuses_numbers_that_make_no_sense) {
  registry all;
  EXPECT_THROW(pressure_sampler(all, {.period = 0s}), std::invalid_argument);
  EXPECT_THROW(pressure_sampler(all, {.half_life = 0s}), std::invalid_argument);
  EXPECT_THROW(pressure_sampler(all, {.period = 1s, .window = 1s}), std::invalid_argument);
  EXPECT_THROW(pressure_sampler(all, {.history = 15}), std::invalid_argument);
  EXPECT_THROW(pressure_sampler(all, {.significance = -1}), std::invalid_argument);
}

/// Pushes and pops at simulated instants; every element has its stamp, and the sampler has two counters.
template <class Inner>
void expect_estimate_as_stamped(const fifo_pattern& pattern, std::uint64_t seed) {
  constexpr nanoseconds period = 5ms, until = 10s;
  sojourn_queue<Inner, own_histogram, virtual_sync> orders({.capacity = 512, .name = "orders"}, {.digits = 4});
  registry all;
  const watching seen = all.add(orders);
  pressure_sampler sampler(all, {.period = period, .window = 1min, .history = 8192});
  std::mt19937_64 random(seed);
  virtual_sync::instant = at(0ns);
  nanoseconds arrival = 1ns + pattern.next_arrival(random, 0ns), free(0), sample(0);
  int out = 0;
  while (sample <= until) {
    const bool has_work = orders.depth_hint() > 0;
    const nanoseconds next = std::min({arrival, has_work ? free : arrival, sample});
    virtual_sync::instant = at(next);
    if (next == sample) {  // last, at the same instant
      sampler.sample(at(sample));
      sample += period;
    } else if (has_work && next == free) {
      ASSERT_EQ(orders.try_pop(out), pop_status::ok);
      free += pattern.service(random, free);
    } else {
      if (!has_work) free = std::max(free, arrival);
      static_cast<void>(orders.offer(7));
      arrival += pattern.next_arrival(random, arrival);
    }
  }
  const histogram_snapshot stamped = orders.sojourns().snapshot();
  const pressure told = sampler.read().at(0);
  ASSERT_GT(stamped.count(), 1000u);
  for (const auto& [percent, estimate] : {std::pair{50.0, told.sojourn.p50}, std::pair{99.0, told.sojourn.p99}}) {
    const nanoseconds right = stamped.percentile(percent);
    const nanoseconds cell = right / 10'000;
    EXPECT_LE(estimate, right + period) << percent;
    EXPECT_GE(estimate, right - cell - period) << percent;
  }
}

fifo_pattern flash_crowds() {
  return {"flash crowds",
          [](auto& random, nanoseconds now) { return exponential(random, now % 2s < 300ms ? 100us : 2ms); },
          [](auto& random, nanoseconds) { return exponential(random, 500us); }};
}

TEST(sampler, tells_p50_and_p99_as_stamps_do_to_one_period) {
  using element = stamped<int>;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_estimate_as_stamped<spsc_queue<element, queue_options{.overflow = overflow_kind::reject}, virtual_sync>>(
        flash_crowds(), seed);
    expect_estimate_as_stamped<
        mpmc_queue<element, queue_options{.overflow = overflow_kind::drop_newest}, virtual_sync>>(flash_crowds(), seed);
  }
}

TEST(sampler, samples_on_a_thread_of_its_own_until_it_is_stopped) {
  registry all;
  pressure_sampler sampler(all, {.period = 1ms, .window = 1s});
  mpsc_queue<int> orders({.capacity = 64, .name = "orders"});
  const watching seen = all.add(orders);
  std::atomic<int> samples{0};
  sampler.on_sample([&](std::span<const pressure>) {
    samples.fetch_add(1);
    samples.notify_all();
  });
  sampler.start();
  sampler.start();  // twice is once
  int out = 0;
  while (samples.load() < 20) {
    static_cast<void>(orders.try_push(1));
    static_cast<void>(orders.try_pop(out));
    static_cast<void>(sampler.read());
  }
  sampler.stop();
  sampler.stop();
  const int then = samples.load();
  const pressure told = sampler.read().at(0);
  EXPECT_GT(told.entered, 0u);
  EXPECT_LE(told.left, told.entered);
  EXPECT_LE(told.depth, told.capacity);
  EXPECT_EQ(samples.load(), then);
  sampler.start();  // and again
  for (int now = samples.load(); now == then; now = samples.load()) samples.wait(now);
  sampler.stop();
}

TEST(sojourn_queue, counts_how_long_each_element_stayed) {
  using queue = spsc_queue<stamped<std::string>, queue_options{.overflow = overflow_kind::reject}, virtual_sync>;
  sojourn_queue<queue, own_histogram, virtual_sync> orders({.capacity = 2});
  std::string out, kept = "three";
  ASSERT_EQ(orders.push("one"), push_status::ok);
  virtual_sync::advance(1ms);
  ASSERT_EQ(orders.try_push("two"), push_status::ok);
  EXPECT_EQ(orders.try_push(std::move(kept)), push_status::full);
  EXPECT_EQ(kept, "three");
  EXPECT_EQ(orders.offer(std::move(kept)), push_status::full);
  EXPECT_EQ(kept, "three");
  virtual_sync::advance(2ms);
  ASSERT_EQ(orders.pop(out), pop_status::ok);
  EXPECT_EQ(out, "one");
  ASSERT_EQ(orders.try_pop(out), pop_status::ok);
  EXPECT_EQ(out, "two");
  EXPECT_EQ(orders.try_pop(out), pop_status::empty);
  EXPECT_EQ(out, "two");
  const histogram_snapshot told = orders.sojourns().snapshot();
  EXPECT_EQ(told.count(), 2u);
  EXPECT_EQ(told.max(), 3ms);
  EXPECT_EQ(told.min(), 2ms);
  EXPECT_GT(orders.max_bytes(), orders.queue().max_bytes());
}

}  // namespace
}  // namespace tidegate::test
