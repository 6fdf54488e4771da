// conflating_queue: a value for each key, the newest, in the order of first arrival; exact in keys; nothing leaks.
#include "tidegate/queue/conflating_queue.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

/// All keys have one home, so that every search goes through all of them.
struct same_hash {
  std::size_t operator()(unsigned) const noexcept { return 7; }
};

/// What the queue must answer.
class model_of_keys {
 public:
  explicit model_of_keys(std::size_t capacity) : capacity_(capacity) {}
  push_status push(unsigned key, unsigned value) {
    const auto same = std::find_if(inside_.begin(), inside_.end(), [&](const auto& one) { return one.key == key; });
    if (same != inside_.end()) {
      same->value = value;
      ++same->replaced;
      return push_status::evicted;
    }
    if (inside_.size() == capacity_) return push_status::full;
    inside_.push_back({key, value, 0});
    return push_status::ok;
  }
  struct entry {
    unsigned key, value;
    std::uint64_t replaced;
  };
  std::vector<entry> inside_;
  std::size_t capacity_;
};

template <class Hash>
class conflating_of : public testing::Test {};
using hashes = testing::Types<std::hash<unsigned>, same_hash>;
TYPED_TEST_SUITE(conflating_of, hashes);

TYPED_TEST(conflating_of, any_sequence_of_calls_is_exact) {
  std::mt19937 random(1);
  counted::live = 0;
  for (std::size_t capacity = 1; capacity <= 9; ++capacity) {
    conflating_queue<unsigned, counted, conflating_options{}, TypeParam> queue({.capacity = capacity});
    model_of_keys model(capacity);
    std::uint64_t refused = 0;
    for (unsigned i = 0; i < 20'000; ++i) {
      if (random() % 2 == 0) {
        const unsigned key = static_cast<unsigned>(random()) % 12;
        counted value(i);
        const push_status status = queue.try_push(key, std::move(value));
        ASSERT_EQ(status, model.push(key, i));
        refused += status == push_status::full ? 1 : 0;
        ASSERT_TRUE(accepted(status) || value.id() == i);
      } else {
        unsigned key = 0;
        counted value(0);
        const pop_status status = queue.try_pop(key, value);
        ASSERT_EQ(status, model.inside_.empty() ? pop_status::empty : pop_status::ok);
        if (status == pop_status::empty) continue;
        ASSERT_EQ(key, model.inside_.front().key);
        ASSERT_EQ(value.id(), model.inside_.front().value);
        ASSERT_EQ(queue.replaced(), model.inside_.front().replaced);
        model.inside_.erase(model.inside_.begin());
      }
      ASSERT_EQ(queue.depth_hint(), model.inside_.size());
      ASSERT_EQ(queue.credits_hint(), capacity - model.inside_.size());
      ASSERT_EQ(queue.pop_ready(), !model.inside_.empty());
      ASSERT_EQ(queue.push_ready(), model.inside_.size() != capacity);
    }
    const queue_stats stats = queue.stats();
    EXPECT_EQ(stats.pushed, stats.popped + stats.evicted + stats.depth);
    EXPECT_EQ(stats.capacity, capacity);
    EXPECT_EQ(stats.rejected, refused);
    EXPECT_GT(stats.evicted, 0U);
  }
  EXPECT_EQ(counted::live, 0);
}

TEST(conflating, keys_and_values_may_be_of_any_type) {
  conflating_queue<std::shared_ptr<int>, std::unique_ptr<std::string>> queue({.capacity = 2});
  const auto one = std::make_shared<int>(1);
  const auto two = std::make_shared<int>(2);
  EXPECT_EQ(queue.try_push(one, std::make_unique<std::string>("old")), push_status::ok);
  EXPECT_EQ(queue.try_push(two, std::make_unique<std::string>("other")), push_status::ok);
  std::string replaced;
  EXPECT_EQ(queue.push_evict(one, std::make_unique<std::string>("new"), [&](auto&& old) noexcept { replaced = *old; }),
            push_status::evicted);
  EXPECT_EQ(replaced, "old");
  EXPECT_EQ(queue.try_consume([&](std::shared_ptr<int>&& key, std::unique_ptr<std::string>&& value) noexcept {
    EXPECT_EQ(key, one);
    EXPECT_EQ(*value, "new");
  }),
            pop_status::ok);
  EXPECT_EQ(one.use_count(), 2) << "the producer's table has it until its cell has another key";
}

