// lane_queue: lanes are bounded each by itself, in order each by itself, and served by weight; with every outcome.
#include "tidegate/queue/lane_queue.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <new>
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
#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/lane_pops.hpp"
#include "tidegate/wait/event_fd.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate::test {
namespace {

constexpr lane_options one_producer{.producers = lane_producers::one};
constexpr lane_options unchecked{.check_roles = false};
const auto long_ago = test_clock::time_point() + std::chrono::hours(1);

template <std::size_t N, class Queue>
std::string lanes_of(Queue& queue, int count) {
  std::string lanes;
  for (int i = 0; i < count; ++i) {
    int out = 0;
    std::size_t lane = N;
    if (queue.try_pop(out, lane) != pop_status::ok) break;
    lanes += std::to_string(lane);
  }
  return lanes;
}
template <class Queue>
void fill(Queue& queue, std::size_t lane, int count) {
  for (int i = 0; i < count; ++i) ASSERT_EQ(queue.try_push(lane, i), push_status::ok);
}

template <lane_options Options>
void any_sequence_is_exact() {
  std::mt19937 random(3);
  counted::live = 0;
  for (std::size_t capacity = 1; capacity <= 5; ++capacity) {
    lane_queue<counted, 3, Options> queue(
        {.lanes = {{{.capacity = capacity, .weight = 3}, {.capacity = capacity}, {.capacity = 2 * capacity}}}});
    std::array<std::deque<unsigned>, 3> model;
    const auto room = [&](std::size_t lane) { return lane == 2 ? 2 * capacity : capacity; };
    std::uint64_t refused = 0;
    for (unsigned i = 0; i < 10'000; ++i) {
      const std::size_t lane = random() % 3;
      if (random() % 2 == 0) {
        counted value(i);
        const push_status status = queue.try_push(lane, std::move(value));
        ASSERT_EQ(status, model[lane].size() == room(lane) ? push_status::full : push_status::ok);
        if (status == push_status::ok) model[lane].push_back(i);
        if (status == push_status::full) ++refused;
        ASSERT_TRUE(status == push_status::ok || value.id() == i);
      } else {
        counted value(0);
        std::size_t from = 9;
        const pop_status status = queue.try_pop(value, from);
        const bool any = std::any_of(model.begin(), model.end(), [](const auto& each) { return !each.empty(); });
        ASSERT_EQ(status, any ? pop_status::ok : pop_status::empty);
        if (status != pop_status::ok) continue;
        ASSERT_LT(from, 3U);
        ASSERT_EQ(queue.popped_lane(), from);
        ASSERT_FALSE(model[from].empty());
        ASSERT_EQ(value.id(), model[from].front());
        model[from].pop_front();
      }
      ASSERT_EQ(queue.depth_hint(lane), model[lane].size());
      ASSERT_EQ(queue.credits_hint(lane), room(lane) - model[lane].size());
      ASSERT_EQ(queue.push_ready(lane), model[lane].size() != room(lane));
      ASSERT_EQ(queue.pop_ready(), !(model[0].empty() && model[1].empty() && model[2].empty()));
    }
    const queue_stats stats = queue.stats();
    EXPECT_EQ(stats.pushed, stats.popped + stats.depth);
    EXPECT_EQ(stats.capacity, 4 * capacity);
    EXPECT_EQ(stats.rejected, refused);
  }
  EXPECT_EQ(counted::live, 0);
}
TEST(lanes, any_sequence_of_calls_is_exact) { any_sequence_is_exact<lane_options{}>(); }
TEST(lanes, any_sequence_of_calls_is_exact_with_one_producer_each) { any_sequence_is_exact<one_producer>(); }

TEST(lanes, are_served_in_the_ratio_of_their_weights) {
  lane_queue<int, 3> queue(
      {.lanes = {{{.capacity = 40, .weight = 4}, {.capacity = 40}, {.capacity = 40, .weight = 2}}}});
  for (std::size_t lane = 0; lane < 3; ++lane) fill(queue, lane, 40);
  EXPECT_EQ(lanes_of<3>(queue, 21), "000012200001220000122");
  const auto stats = queue.stats_of_lanes();
  EXPECT_EQ(stats[0].weight, 4U);
  EXPECT_EQ(stats[0].popped, 12U);
  EXPECT_DOUBLE_EQ(stats[0].share, 12.0 / 21);
  EXPECT_DOUBLE_EQ(stats[1].share, 3.0 / 21);
}

TEST(lanes, that_wake_up_have_their_turn_in_the_next_round) {
  lane_queue<int, 2> queue({.lanes = {{{.capacity = 100, .weight = 5}, {.capacity = 5}}}});
  fill(queue, 0, 100);
  EXPECT_EQ(lanes_of<2>(queue, 7), "0000000");
  fill(queue, 1, 1);
  EXPECT_EQ(lanes_of<2>(queue, 12), "000100000000");
}

TEST(lanes, many_of_them_are_found_within_as_many_pops_as_the_looks_need) {
  std::array<lane_config, 100> numbers;
  numbers.fill({.capacity = 1000});
  lane_queue<int, 100> queue({.lanes = numbers, .all = {.rows = {.producers = 1}}});
  for (std::size_t late = 1; late < 100; late += 7) {
    fill(queue, 0, 20);
    int out = 0;
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    fill(queue, late, 1);
    const std::string lanes = lanes_of<100>(queue, 9);  // 100 / 16 looks, and a round
    EXPECT_NE(lanes.find(std::to_string(late)), std::string::npos) << "lane " << late << ": " << lanes;
    while (queue.try_pop(out) == pop_status::ok) {
    }
  }
}

TEST(lanes, the_strict_one_comes_first_up_to_its_cap) {
  lane_queue<int, 3> queue({.lanes = {{{.capacity = 40}, {.capacity = 40}, {.capacity = 40}}},
                            .all = {.strict = {.lane = 2, .in_a_row = 3}}});
  fill(queue, 0, 10);
  fill(queue, 1, 10);
  EXPECT_EQ(lanes_of<3>(queue, 2), "01");
  fill(queue, 2, 8);
  EXPECT_EQ(lanes_of<3>(queue, 13), "2220222122010");
  while (!lanes_of<3>(queue, 1).empty()) {
  }
  fill(queue, 0, 1);
  fill(queue, 2, 1);
  EXPECT_EQ(lanes_of<3>(queue, 2), "20") << "also when nobody was known to be active";
}

TEST(lanes, among_many_the_strict_one_is_found_at_once) {
  lane_queue_config<40> numbers{.lanes = {}, .all = {.strict = {.lane = 30, .in_a_row = 2}, .rows = {.producers = 1}}};
  numbers.lanes.fill({.capacity = 10});
  lane_queue<int, 40> queue(numbers);
  fill(queue, 0, 9);
  EXPECT_EQ(lanes_of<40>(queue, 1), "0");
  fill(queue, 30, 1);
  EXPECT_EQ(lanes_of<40>(queue, 2), "300");
}

struct by_value {
  std::uint32_t operator()(const int& value) const noexcept { return static_cast<std::uint32_t>(value); }
};
TEST(lanes, share_the_cost_of_elements_where_they_have_one) {
  lane_queue<int, 2, lane_options{}, by_value> queue(
      {.lanes = {{{.capacity = 40}, {.capacity = 40}}}, .all = {.quantum = 100}});
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(queue.try_push(0, 100), push_status::ok);
    ASSERT_EQ(queue.try_push(1, 25), push_status::ok);
  }
  EXPECT_EQ(lanes_of<2>(queue, 15), "011110111101111");
}

