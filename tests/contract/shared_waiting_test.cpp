// Queues with several threads on a side: whoever waits is woken by each call that lets it go on, and by nothing else.
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/shared_kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class shared_waiting : public watched {
 protected:
  using queue_type = typename Kind::template type<std::uint32_t>;

  /// A thread that waits in a pop, and must get an element.
  [[nodiscard]] static std::jthread waiting_consumer(queue_type& queue) {
    return start_and_see_it_wait<Kind>([&queue] {
      std::uint32_t out = 0;
      EXPECT_EQ(queue.pop_until(out, in_good_time()), pop_status::ok);
    });
  }
  /// A thread that waits in a push, and must get a place.
  [[nodiscard]] static std::jthread waiting_producer(queue_type& queue) {
    return start_and_see_it_wait<Kind>([&queue] { EXPECT_EQ(queue.push_until(9U, in_good_time()), push_status::ok); });
  }
};
TYPED_TEST_SUITE(shared_waiting, shared_kinds);

TYPED_TEST(shared_waiting, consumers_are_woken_by_every_way_to_push) {
  for (int way = 0; way < 7; ++way) {
    auto queue = TypeParam::template make<std::uint32_t>(2);
    const auto consumer = this->waiting_consumer(queue);
    std::uint32_t value = 9;
    switch (way) {
      case 0: EXPECT_EQ(queue.try_push(std::move(value)), push_status::ok); break;
      case 1: EXPECT_EQ(queue.try_push(value), push_status::ok); break;
      case 2: EXPECT_EQ(queue.try_push_n(&value, 1), 1U); break;
      case 3: EXPECT_EQ(queue.push(std::move(value)), push_status::ok); break;
      case 4: EXPECT_EQ(queue.offer(std::move(value)), push_status::ok); break;
      case 5: EXPECT_EQ(queue.make_producer().try_emplace(9U), push_status::ok); break;
      default:
        if constexpr (TypeParam::template type<std::uint32_t>::can_evict) {
          EXPECT_EQ(queue.push_evict(std::move(value)), push_status::ok);
        } else {
          EXPECT_EQ(queue.make_producer().push(std::move(value)), push_status::ok);
        }
    }
  }
}

TYPED_TEST(shared_waiting, producers_are_woken_by_every_way_to_pop) {
  for (int way = 0; way < 6; ++way) {
    auto queue = TypeParam::template make<std::uint32_t>(1);
    ASSERT_EQ(queue.try_push(1U), push_status::ok);
    hand_over(queue);
    const auto producer = this->waiting_producer(queue);
    std::uint32_t out = 0;
    switch (way) {
      case 0: EXPECT_EQ(queue.try_pop(out), pop_status::ok); break;
      case 1: EXPECT_EQ(queue.try_consume([](std::uint32_t&&) noexcept {}), pop_status::ok); break;
      case 2: EXPECT_EQ(queue.try_pop_n(&out, 1), 1U); break;
      case 3: EXPECT_EQ(queue.make_consumer().pop(out), pop_status::ok); break;
      case 4: EXPECT_EQ(queue.pop_n_until(&out, 1, in_good_time()), 1U); break;
      default:
        EXPECT_THROW(static_cast<void>(queue.try_consume([](std::uint32_t&&) { throw std::runtime_error("no"); })),
                     std::runtime_error);
    }
  }
}

TYPED_TEST(shared_waiting, all_of_a_side_are_woken_one_by_one) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  {
    std::vector<std::jthread> consumers;
    for (unsigned i = 0; i < TypeParam::consumers; ++i) consumers.push_back(this->waiting_consumer(queue));
    for (unsigned i = 0; i < TypeParam::consumers; ++i) EXPECT_EQ(queue.try_push(1U), push_status::ok);
  }
  hand_over(queue);
  while (queue.try_push(1U) == push_status::ok) {
  }
  hand_over(queue);
  std::vector<std::jthread> producers;
  for (unsigned i = 0; i < TypeParam::producers; ++i) producers.push_back(this->waiting_producer(queue));
  std::uint32_t out = 0;
  for (unsigned i = 0; i < TypeParam::producers; ++i) EXPECT_EQ(queue.try_pop(out), pop_status::ok);
}

TYPED_TEST(shared_waiting, all_of_a_side_are_woken_by_one_bulk_call) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t some[3] = {1, 2, 3};
  {
    std::vector<std::jthread> consumers;
    for (unsigned i = 0; i < TypeParam::consumers; ++i) consumers.push_back(this->waiting_consumer(queue));
    EXPECT_EQ(queue.try_push_n(some, TypeParam::consumers), TypeParam::consumers);
  }
  hand_over(queue);
  ASSERT_EQ(queue.try_push_n(some, 3), 3U);
  hand_over(queue);
  std::vector<std::jthread> producers;
  for (unsigned i = 0; i < TypeParam::producers; ++i) producers.push_back(this->waiting_producer(queue));
  EXPECT_EQ(queue.try_pop_n(some, TypeParam::producers), TypeParam::producers);
}