TEST(conflating, keys_that_are_not_equal_to_themselves_take_a_place_each) {
  conflating_queue<double, unsigned> queue({.capacity = 2});
  const double none = std::numeric_limits<double>::quiet_NaN();
  double key = 0;
  unsigned value = 0;
  for (unsigned i = 0; i < 20; i += 2) {
    EXPECT_EQ(queue.try_push(none, i + 0), push_status::ok);
    EXPECT_EQ(queue.try_push(none, i + 1), push_status::ok);
    EXPECT_EQ(queue.try_push(none, 99U), push_status::full);
    for (unsigned k = 0; k < 2; ++k) {
      ASSERT_EQ(queue.try_pop(key, value), pop_status::ok);
      EXPECT_TRUE(std::isnan(key));
      EXPECT_EQ(value, i + k);
    }
  }
  EXPECT_EQ(queue.try_push(1.0, 7U), push_status::ok) << "other keys are found as ever";
  EXPECT_EQ(queue.try_push(1.0, 8U), push_status::evicted);
}

TEST(conflating, a_callback_that_throws_has_consumed_its_value) {
  counted::live = 0;
  conflating_queue<int, counted> queue({.capacity = 1});
  EXPECT_EQ(queue.try_push(1, counted(1)), push_status::ok);
  EXPECT_THROW(static_cast<void>(queue.try_consume([](int&&, counted&&) { throw std::runtime_error("no"); })),
               std::runtime_error);
  EXPECT_EQ(counted::live, 0);
  EXPECT_EQ(queue.try_push(1, counted(2)), push_status::ok);
  EXPECT_THROW(static_cast<void>(queue.push_evict(1, counted(3), [](counted&&) { throw std::runtime_error("no"); })),
               std::runtime_error);
  EXPECT_EQ(counted::live, 1) << "the new value is inside, the replaced one is gone";
  EXPECT_EQ(queue.try_push(2, counted(4)), push_status::full);
}

TEST(conflating, what_is_inside_is_delivered_after_a_close) {
  conflating_queue<int, int> queue({.capacity = 2, .name = "prices"});
  EXPECT_EQ(queue.try_push(1, 10), push_status::ok);
  queue.close();
  int value = 5;
  EXPECT_EQ(queue.try_push(1, std::move(value)), push_status::closed);
  EXPECT_EQ(queue.push(2, std::move(value)), push_status::closed);
  EXPECT_EQ(value, 5);
  EXPECT_TRUE(queue.closed() && queue.pop_ready() && queue.push_ready());
  int key = 0;
  EXPECT_EQ(queue.try_pop(key, value), pop_status::ok);
  EXPECT_EQ(key * 100 + value, 110);
  EXPECT_EQ(queue.try_pop(key, value), pop_status::closed);
  EXPECT_EQ(queue.pop(key, value), pop_status::closed);
  EXPECT_EQ(queue.name(), "prices");
}

TEST(conflating, construction_refuses_what_it_cannot_hold) {
  using queue_type = conflating_queue<int, int>;
  EXPECT_THROW(queue_type({.capacity = 0}), std::invalid_argument);
  EXPECT_THROW(queue_type({.capacity = queue_type::max_capacity + 1}), std::invalid_argument);
  std::error_code error;
  EXPECT_EQ((make_conflating_queue<int, int>({.capacity = 0}, error)), nullptr);
  EXPECT_EQ(error, std::errc::invalid_argument);
  const auto made = make_conflating_queue<int, int>({.capacity = 3}, error);
  ASSERT_NE(made, nullptr);
  EXPECT_FALSE(error);
  EXPECT_EQ(made->capacity(), 3U);
  EXPECT_GT(made->max_bytes(), sizeof(queue_type));
}

template <wait_kind Wait, class Sync = native_sync>
struct conflating_kind {
  using type = conflating_queue<unsigned, move_only, conflating_options{.wait = Wait}, std::hash<unsigned>,
                                std::equal_to<unsigned>, observed<Sync>>;
  [[nodiscard]] static std::uint64_t waits(const wait_steps& steps) noexcept {
    return parks(Wait) ? steps.sleeps : steps.yields;
  }
};
template <class Kind>
class conflating_waiting : public watched {};
using waiting_kinds =
    testing::Types<conflating_kind<wait_kind::spin_park>, conflating_kind<wait_kind::park>,
                   conflating_kind<wait_kind::spin_yield>, conflating_kind<wait_kind::park, symmetric_sync>>;
