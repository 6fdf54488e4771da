// Rate limits: exact to one permit, for any burst and rate, globally and by key; throttles and budgets of clients.
#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/flow/client_throttle.hpp"
#include "tidegate/flow/keyed_rate_limiter.hpp"
#include "tidegate/flow/random.hpp"
#include "tidegate/flow/rate_limit.hpp"
#include "tidegate/flow/rate_limiter.hpp"
#include "tidegate/flow/retry_budget.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using clock = virtual_sync;
using limiter = rate_limiter<rate_limiter_options{}, clock>;

TEST(rate_limiter, admits_a_burst_and_then_its_rate) {
  limiter limit({.permits = 1000, .burst = 5});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limit.try_acquire()) << i;
  const rate_answer refused = limit.try_acquire();
  EXPECT_EQ(refused.status, rate_status::limited);
  EXPECT_EQ(refused.wait, 1ms);
  clock::advance(1ms - 1ns);
  EXPECT_EQ(limit.try_acquire().wait, 1ns);
  clock::advance(1ns);
  EXPECT_TRUE(limit.try_acquire()) << "after exactly the time that was told";
  EXPECT_FALSE(limit.try_acquire());
}

TEST(rate_limiter, saves_no_more_than_a_burst) {
  limiter limit({.permits = 1000, .burst = 5});
  for (const nanoseconds rest : {nanoseconds(1h), nanoseconds(8760h)}) {
    clock::advance(rest);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(limit.try_acquire());
    EXPECT_FALSE(limit.try_acquire());
  }
}

TEST(rate_limiter, takes_several_permits_or_none) {
  limiter limit({.permits = 1000, .burst = 5});
  EXPECT_TRUE(limit.try_acquire(3));
  const rate_answer refused = limit.try_acquire(3);
  EXPECT_EQ(refused.wait, 1ms) << "two are left, one is missing";
  EXPECT_TRUE(limit.try_acquire(2)) << "the refusal took nothing";
  EXPECT_EQ(limit.try_acquire(6).status, rate_status::too_many);
  EXPECT_EQ(limit.try_acquire(std::numeric_limits<std::uint64_t>::max()).status, rate_status::too_many);
  EXPECT_TRUE(limit.try_acquire(0));
}

TEST(rate_limiter, never_admits_more_than_burst_and_rate_and_hardly_less) {
  for (const std::uint64_t permits : {1U, 3U, 7U, 999U, 1'000'000U, 999'999'937U}) {
    for (const std::uint64_t burst : {1U, 2U, 100U}) {
      limiter limit({.permits = permits, .burst = burst});
      const auto began = clock::now();
      std::uint64_t admitted = 0;
      std::uint64_t random = permits;
      const double interval_ns = 1e9 / static_cast<double>(permits);
      for (int i = 0; i < 3000; ++i) {
        while (limit.try_acquire()) ++admitted;
        const double earned = static_cast<double>((clock::now() - began).count()) / interval_ns;
        ASSERT_LE(static_cast<double>(admitted), static_cast<double>(burst) + earned) << permits;
        random = random * 6364136223846793005 + 1442695040888963407;
        clock::advance(
            nanoseconds(1 + static_cast<std::int64_t>(interval_ns / 1e3 * static_cast<double>(random >> 54))));
      }
      if (permits > 1'000'000) continue;  // below: what is lost by rounding and by bursts that were not taken
      limiter steady({.permits = permits, .burst = burst});
      std::uint64_t passed = 0;
      for (int i = 0; i < 3000; ++i) {
        if (steady.try_acquire()) ++passed;
        clock::advance(nanoseconds(static_cast<std::int64_t>(interval_ns) + 1));
      }
      EXPECT_EQ(passed, 3000U) << permits;
    }
  }
}

TEST(rate_limiter, is_not_deceived_by_clocks_that_were_read_earlier) {
  limiter limit({.permits = 1000, .burst = 2});
  clock::advance(1s);
  const auto early = clock::now() - 500ms;
  EXPECT_TRUE(limit.try_acquire(2));
  EXPECT_EQ(limit.try_acquire(1, early).status, rate_status::limited);
  EXPECT_EQ(limit.try_acquire(1, early - 10s).status, rate_status::limited) << "before it was made";
  EXPECT_TRUE(limit.try_acquire(0, early - 10s)) << "nothing is always admitted";
  clock::advance(1ms);
  EXPECT_TRUE(limit.try_acquire());
  EXPECT_FALSE(limit.try_acquire());
}

