// Several readers, workers, and the account that bounds what is between them and the sink thread.
#include "pump/shared_passage.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>

#include "pump/deal.hpp"

namespace tidegate::pump {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t block_bytes = 8192;

options wanted(std::size_t capacity, std::size_t workers, transforms work = {}) {
  options made;
  made.capacity = capacity;
  made.workers = workers;
  made.work = std::move(work);
  return made;
}

/// Readers that write lines into their one block, and the other end.
struct bench {
  explicit bench(const options& how, std::uint32_t readers = 1)
      : blocks(block_bytes, readers, readers), way(how, readers, blocks, until), written(readers, 0) {}

  /// Puts `lines` in as one offer; how many got in.
  std::size_t put(std::uint32_t reader, const std::vector<std::string>& lines) {
    std::vector<record> records;
    for (const std::string& line : lines) {
      std::memcpy(blocks.data(reader) + written[reader], line.data(), line.size());
      records.push_back({reader, written[reader], static_cast<std::uint32_t>(line.size())});
      written[reader] += static_cast<std::uint32_t>(line.size());
    }
    return way.entrance(reader).try_push_n(records.data(), records.size());
  }

  std::string text(const portion& of) {
    std::string all;
    for (const record& each : of.records) {
      all.append(reinterpret_cast<const char*>(blocks.data(each.block)) + each.offset, each.length);
    }
    return all;
  }

  /// Everything until nothing comes any more, in one string.
  std::string take_all() {
    std::string all;
    for (;;) {
      const portion some = way.exit().take_until(deadline::never().when());
      if (some.records.empty()) return all;
      if (some.unworked) unworked += some.records.size();
      all += text(some);
    }
  }

  /// The readers have closed, the workers do what there is.
  void work_to_the_end() {
    for (std::uint32_t i = 0; i < written.size(); ++i) way.entrance(i).close();
    std::vector<std::thread> working;
    for (std::size_t i = 0; i < way.workers(); ++i) working.emplace_back([this, i] { way.work(i); });
    rest = take_all();
    for (std::thread& each : working) each.join();
  }