TEST(lanes, a_full_one_refuses_its_own_producers_only) {
  lane_queue<int, 2> queue({.lanes = {{{.capacity = 1}, {.capacity = 2}}}});
  EXPECT_EQ(queue.capacity(0), 1U);
  EXPECT_EQ(queue.capacity(1), 2U);
  fill(queue, 0, 1);
  EXPECT_EQ(queue.try_push(0, 1), push_status::full);
  fill(queue, 1, 2);
  EXPECT_EQ(queue.try_push(1, 1), push_status::full);
  const auto stats = queue.stats_of_lanes();
  EXPECT_EQ(stats[0].rejected, 1U);
  EXPECT_EQ(stats[1].rejected, 1U);
}

TEST(lanes, policies_apply_to_each_of_them) {
  const lane_queue_config<2> numbers{.lanes = {{{.capacity = 1}, {.capacity = 1}}},
                                     .all = {.offer_for = std::chrono::milliseconds(1)}};
  lane_queue<int, 2, lane_options{.overflow = overflow_kind::reject}> rejecting(numbers);
  lane_queue<int, 2, lane_options{.overflow = overflow_kind::drop_newest}> dropping(numbers);
  lane_queue<int, 2> blocking(numbers);
  const auto fill_first = [](auto& queue) {
    EXPECT_EQ(queue.offer(0, 1), push_status::ok);
    return queue.offer(0, 2);
  };
  EXPECT_EQ(fill_first(rejecting), push_status::full);
  EXPECT_EQ(fill_first(dropping), push_status::dropped);
  EXPECT_EQ(fill_first(blocking), push_status::timed_out);
  EXPECT_EQ(rejecting.stats_of_lanes()[0].rejected, 1U);
  EXPECT_EQ(dropping.stats_of_lanes()[0].dropped, 1U);
  EXPECT_EQ(blocking.stats_of_lanes()[0].timed_out, 1U);
  EXPECT_EQ(blocking.stats_of_lanes()[0].push_waits, 1U);
  EXPECT_EQ(blocking.stats_of_lanes()[1].timed_out, 0U);
  EXPECT_EQ(blocking.offer(1, 3), push_status::ok);
}