TEST(rate_limiter, tells_its_numbers_and_refuses_what_means_nothing) {
  EXPECT_DOUBLE_EQ(limiter({.permits = 1000, .burst = 5}).interval().count(), 1e6);
  EXPECT_DOUBLE_EQ(limiter({.permits = 7, .period = 10ns}).interval().count(), 23.0 / 16) << "rounded up";
  EXPECT_EQ(limiter({.permits = 1000, .burst = 5}).burst(), 5U);
  EXPECT_THROW(limiter({.permits = 0}), std::invalid_argument);
  EXPECT_THROW(limiter({.permits = 1, .burst = 0}), std::invalid_argument);
  EXPECT_THROW(limiter({.permits = 1, .period = 0ns}), std::invalid_argument);
  EXPECT_THROW(limiter({.permits = 1, .period = -1s}), std::invalid_argument);
  EXPECT_THROW(limiter({.permits = 17, .period = 1ns}), std::invalid_argument);
  EXPECT_THROW(limiter({.permits = std::numeric_limits<std::uint64_t>::max()}), std::invalid_argument);
  EXPECT_THROW(limiter({.permits = 1, .period = nanoseconds::max()}), std::invalid_argument);
  EXPECT_THROW(limiter({.permits = 1, .burst = std::uint64_t{1} << 40}), std::invalid_argument);
}

TEST(rate_limiter, accepts_the_very_last_of_what_it_accepts_and_says_what_is_wrong) {
  constexpr nanoseconds longest{(std::int64_t{1} << 62) / 16};
  EXPECT_NO_THROW(limiter({.permits = 1, .period = longest}));
  EXPECT_THROW(limiter({.permits = 1, .period = longest + 1ns}), std::invalid_argument);
  EXPECT_NO_THROW(limiter({.permits = 16, .period = 1ns, .burst = std::uint64_t{1} << 62}));
  EXPECT_THROW(limiter({.permits = 16, .period = 1ns, .burst = (std::uint64_t{1} << 62) + 1}), std::invalid_argument);
  try {
    limiter({.permits = 1, .period = 0ns});
    ADD_FAILURE() << "accepted";
  } catch (const std::invalid_argument& refused) {
    EXPECT_NE(std::string(refused.what()).find("period is not above 0"), std::string::npos) << refused.what();
  }
}

/// A hash that says which slot.
struct itself {
  std::size_t operator()(std::uint64_t key) const { return key; }
};

TEST(keyed_rate_limiter, limits_each_key_by_itself) {
  keyed_rate_limiter<std::string, std::hash<std::string>, clock> limit(
      {.limit = {.permits = 1000, .burst = 3}, .slots = 4096});
  for (const char* key : {"a", "b", "c"}) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.try_acquire(key)) << key;
    EXPECT_EQ(limit.try_acquire(key).wait, 1ms) << key;
  }
  clock::advance(2ms);
  EXPECT_TRUE(limit.try_acquire("b", 2));
  EXPECT_FALSE(limit.try_acquire("b"));
  EXPECT_EQ(limit.try_acquire("c", 4).status, rate_status::too_many);
  EXPECT_TRUE(limit.try_acquire("d", 0));
  EXPECT_EQ(limit.collision_count(), 0U);
  EXPECT_EQ(limit.slots(), 4096U);
}

TEST(keyed_rate_limiter, remembers_a_burst_that_takes_long_to_earn) {
  keyed_rate_limiter<std::uint64_t, itself, clock> limit({.limit = {.permits = 1, .burst = 600}, .slots = 1});
  EXPECT_TRUE(limit.try_acquire(1, 600));
  EXPECT_EQ(limit.try_acquire(1).wait, 1s) << "ten minutes ahead";
  EXPECT_TRUE(limit.try_acquire(1, 0, clock::now() - 10s));
  clock::advance(599s);
  EXPECT_TRUE(limit.try_acquire(1, 599));
  EXPECT_FALSE(limit.try_acquire(1));
}

/// Two keys in the only slot there is.
template <collision_rule Rule>
struct crowded {
  keyed_rate_limiter<std::uint64_t, itself, clock> limit{
      {.limit = {.permits = 1000, .burst = 3}, .slots = 1, .on_collision = Rule}};
  crowded() {
    EXPECT_TRUE(limit.try_acquire(1, 2));
    EXPECT_EQ(limit.collision_count(), 0U);
  }
};