TYPED_TEST_SUITE(conflating_waiting, waiting_kinds);

TYPED_TEST(conflating_waiting, each_side_is_woken_by_the_other) {
  typename TypeParam::type queue({.capacity = 1});
  unsigned key = 0;
  move_only out(0);
  {
    const auto consumer = start_and_see_it_wait<TypeParam>([&queue] {
      unsigned its_key = 0;
      move_only value(0);
      EXPECT_EQ(queue.pop_until(its_key, value, in_good_time()), pop_status::ok);
      EXPECT_EQ(its_key, 3U);
    });
    EXPECT_EQ(queue.try_push(3, move_only(1)), push_status::ok);
  }
  queue.rebind_consumer();
  EXPECT_EQ(queue.try_push(1, move_only(1)), push_status::ok);
  queue.rebind_producer();
  {
    const auto producer = start_and_see_it_wait<TypeParam>(
        [&queue] { EXPECT_EQ(queue.push_until(2, move_only(2), in_good_time()), push_status::ok); });
    EXPECT_EQ(queue.try_pop(key, out), pop_status::ok);
  }
  EXPECT_FALSE(queue.wait_drained(test_clock::time_point::min()));
  {
    const auto waiter = start_and_see_it_wait<TypeParam>([&queue] { EXPECT_TRUE(queue.wait_drained(in_good_time())); });
    EXPECT_EQ(queue.try_pop(key, out), pop_status::ok);
  }
  EXPECT_EQ(key, 2U);
}

TYPED_TEST(conflating_waiting, deadlines_stops_and_a_close_end_a_wait) {
  typename TypeParam::type queue({.capacity = 1});
  unsigned key = 0;
  move_only value(7);
  const auto start = test_clock::now();
  EXPECT_EQ(queue.pop_until(key, value, start + 3ms), pop_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 3ms);
  EXPECT_EQ(queue.push(1, move_only(1)), push_status::ok);
  EXPECT_EQ(queue.push_for(2, std::move(value), 3ms), push_status::timed_out);
  EXPECT_EQ(value.id(), 7U);
  EXPECT_EQ(queue.push_for(1, move_only(2), -1h), push_status::evicted) << "a key that is inside needs no room";
  {
    const own_wait_steps waited;
    EXPECT_EQ(queue.push_for(2, std::move(value), -1h), push_status::timed_out);
    EXPECT_EQ(waited.count(), 0U) << "a deadline in the past is one try";
  }
  std::stop_source source;
  queue.rebind_producer();
  {
    const auto producer = start_and_see_it_wait<TypeParam>([&queue, token = source.get_token()] {
      EXPECT_EQ(queue.push(2, move_only(3), token), push_status::cancelled);
    });
    source.request_stop();
  }
  EXPECT_EQ(queue.pop(key, value, source.get_token()), pop_status::cancelled);
  queue.rebind_producer();
  {
    const auto producer = start_and_see_it_wait<TypeParam>(
        [&queue] { EXPECT_EQ(queue.push_until(2, move_only(3), in_good_time()), push_status::closed); });
    queue.close();
  }
}

using conflating_with_threads = watched;

TEST_F(conflating_with_threads, the_newest_value_of_each_key_arrives) {
  constexpr unsigned keys = 16;
  conflating_queue<unsigned, block<64>> queue({.capacity = 5});
  std::array<unsigned, keys> sent{};
  std::array<unsigned, keys> received{};
  {
    const std::jthread producer([&] {
      std::mt19937 random(3);
      for (unsigned i = 1; i <= 20'000; ++i) {
        const unsigned key = static_cast<unsigned>(random()) % keys;
        if (!accepted(queue.push(key, block<64>(i)))) break;
        sent[key] = i;
      }
      queue.close();
    });
    unsigned key = 0;
    block<64> value(0);
    for (pop_status status{}; (status = queue.pop_until(key, value, in_good_time())) != pop_status::closed;) {
      ASSERT_EQ(status, pop_status::ok);
      ASSERT_NE(value.id(), not_an_id) << "a torn value";
      ASSERT_GT(value.id(), received[key]);
      received[key] = value.id();
    }
  }
  EXPECT_EQ(sent, received);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pushed, 20'000U);
  EXPECT_EQ(stats.pushed, stats.popped + stats.evicted);
}

}  // namespace
}  // namespace tidegate::test