TEST(lanes, outcomes_come_in_their_order) {
  std::stop_source stopped;
  stopped.request_stop();
  lane_queue<int, 2> queue({.lanes = {{{.capacity = 1}, {.capacity = 1}}}});
  int out = 0;
  std::size_t lane = 9;
  EXPECT_EQ(queue.pop_until(out, lane, long_ago), pop_status::timed_out);
  EXPECT_EQ(queue.pop_for(out, lane, std::chrono::milliseconds(1)), pop_status::timed_out);
  EXPECT_EQ(queue.stats().pop_waits, 1U) << "a deadline in the past is one try";
  EXPECT_EQ(queue.pop(out, lane, stopped.get_token()), pop_status::cancelled);
  EXPECT_EQ(lane, 9U) << "it is set with an element only";
  EXPECT_EQ(queue.push(0, 1, stopped.get_token()), push_status::cancelled);
  EXPECT_EQ(queue.push_until(0, 7, long_ago), push_status::ok);
  EXPECT_EQ(queue.push_until(0, 8, long_ago), push_status::timed_out);
  EXPECT_EQ(queue.push_for(0, 8, std::chrono::milliseconds(1)), push_status::timed_out);
  EXPECT_EQ(queue.stats().timed_out, 2U);
  EXPECT_EQ(queue.pop(out, stopped.get_token()), pop_status::cancelled) << "it comes before the element";
  queue.close();
  EXPECT_EQ(queue.push(1, 1, stopped.get_token()), push_status::cancelled) << "and before the end";
  EXPECT_EQ(queue.push_until(1, 1, long_ago), push_status::closed);
  EXPECT_EQ(queue.pop_until(out, lane, long_ago), pop_status::ok);
  EXPECT_EQ(lane, 0U);
  EXPECT_EQ(queue.pop(out, lane), pop_status::closed);
}