  control until;
  block_pool blocks;
  shared_passage way;
  std::vector<std::uint32_t> written;
  std::size_t unworked = 0;
  std::string rest;
};

options evicting(std::size_t capacity, std::size_t workers = 0) {
  options how = wanted(capacity, workers);
  how.overflow = overflow_policy::drop_oldest;
  return how;
}

TEST(shared_passage, the_oldest_record_leaves_whoever_put_it_in) {
  bench with(evicting(3), 2);
  ASSERT_EQ(with.put(0, {"a\n"}), 1u);
  ASSERT_EQ(with.put(1, {"bcd\n", "e\n"}), 2u);
  EXPECT_EQ(with.way.entrance(1).evicted(), tally{});
  ASSERT_EQ(with.put(1, {"f\n", "g\n"}), 2u);
  EXPECT_EQ(with.way.entrance(1).evicted(), (tally{2, 6}));
  EXPECT_TRUE(with.way.entrance(0).evict_oldest());
  EXPECT_EQ(with.way.entrance(0).evicted(), (tally{1, 2}));
  EXPECT_EQ(with.way.depth_hint(), 2u);
  with.work_to_the_end();
  EXPECT_EQ(with.rest, "f\ng\n");
  EXPECT_FALSE(with.way.entrance(0).evict_oldest());
}

TEST(shared_passage, eviction_gives_a_block_back) {
  control until;
  block_pool blocks(block_bytes, 1);
  block_share reading(blocks);
  shared_passage way(evicting(100), 1, blocks, until);
  record first{reading.open(), 0, 10};
  ASSERT_TRUE(reading.spare());
  ASSERT_EQ(way.entrance(0).try_push_n(&first, 1), 1u);
  reading.admitted(1);
  reading.open_next();
  EXPECT_FALSE(reading.spare());
  EXPECT_TRUE(way.entrance(0).evict_oldest());
  EXPECT_EQ(way.entrance(0).evicted(), (tally{1, 10}));
  EXPECT_TRUE(reading.spare());
}

TEST(shared_passage, lone_records_leave_together_as_a_small_part_of_the_queue) {
  bench with(evicting(8));
  ASSERT_EQ(with.put(0, {"a\n", "b\n", "c\n"}), 3u);
  EXPECT_EQ(with.text(with.way.exit().try_take()), "a\nb\n");
  EXPECT_EQ(with.text(with.way.exit().try_take()), "c\n");
  EXPECT_TRUE(with.way.exit().try_take().records.empty());
}

TEST(shared_passage, what_is_evicted_in_front_of_workers_leaves_no_gap_in_the_order) {
  bench with(evicting(8, 2), 2);
  ASSERT_EQ(with.put(0, {"a\n", "b\n", "c\n"}), 3u);
  const auto first = with.way.begin(0);
  ASSERT_TRUE(first);
  ASSERT_TRUE(with.way.entrance(1).evict_oldest());  // "b"
  EXPECT_EQ(with.way.entrance(1).evicted(), (tally{1, 2}));
  const auto second = with.way.begin(1);
  ASSERT_TRUE(second);
  with.way.finish(1, *second);
  EXPECT_TRUE(with.way.exit().try_take().records.empty());  // "c" is there, and waits for "a"
  with.way.finish(0, *first);
  EXPECT_EQ(with.text(with.way.exit().try_take()), "a\n");
  EXPECT_EQ(with.text(with.way.exit().try_take()), "c\n");
  EXPECT_EQ(with.way.depth_hint(), 0u);
}

TEST(shared_passage, what_workers_have_is_not_evicted_and_counts_against_the_capacity) {
  bench with(evicting(3, 2));
  ASSERT_EQ(with.put(0, {"a\n", "b\n", "c\n"}), 3u);
  const auto held = with.way.begin(0);
  ASSERT_TRUE(held);
  ASSERT_EQ(with.put(0, {"d\n", "e\n", "f\n"}), 3u);  // "b", "c" and "d" leave
  EXPECT_EQ(with.way.entrance(0).evicted(), (tally{3, 6}));
  EXPECT_EQ(with.way.depth_hint(), 3u);
  with.way.finish(0, *held);
  with.work_to_the_end();
  EXPECT_EQ(with.rest, "a\ne\nf\n");
  EXPECT_EQ(with.way.depth_hint(), 0u);
}

TEST(shared_passage, a_new_record_is_left_out_when_a_worker_has_all_that_may_be_inside) {
  bench with(evicting(1, 1));
  ASSERT_EQ(with.put(0, {"a\n"}), 1u);
  const auto held = with.way.begin(0);
  ASSERT_TRUE(held);
  EXPECT_EQ(with.put(0, {"b\n"}), 0u);
  EXPECT_EQ(with.way.entrance(0).evicted(), tally{});
  with.way.finish(0, *held);
  with.work_to_the_end();
  EXPECT_EQ(with.rest, "a\n");
}

TEST(shared_passage, workers_leave_half_of_the_capacity_to_be_evicted) {
  bench with(evicting(4, 1));
  std::thread working([&] { with.way.work(0); });
  for (int round = 0; round < 500; ++round) {
    for (int i = 0; i < 6; ++i) ASSERT_EQ(with.put(0, {"a\n"}), 1u);
    EXPECT_FALSE(with.way.exit().take_until(deadline::never().when()).records.empty());
  }
  with.way.entrance(0).close();
  const std::size_t left = with.take_all().size() / 2;
  working.join();
  EXPECT_EQ(500 + left + with.way.entrance(0).evicted().records, 3000u);
}

/// Behind a sink that takes one at a time.
TEST(shared_passage, workers_keep_the_order_of_readers_that_evict_from_each_other) {
  constexpr std::uint32_t each_puts = 4000;
  bench with(evicting(5, 3), 2);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 3; ++i) threads.emplace_back([&, i] { with.way.work(i); });
  std::uint64_t left_out[2]{};
  for (std::uint32_t reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&, reader] {
      for (std::uint32_t i = 0; i < each_puts; ++i) {
        record next{reader, i, 1};
        left_out[reader] += 1 - with.way.entrance(reader).try_push_n(&next, 1);
      }
      with.way.entrance(reader).close();
    });
  }
  std::int64_t last[2]{-1, -1};
  std::uint64_t out = 0;
  for (;;) {
    const portion some = with.way.exit().take_until(deadline::never().when());
    if (some.records.empty()) break;
    for (const record& each : some.records) {
      ASSERT_GT(each.offset, last[each.block]);
      last[each.block] = each.offset;
      ++out;
    }
  }
  for (std::thread& each : threads) each.join();
  const tally evicted = with.way.entrance(0).evicted() + with.way.entrance(1).evicted();
  EXPECT_EQ(out + evicted.records + left_out[0] + left_out[1], 2 * each_puts);
  EXPECT_EQ(with.way.depth_hint(), 0u);
}