TEST(keyed_rate_limiter, shares_a_slot_if_so_chosen) {
  crowded<collision_rule::share> table;
  EXPECT_TRUE(table.limit.try_acquire(2, 1));
  EXPECT_EQ(table.limit.try_acquire(2, 1).wait, 1ms) << "never more than one allowance for both";
  EXPECT_FALSE(table.limit.try_acquire(1, 1));
  EXPECT_EQ(table.limit.collision_count(), 2U) << "1 is still the owner";
}

TEST(keyed_rate_limiter, refuses_at_a_foreign_slot_if_so_chosen) {
  crowded<collision_rule::refuse> table;
  EXPECT_EQ(table.limit.try_acquire(2, 1).wait, 2ms) << "until the owner has rested";
  EXPECT_TRUE(table.limit.try_acquire(1, 1));
  clock::advance(3ms);
  EXPECT_TRUE(table.limit.try_acquire(2, 3)) << "and then it is the next key's, with a whole burst";
  EXPECT_FALSE(table.limit.try_acquire(1, 1));
  EXPECT_EQ(table.limit.collision_count(), 2U);
}

TEST(keyed_rate_limiter, admits_at_a_foreign_slot_if_so_chosen) {
  crowded<collision_rule::admit> table;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(table.limit.try_acquire(2, 3));
  EXPECT_EQ(table.limit.collision_count(), 10U);
  EXPECT_TRUE(table.limit.try_acquire(1, 1)) << "the owner has lost nothing";
  EXPECT_FALSE(table.limit.try_acquire(1, 1));
}

TEST(keyed_rate_limiter, admits_no_key_more_than_its_share_in_a_full_table) {
  keyed_rate_limiter<std::uint64_t, itself, clock> limit({.limit = {.permits = 1000, .burst = 3}, .slots = 16});
  const auto began = clock::now();
  std::uint64_t admitted[64] = {};
  for (int i = 0; i < 20'000; ++i) {
    const auto key = static_cast<std::uint64_t>(i * 7919 % 64);
    if (limit.try_acquire(key)) ++admitted[key];
    clock::advance(1us);
  }
  const auto most = 3 + static_cast<std::uint64_t>((clock::now() - began) / 1ms);
  for (const std::uint64_t each : admitted) EXPECT_LE(each, most);
  EXPECT_GT(limit.collision_count(), 1000U);
}

TEST(keyed_rate_limiter, forgets_a_rested_key_however_long_it_rests) {
  keyed_rate_limiter<std::uint64_t, itself, clock> limit({.limit = {.permits = 1000, .burst = 3}, .slots = 1});
  for (const nanoseconds rest : {nanoseconds(3ms), nanoseconds(59s), nanoseconds(3h), nanoseconds(8760h)}) {
    EXPECT_TRUE(limit.try_acquire(1, 3)) << rest.count();
    EXPECT_FALSE(limit.try_acquire(1, 1));
    clock::advance(rest);
  }
}