TYPED_TEST(shared_waiting, a_deadline_in_the_past_is_one_try) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  constexpr auto past = test_clock::time_point::min();
  const own_wait_steps waited;
  std::uint32_t out = 0;
  EXPECT_EQ(queue.pop_until(out, past), pop_status::timed_out);
  EXPECT_EQ(queue.pop_n_until(&out, 1, past), 0U);
  EXPECT_EQ(queue.push_until(5U, past), push_status::ok);
  EXPECT_EQ(queue.push_until(6U, past), push_status::timed_out);
  EXPECT_EQ(queue.push_for(6U, -1h), push_status::timed_out);
  EXPECT_EQ(queue.pop_for(out, 0ns), pop_status::ok);
  EXPECT_EQ(out, 5U);
  EXPECT_EQ(waited.count(), 0U);
}

TYPED_TEST(shared_waiting, a_deadline_ends_a_wait_and_not_before) {
  auto queue = TypeParam::template make<typename TypeParam::cargo>(1);
  typename TypeParam::cargo value(7);
  const auto start = test_clock::now();
  EXPECT_EQ(queue.pop_until(value, start + 3ms), pop_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 3ms);
  EXPECT_EQ(queue.pop_n_until(&value, 1, start + 6ms), 0U);
  EXPECT_GE(test_clock::now(), start + 6ms);
  EXPECT_EQ(queue.try_push(typename TypeParam::cargo(1)), push_status::ok);
  EXPECT_EQ(queue.push_until(std::move(value), start + 9ms), push_status::timed_out);
  EXPECT_GE(test_clock::now(), start + 9ms);
  EXPECT_EQ(value.id(), 7U) << "what was not accepted is untouched";
}

TYPED_TEST(shared_waiting, a_stop_request_wakes_its_waiter_and_no_other) {
  auto queue = TypeParam::template make<std::uint32_t>(1);
  std::stop_source source;
  pop_status stopped{};
  {
    std::jthread other;
    if (TypeParam::consumers > 1) other = this->waiting_consumer(queue);
    {
      const auto consumer = start_and_see_it_wait<TypeParam>([&] {
        std::uint32_t out = 0;
        stopped = queue.pop(out, source.get_token());
      });
      source.request_stop();
    }
    EXPECT_EQ(stopped, pop_status::cancelled);
    EXPECT_EQ(queue.try_push(1U), push_status::ok);
  }
  EXPECT_EQ(queue.depth_hint(), TypeParam::consumers > 1 ? 0U : 1U);
}

TYPED_TEST(shared_waiting, a_stop_request_leaves_a_producer_its_element) {
  auto queue = TypeParam::template make<typename TypeParam::cargo>(1);
  ASSERT_EQ(queue.try_push(typename TypeParam::cargo(1)), push_status::ok);
  hand_over(queue);
  std::stop_source source;
  typename TypeParam::cargo refused(7);
  push_status status{};
  {
    const auto producer =
        start_and_see_it_wait<TypeParam>([&] { status = queue.push(std::move(refused), source.get_token()); });
    source.request_stop();
  }
  EXPECT_EQ(status, push_status::cancelled);
  EXPECT_EQ(refused.id(), 7U);
}

/// N producers and M consumers, half of them with handles, through a small queue, by waiting calls only.
TYPED_TEST(shared_waiting, traffic_of_many_threads_arrives) {
  constexpr std::uint32_t each = 600;
  auto queue = TypeParam::template make<std::uint32_t>(2);
  std::atomic<std::uint64_t> sum{0};
  std::atomic<unsigned> pushing{TypeParam::producers};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < TypeParam::producers; ++i) {
      threads.emplace_back([&, i] {
        const auto push_all = [&](auto& through) {
          for (std::uint32_t k = 1; k <= each; ++k) {
            EXPECT_EQ(through.push_until(std::uint32_t{k}, in_good_time()), push_status::ok);
          }
        };
        if (i % 2 == 0) push_all(queue);
        if (i % 2 == 1) {
          auto handle = queue.make_producer();
          push_all(handle);
        }
        if (pushing.fetch_sub(1) == 1) queue.close();
      });
    }
    for (unsigned i = 0; i < TypeParam::consumers; ++i) {
      threads.emplace_back([&, i] {
        const auto pop_all = [&](auto& through) {
          std::uint32_t out[3] = {};
          while (const std::size_t got = through.pop_n_until(out, 1 + i, in_good_time())) {
            for (std::size_t k = 0; k < got; ++k) sum.fetch_add(out[k]);
          }
        };
        if (i % 2 == 0) pop_all(queue);
        if (i % 2 == 1) {
          auto handle = queue.make_consumer();
          pop_all(handle);
        }
      });
    }
  }
  EXPECT_EQ(sum.load(), std::uint64_t{TypeParam::producers} * each * (each + 1) / 2);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pushed, TypeParam::producers * each);
  EXPECT_EQ(stats.popped, stats.pushed);
}

}  // namespace
}  // namespace tidegate::test
