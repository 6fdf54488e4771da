// The parts of the overflow policies that no queue is needed for: sampler, places to wait, the account.
#include <cstdint>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tidegate/flow/conservation.hpp"
#include "tidegate/flow/sampler.hpp"
#include "tidegate/queue/detail/waiter_limit.hpp"

namespace tidegate::test {
namespace {

TEST(sampler_of_three, keeps_every_third_while_it_samples) {
  sampler<> each(3);
  const std::uint64_t expected[] = {0, 0, 3, 0, 0, 3};
  for (const std::uint64_t weight : expected) EXPECT_EQ(each.judge(true), weight);
  EXPECT_EQ(each.left_out_hint(), 0U);
}

TEST(sampler_of_three, lets_the_first_one_after_it_stand_for_what_was_left_out) {
  sampler<> each(3);
  EXPECT_EQ(each.judge(false), 1U);
  EXPECT_EQ(each.judge(true), 0U);
  EXPECT_EQ(each.judge(true), 0U);
  EXPECT_EQ(each.left_out_hint(), 2U);
  EXPECT_EQ(each.judge(false), 3U);
  EXPECT_EQ(each.judge(false), 1U);
}

TEST(sampler_of_three, carries_on_what_found_no_place) {
  sampler<> each(3);
  EXPECT_EQ(each.judge(true), 0U);
  EXPECT_EQ(each.judge(true), 0U);
  EXPECT_EQ(each.judge(true), 3U);
  each.give_back(3);
  EXPECT_EQ(each.judge(true), 4U);
  each.give_back(0);
  EXPECT_EQ(each.judge(true), 0U);
}

TEST(sampler_of_all, leaves_nothing_out) {
  for (const std::uint32_t every : {0U, 1U}) {
    sampler<> each(every);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(each.judge(true), 1U);
  }
}

TEST(sampler_of_many_threads, loses_no_weight) {
  constexpr std::uint64_t calls = 20'000;
  sampler<> each(7);
  std::vector<std::uint64_t> weights(3);
  {
    std::vector<std::jthread> threads;
    for (auto& weight : weights) {
      threads.emplace_back([&] {
        for (std::uint64_t i = 0; i < calls; ++i) {
          const std::uint64_t got = each.judge(i % 100 < 90);
          weight += i % 11 == 0 ? 0 : got;
          if (i % 11 == 0) each.give_back(got);
        }
      });
    }
  }
  EXPECT_EQ(weights[0] + weights[1] + weights[2] + each.left_out_hint(), 3 * calls);
}

TEST(waiter_limit, gives_so_many_places_and_takes_them_back) {
  using limit = detail::waiter_limit<true, native_sync>;
  limit of_two(2);
  const limit::place one(of_two);
  EXPECT_TRUE(static_cast<bool>(one));
  {
    const limit::place two(of_two);
    const limit::place three(of_two);
    EXPECT_TRUE(static_cast<bool>(two));
    EXPECT_FALSE(static_cast<bool>(three));
  }
  const limit::place again(of_two);
  EXPECT_TRUE(static_cast<bool>(again)) << "one that had no place gives none back";
  limit none(0);
  EXPECT_FALSE(static_cast<bool>(limit::place(none)));
  EXPECT_LT(sizeof(detail::waiter_limit<false, native_sync>), sizeof(limit));
}

TEST(account, counts_each_answer_by_its_reason) {
  conservation account;
  for (const auto answer : {push_status::ok, push_status::evicted, push_status::spilled}) account.count(answer);
  EXPECT_EQ(account.accepted, 3U);
  for (const auto answer : {push_status::full, push_status::too_heavy}) account.count(answer);
  EXPECT_EQ(account.rejected, 2U);
  for (const auto answer : {push_status::shed, push_status::expired}) account.count(answer);
  EXPECT_EQ(account.throttled, 2U);
  for (const auto answer : {push_status::dropped, push_status::closed, push_status::timed_out, push_status::cancelled,
                            push_status::no_row}) {
    account.count(answer);
  }
  EXPECT_EQ(account.dropped + account.closed + account.timed_out + account.cancelled + account.without_row, 5U);
  EXPECT_EQ(account.offered, 12U);
  EXPECT_EQ(account.balance_of_offers(), 0);
  EXPECT_EQ(account.balance_of_accepted(), 3) << "nobody said what became of them";
  account.completed = 1;
  account.evicted = 1;
  account.queued = 1;
  EXPECT_TRUE(account.balances());
  ++account.redirected;
  EXPECT_EQ(account.balance_of_offers(), -1);
  EXPECT_FALSE(account.balances());
}

TEST(account, adds_every_field) {
  conservation one{.offered = 1,
                   .accepted = 2,
                   .rejected = 3,
                   .dropped = 4,
                   .sampled_out = 5,
                   .throttled = 6,
                   .timed_out = 7,
                   .cancelled = 8,
                   .closed = 9,
                   .redirected = 10,
                   .without_row = 11,
                   .completed = 12,
                   .evicted = 13,
                   .expired = 14,
                   .shed = 15,
                   .discarded = 16,
                   .spilled_unread = 17,
                   .queued = 18,
                   .in_service = 19};
  const conservation twice{.offered = 2,
                           .accepted = 4,
                           .rejected = 6,
                           .dropped = 8,
                           .sampled_out = 10,
                           .throttled = 12,
                           .timed_out = 14,
                           .cancelled = 16,
                           .closed = 18,
                           .redirected = 20,
                           .without_row = 22,
                           .completed = 24,
                           .evicted = 26,
                           .expired = 28,
                           .shed = 30,
                           .discarded = 32,
                           .spilled_unread = 34,
                           .queued = 36,
                           .in_service = 38};
  one += conservation(one);
  EXPECT_EQ(one, twice);
  static_assert(sizeof(conservation) == 19 * sizeof(std::uint64_t));
}

}  // namespace
}  // namespace tidegate::test
