// Watermarks: one edge for each crossing, told to a callback, to listeners and to an event loop; a source that pauses.
#include "tidegate/flow/watermark.hpp"

#include <poll.h>

#include <atomic>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tidegate/flow/credits.hpp"
#include "tidegate/flow/source_pause.hpp"
#include "tidegate/wait/event_fd.hpp"

namespace tidegate::test {
namespace {

using marked = credits<credit_options{.watermarks = true}>;

class watermark_test : public watched {
 protected:
  void take(std::size_t count) { EXPECT_EQ(account.try_acquire(count), acquire_status::ok); }
  marked account{{.total = 10}};
};

TEST_F(watermark_test, tells_every_crossing_once) {
  std::string told;
  auto& mark =
      account.on_watermark({6, 2}, [&](watermark_edge edge) { told += edge == watermark_edge::above ? 'a' : 'b'; });
  EXPECT_EQ(mark.marks(), (watermarks{6, 2}));
  take(5);
  EXPECT_EQ(told, "");
  take(1);
  EXPECT_EQ(told, "a");
  EXPECT_TRUE(mark.above_hint());
  take(3);
  account.release(6);
  take(5);
  EXPECT_EQ(told, "a") << "between the marks nothing is told";
  account.release(6);
  EXPECT_EQ(told, "ab");
  EXPECT_FALSE(mark.above_hint());
  take(8);
  account.release(10);
  EXPECT_EQ(told, "abab");
  EXPECT_EQ(mark.crossings(), 4U);
}

TEST_F(watermark_test, marks_must_be_apart) {
  EXPECT_THROW(account.on_watermark({2, 2}), std::invalid_argument);
  EXPECT_THROW(account.on_watermark({0, 0}), std::invalid_argument);
  EXPECT_TRUE((watermarks{1, 0}).valid());
  EXPECT_EQ(watermarks::for_batches_of(512), (watermarks{1024, 512}));
}

TEST_F(watermark_test, wakes_an_event_loop_once_for_each_crossing) {
  auto& mark = account.on_watermark({4, 1});
  watermark<>::listener listener(mark);
  event_fd changes(listener.source());
  const auto readable = [&] {
    pollfd one{changes.fd(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
  };
  take(3);
  EXPECT_FALSE(readable());
  take(1);
  EXPECT_TRUE(readable());
  EXPECT_EQ(listener.next(), watermark_edge::above);
  EXPECT_EQ(listener.next(), std::nullopt);
  EXPECT_TRUE(changes.arm());
  EXPECT_FALSE(readable());
  account.release(4);
  take(4);
  EXPECT_TRUE(readable());
  EXPECT_EQ(listener.next(), watermark_edge::below);
  EXPECT_FALSE(changes.arm()) << "one more edge";
  EXPECT_EQ(listener.next(), watermark_edge::above);
  EXPECT_TRUE(changes.arm());
  account.release(4);
}

TEST_F(watermark_test, many_threads_cross_and_no_edge_is_lost) {
  std::vector<watermark_edge> told;  // one callback at a time: TSan sees it otherwise
  auto& mark = account.on_watermark({6, 3}, [&](watermark_edge edge) { told.push_back(edge); });
  {
    std::vector<std::jthread> team;
    for (unsigned me = 0; me < 4; ++me) {
      team.emplace_back([&, me] {
        for (unsigned i = 0; i < 500 * stress_factor(); ++i) {
          const std::size_t count = 1 + (i + me) % 5;
          if (account.acquire_until(count, in_good_time()) == acquire_status::ok) account.release(count);
        }
      });
    }
  }
  EXPECT_EQ(told.size(), mark.crossings());
  EXPECT_EQ(told.size() % 2, 0U) << "the level is 0";
  for (std::size_t i = 0; i < told.size(); ++i) {
    ASSERT_EQ(told[i], i % 2 == 0 ? watermark_edge::above : watermark_edge::below);
  }
}

TEST_F(watermark_test, pauses_a_source) {
  source_pause reading;
  account.on_watermark(watermarks::for_batches_of(3), reading.follow());
  EXPECT_TRUE(reading.wait_until_resumed(test_clock::time_point::min()));
  take(6);
  EXPECT_TRUE(reading.paused_hint());
  EXPECT_EQ(reading.pauses(), 1U);
  EXPECT_FALSE(reading.wait_until_resumed(test_clock::now() + 1ms));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(reading.wait_until_resumed(in_good_time(), stop.get_token()));
  std::jthread drain([&] { account.release(3); });
  EXPECT_TRUE(reading.wait_until_resumed(in_good_time()));
  drain.join();
  EXPECT_FALSE(reading.paused_hint());
  account.release(3);
}

}  // namespace
}  // namespace tidegate::test
