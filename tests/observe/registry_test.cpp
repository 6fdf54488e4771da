// registry_test.cpp: what is registered, by name, read while it is used, and gone when it is gone.
#include "tidegate/observe/registry.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "observe/decimal.hpp"
#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/unique_fd.hpp"
#include "tidegate/observe/observation.hpp"
#include "tidegate/observe/posting.hpp"
#include "tidegate/queue/broadcast_queue.hpp"
#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/conflating_queue.hpp"
#include "tidegate/queue/latest_queue.hpp"
#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/rendezvous.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

/// What is seen of the only thing in a registry.
observation only(const registry& all) {
  observation found;
  int count = 0;
  all.visit([&](const registry::entry& one) {
    found = one.now;
    ++count;
  });
  EXPECT_EQ(count, 1);
  return found;
}

TEST(registry, a_thing_is_there_for_as_long_as_its_watching) {
  registry all;
  spsc_queue<int> orders({.capacity = 8, .name = "orders"});
  {
    const watching seen = all.add(orders);
    EXPECT_TRUE(seen);
    EXPECT_EQ(seen.name(), "orders");
    EXPECT_EQ(all.inventory().items.size(), 1u);
  }
  EXPECT_TRUE(all.inventory().items.empty());
}

TEST(registry, a_watching_moves_and_may_outlive_the_registry) {
  spsc_queue<int> orders({.capacity = 8, .name = "orders"});
  watching kept;
  EXPECT_FALSE(kept);
  {
    registry all;
    watching first = all.add(orders);
    kept = std::move(first);
    EXPECT_FALSE(first);
    EXPECT_EQ(all.inventory().items.size(), 1u);
    watching second = std::move(kept);
    kept = std::move(second);
    EXPECT_EQ(all.inventory().items.size(), 1u);
  }
  EXPECT_EQ(kept.name(), "orders");
  kept.stop();
  EXPECT_FALSE(kept);
  EXPECT_EQ(kept.name(), "");
}

TEST(registry, names_are_unique) {
  registry all;
  spsc_queue<int> one({.capacity = 8, .name = "orders"});
  spsc_queue<int> nameless({.capacity = 8});
  const watching first = all.add(one);
  watching second = all.add(one);
  const watching third = all.add(one, {.name = "orders"});
  EXPECT_EQ(second.name(), "orders#2");
  EXPECT_EQ(third.name(), "orders#3");
  second.stop();
  EXPECT_EQ(all.add(one).name(), "orders#2");
  EXPECT_EQ(all.add(nameless).name(), "queue");
  EXPECT_EQ(all.add(one, {.name = "other"}).name(), "other");
}

TEST(registry, evictions_are_departures_of_the_oldest) {
  registry all;
  mpmc_queue<int, queue_options{.overflow = overflow_kind::drop_oldest}> newest({.capacity = 4});
  const watching seen = all.add(newest);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(accepted(newest.offer(int(i))));
  int out = 0;
  ASSERT_EQ(newest.try_pop(out), pop_status::ok);
  const observation now = only(all);
  EXPECT_EQ(now.entered, 10u);
  EXPECT_EQ(now.left, 7u);  // 6 evicted, 1 popped
  EXPECT_EQ(now.depth, 3u);
  EXPECT_EQ(now.losses[std::size_t(loss_kind::evicted)], 6u);
}

TEST(registry, a_queue_that_counts_nothing_still_tells_what_left) {
  registry all;
  mpmc_queue<int, queue_options{.overflow = overflow_kind::drop_oldest, .stats = stats_kind::off}> newest(
      {.capacity = 4});
  const watching seen = all.add(newest);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(accepted(newest.offer(int(i))));
  EXPECT_EQ(only(all).left, 6u);
}