template <lane_options Options>
void closing_ends_all_lanes() {
  lane_queue<int, 3, Options> queue({.lanes = {{{.capacity = 2}, {.capacity = 2}, {.capacity = 2}}}});
  EXPECT_FALSE(queue.closed());
  fill(queue, 0, 2);
  fill(queue, 2, 1);
  queue.close();
  queue.close();
  EXPECT_TRUE(queue.closed());
  for (std::size_t lane = 0; lane < 3; ++lane) {
    EXPECT_EQ(queue.try_push(lane, 1), push_status::closed);
    EXPECT_TRUE(queue.push_ready(lane));
    EXPECT_EQ(queue.lane(lane).try_emplace(1), push_status::closed);
  }
  EXPECT_EQ(lanes_of<3>(queue, 9), "020");
  EXPECT_TRUE(queue.pop_ready()) << "a pop gets on";
  int out = 0;
  EXPECT_EQ(queue.try_pop(out), pop_status::closed);
  EXPECT_EQ(queue.try_pop(out), pop_status::closed);
  EXPECT_TRUE(queue.wait_drained(long_ago));
}
TEST(lanes, end_all_at_once) { closing_ends_all_lanes<lane_options{}>(); }
TEST(lanes, of_one_producer_end_all_at_once) { closing_ends_all_lanes<one_producer>(); }

TEST(lanes, an_element_whose_callback_throws_is_consumed_and_paid_for) {
  counted::live = 0;
  for (const int round : {0, 1}) {
    lane_queue<counted, 2> queue({.lanes = {{{.capacity = 4}, {.capacity = 4}}}});
    for (unsigned i = 0; i < 2; ++i) ASSERT_EQ(queue.try_push(0, counted(i)), push_status::ok);
    for (unsigned i = 0; i < 2; ++i) ASSERT_EQ(queue.try_push(1, counted(10 + i)), push_status::ok);
    if (round == 1) {
      ASSERT_EQ(queue.try_consume([](counted&&) noexcept {}), pop_status::ok);
    }
    EXPECT_THROW(static_cast<void>(queue.try_consume([](counted&&) { throw std::runtime_error("no"); })),
                 std::runtime_error);
    std::string lanes;
    while (queue.try_consume([&](counted&&) { lanes += std::to_string(queue.popped_lane()); }) == pop_status::ok) {
    }
    EXPECT_EQ(lanes, round == 0 ? "101" : "01");
  }
  EXPECT_EQ(counted::live, 0);
}

TEST(lanes, what_is_left_is_destroyed) {
  counted::live = 0;
  {
    lane_queue<counted, 2> queue({.lanes = {{{.capacity = 4}, {.capacity = 4}}}});
    for (unsigned i = 0; i < 4; ++i) ASSERT_EQ(queue.try_push(i % 2, counted(i)), push_status::ok);
    EXPECT_EQ(counted::live, 4);
  }
  EXPECT_EQ(counted::live, 0);
}

TEST(lanes, may_be_moved_in_and_out_in_bulk) {
  lane_queue<int, 2> queue({.lanes = {{{.capacity = 3, .weight = 2}, {.capacity = 3}}}});
  std::array<int, 4> in{1, 2, 3, 4};
  EXPECT_EQ(queue.lane(0).try_push_n(in.data(), 4), 3U);
  EXPECT_EQ(queue.lane(1).try_push_n(in.data(), 2), 2U);
  std::array<int, 8> out{};
  EXPECT_EQ(queue.try_pop_n(out.data(), 4), 4U);
  EXPECT_EQ((std::array{out[0], out[1], out[2], out[3]}), (std::array{1, 2, 1, 3}));
  EXPECT_EQ(queue.pop_n_until(out.data(), 8, long_ago), 1U);
  EXPECT_EQ(queue.pop_n_until(out.data(), 8, long_ago), 0U);
}