TEST(shared_passage, without_the_policy_nothing_is_evicted) {
  bench with(wanted(3, 0), 2);
  ASSERT_EQ(with.put(0, {"a\n", "b\n", "c\n", "d\n"}), 3u);
  EXPECT_FALSE(with.way.entrance(0).evict_oldest());
  EXPECT_EQ(with.way.entrance(0).evicted(), tally{});
  EXPECT_EQ(with.way.depth_hint(), 3u);
}

options two_lanes(std::uint32_t first, std::uint32_t second, std::size_t workers = 0) {
  options how = wanted(64, workers);
  how.sources.resize(2);
  how.lanes = {first, second};
  return how;
}

TEST(shared_passage, lanes_are_served_by_weight_and_each_in_its_order) {
  for (const std::size_t workers : {0u, 1u}) {
    bench with(two_lanes(3, 1, workers), 2);
    std::string a, b;
    for (char each = 'a'; each < 'a' + 24; ++each) {
      ASSERT_EQ(with.put(0, {{each, '\n'}}), 1u);
      ASSERT_EQ(with.put(1, {{static_cast<char>(each - 'a' + 'A'), '\n'}}), 1u);
      a += each;
      b += static_cast<char>(each - 'a' + 'A');
    }
    with.work_to_the_end();
    std::erase(with.rest, '\n');
    const auto is_lower = [](char each) { return each >= 'a'; };
    const std::string_view early = std::string_view(with.rest).substr(0, 28);
    const auto of_first = std::ranges::count_if(early, is_lower);
    EXPECT_GE(of_first, 20);
    EXPECT_LE(of_first, 22);
    std::string upper = with.rest;
    std::erase_if(upper, is_lower);
    EXPECT_EQ(upper, b);
    std::erase_if(with.rest, [is_lower](char each) { return !is_lower(each); });
    EXPECT_EQ(with.rest, a);
    EXPECT_EQ(with.way.taken_by_lane(), (std::vector<std::uint64_t>{24, 24}));
  }
}

TEST(shared_passage, a_full_lane_is_nobody_elses_affair) {
  bench with(two_lanes(1, 1), 2);
  const std::vector<std::string> many(40, "a\n");
  EXPECT_EQ(with.put(0, many), 32u);
  EXPECT_EQ(with.put(1, many), 32u);
  EXPECT_EQ(with.way.depth_hint(), 64u);
  EXPECT_EQ(with.way.capacity(), 64u);
}

TEST(deal, lanes_have_the_number_of_their_reader) {
  options how = two_lanes(8, 1);
  how.sources[1].kind = endpoint_kind::tcp;
  const std::vector<lane> lanes = lanes_of(how);
  EXPECT_EQ(lanes[0].source, &how.sources[1]);
  EXPECT_EQ(lanes[0].weight, 1u);
  EXPECT_EQ(lanes[1].weight, 8u);
}

/// Records that were read, and after that time has passed.
options expiring_after(std::chrono::nanoseconds lifetime, std::size_t workers) {
  options how = wanted(100, workers);
  how.record_deadline = lifetime;
  return how;
}

TEST(shared_passage, a_record_that_waited_for_too_long_is_expired_and_gives_back_what_it_held) {
  for (const std::size_t workers : {0u, 2u}) {
    bench with(expiring_after(1ns, workers), 2);
    for (const std::uint32_t reader : {0u, 1u}) {
      with.way.entrance(reader).begin_batch();
      ASSERT_EQ(with.put(reader, {"a\n", "bcd\n"}), 2u);
    }
    with.work_to_the_end();
    EXPECT_EQ(with.rest, "");
    EXPECT_EQ(with.way.expired(), (tally{4, 12}));
    EXPECT_EQ(with.way.filtered(), tally{});
    EXPECT_EQ(with.way.depth_hint(), 0u);
  }
}

TEST(shared_passage, a_record_that_did_not_wait_for_too_long_is_delivered) {
  for (const std::size_t workers : {0u, 2u}) {
    bench with(expiring_after(1h, workers));
    with.way.entrance(0).begin_batch();
    ASSERT_EQ(with.put(0, {"a\n", "bcd\n"}), 2u);
    with.work_to_the_end();
    EXPECT_EQ(with.rest, "a\nbcd\n");
    EXPECT_EQ(with.way.expired(), tally{});
  }
}

TEST(shared_passage, age_counts_from_when_a_record_was_read_not_from_when_there_was_room) {
  bench with(expiring_after(1ms, 0));
  with.way.entrance(0).begin_batch();
  const auto late = std::chrono::steady_clock::now() + 2ms;
  while (std::chrono::steady_clock::now() < late) std::this_thread::yield();
  ASSERT_EQ(with.put(0, {"a\n"}), 1u);
  EXPECT_TRUE(with.way.exit().try_take().records.empty());
  EXPECT_EQ(with.way.expired(), (tally{1, 2}));
}

