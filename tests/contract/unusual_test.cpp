// Unusual but legal uses: callbacks that throw, guards that move while they hold elements, bulk calls of nothing.
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/ring/spsc_ring.hpp"
#include "tidegate/wait/event_count.hpp"

namespace tidegate::test {
namespace {

using parked_queue = spsc_queue<int, queue_options{.wait = wait_kind::park}>;

void consume_and_throw(parked_queue& queue) {
  EXPECT_THROW(static_cast<void>(queue.try_consume([](int&&) { throw std::runtime_error("as it should"); })),
               std::runtime_error);
}

class unusual : public watched {};

TEST_F(unusual, a_throwing_consumer_wakes_the_producer) {
  parked_queue queue({.capacity = 1});
  ASSERT_EQ(queue.try_push(1), push_status::ok);
  queue.rebind_producer();
  push_status answer{};
  std::thread producer([&] { answer = queue.push_until(2, in_good_time()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // most likely asleep by then; right at any point
  consume_and_throw(queue);
  producer.join();
  EXPECT_EQ(answer, push_status::ok);
  EXPECT_EQ(queue.depth_hint(), 1u);
}

TEST_F(unusual, a_throwing_consumer_ends_a_wait_for_the_drain) {
  parked_queue queue({.capacity = 1});
  ASSERT_EQ(queue.try_push(1), push_status::ok);
  bool drained = false;
  std::thread waiter([&] { drained = queue.wait_drained(in_good_time()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  consume_and_throw(queue);
  waiter.join();
  EXPECT_TRUE(drained);
}

TEST(moving_a_claim, takes_the_constructed_elements_along) {
  const auto counted = std::make_shared<int>(0);
  spsc_ring<std::shared_ptr<int>> ring(4);
  {
    auto first = ring.try_claim(2);
    first.emplace(counted);
    const auto second = std::move(first);
    EXPECT_EQ(first.count(), 0u);  // NOLINT: the moved-from state is what is tested
    EXPECT_EQ(second.count(), 2u);
    EXPECT_EQ(counted.use_count(), 2);
  }
  EXPECT_EQ(counted.use_count(), 1) << "abandoned once";
  EXPECT_EQ(ring.depth_hint(), 0u);
}

TEST(bulk_calls_of_nothing, take_a_null_pointer) {
  spsc_ring<std::uint64_t, ring_options{.layout = ring_layout::indexed}> indexed(4);
  spsc_ring<std::uint64_t, ring_options{.layout = ring_layout::packed}> packed(4);
  EXPECT_EQ(indexed.try_push_n(nullptr, 0) + indexed.try_pop_n(nullptr, 0), 0u);
  EXPECT_EQ(packed.try_push_n(nullptr, 0) + packed.try_pop_n(nullptr, 0), 0u);
}

TEST(an_attempt_that_throws, leaves_no_sleeper_behind) {
  event_count<> changed;
  const auto attempt = []() -> bool { throw std::runtime_error("as it should"); };
  EXPECT_THROW(static_cast<void>(changed.wait_until(attempt, deadline::never())), std::runtime_error);
  EXPECT_EQ(changed.sleepers_hint(), 0u);
}

TEST(built_from_memory_that_was_not_prepared, aborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  spsc_ring<int>::prepared nothing;
  EXPECT_DEATH(spsc_ring<int>(std::move(nothing)), "not prepared");
}

}  // namespace
}  // namespace tidegate::test
