// broadcast_queue: waits of readers and of the publisher, and what ends them.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/queue/broadcast_queue.hpp"
#include "tidegate/queue/broadcast_queue_reader.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

constexpr queue_options gate{};
constexpr queue_options lap{.broadcast = {.mode = broadcast_mode::lap}};
constexpr queue_options rejecting{.overflow = overflow_kind::reject};
constexpr queue_options dropping{.overflow = overflow_kind::drop_newest};
constexpr queue_options yielding{.wait = wait_kind::spin_yield};

[[nodiscard]] deadline::time_point long_ago() { return native_sync::now() - 1h; }

TEST(broadcast_queue, delivers_everything_to_readers_that_wait) {
  constexpr std::uint64_t count = 5'000;
  broadcast_queue<std::uint64_t> queue({.capacity = 4, .rows = {.consumers = 3}});
  const auto read_all = [&](auto reader) {
    std::uint64_t out = 0;
    std::uint64_t expected = 0;
    std::uint64_t wrong = 0;
    while (reader.pop(out) == pop_status::ok) wrong += out != ++expected ? 1 : 0;
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(expected, count);
    EXPECT_TRUE(reader.ended());
  };
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 3; ++i) readers.emplace_back(read_all, queue.make_reader());
  for (std::uint64_t i = 1; i <= count; ++i) ASSERT_EQ(queue.push(std::uint64_t{i}), push_status::ok);
  queue.close();
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(queue.stats().pushed, count);
}

TEST(broadcast_queue, of_lap_mode_accounts_for_everything) {
  constexpr std::uint64_t count = 20'000;
  broadcast_queue<std::uint64_t, lap> queue({.capacity = 8});
  const auto read_all = [&](auto reader) {
    std::uint64_t out = 0;
    std::uint64_t read = 0;
    std::uint64_t wrong = 0;
    for (pop_status status = pop_status::ok; status != pop_status::closed;) {
      status = reader.pop(out);
      if (status == pop_status::ok) wrong += out != ++read + reader.lost() ? 1 : 0;
    }
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(read + reader.lost(), count);
  };
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 3; ++i) readers.emplace_back(read_all, queue.make_reader());
  for (std::uint64_t i = 1; i <= count; ++i) ASSERT_EQ(queue.push(std::uint64_t{i}), push_status::ok);
  queue.close();
  for (std::thread& each : readers) each.join();
}

template <class Options>
class broadcast_waits : public testing::Test {};
template <queue_options Options>
struct with {
  static constexpr queue_options options = Options;
};
using ways_to_wait = testing::Types<with<gate>, with<yielding>>;
TYPED_TEST_SUITE(broadcast_waits, ways_to_wait);

TYPED_TEST(broadcast_waits, end_by_deadline_stop_and_close) {
  broadcast_queue<std::unique_ptr<int>, TypeParam::options> queue({.capacity = 1, .rows = {.consumers = 1}});
  auto reader = queue.make_reader();
  const auto ignore = [](const std::unique_ptr<int>&) noexcept {};
  EXPECT_EQ(reader.consume_until(ignore, long_ago()), pop_status::timed_out);
  const auto begun = native_sync::now();
  EXPECT_EQ(reader.consume_until(ignore, begun + 2ms), pop_status::timed_out);
  EXPECT_GE(native_sync::now(), begun + 2ms);
  EXPECT_EQ(queue.push_until(std::make_unique<int>(1), long_ago()), push_status::ok);
  auto two = std::make_unique<int>(2);
  EXPECT_EQ(queue.push_until(std::move(two), long_ago()), push_status::timed_out);
  EXPECT_EQ(queue.push_for(std::move(two), 2ms), push_status::timed_out);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(queue.push(std::move(two), stop.get_token()), push_status::cancelled);
  EXPECT_EQ(reader.consume_until(ignore, long_ago(), stop.get_token()), pop_status::cancelled) << "stop comes first";
  queue.close();
  EXPECT_EQ(queue.push(std::move(two)), push_status::closed);
  ASSERT_TRUE(two);
  EXPECT_EQ(*two, 2);
  EXPECT_EQ(reader.consume_until(ignore, long_ago()), pop_status::ok);
  EXPECT_EQ(reader.consume_until(ignore, deadline::never().when()), pop_status::closed);
  EXPECT_EQ(queue.stats().timed_out, 2U);
}

