// The parts that keep memory bounded: blocks, their credits, and the budget of unfinished records.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>

#include "pump/block_pool.hpp"
#include "pump/carry_budget.hpp"
#include "pump/direct_passage.hpp"
#include "pump/intake.hpp"
#include "pump/pacer.hpp"
#include "pump/window.hpp"

namespace tidegate::pump {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t block_bytes = 8192;

options wanted(std::size_t capacity, overflow_policy overflow) {
  options made;
  made.capacity = capacity;
  made.overflow = overflow;
  return made;
}
options sampling_one_of(std::uint32_t every, std::size_t capacity) {
  options made = wanted(capacity, overflow_policy::sample);
  made.sample_every = every;
  return made;
}
options with_waiters(std::size_t most, std::size_t capacity) {
  options made = wanted(capacity, overflow_policy::block);
  made.max_waiters = most;
  return made;
}

/// A reader's half without its thread.
struct bench {
  explicit bench(overflow_policy overflow, std::size_t capacity = 1000) : bench(wanted(capacity, overflow)) {}
  explicit bench(const options& how)
      : rules(how),
        way({.capacity = how.capacity}),
        to(way.entrance(0), reading, rules, until, shown),
        at(reading, to) {}

  source named(const char* name) { return {unique_fd(), name, framing{}}; }

  /// As if `text` had been read from `from`, of which the first `whole` bytes are one record.
  void read(source& from, const std::string& text, std::uint32_t whole) {
    const auto room = at.room_for(from, text.size());
    ASSERT_GE(room.size(), text.size());
    std::memcpy(room.data(), text.data(), text.size());
    at.filled(text.size());
    if (whole > 0) at.offer(std::span(&whole, 1), whole);
  }