TEST(lanes, cannot_be_made_of_bad_numbers) {
  using two = lane_queue<int, 2>;
  const auto made_of = [](lane_queue_config<2> numbers) {
    std::error_code error;
    const bool is_made = two::make(numbers, error) != nullptr;
    EXPECT_EQ(is_made, !error);
    if (error) {
      EXPECT_ANY_THROW(two{numbers});
    }
    return error;
  };
  EXPECT_FALSE(made_of({.lanes = {{{.capacity = 1}, {.capacity = 1}}}}));
  EXPECT_EQ(made_of({.lanes = {{{.capacity = 1}, {.capacity = 0}}}}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.lanes = {{{.capacity = two::max_capacity + 1}, {.capacity = 1}}}}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.lanes = {{{.capacity = 1, .weight = 0}, {.capacity = 1}}}}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.lanes = {{{.capacity = 1}, {.capacity = 1, .weight = deficit_round_robin::max_weight + 1}}}}),
            std::errc::invalid_argument);
  EXPECT_FALSE(made_of({.lanes = {{{.capacity = 1}, {.capacity = 1, .weight = deficit_round_robin::max_weight}}}}));
  const std::array<lane_config, 2> lanes{{{.capacity = 1}, {.capacity = 1}}};
  EXPECT_EQ(made_of({.lanes = lanes, .all = {.quantum = 0}}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.lanes = lanes, .all = {.strict = {.lane = 2}}}), std::errc::invalid_argument);
  EXPECT_EQ(made_of({.lanes = lanes, .all = {.strict = {.lane = 1, .in_a_row = 0}}}), std::errc::invalid_argument);
  EXPECT_FALSE(made_of({.lanes = lanes, .all = {.strict = {.lane = 1}}}));
  static std::array<std::byte, std::size_t{1} << 20> span;
  EXPECT_EQ(made_of({.lanes = lanes, .all = {.memory = {.span = span}}}), std::errc::invalid_argument);
  try {
    two queue({.lanes = lanes, .all = {.quantum = 0}});
    ADD_FAILURE() << "it was made";
  } catch (const std::invalid_argument& wrong) {
    EXPECT_NE(std::string(wrong.what()).find("lane_queue: cannot hold 2 lanes"), std::string::npos) << wrong.what();
  }
}

