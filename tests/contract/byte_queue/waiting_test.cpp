// The byte queues: what ends a wait, in which order, who is woken, and what is counted.
#include <array>
#include <chrono>
#include <cstring>
#include <stop_token>
#include <thread>
#include <vector>

#include "tests/contract/byte_ring/byte_kinds.hpp"
#include "tests/contract/support.hpp"
#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/byte_queue_options.hpp"

namespace tidegate::test {
namespace {

struct waits_one {
  static constexpr const char* name = "one_producer";
  using queue = byte_queue<>;
};
struct waits_many {
  static constexpr const char* name = "many_producers";
  using queue = mpsc_byte_queue<>;
};
struct waits_parked {
  static constexpr const char* name = "many_producers_parked";
  using queue = mpsc_byte_queue<byte_queue_options{.wait = wait_kind::park}>;
};

template <class Kind>
class byte_waits : public testing::Test {
 protected:
  using queue_type = typename Kind::queue;
  static constexpr auto nothing = [](bytes_view) { FAIL() << "a record where none can be"; };
  static constexpr test_clock::time_point over{};

  watchdog dog;
  queue_type own{{.capacity = 48, .look_after = std::chrono::milliseconds(1), .name = "bytes"}};
};
using waiting_kinds = testing::Types<waits_one, waits_many, waits_parked>;
TYPED_TEST_SUITE(byte_waits, waiting_kinds, byte_kind_names);

TYPED_TEST(byte_waits, a_deadline_in_the_past_is_one_try) {
  auto& queue = this->own;
  EXPECT_EQ(queue.consume_until(this->nothing, this->over), pop_status::timed_out);
  EXPECT_FALSE(queue.peek_until(1, this->over));
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(queue.push_until(numbered(i, 8), this->over), push_status::ok);
  EXPECT_EQ(queue.push_until(numbered(9, 8), this->over), push_status::timed_out);
  EXPECT_EQ(queue.claim_until(8, this->over).status(), push_status::timed_out);
  EXPECT_EQ(queue.try_push(numbered(9, 8)), push_status::full);
  EXPECT_EQ(queue.try_claim(0).status(), push_status::full);
  EXPECT_FALSE(queue.push_ready(0));
  const byte_queue_stats stats = queue.stats();
  EXPECT_EQ(stats.timed_out, 2U);
  EXPECT_EQ(stats.rejected, 2U);
  EXPECT_EQ(stats.capacity, 48U);
  EXPECT_EQ(stats.depth, 48U);
  EXPECT_EQ(stats.push_waits, 0U);
  EXPECT_FALSE(queue.wait_drained(this->over));
  unsigned number = 0;
  for (const bytes_view record : queue.peek_until(9, this->over)) EXPECT_EQ(record[0], std::byte(number++));
  EXPECT_EQ(queue.try_consume_n(9, [](bytes_view) {}), 3U);
  EXPECT_TRUE(queue.wait_drained(this->over));
  EXPECT_EQ(queue.stats().room.records, 3U);
  EXPECT_EQ(queue.stats().room.record_bytes, 24U);
}

TYPED_TEST(byte_waits, a_deadline_is_waited_for) {
  auto& queue = this->own;
  const auto start = test_clock::now();
  EXPECT_EQ(queue.consume_for(this->nothing, 5ms), pop_status::timed_out);
  EXPECT_GE(test_clock::now() - start, 5ms);
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(queue.push(numbered(i, 8)), push_status::ok);
  const auto again = test_clock::now();
  EXPECT_EQ(queue.push_for(numbered(1, 0), 5ms), push_status::timed_out);
  EXPECT_EQ(queue.claim_for(0, 5ms).status(), push_status::timed_out);
  EXPECT_GE(test_clock::now() - again, 10ms);
  EXPECT_EQ(queue.stats().pop_waits, 1U);
  EXPECT_EQ(queue.stats().push_waits, 2U);
  EXPECT_GE(queue.stats().push_wait_time, 10ms);
}

TYPED_TEST(byte_waits, stop_comes_first_then_closed_then_too_heavy) {
  auto& queue = this->own;
  std::stop_source source;
  source.request_stop();
  const auto stop = source.get_token();
  queue.close();
  EXPECT_EQ(queue.push(numbered(1, 1), stop), push_status::cancelled);
  EXPECT_EQ(queue.claim(1, stop).status(), push_status::cancelled);
  EXPECT_EQ(queue.consume(this->nothing, stop), pop_status::cancelled);
  EXPECT_FALSE(queue.peek_until(1, test_clock::time_point::max(), stop));
  EXPECT_EQ(queue.push(numbered(1, 100)), push_status::closed);
  EXPECT_EQ(queue.consume(this->nothing), pop_status::closed);
  EXPECT_FALSE(queue.peek_until(1, test_clock::time_point::max()));
  EXPECT_TRUE(queue.ended());
  typename TypeParam::queue open{{.capacity = 48}};
  EXPECT_EQ(open.push(numbered(1, 100)), push_status::too_heavy);
  EXPECT_EQ(open.max_record_bytes(), 16U);
}

TYPED_TEST(byte_waits, a_record_wakes_the_consumer_and_room_a_producer) {
  auto& queue = this->own;
  std::thread producer([&queue] {
    for (unsigned i = 0; i < 200; ++i) {
      if (i % 2 == 0) {
        EXPECT_EQ(queue.push(numbered(i, i % 17)), push_status::ok);
        continue;
      }
      auto claim = queue.claim(16);
      ASSERT_TRUE(claim);
      const auto record = numbered(i, i % 17);
      std::copy(record.begin(), record.end(), claim.bytes().begin());
      claim.publish(i % 17);
    }
    EXPECT_TRUE(queue.wait_drained(in_good_time()));
    queue.close();
  });
  unsigned number = 0;
  const auto use = [&number](bytes_view record) {
    const auto expected = numbered(number, number % 17);
    EXPECT_TRUE(std::equal(record.begin(), record.end(), expected.begin(), expected.end()));
    ++number;
  };
  while (queue.consume(use) == pop_status::ok) {
    auto shown = queue.peek_until(3, in_good_time());
    for (const bytes_view record : shown) use(record);
    shown.release(shown.count());
  }
  producer.join();
  EXPECT_EQ(number, 200U);
  EXPECT_TRUE(queue.pop_ready());
}

TYPED_TEST(byte_waits, a_close_and_a_stop_wake_everyone) {
  auto& queue = this->own;
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(queue.push(numbered(i, 8)), push_status::ok);
  queue.rebind_producer();
  std::thread producer([&queue] { EXPECT_EQ(queue.push(numbered(1, 8)), push_status::closed); });
  ASSERT_TRUE(eventually([&] { return queue.depth_hint() == 48; }));
  queue.close();
  producer.join();
  EXPECT_EQ(queue.try_consume_n(5, [](bytes_view) {}), 3U);
  EXPECT_EQ(queue.consume(this->nothing), pop_status::closed);

  typename TypeParam::queue open{{.capacity = 48}};
  std::stop_source source;
  std::thread consumer([&] { EXPECT_EQ(open.consume(this->nothing, source.get_token()), pop_status::cancelled); });
  source.request_stop();
  consumer.join();
  open.rebind_consumer();
  std::thread last([&] { EXPECT_EQ(open.consume(this->nothing), pop_status::closed); });
  open.close();
  last.join();
}

TYPED_TEST(byte_waits, is_made_without_exceptions) {
  std::error_code error;
  EXPECT_EQ(TypeParam::queue::make({.capacity = 25}, error), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
  const auto made = TypeParam::queue::make({.capacity = 64, .name = "made"}, error);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->name(), "made");
  EXPECT_EQ(made->credits_hint(), made->capacity());
  EXPECT_GE(made->max_bytes(), sizeof(typename TypeParam::queue) + 64);
  EXPECT_THROW((typename TypeParam::queue{{.capacity = 8}}), std::invalid_argument);
}

TEST(byte_waits_of_many, an_abandoned_claim_becomes_room_while_the_consumer_waits) {
  const watchdog dog;
  mpsc_byte_queue<> queue({.capacity = 48});
  std::thread consumer([&queue] {
    std::vector<std::byte> got;
    EXPECT_EQ(queue.consume([&](bytes_view record) { got.assign(record.begin(), record.end()); }), pop_status::ok);
    EXPECT_EQ(got, numbered(7, 16));
  });
  {
    auto first = queue.claim(16), second = queue.claim(16);
    EXPECT_EQ(queue.try_push(numbered(7, 16)), push_status::full);
  }
  EXPECT_EQ(queue.push(numbered(7, 16)), push_status::ok);
  consumer.join();
  EXPECT_EQ(queue.stats().room.abandoned, 2U);
}

TEST(byte_waits_of_many, only_the_consumer_asks_what_is_ready) {
  EXPECT_DEATH(
      {
        mpsc_byte_queue<byte_queue_options{.ring = {.check_roles = true}}> queue({.capacity = 48});
        static_cast<void>(queue.try_peek(1));
        std::thread([&queue] { static_cast<void>(queue.pop_ready()); }).join();
      },
      "two consumer threads");
}

/// It would find out by itself an hour later.
TEST(byte_waits_of_many, an_abandoned_claim_wakes_the_consumer_that_sleeps_on_it) {
  const watchdog dog;
  mpsc_byte_queue<byte_queue_options{.wait = wait_kind::park}> queue({.capacity = 96, .look_after = 1h});
  auto first = queue.claim(8);
  EXPECT_EQ(queue.push(numbered(7, 16)), push_status::ok);
  std::thread consumer(
      [&queue] { EXPECT_EQ(queue.consume([](bytes_view record) { EXPECT_EQ(record.size(), 16U); }), pop_status::ok); });
  ASSERT_TRUE(eventually([&] { return queue.stats().room.claim_looks > 1; }));  // before its sleep, and in it
  first.abandon();
  consumer.join();
}

TEST(byte_waits_of_many, a_claim_of_the_dead_holds_nobody_up_for_long) {
  const watchdog dog;
  mpsc_byte_queue<byte_queue_options{.wait = wait_kind::park}> queue({.capacity = 48, .look_after = 1ms});
  std::thread consumer(
      [&queue] { EXPECT_EQ(queue.consume([](bytes_view record) { EXPECT_EQ(record.size(), 16U); }), pop_status::ok); });
  std::thread([&queue] {
    using claim_type = decltype(queue.try_claim(16));
    alignas(claim_type) static std::array<std::byte, sizeof(claim_type)> grave;
    ::new (static_cast<void*>(grave.data())) claim_type(queue.claim(16));
  }).join();
  EXPECT_EQ(queue.push(numbered(7, 16)), push_status::ok);
  consumer.join();
  EXPECT_EQ(queue.stats().room.recovered, 1U);
  EXPECT_TRUE(queue.wait_drained(in_good_time()));
}

TEST(byte_waits_of_many, producers_that_need_different_amounts_all_get_theirs) {
  const watchdog dog;
  constexpr unsigned each = 300;
  mpsc_byte_queue<> queue({.capacity = 64});
  std::vector<std::thread> producers;
  for (std::size_t size : {std::size_t{0}, std::size_t{8}, std::size_t{24}}) {
    producers.emplace_back([&queue, size] {
      for (unsigned i = 0; i < each; ++i) EXPECT_EQ(queue.push(numbered(i, size)), push_status::ok);
    });
  }
  std::size_t bytes = 0;
  for (unsigned i = 0; i < 3 * each; ++i) {
    EXPECT_EQ(queue.consume([&](bytes_view record) { bytes += record.size(); }), pop_status::ok);
  }
  EXPECT_EQ(bytes, each * (0U + 8 + 24));
  for (std::thread& producer : producers) producer.join();
}

}  // namespace
}  // namespace tidegate::test