TYPED_TEST(broadcast_waits, end_for_everyone_when_somebody_else_acts) {
  broadcast_queue<int, TypeParam::options> queue({.capacity = 1, .rows = {.consumers = 3}});
  auto reader = queue.make_reader();
  ASSERT_EQ(queue.push(0), push_status::ok);
  queue.rebind_publisher();
  std::stop_source stop;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { EXPECT_EQ(queue.push(1, stop.get_token()), push_status::cancelled); });
  stop.request_stop();
  threads.back().join();
  queue.rebind_publisher();
  threads.emplace_back([&, other = queue.make_reader()]() mutable {
    int out = 0;
    EXPECT_EQ(other.pop(out), pop_status::closed);
  });
  threads.emplace_back([&] { EXPECT_EQ(queue.push(1), push_status::closed); });
  queue.close();
  for (std::size_t i = 1; i < threads.size(); ++i) threads[i].join();
  int out = 7;
  EXPECT_EQ(reader.pop_for(out, 1h), pop_status::ok);
  EXPECT_EQ(out, 0);
}

TEST(broadcast_queue, waits_for_the_grace_of_a_reader_and_goes_on) {
  broadcast_queue<int> queue({.capacity = 2, .rows = {.consumers = 2}});
  auto lapping = queue.make_reader({.slow = slow_reader::lap, .grace = 1ms});
  auto evicted = queue.make_reader({.slow = slow_reader::evict, .grace = 3ms});
  const auto begun = native_sync::now();
  for (int i = 1; i <= 3; ++i) ASSERT_EQ(queue.push(int{i}), push_status::ok);
  EXPECT_GE(native_sync::now(), begun + 3ms);
  int out = 0;
  EXPECT_EQ(evicted.pop(out), pop_status::evicted);
  EXPECT_EQ(lapping.pop(out), pop_status::lapped);
  EXPECT_EQ(lapping.last_lost(), 1U);
  ASSERT_EQ(lapping.pop(out), pop_status::ok);
  EXPECT_EQ(out, 2);
  EXPECT_GE(queue.stats().push_waits, 1U);
}

TEST(broadcast_queue, offers_by_its_policy) {
  broadcast_queue<int, rejecting> rejects({.capacity = 1});
  broadcast_queue<int, dropping> drops({.capacity = 1});
  broadcast_queue<int> blocks({.capacity = 1, .offer_for = 1ms});
  const auto one = rejects.make_reader();
  const auto two = drops.make_reader();
  const auto three = blocks.make_reader();
  EXPECT_TRUE(rejects.offer(1) == push_status::ok && rejects.offer(2) == push_status::full);
  EXPECT_TRUE(drops.offer(1) == push_status::ok && drops.offer(2) == push_status::dropped);
  EXPECT_TRUE(blocks.offer(1) == push_status::ok && blocks.offer(2) == push_status::timed_out);
  EXPECT_EQ(rejects.stats().rejected, 1U);
  EXPECT_EQ(drops.stats().dropped, 1U);
  EXPECT_EQ(blocks.stats().timed_out, 1U);
}

TEST(broadcast_queue, reader_that_leaves_or_throws_makes_room) {
  broadcast_queue<int> queue({.capacity = 1, .rows = {.consumers = 1}});
  std::optional reader(queue.make_reader());
  EXPECT_THROW(static_cast<void>(queue.make_reader()), std::system_error);
  int out = 0;
  auto none = queue.try_make_reader();
  EXPECT_EQ(none.pop(out), pop_status::no_row);
  ASSERT_EQ(queue.push(1), push_status::ok);
  const auto thrower = [](const int&) { throw std::runtime_error("no"); };
  std::thread publisher([&] {
    queue.rebind_publisher();
    EXPECT_EQ(queue.push(2), push_status::ok);
    EXPECT_EQ(queue.push(3), push_status::ok);
  });
  EXPECT_THROW(static_cast<void>(reader->consume_until(thrower, deadline::never().when())), std::runtime_error);
  auto moved = std::move(*reader);
  reader.reset();
  auto& same = moved;
  moved = std::move(same);
  EXPECT_TRUE(static_cast<bool>(moved));
  moved = {};
  publisher.join();
}

TEST(broadcast_queue, can_be_had_without_exceptions) {
  std::error_code error;
  EXPECT_EQ(make_broadcast_queue<int>({.capacity = 0}, error), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
  const auto queue = make_broadcast_queue<int>({.capacity = 3, .name = "ticks"}, error);
  ASSERT_TRUE(queue && !error);
  EXPECT_EQ(queue->name(), "ticks");
  EXPECT_EQ(queue->capacity(), 3U);
  EXPECT_TRUE(queue->push_ready() && !queue->closed());
  EXPECT_GE(queue->max_bytes(), sizeof(*queue) + 64 * 2 * cache_line_bytes);
}

}  // namespace
}  // namespace tidegate::test