TEST(record_credits, are_exact_and_come_back) {
  record_credits credits(5);
  EXPECT_EQ(credits.try_take(3), 3u);
  EXPECT_EQ(credits.try_take(3), 2u);
  EXPECT_EQ(credits.try_take(1), 0u);
  EXPECT_EQ(credits.depth_hint(), 5u);
  credits.give_back(4);
  EXPECT_EQ(credits.try_take(9), 4u);
  EXPECT_EQ(credits.stats().popped, 4u);
  EXPECT_EQ(credits.stats().pushed, 9u);
}

TEST(record_credits, a_wait_ends_with_a_credit_the_time_or_a_stop) {
  record_credits credits(2);
  ASSERT_EQ(credits.try_take(2), 2u);
  EXPECT_EQ(credits.take_until(2, deadline::after(std::chrono::steady_clock::now(), 10ms), {}), 0u);
  std::thread giver([&] { credits.give_back(1); });
  EXPECT_EQ(credits.take_until(2, deadline::never(), {}), 1u);
  giver.join();
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(credits.take_until(2, deadline::never(), stop.get_token()), 0u);
  stopper.join();
  EXPECT_EQ(credits.stats().push_waits, 3u);
}

TEST(shared_passage, takes_what_the_capacity_allows_and_no_more) {
  bench with(wanted(3, 0), 2);
  EXPECT_EQ(with.put(0, {"a\n", "b\n"}), 2u);
  EXPECT_EQ(with.put(1, {"c\n", "d\n"}), 1u);
  EXPECT_EQ(with.put(0, {"e\n"}), 0u);
  EXPECT_EQ(with.way.depth_hint(), 3u);
  EXPECT_EQ(with.text(with.way.exit().try_take()), "a\n");  // a small queue passes them one by one
  EXPECT_EQ(with.put(0, {"f\n", "g\n"}), 1u);
  EXPECT_EQ(with.way.stats().pushed, 4u);
  EXPECT_EQ(with.way.stats().popped, 1u);
}

/// The records have left the queue, and still count.
TEST(shared_passage, what_a_worker_has_finished_counts_until_it_is_taken) {
  bench with(wanted(4, 1));
  ASSERT_EQ(with.put(0, {"a\n", "b\n", "c\n", "d\n"}), 4u);
  for (int i = 0; i < 4; ++i) {
    const auto place = with.way.begin(0);
    ASSERT_TRUE(place);
    with.way.finish(0, *place);
  }
  EXPECT_EQ(with.way.depth_hint(), 4u);
  EXPECT_EQ(with.put(0, {"e\n"}), 0u);
  with.work_to_the_end();
  EXPECT_EQ(with.rest, "a\nb\nc\nd\n");
  EXPECT_EQ(with.way.depth_hint(), 0u);
}

TEST(shared_passage, lengths_come_out_as_they_went_in_around_the_ring) {
  bench with(wanted(11, 0), 2);  // stretches of two
  for (int round = 0; round < 50; ++round) {
    const std::string one(static_cast<std::size_t>(round) % 5 + 1, 'x');
    const std::string two(static_cast<std::size_t>(round) % 3 + 2, 'y');
    ASSERT_EQ(with.put(0, {one, two, one}), 3u);
    std::string out;
    std::size_t count = 0;
    while (count < 3) {
      const portion some = with.way.exit().try_take();
      ASSERT_FALSE(some.records.empty());
      count += some.records.size();
      for (const record& each : some.records) out += std::to_string(each.length) + " ";
      EXPECT_LE(some.records.size(), 2u);
    }
    const std::string length_one = std::to_string(one.size());
    EXPECT_EQ(out, length_one + " " + std::to_string(two.size()) + " " + length_one + " ");
  }
}

TEST(shared_passage, what_is_filtered_is_counted_and_releases_its_block) {
  bench with(wanted(8, 2, {.pattern = "a"}));
  block_share reading(with.blocks);
  reading.admitted(4);
  ASSERT_TRUE(reading.spare());
  reading.open_next();
  ASSERT_EQ(with.put(0, {"a1\n", "b22\n", "a3\n", "c\n"}), 4u);
  with.work_to_the_end();
  EXPECT_EQ(with.rest, "a1\na3\n");
  EXPECT_EQ(with.way.filtered(), (tally{2, 6}));
  EXPECT_FALSE(reading.spare());
  with.blocks.release(0, 2);  // what was taken out is for the sink thread to release
  EXPECT_TRUE(reading.spare());
}