TEST(registry, refusals_are_told_by_reason) {
  registry all;
  spsc_queue<int, queue_options{.overflow = overflow_kind::drop_newest}> small({.capacity = 1});
  const watching seen = all.add(small);
  ASSERT_EQ(small.offer(1), push_status::ok);
  ASSERT_EQ(small.offer(2), push_status::dropped);
  ASSERT_EQ(small.try_push(3), push_status::full);
  ASSERT_EQ(small.push_for(4, 1us), push_status::timed_out);
  small.close();
  ASSERT_EQ(small.try_push(5), push_status::closed);
  observation now = only(all);
  EXPECT_EQ(now.lost_by(loss_kind::dropped), 1u);
  EXPECT_EQ(now.lost_by(loss_kind::rejected), 1u);
  EXPECT_EQ(now.lost_by(loss_kind::timed_out), 1u);
  EXPECT_EQ(now.lost_by(loss_kind::closed), 1u);
  EXPECT_EQ(now.depth, 1u);
}

TEST(registry, keys_are_what_enters_a_conflating_queue) {
  registry all;
  conflating_queue<int, int> prices({.capacity = 4});
  const watching seen = all.add(prices);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(accepted(prices.try_push(i % 2, int(i))));
  const observation now = only(all);
  EXPECT_EQ(now.entered, 2u);
  EXPECT_EQ(now.depth, 2u);
  EXPECT_EQ(now.left, 0u);
  EXPECT_EQ(now.losses[std::size_t(loss_kind::evicted)], 4u);
}

TEST(registry, bytes_are_what_enters_a_byte_queue) {
  registry all;
  byte_queue<> records({.capacity = 1024});
  const watching seen = all.add(records);
  const std::vector<std::byte> record(100);
  ASSERT_EQ(records.try_push(record), push_status::ok);
  ASSERT_EQ(records.try_push(record), push_status::ok);
  ASSERT_EQ(records.try_consume([](std::span<std::byte>) noexcept {}), pop_status::ok);
  const observation now = only(all);
  EXPECT_EQ(now.kind, watched_kind::byte_queue);
  EXPECT_EQ(now.capacity, 1024u);
  EXPECT_EQ(now.depth, now.weight);
  EXPECT_EQ(now.entered, 2 * now.depth);
  EXPECT_EQ(now.left, now.depth);
  EXPECT_GE(now.depth, 100u);
}

TEST(registry, permits_are_what_a_limiter_has_inside) {
  registry all;
  capacity_limiter work({.total = 3, .name = "work"});
  const watching seen = all.add(work);
  const permit held = work.acquire(2);
  EXPECT_FALSE(work.try_acquire(2));
  observation now = only(all);
  EXPECT_EQ(now.kind, watched_kind::limiter);
  EXPECT_EQ(now.capacity, 3u);
  EXPECT_EQ(now.depth, 2u);
  EXPECT_EQ(now.lost_by(loss_kind::rejected), 1u);
  EXPECT_EQ(now.flow, counted_flow::none);
  EXPECT_EQ(seen.name(), "work");
}

TEST(registry, readers_of_a_broadcast_show_themselves) {
  registry all;
  broadcast_queue<int, queue_options{.broadcast = {.mode = broadcast_mode::lap}}> ticks({.capacity = 8});
  auto reader = ticks.make_reader();
  posting board(reader, ticks);
  const watching seen = all.add(board, {.name = "ticks of one"});
  for (int i = 0; i < 5; ++i) ASSERT_EQ(ticks.try_push(int(i)), push_status::ok);
  int out = 0;
  ASSERT_EQ(reader.try_pop(out), pop_status::ok);
  board.post(reader, ticks);
  const observation now = only(all);
  EXPECT_EQ(now.capacity, 8u);
  EXPECT_EQ(now.entered, 5u);
  EXPECT_EQ(now.depth, 4u);
  EXPECT_EQ(now.left, 1u);
  registry of_the_queue;
  const watching whole = of_the_queue.add(ticks);
  EXPECT_EQ(only(of_the_queue).flow, counted_flow::entered);
  EXPECT_EQ(of_the_queue.inventory().items.at(0).policy, "drop_oldest");
}

