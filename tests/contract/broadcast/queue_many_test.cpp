// broadcast_queue with several publishers: one order for all readers, nobody forgotten, everything counted.
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/queue/broadcast_push_calls.hpp"
#include "tidegate/queue/broadcast_queue.hpp"
#include "tidegate/queue/broadcast_queue_publisher.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

constexpr broadcast_options gate_of_many{.publishers = publisher_count::many};
constexpr queue_options gate{.broadcast = gate_of_many};
constexpr queue_options parking{.wait = wait_kind::park, .broadcast = gate_of_many};
constexpr queue_options yielding{.wait = wait_kind::spin_yield, .broadcast = gate_of_many};
constexpr queue_options rejecting{.overflow = overflow_kind::reject, .broadcast = gate_of_many};
constexpr queue_options dropping{.overflow = overflow_kind::drop_newest, .broadcast = gate_of_many};
constexpr queue_options lapping{.broadcast = {.mode = broadcast_mode::lap, .publishers = publisher_count::many}};

constexpr std::uint64_t publishers = 3;
constexpr std::uint64_t each_pushes = 2'000;

template <queue_options Options>
struct with {
  static constexpr queue_options options = Options;
};
template <class Options>
class broadcast_of_many : public testing::Test {};
using ways_to_wait = testing::Types<with<gate>, with<parking>, with<yielding>>;
TYPED_TEST_SUITE(broadcast_of_many, ways_to_wait);

/// Pushes its numbers, marked with who it is.
template <class Publisher>
void publish_all(Publisher publisher, std::uint64_t who) {
  for (std::uint64_t i = 1; i <= each_pushes; ++i) {
    ASSERT_EQ(publisher.push(std::uint64_t{who << 32 | i}), push_status::ok);
  }
}

/// Notes all that comes; each publisher's numbers come in their order.
template <class Reader>
void read_all(Reader reader, std::vector<std::uint64_t>& seen) {
  std::array<std::uint64_t, publishers> last{};
  std::uint64_t out = 0;
  std::uint64_t wrong = 0;
  while (reader.pop(out) == pop_status::ok) {
    seen.push_back(out);
    wrong += (out & 0xffff'ffff) != ++last[out >> 32] ? 1 : 0;
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(seen.size(), publishers * each_pushes);
}

TYPED_TEST(broadcast_of_many, delivers_everything_in_one_order) {
  broadcast_queue<std::uint64_t, TypeParam::options> queue({.capacity = 4, .rows = {.producers = 3, .consumers = 2}});
  std::array<std::vector<std::uint64_t>, 2> seen;
  {
    std::vector<std::jthread> readers;
    for (auto& each : seen) {
      readers.emplace_back([&each, reader = queue.make_reader()]() mutable { read_all(std::move(reader), each); });
    }
    {
      std::vector<std::jthread> threads;
      for (std::uint64_t who = 0; who < publishers; ++who) {
        threads.emplace_back(
            [who, publisher = queue.make_publisher()]() mutable { publish_all(std::move(publisher), who); });
      }
    }
    queue.close();
  }
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(queue.stats().pushed, publishers * each_pushes);
}

TYPED_TEST(broadcast_of_many, ends_waits_by_deadline_stop_and_close) {
  broadcast_queue<std::unique_ptr<int>, TypeParam::options> queue({.capacity = 1});
  const auto reader = queue.make_reader();
  auto one = queue.make_publisher();
  auto other = queue.make_publisher();
  ASSERT_EQ(one.push(std::make_unique<int>(1)), push_status::ok);
  auto two = std::make_unique<int>(2);
  const auto begun = native_sync::now();
  EXPECT_EQ(one.push_until(std::move(two), begun - 1h), push_status::timed_out);
  EXPECT_EQ(other.push_for(std::move(two), 2ms), push_status::timed_out);
  EXPECT_GE(native_sync::now(), begun + 2ms);
  EXPECT_FALSE(one.push_ready());
  std::stop_source stop;
  std::array<push_status, 3> statuses{};
  {
    std::jthread asked([&] { statuses[0] = one.push(nullptr, stop.get_token()); });
    stop.request_stop();
    asked.join();
    std::jthread closed([&] { statuses[1] = one.push(nullptr); });
    std::jthread closed_too([&] { statuses[2] = other.push(nullptr); });
    queue.close();
  }
  EXPECT_EQ(statuses, (std::array{push_status::cancelled, push_status::closed, push_status::closed}));
  ASSERT_TRUE(two);
  EXPECT_EQ(*two, 2);
  EXPECT_EQ(queue.stats().timed_out, 2U);
}

TYPED_TEST(broadcast_of_many, wakes_all_publishers_when_a_reader_leaves) {
  constexpr std::size_t capacity = 3;
  broadcast_queue<int, TypeParam::options> queue({.capacity = capacity});
  std::optional reader(queue.make_reader());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 2 * capacity; ++i) {
      threads.emplace_back(
          [publisher = queue.make_publisher()]() mutable { EXPECT_EQ(publisher.push(1), push_status::ok); });
    }
    while (queue.stats().pushed < capacity) std::this_thread::yield();
    reader.reset();
  }
  EXPECT_EQ(queue.stats().pushed, 2 * capacity);
}