TEST(shared_passage, after_the_end_of_time_records_come_out_unworked) {
  bench with(wanted(8, 1, {.pattern = "a"}));
  ASSERT_EQ(with.put(0, {"a\n", "b\n"}), 2u);
  with.until.give_up();
  with.work_to_the_end();
  EXPECT_EQ(with.rest, "a\nb\n");
  EXPECT_EQ(with.unworked, 2u);
  EXPECT_EQ(with.way.filtered(), tally{});
}

/// Two workers, of which the one with the first stretch does not go on until the other one has done all the rest.
TEST(shared_passage, a_stopped_worker_delays_its_own_reader_only) {
  bench with(wanted(64, 2), 2);
  ASSERT_EQ(with.put(0, {"a\n"}), 1u);
  ASSERT_EQ(with.put(0, {"b\n"}), 1u);
  ASSERT_EQ(with.put(1, {"1\n"}), 1u);
  ASSERT_EQ(with.put(1, {"2\n"}), 1u);
  for (std::uint32_t i = 0; i < 2; ++i) with.way.entrance(i).close();
  const auto held = with.way.begin(0);
  ASSERT_TRUE(held);
  std::thread working([&] { with.way.work(1); });
  EXPECT_EQ(with.text(with.way.exit().take_until(deadline::never().when())), "1\n");
  EXPECT_EQ(with.text(with.way.exit().take_until(deadline::never().when())), "2\n");
  working.join();
  EXPECT_TRUE(with.way.exit().try_take().records.empty());  // "b" is there, and waits for "a"
  EXPECT_EQ(with.way.depth_hint(), 2u);
  with.way.finish(0, *held);
  EXPECT_EQ(with.text(with.way.exit().try_take()), "a\n");
  EXPECT_EQ(with.text(with.way.exit().try_take()), "b\n");
  EXPECT_FALSE(with.way.exit().closed());
  with.way.work(0);
  EXPECT_TRUE(with.way.exit().closed());
}

TEST(shared_passage, four_workers_keep_the_order_of_three_readers) {
  bench with(wanted(16, 4, {.hash = true}), 3);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) threads.emplace_back([&, i] { with.way.work(i); });
  for (std::uint32_t reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&, reader] {
      for (std::uint32_t i = 0; i < 2000; ++i) {
        record next{reader, i % 1000 * 2, 1 + i % 2};
        while (with.way.entrance(reader).push_n_until(&next, 1, deadline::never().when(), {}) == 0) continue;
      }
      with.way.entrance(reader).close();
    });
  }
  std::uint32_t seen[3]{};
  for (;;) {
    const portion some = with.way.exit().take_until(deadline::never().when());
    if (some.records.empty()) break;
    ASSERT_EQ(some.hashes.size(), some.records.size());
    for (const record& each : some.records) {
      const std::uint32_t i = seen[each.block]++;
      ASSERT_EQ(each.offset, i % 1000 * 2);
      ASSERT_EQ(each.length, 1 + i % 2);
    }
  }
  for (std::thread& each : threads) each.join();
  for (const std::uint32_t count : seen) EXPECT_EQ(count, 2000u);
}

inputs sources(std::size_t files, std::size_t listeners) {
  inputs made;
  for (std::size_t i = 0; i < files; ++i) {
    made.sources.push_back(std::make_unique<source>(unique_fd(), std::to_string(i), framing{}));
  }
  made.listeners.resize(listeners);
  return made;
}

TEST(deal, gives_each_source_a_reader_while_there_are_some) {
  EXPECT_EQ(deal(sources(1, 0), 8).size(), 1u);
  EXPECT_EQ(deal(sources(3, 2), 8).size(), 5u);
  const auto hands = deal(sources(7, 2), 4);
  ASSERT_EQ(hands.size(), 4u);
  std::size_t files = 0;
  std::size_t listeners = 0;
  for (const inputs& each : hands) {
    files += each.sources.size();
    listeners += each.listeners.size();
    EXPECT_GE(each.sources.size() + each.listeners.size(), 2u);
  }
  EXPECT_EQ(files, 7u);
  EXPECT_EQ(listeners, 2u);
}

TEST(deal, knows_what_bounds_the_readers) {
  options how;
  sizing sizes;
  sizes.credits = 100;
  EXPECT_EQ(reader_count(how, sizes), most_readers);
  sizes.credits = 2;
  EXPECT_EQ(reader_count(how, sizes), 2u);
  how.rate_limit = 1000;
  EXPECT_EQ(reader_count(how, sizes), 1u);
}

}  // namespace
}  // namespace tidegate::pump