TEST(registry, what_is_posted_is_read_meanwhile_and_in_one_piece) {
  observation seen;
  posting board(seen);
  registry all;
  const watching kept = all.add(board, {.name = "board"});
  constexpr std::uint64_t last = 2'000;
  std::atomic<std::uint64_t> read{0};
  std::thread owner([&] {
    for (std::uint64_t i = 1; i <= last; ++i) {
      seen.entered = seen.left = i << 32 | i;
      board.post(seen);
      while (read.load() < i) std::this_thread::yield();  // at most one post comes while the other one reads
    }
  });
  while (read.load() < last) {
    const observation now = board.observe();
    EXPECT_EQ(now.left, now.entered);
    EXPECT_EQ(now.entered >> 32, now.entered & 0xffff'ffffu);
    EXPECT_GE(now.entered >> 32, read.load());
    read.store(now.entered >> 32);
  }
  owner.join();
}

struct closing {
  std::FILE* file;
  ~closing() { std::fclose(file); }
};

TEST(registry, a_sink_is_shown_by_its_owner) {
  const closing scratch{std::tmpfile()};
  file_sink out(unique_fd(::dup(::fileno(scratch.file))), {.capacity_bytes = 4096,
                                                           .high_bytes = 2048,
                                                           .low_bytes = 512,
                                                           .batch_bytes = 512,
                                                           .capacity_records = 64,
                                                           .corked = true});
  posting board(out);
  registry all;
  const std::vector<std::byte> record(100);
  EXPECT_FALSE(board.watched());
  ASSERT_EQ(out.write(record), sink_status::ok);
  board.post(out);
  EXPECT_EQ(board.observe().entered, 0u) << "nobody watched";
  watching seen = all.add(board, {.name = "file"});
  EXPECT_TRUE(board.watched());
  board.post(out);
  observation now = only(all);
  EXPECT_EQ(now.kind, watched_kind::sink);
  EXPECT_EQ(now.capacity, 64u);
  EXPECT_EQ(now.weight_limit, 4096u);
  EXPECT_EQ(now.entered, 1u);
  EXPECT_EQ(now.depth, 1u);
  EXPECT_EQ(now.weight, 100u);
  ASSERT_EQ(out.flush(deadline::never()), wait_status::ok);
  board.post(out);
  now = only(all);
  EXPECT_EQ(now.left, 1u);
  EXPECT_EQ(now.weight, 0u);
  EXPECT_EQ(now.sink.written_bytes, 100u);
  EXPECT_EQ(all.inventory().items.at(0).policy, "pause");
  EXPECT_GE(all.inventory().total_bytes, out.max_bytes());
  seen.stop();
  EXPECT_FALSE(board.watched());
}

TEST(inventory, names_every_bound_and_sums_up) {
  registry all;
  spsc_queue<int, queue_options{.overflow = overflow_kind::reject}> orders({.capacity = 100, .name = "orders"});
  latest_queue<int> price(latest_queue_config{.name = "a price"});
  rendezvous<int> hand_off({.name = "hand-off"});
  const watching one = all.add(orders), two = all.add(price), three = all.add(hand_off, {.policy = "wait"});
  const inventory_report report = all.inventory();
  ASSERT_EQ(report.items.size(), 3u);
  EXPECT_EQ(report.items[0].name, "a price");
  EXPECT_EQ(report.items[0].policy, "conflate");
  EXPECT_EQ(report.items[1].name, "hand-off");
  EXPECT_EQ(report.items[1].policy, "wait");
  EXPECT_EQ(report.items[2].policy, "reject");
  EXPECT_EQ(report.items[2].capacity, 100u);
  EXPECT_EQ(report.items[2].max_bytes, orders.max_bytes());
  EXPECT_EQ(report.total_bytes, orders.max_bytes() + price.max_bytes() + hand_off.max_bytes());
}

TEST(inventory, as_text_and_as_json) {
  inventory_report report;
  report.items = {{"orders", watched_kind::queue, "block", 1024, 0, 66'560},
                  {"slot", watched_kind::queue, "conflate", 1, 0, 1000},
                  {"to \"disk\"", watched_kind::log, "pause", 0, 4 << 20, 5 << 20}};
  report.total_bytes = 66'560 + 1000 + (5 << 20);
  EXPECT_EQ(report.to_text(),
            "name       kind   when full  capacity  weight limit   at most\n"
            "orders     queue  block          1024             -  65.0 KiB\n"
            "slot       queue  conflate          1             -    1000 B\n"
            "to \"disk\"  log    pause             -       4.0 MiB   5.0 MiB\n"
            "total                                                 5.1 MiB\n");
  EXPECT_EQ(report.to_json(),
            R"({"things":[{"name":"orders","kind":"queue","policy":"block","capacity":1024,"weight_limit":0,)"
            R"("max_bytes":66560},{"name":"slot","kind":"queue","policy":"conflate","capacity":1,"weight_limit":0,)"
            R"("max_bytes":1000},{"name":"to \"disk\"","kind":"log","policy":"pause","capacity":0,)"
            R"("weight_limit":4194304,"max_bytes":5242880}],"total_bytes":5310440})");
}

TEST(json, strings_are_valid_whatever_is_in_them) {
  EXPECT_EQ(detail::json_string("plain"), "\"plain\"");
  EXPECT_EQ(detail::json_string("a\"b\\c\n\t\r\x01\x1f"), R"("a\"b\\c\n\t\r\u0001\u001f")");
  EXPECT_EQ(detail::json_string("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\x8a"),
            "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\x8a\"");
  const std::string broken = "\xef\xbf\xbd";
  EXPECT_EQ(detail::json_string("\xff"), "\"" + broken + "\"");
  EXPECT_EQ(detail::json_string("\xc3"), "\"" + broken + "\"");
  EXPECT_EQ(detail::json_string("\xc3("), "\"" + broken + "(\"");  // a sequence that is not gone on with
  EXPECT_EQ(detail::json_string("\xed\xa0\x80"), "\"" + broken + broken + broken + "\"");  // half of a pair
  EXPECT_EQ(detail::json_string("\xc0\xaf"), "\"" + broken + broken + "\"");               // longer than need be
}

TEST(decimals, round_as_they_look) {
  EXPECT_EQ(detail::decimal(9.865, 2), "9.87");
  EXPECT_EQ(detail::decimal(0.125, 2), "0.13");
  EXPECT_EQ(detail::decimal(-0.125, 2), "-0.13");
  EXPECT_EQ(detail::decimal(999.999, 2), "1000.00");
  EXPECT_EQ(detail::decimal(5, 2), "5.00");
  EXPECT_EQ(detail::decimal(2.5, 0), "3");
  EXPECT_EQ(detail::json_number(0.1), "0.1");
  EXPECT_EQ(detail::json_number(std::numeric_limits<double>::infinity()), "null");
}

/// Queues come and go, and are pushed and popped, while somebody reads all the time.
TEST(registry, comes_and_goes_while_it_is_read) {
  registry all;
  std::atomic<bool> ends{false};
  std::thread reader([&] {
    while (!ends.load()) {
      all.visit([](const registry::entry& one) { ASSERT_LE(one.now.depth, one.now.capacity); });
      static_cast<void>(all.inventory());
    }
  });
  std::vector<std::thread> users;
  for (int user = 0; user < 2; ++user) {
    users.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        mpmc_queue<int> orders({.capacity = 4, .name = "orders"});
        const watching seen = all.add(orders);
        int out = 0;
        for (int i = 0; i < 8; ++i) {
          static_cast<void>(orders.try_push(int(i)));
          if (i % 2 == 0) static_cast<void>(orders.try_pop(out));
        }
      }
    });
  }
  for (std::thread& each : users) each.join();
  ends.store(true);
  reader.join();
  EXPECT_TRUE(all.inventory().items.empty());
}

TEST(registry, of_the_process_is_one) { EXPECT_EQ(&registry::process(), &registry::process()); }

}  // namespace
}  // namespace tidegate::test