TEST(lanes, tell_their_name_and_their_memory) {
  const auto bytes_of = [](std::size_t capacity, std::size_t rows) {
    lane_queue<std::array<char, 100>, 2> queue(
        {.lanes = {{{.capacity = capacity}, {.capacity = 1}}}, .all = {.rows = {.producers = rows}, .name = "jobs"}});
    EXPECT_EQ(queue.name(), "jobs");
    return queue.max_bytes();
  };
  EXPECT_GE(bytes_of(1000, 1), bytes_of(1, 1) + 100 * 999) << "every element counts";
  EXPECT_GE(bytes_of(1, 9), bytes_of(1, 1) + std::size_t{2} * 8 * 64) << "and every row of both lanes";
  EXPECT_GT(bytes_of(1, 1), sizeof(lane_queue<std::array<char, 100>, 2>) + 2 * 100);
  EXPECT_LT(bytes_of(1, 1), 16'000U);
}

TEST(lanes, have_rows_for_so_many_producers) {
  lane_queue<int, 2> queue({.lanes = {{{.capacity = 4}, {.capacity = 4}}}, .all = {.rows = {.producers = 1}}});
  EXPECT_EQ(queue.try_push(0, 1), push_status::ok);
  std::jthread([&] {
    EXPECT_EQ(queue.try_push(0, 2), push_status::no_row);
    EXPECT_EQ(queue.push(0, 2), push_status::no_row);
    EXPECT_EQ(queue.try_push(1, 2), push_status::ok) << "each lane has rows of its own";
  }).join();
}

TEST(lanes, a_consumer_that_waits_is_woken_through_each_of_them) {
  const watchdog dog;
  lane_queue<int, 3, lane_options{.wait = wait_kind::park}> queue(
      {.lanes = {{{.capacity = 1}, {.capacity = 1}, {.capacity = 1}}}});
  std::jthread producer([&] {
    for (int i = 0; i < 300; ++i) {
      if (queue.push_until(static_cast<std::size_t>(i % 3), std::move(i), in_good_time()) != push_status::ok) return;
      while (queue.depth_hint(static_cast<std::size_t>(i % 3)) != 0) std::this_thread::yield();
    }
  });
  for (int i = 0; i < 300; ++i) {
    int out = -1;
    std::size_t lane = 9;
    ASSERT_EQ(queue.pop_until(out, lane, in_good_time()), pop_status::ok);
    ASSERT_EQ(out, i);
    ASSERT_EQ(lane, static_cast<std::size_t>(i % 3));
  }
}

TEST(lanes, close_and_a_stop_wake_everybody) {
  const watchdog dog;
  lane_queue<int, 2> queue({.lanes = {{{.capacity = 1}, {.capacity = 1}}}});
  fill(queue, 1, 1);
  std::stop_source stop;
  push_status pushed{};
  push_status stopped{};
  {
    std::jthread producer([&] { pushed = queue.push(1, 2); });
    std::jthread other([&] { stopped = queue.push(1, 3, stop.get_token()); });
    std::this_thread::yield();
    stop.request_stop();
    other.join();
    queue.close();
  }
  EXPECT_EQ(pushed, push_status::closed);
  EXPECT_EQ(stopped, push_status::cancelled);
  int out = 0;
  EXPECT_EQ(queue.pop(out), pop_status::ok);
  lane_queue<int, 2> idle({.lanes = {{{.capacity = 1}, {.capacity = 1}}}});
  pop_status popped{};
  {
    std::jthread consumer([&] { popped = idle.pop(out); });
    std::this_thread::yield();
    idle.close();
  }
  EXPECT_EQ(popped, pop_status::closed);
}

TEST(lanes, may_be_waited_for_among_other_things) {
  lane_queue<int, 2, unchecked> queue({.lanes = {{{.capacity = 1}, {.capacity = 1}}}});
  EXPECT_EQ(wait_any(long_ago, queue), none_ready);
  EXPECT_EQ(wait_any(long_ago, queue.push_source(1)), 0U);
  fill(queue, 1, 1);
  EXPECT_EQ(wait_any(long_ago, queue), 0U);
  EXPECT_EQ(wait_any(long_ago, queue.push_source(1)), none_ready);
  const watchdog dog;
  std::jthread consumer([&] {
    int out = 0;
    EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  });
  EXPECT_EQ(wait_any(in_good_time(), queue.push_source(1)), 0U);
  consumer.join();
  std::jthread producer([&] { EXPECT_EQ(queue.try_push(0, 1), push_status::ok); });
  EXPECT_EQ(wait_any(in_good_time(), queue), 0U);
}

TEST(lanes, an_event_loop_hears_them_as_long_as_they_live) {
  const auto is_open = [](int fd) { return ::fcntl(fd, F_GETFD) != -1; };
  int heard = -1;
  int room = -1;
  {
    lane_queue<int, 2> queue({.lanes = {{{.capacity = 1}, {.capacity = 1}}}});
    event_fd<> arrivals(queue.pop_source());
    event_fd<> places(queue.push_source(1));
    heard = arrivals.fd();
    room = places.fd();
    EXPECT_TRUE(arrivals.arm()) << "nothing is there";
    const auto readable = [&] {
      pollfd one{.fd = heard, .events = POLLIN, .revents = 0};
      return ::poll(&one, 1, 0) == 1;
    };
    EXPECT_FALSE(readable());
    ASSERT_EQ(queue.try_push(1, 1), push_status::ok);
    EXPECT_TRUE(readable());
    EXPECT_TRUE(is_open(heard) && is_open(room));
  }
  EXPECT_FALSE(is_open(heard) || is_open(room));
}

TEST(lanes, the_drain_is_that_of_all) {
  const watchdog dog;
  lane_queue<int, 2> queue({.lanes = {{{.capacity = 4}, {.capacity = 4}}}});
  EXPECT_TRUE(queue.wait_drained(long_ago));
  fill(queue, 1, 2);
  EXPECT_FALSE(queue.wait_drained(long_ago));
  EXPECT_FALSE(queue.wait_drained(test_clock::now() + std::chrono::milliseconds(1)));
  std::jthread consumer([&] {
    int out = 0;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(queue.try_pop(out), pop_status::ok);
  });
  EXPECT_TRUE(queue.wait_drained(in_good_time()));
}

/// Two producers in each of three lanes, which block; each lane delivers each producer's numbers in order.
template <lane_options Options, std::size_t ProducersPerLane>
void everything_arrives_in_order() {
  const watchdog dog;
  lane_queue<std::uint32_t, 3, Options> queue(
      {.lanes = {{{.capacity = 1, .weight = 5}, {.capacity = 3}, {.capacity = 64, .weight = 2}}}});
  const std::uint32_t each = 4'000 * stress_factor();
  std::array<std::array<std::uint32_t, ProducersPerLane>, 3> next{};
  {
    std::vector<std::jthread> producers;
    for (std::uint32_t who = 0; who < 3 * ProducersPerLane; ++who) {
      producers.emplace_back([&, who] {
        for (std::uint32_t i = 0; i < each; ++i) {
          if (queue.push_until(who % 3, who << 24 | i, in_good_time()) != push_status::ok) return;
        }
      });
    }
    for (std::size_t i = 0; i < 3 * ProducersPerLane * each; ++i) {
      std::uint32_t out = 0;
      std::size_t lane = 9;
      ASSERT_EQ(queue.pop_until(out, lane, in_good_time()), pop_status::ok);
      const std::uint32_t who = out >> 24;
      ASSERT_EQ(who % 3, lane);
      ASSERT_EQ(out & 0xffffff, next[lane][who / 3]++);
    }
  }
  std::uint32_t out = 0;
  EXPECT_EQ(queue.try_pop(out), pop_status::empty);
  const queue_stats stats = queue.stats();
  EXPECT_EQ(stats.pushed, 3 * ProducersPerLane * each);
  EXPECT_EQ(stats.popped, stats.pushed);
}
TEST(lanes, everything_arrives_in_the_order_of_its_lane) { everything_arrives_in_order<lane_options{}, 2>(); }
TEST(lanes, everything_arrives_where_lanes_have_one_producer) { everything_arrives_in_order<one_producer, 1>(); }

TEST(lanes, what_is_accepted_beside_a_close_is_delivered) {
  const watchdog dog;
  for (int round = 0; round < 200; ++round) {
    lane_queue<int, 2> queue({.lanes = {{{.capacity = 2}, {.capacity = 2}}}});
    std::array<int, 2> accepted{};
    int delivered = 0;
    {
      std::vector<std::jthread> threads;
      for (std::size_t lane = 0; lane < 2; ++lane) {
        threads.emplace_back([&, lane] {
          while (queue.push(lane, 1) == push_status::ok) ++accepted[lane];
        });
      }
      threads.emplace_back([&, round] {
        for (int i = 0; i < round % 8; ++i) std::this_thread::yield();
        queue.close();
      });
      int out = 0;
      while (queue.pop(out) == pop_status::ok) ++delivered;
    }
    ASSERT_EQ(accepted[0] + accepted[1], delivered);
  }
}

TEST(lanes, two_consumers_are_refused_and_so_is_a_lane_that_there_is_not) {
  if constexpr (checks_enabled) {
    lane_queue<int, 2, lane_options{.check_roles = true}> queue({.lanes = {{{.capacity = 1}, {.capacity = 1}}}});
    int out = 0;
    EXPECT_EQ(queue.try_pop(out), pop_status::empty);
    const auto from_another_thread = [&] { std::jthread([&] { static_cast<void>(queue.try_pop(out)); }).join(); };
    EXPECT_DEATH(from_another_thread(), "tidegate: lane_queue: two consumer threads");
    EXPECT_DEATH(static_cast<void>(queue.try_push(2, 1)), "tidegate: lane_queue: there is no such lane");
    queue.rebind_consumer();
    std::jthread([&] { EXPECT_EQ(queue.try_pop(out), pop_status::empty); }).join();
  } else {
    SUCCEED() << "unchecked builds trust their users";
  }
}

}  // namespace
}  // namespace tidegate::test