  std::string unfinished() const {
    const auto bytes = at.unfinished();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  control until;
  reader_progress shown;
  block_pool blocks{block_bytes, 2};
  block_share reading{blocks};
  entry_rules rules;
  direct_passage way;
  intake to;
  window at;
};

/// Leaves `count` blocks with one record each.
void fill_blocks(block_share& reading, int count) {
  for (; count > 0; --count) {
    ASSERT_TRUE(reading.spare());
    reading.admitted(1);
    reading.open_next();
  }
}

TEST(block_pool, a_credit_is_a_spare_block) {
  block_pool pool(block_bytes, 2);  // three blocks: one open, two spare
  block_share reading(pool);
  fill_blocks(reading, 2);
  EXPECT_FALSE(reading.spare());
  EXPECT_DOUBLE_EQ(pool.saturation_hint(), 1);
  pool.release(0, 1);
  EXPECT_DOUBLE_EQ(pool.saturation_hint(), 0.5);
  EXPECT_TRUE(reading.spare());
  reading.open_next();
  EXPECT_EQ(reading.open(), 0u);
}

TEST(block_pool, a_block_comes_back_with_its_last_record_and_not_before_its_reader_has_left_it) {
  block_pool pool(block_bytes, 2);
  block_share reading(pool);
  reading.admitted(5);
  pool.release(0, 3);
  pool.release(0, 2);
  ASSERT_TRUE(reading.spare());
  EXPECT_DOUBLE_EQ(pool.saturation_hint(), 0);
  reading.open_next();  // nothing of it is out: it comes back at once
  EXPECT_DOUBLE_EQ(pool.saturation_hint(), 0);
  const std::uint32_t second = reading.open();
  reading.admitted(5);
  reading.open_next();
  pool.release(second, 4);
  EXPECT_DOUBLE_EQ(pool.saturation_hint(), 0.5);
  pool.release(second, 1);
  EXPECT_DOUBLE_EQ(pool.saturation_hint(), 0);
}

/// One of them waits while the other one keeps as many blocks as it may.
TEST(block_pool, with_a_credit_for_each_reader_some_block_always_comes_back) {
  block_pool pool(block_bytes, 2, 2);
  block_share idle(pool, 0);
  block_share busy(pool, 1);
  idle.admitted(1);
  ASSERT_TRUE(idle.spare());
  ASSERT_TRUE(idle.spare());  // it takes one only
  busy.admitted(1);
  ASSERT_TRUE(busy.spare());
  busy.open_next();
  EXPECT_FALSE(busy.spare());
  pool.release(1, 1);
  EXPECT_TRUE(busy.spare());
  idle.leave();
  busy.open_next();
  EXPECT_TRUE(busy.spare());
}

TEST(block_pool, with_shares_no_reader_takes_the_blocks_of_another) {
  block_pool pool(block_bytes, 3, 2, 2);
  block_share one(pool, 0);
  block_share other(pool, 1);
  fill_blocks(one, 2);
  EXPECT_FALSE(one.spare());
  EXPECT_EQ(one.saturation_hint(), 1.0);
  EXPECT_EQ(other.saturation_hint(), 0.0);
  fill_blocks(other, 1);
  EXPECT_FALSE(other.spare());
  EXPECT_EQ(pool.saturation_hint(), 1.0);
  pool.release(0, 1);
  EXPECT_FALSE(other.spare());
  EXPECT_TRUE(one.spare());
}

TEST(block_pool, waiting_for_a_spare_block_ends_with_the_block) {
  block_pool pool(block_bytes, 2);
  block_share reading(pool);
  const control until;
  fill_blocks(reading, 2);
  std::thread sink([&] { pool.release(0, 1); });
  EXPECT_TRUE(reading.wait_for_spare(until));
  sink.join();
}

TEST(block_pool, waiting_for_a_spare_block_ends_with_the_pump) {
  block_pool pool(block_bytes, 2);
  block_share reading(pool);
  control until;
  fill_blocks(reading, 2);
  std::thread main([&] { until.stop(deadline::after(std::chrono::steady_clock::now(), 20ms)); });
  EXPECT_FALSE(reading.wait_for_spare(until));
  main.join();
}

TEST(window, an_unfinished_record_moves_out_and_back_when_sources_take_turns) {
  bench with(overflow_policy::block);
  source one = with.named("one");
  source other = with.named("other");
  with.read(one, "whole\nhal", 6);
  EXPECT_EQ(with.unfinished(), "hal");
  with.read(other, "x\ny", 2);
  EXPECT_EQ(with.unfinished(), "y");
  EXPECT_EQ(with.at.unfinished_bytes(one), 3u);
  with.read(one, "f\n", 0);
  EXPECT_EQ(with.unfinished(), "half\n");
  EXPECT_EQ(with.at.unfinished_bytes(other), 1u);
  EXPECT_EQ(with.to.account().offered, (tally{2, 8}));
}

TEST(window, an_unfinished_record_moves_to_the_next_block_when_room_runs_out) {
  bench with(overflow_policy::block);
  source one = with.named("one");
  with.read(one, std::string(block_bytes - 10, 'a'), block_bytes - 20);
  const std::uint32_t full = with.reading.open();
  with.read(one, std::string(100, 'b'), 0);
  EXPECT_NE(with.reading.open(), full);
  EXPECT_EQ(with.unfinished(), std::string(10, 'a') + std::string(100, 'b'));
}

TEST(window, a_block_of_which_nothing_was_admitted_is_used_again) {
  bench with(overflow_policy::drop_newest);
  source one = with.named("one");
  for (int block = 0; block < 10; ++block) {  // nobody takes anything out: two blocks fill, then all is dropped
    with.read(one, std::string(block_bytes - 100, 'a'), block_bytes - 100);
  }
  EXPECT_EQ(with.to.account().offered.records, 10u);
  EXPECT_EQ(with.way.depth_hint(), 2u);
  EXPECT_EQ(with.to.account().dropped.records, 8u);
  EXPECT_TRUE(with.to.account().undelivered == tally{});
}

TEST(intake, a_full_queue_drops_or_rejects_exactly_what_does_not_fit) {
  for (const overflow_policy overflow : {overflow_policy::drop_newest, overflow_policy::reject}) {
    bench with(overflow, 3);
    source one = with.named("one");
    for (int i = 0; i < 5; ++i) with.read(one, "ab\n", 3);
    EXPECT_EQ(with.way.depth_hint(), 3u);
    const ledger& account = with.to.account();
    EXPECT_EQ(overflow == overflow_policy::reject ? account.rejected : account.dropped, (tally{2, 6}));
    const std::size_t left = 3 - with.way.exit().try_take().records.size();
    with.read(one, "ab\n", 3);
    EXPECT_EQ(with.way.depth_hint(), left + 1);
  }
}

TEST(intake, a_sample_keeps_one_of_n_from_half_full_on_and_its_weights_lose_nothing) {
  bench with(sampling_one_of(4, 20));
  source one = with.named("one");
  for (int i = 0; i < 10; ++i) with.read(one, "ab\n", 3);
  EXPECT_EQ(with.to.account().sampled, tally{});  // half full from here on
  for (int i = 0; i < 8; ++i) with.read(one, "ab\n", 3);
  EXPECT_EQ(with.way.depth_hint(), 12u);
  EXPECT_EQ(with.to.account().sampled, (tally{6, 18}));
  EXPECT_EQ(with.to.kept_weight(), 18u);
  with.read(one, "ab\n", 3);
  EXPECT_EQ(with.to.kept_weight() + with.rules.sampling.left_out_hint(), 19u);
  static_cast<void>(with.way.exit().try_take());  // five leave, and nothing is sampled
  with.read(one, "ab\n", 3);
  EXPECT_EQ(with.way.depth_hint(), 8u);
  EXPECT_EQ(with.to.kept_weight(), 20u);  // it stands for the one before, too
}

TEST(intake, a_sample_of_a_full_queue_leaves_out_what_finds_no_room_and_a_later_one_stands_for_it) {
  bench with(sampling_one_of(2, 2));
  source one = with.named("one");
  for (int i = 0; i < 9; ++i) with.read(one, "ab\n", 3);
  EXPECT_EQ(with.way.depth_hint(), 2u);
  EXPECT_EQ(with.to.account().sampled, (tally{7, 21}));
  EXPECT_EQ(with.to.kept_weight() + with.rules.sampling.left_out_hint(), 9u);
  EXPECT_GT(with.rules.sampling.left_out_hint(), 0u);
}

TEST(intake, a_sample_without_memory_leaves_all_out_and_a_later_one_stands_for_them) {
  bench with(sampling_one_of(2, 1000));
  source one = with.named("one");
  for (int block = 0; block < 10; ++block) {
    with.read(one, std::string(block_bytes - 100, 'a'), block_bytes - 100);
  }
  const ledger& account = with.to.account();
  EXPECT_EQ(account.offered.records, with.way.depth_hint() + account.sampled.records);
  EXPECT_GT(account.sampled.records, 0u);
  EXPECT_EQ(with.to.kept_weight() + with.rules.sampling.left_out_hint(), 10u);
}

TEST(intake, beyond_max_waiters_nobody_waits_for_room_and_what_finds_none_is_rejected) {
  for (const std::size_t most : {0u, 1u}) {
    bench with(with_waiters(most, 3));
    const entry_rules::waiter_limit::place others(with.rules.waiters);  // the only one, if there is one
    source one = with.named("one");
    for (int i = 0; i < 5; ++i) with.read(one, "ab\n", 3);
    EXPECT_EQ(with.to.account().rejected, (tally{2, 6}));
    EXPECT_EQ(with.way.depth_hint(), 3u);
  }
}

TEST(intake, beyond_max_waiters_nobody_waits_for_memory) {
  bench with(with_waiters(0, 1000));
  source one = with.named("one");
  for (int block = 0; block < 5; ++block) {
    with.read(one, std::string(block_bytes - 100, 'a'), block_bytes - 100);
  }
  EXPECT_EQ(with.way.depth_hint(), 2u);
  EXPECT_EQ(with.to.account().rejected.records, 3u);
}

TEST(intake, whoever_has_a_place_to_wait_waits_and_leaves_it_afterwards) {
  bench with(with_waiters(1, 3));
  source one = with.named("one");
  std::thread reading([&] {
    for (int i = 0; i < 4; ++i) with.read(one, "ab\n", 3);
  });
  const auto has_place = [&with] { return !entry_rules::waiter_limit::place(with.rules.waiters); };
  while (!has_place()) std::this_thread::yield();
  EXPECT_FALSE(with.way.exit().try_take().records.empty());
  reading.join();
  EXPECT_EQ(with.to.account().rejected, tally{});
  EXPECT_EQ(with.way.depth_hint(), 3u);
  EXPECT_FALSE(has_place());
}

TEST(intake, blocked_until_the_end_of_time_counts_as_timed_out_and_until_somebody_gives_up_as_undelivered) {
  bench with(overflow_policy::block, 3);
  source one = with.named("one");
  for (int i = 0; i < 3; ++i) with.read(one, "ab\n", 3);
  with.until.stop(deadline::already_over());
  with.read(one, "ab\n", 3);
  EXPECT_EQ(with.to.account().timed_out, (tally{1, 3}));
  with.until.give_up();
  with.read(one, "ab\n", 3);
  EXPECT_EQ(with.to.account().undelivered, (tally{1, 3}));
  EXPECT_EQ(with.to.account().offered, (tally{5, 15}));
}

TEST(carry_budget, few_may_leave_much_and_all_may_leave_little) {
  carry_budget budget;
  std::vector<source> large;
  for (std::size_t i = 0; i < carry_budget::large_places; ++i) {
    large.emplace_back(unique_fd(), "large", framing{});
    EXPECT_EQ(budget.allowance(large.back(), 0, 100000), 100000u);
    budget.settle(large.back(), 50000);
  }
  source late(unique_fd(), "late", framing{});
  EXPECT_EQ(budget.allowance(late, 0, 100000), carry_budget::small_carry_bytes);
  EXPECT_EQ(budget.allowance(late, carry_budget::small_carry_bytes, 100000), 0u);
  EXPECT_FALSE(budget.may_read(late, carry_budget::small_carry_bytes));
  budget.settle(large.front(), 10);  // its record is finished
  EXPECT_TRUE(budget.may_read(late, carry_budget::small_carry_bytes));
  EXPECT_EQ(budget.allowance(late, carry_budget::small_carry_bytes, 100000), 100000u);
  large[1].ended = true;
  budget.settle(large[1], 50000);  // an ended source leaves nothing
  source later(unique_fd(), "later", framing{});
  EXPECT_EQ(budget.allowance(later, 0, 100000), 100000u);
}

TEST(pacer, spreads_bytes_at_the_rate_with_a_small_burst) {
  pacer pace(1000);
  const pacer::clock::time_point start{100s};
  pace.spent(100, start);
  EXPECT_EQ(pace.next(), start + 90ms);  // 100 ms, less the burst of 10 ms
  pace.spent(100, start + 90ms);
  EXPECT_EQ(pace.next(), start + 190ms);
  EXPECT_EQ(pace.portion(1 << 20), 10u);
  EXPECT_FALSE(pacer(std::nullopt).active());
  EXPECT_EQ(pacer(std::nullopt).portion(1 << 20), std::size_t{1} << 20);
}

}  // namespace
}  // namespace tidegate::pump