TYPED_TEST(broadcast_of_many, waits_for_the_grace_of_a_reader_and_all_go_on) {
  broadcast_queue<int, TypeParam::options> queue({.capacity = 1});
  const auto reader = queue.make_reader({.slow = slow_reader::evict, .grace = 2ms});
  auto first = queue.make_publisher();
  ASSERT_EQ(first.push(0), push_status::ok);
  const auto begun = native_sync::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 1; i <= 3; ++i) {
      threads.emplace_back(
          [i, publisher = queue.make_publisher()]() mutable { EXPECT_EQ(publisher.push(int{i}), push_status::ok); });
    }
  }
  EXPECT_GE(native_sync::now(), begun + 2ms);
  EXPECT_EQ(queue.stats().pushed, 4U);
}

TEST(broadcast_of_many_queue, offers_by_its_policy_and_counts_for_all) {
  broadcast_queue<int, rejecting> rejects({.capacity = 1});
  broadcast_queue<int, dropping> drops({.capacity = 1});
  broadcast_queue<int, gate> blocks({.capacity = 1, .offer_for = 1ms});
  const auto offer_from_all = [](auto& queue, push_status expected) {
    const auto reader = queue.make_reader();
    auto first = queue.make_publisher();
    ASSERT_EQ(first.offer(1), push_status::ok);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([expected, publisher = queue.make_publisher()]() mutable {
        for (int k = 0; k < 20; ++k) ASSERT_EQ(publisher.offer(int{k}), expected);
      });
    }
  };
  offer_from_all(rejects, push_status::full);
  offer_from_all(drops, push_status::dropped);
  offer_from_all(blocks, push_status::timed_out);
  EXPECT_EQ(rejects.stats().rejected, 60U);
  EXPECT_EQ(drops.stats().dropped, 60U);
  EXPECT_EQ(blocks.stats().timed_out, 60U);
  EXPECT_EQ(blocks.stats().push_waits, 60U);
}

TEST(broadcast_of_many_queue, in_lap_mode_never_waits_and_accounts_for_everything) {
  broadcast_queue<std::uint64_t, lapping> queue({.capacity = 8});
  std::uint64_t read = 0;
  std::uint64_t lost = 0;
  std::jthread thread([&, reader = queue.make_reader()]() mutable {
    std::uint64_t out = 0;
    for (pop_status status = pop_status::ok; status != pop_status::closed; status = reader.pop(out)) {
      read += status == pop_status::ok ? 1 : 0;
    }
    lost = reader.lost();
  });
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t who = 0; who < publishers; ++who) {
      threads.emplace_back(
          [who, publisher = queue.make_publisher()]() mutable { publish_all(std::move(publisher), who); });
    }
  }
  queue.close();
  thread.join();
  EXPECT_EQ(read - 1 + lost, publishers * each_pushes) << "the first round of the loop has read nothing";
}

TEST(broadcast_of_many_queue, has_as_many_publishers_as_rows) {
  broadcast_queue<int, gate> queue({.capacity = 2, .rows = {.producers = 1}});
  std::optional publisher(queue.make_publisher());
  EXPECT_TRUE(static_cast<bool>(*publisher));
  EXPECT_THROW(static_cast<void>(queue.make_publisher()), std::system_error);
  auto none = queue.try_make_publisher();
  EXPECT_FALSE(static_cast<bool>(none));
  EXPECT_EQ(none.push(1), push_status::no_row);
  EXPECT_EQ(none.offer(1), push_status::no_row);
  EXPECT_EQ(broadcast_queue<int>({.capacity = 2, .rows = {.producers = 0}}).capacity(), 2U) << "it has no such rows";
  publisher.reset();
  none = queue.make_publisher();
  EXPECT_EQ(none.try_push(1), push_status::ok);
}

}  // namespace
}  // namespace tidegate::test