TEST(keyed_rate_limiter, refuses_what_means_nothing) {
  using table = keyed_rate_limiter<int, std::hash<int>, clock>;
  EXPECT_THROW(table({.limit = {.permits = 1}, .slots = 0}), std::invalid_argument);
  EXPECT_THROW(table({.limit = {.permits = 1}, .slots = std::size_t{1} << 33}), std::invalid_argument);
  EXPECT_THROW(table({.limit = {.permits = 0}, .slots = 1}), std::invalid_argument);
  EXPECT_THROW(table({.limit = {.permits = 1, .burst = 100'000}, .slots = 1}), std::invalid_argument);
  EXPECT_NO_THROW(table({.limit = {.permits = 1, .period = 1ns, .burst = std::uint64_t{1} << 46}, .slots = 1}));
}

/// What share of 10,000 requests goes through when the server accepts `capacity` of every 1,000 that it gets.
double sent_share(client_throttle<clock>& throttle, int capacity) {
  own_random random(1);
  int sent = 0;
  int seen = 0;
  for (int i = 0; i < 10'000; ++i) {
    clock::advance(1ms);
    if (!throttle.admits(random)) continue;
    ++sent;
    if (++seen % 1000 < capacity) throttle.accepted();
  }
  return sent / 10'000.0;
}

TEST(client_throttle, sends_everything_to_a_server_that_accepts_half) {
  client_throttle<clock> throttle({.window = 5s});
  EXPECT_EQ(sent_share(throttle, 1000), 1.0);
  client_throttle<clock> strained({.window = 5s});
  EXPECT_GT(sent_share(strained, 520), 0.97);
  EXPECT_EQ(throttle.refused_count(), 0U);
}

TEST(client_throttle, sends_little_to_a_server_that_refuses_all_and_never_nothing) {
  client_throttle<clock> throttle({.window = 5s});
  const double share = sent_share(throttle, 0);
  EXPECT_LT(share, 0.005);
  EXPECT_GT(share, 0.0);
  EXPECT_GT(throttle.refusal_probability(), 0.99);
  EXPECT_EQ(throttle.refused_count(), static_cast<std::uint64_t>(10'000 - share * 10'000 + 0.5));
  clock::advance(5s);
  EXPECT_EQ(throttle.refusal_probability(), 0) << "the window has slid past it";
}

TEST(client_throttle, is_the_formula_of_the_book) {
  client_throttle<clock> throttle({.k = 2, .window = 16s});
  const auto zero = [] { return 0.999999; };
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(throttle.admits(zero));
  throttle.accepted();
  throttle.accepted();
  EXPECT_DOUBLE_EQ(throttle.refusal_probability(), (10 - 2 * 2) / 11.0);
  EXPECT_FALSE(throttle.admits([] { return 0.5454; }));
  EXPECT_DOUBLE_EQ(throttle.refusal_probability(), (11 - 2 * 2) / 12.0) << "a refused one was wanted, too";
  clock::advance(15s);
  EXPECT_DOUBLE_EQ(throttle.refusal_probability(), (11 - 2 * 2) / 12.0);
  clock::advance(1s);
  EXPECT_EQ(throttle.refusal_probability(), 0);
  client_throttle<clock> even;
  EXPECT_TRUE(even.admits(zero));
  EXPECT_DOUBLE_EQ(even.refusal_probability(), 0.5);
  EXPECT_TRUE(even.admits([] { return 0.5; })) << "refused below the probability, not at it";
  EXPECT_NO_THROW(client_throttle<clock>({.k = 1}));
  EXPECT_NO_THROW(client_throttle<clock>({.k = 1000}));
  EXPECT_THROW(client_throttle<clock>({.k = 0.9}), std::invalid_argument);
  EXPECT_THROW(client_throttle<clock>({.window = 15ns}), std::invalid_argument);
  EXPECT_THROW(client_throttle<clock>({.window = -1s}), std::invalid_argument);
}

TEST(client_throttle, counts_no_further_than_a_bucket_can) {
  using word = detail::throttle_word;
  const std::uint64_t full = word::with(word::count_mask - 1, 0, word::one_request);
  EXPECT_EQ(word::requests_of(full), 0xff'ffff);
  EXPECT_EQ(word::with(full, 0, word::one_request), full);
  EXPECT_EQ(word::accepted_of(word::with(full, 0, word::one_accepted)), 1);
  EXPECT_EQ(word::with(full, 0xffff, word::one_request), (std::uint64_t{0xffff} << 48) + 1) << "a new epoch";
}

TEST(retry_budget, is_a_tenth_of_the_attempts_and_what_was_saved) {
  retry_budget<> budget({.share = 0.1, .most = 5, .first = 2});
  EXPECT_TRUE(budget.try_retry());
  EXPECT_TRUE(budget.try_retry());
  EXPECT_FALSE(budget.try_retry());
  for (int i = 0; i < 9; ++i) budget.attempt();
  EXPECT_FALSE(budget.try_retry());
  budget.attempt();
  EXPECT_TRUE(budget.try_retry());
  EXPECT_FALSE(budget.try_retry());
  for (int i = 0; i < 1000; ++i) budget.attempt();
  EXPECT_EQ(budget.saved_hint(), 5U) << "no more is saved";
  EXPECT_EQ(budget.refused_count(), 3U);
}

TEST(retry_budget, of_nothing_allows_nothing) {
  retry_budget<> budget({.share = 0, .most = 0, .first = 0});
  for (int i = 0; i < 100; ++i) budget.attempt();
  EXPECT_FALSE(budget.try_retry());
  EXPECT_NO_THROW(retry_budget<>({.share = 10, .most = std::uint64_t{1} << 40}));
  EXPECT_THROW(retry_budget<>({.share = -0.1}), std::invalid_argument);
  EXPECT_THROW(retry_budget<>({.share = std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
  EXPECT_THROW(retry_budget<>({.most = 5, .first = 6}), std::invalid_argument);
  EXPECT_THROW(retry_budget<>({.most = ~std::uint64_t{0}}), std::invalid_argument);
}

}  // namespace
}  // namespace tidegate::test
