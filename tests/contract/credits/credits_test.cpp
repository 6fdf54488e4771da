// credits: exact answers, waiting, resizing, closing, in both orders of waiters.
#include "tidegate/flow/credits.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tidegate/base/counter.hpp"
#include "tidegate/flow/acquire_status.hpp"
#include "tidegate/flow/credit_options.hpp"
#include "tidegate/wait/event_fd.hpp"
#include "tidegate/wait/wait_any.hpp"

namespace tidegate::test {
namespace {

using enum acquire_status;

template <waiter_order Order, wait_kind Wait>
struct account_kind {
  static constexpr credit_options options{.order = Order, .wait = Wait, .seats = 4};
  using type = credits<options>;
};
using account_kinds = testing::Types<account_kind<waiter_order::barging, wait_kind::spin_park>,
                                     account_kind<waiter_order::barging, wait_kind::spin_yield>,
                                     account_kind<waiter_order::fifo, wait_kind::park>,
                                     account_kind<waiter_order::fifo, wait_kind::spin>>;

template <class Kind>
class credits_of : public watched {
 protected:
  using account_type = typename Kind::type;

  /// A thread that waits for so many, and is seen to.
  [[nodiscard]] static std::jthread waiting(account_type& account, std::size_t count, acquire_status expected,
                                            std::stop_token stop = {}) {
    const std::size_t before = account.stats().waiting;
    std::jthread thread(
        [&account, count, expected, stop] { EXPECT_EQ(account.acquire_until(count, in_good_time(), stop), expected); });
    EXPECT_TRUE(eventually([&] { return account.stats().waiting == before + 1; }));
    return thread;
  }
};
TYPED_TEST_SUITE(credits_of, account_kinds);

TYPED_TEST(credits_of, as_many_as_there_are_and_no_more) {
  typename TypeParam::type account({.total = 3, .name = "room"});
  EXPECT_EQ(account.name(), "room");
  EXPECT_EQ(account.try_acquire(2), ok);
  EXPECT_EQ(account.try_acquire(2), full);
  EXPECT_EQ(account.try_acquire(1), ok);
  EXPECT_EQ(account.try_acquire(1), full);
  EXPECT_EQ(account.try_acquire(0), ok);
  EXPECT_EQ(account.free_hint(), 0);
  account.release(3);
  EXPECT_EQ(account.try_acquire(3), ok);
  const credit_stats stats = account.stats();
  EXPECT_EQ(stats.total, 3U);
  EXPECT_EQ(stats.in_use, 3U);
  EXPECT_EQ(stats.free, 0);
  EXPECT_EQ(stats.refused, 2U);
  EXPECT_EQ(stats.waits, 0U);
  account.release(3);
}

TYPED_TEST(credits_of, more_than_there_are_in_all_is_too_heavy) {
  typename TypeParam::type account({.total = 3});
  EXPECT_EQ(account.try_acquire(4), too_heavy);
  EXPECT_EQ(account.acquire(4), too_heavy);
  EXPECT_EQ(account.try_acquire(any_number), too_heavy);
  EXPECT_EQ(account.acquire(any_number), too_heavy);
  EXPECT_EQ(account.stats().waits, 0U);
}

TYPED_TEST(credits_of, a_deadline_in_the_past_is_one_try) {
  typename TypeParam::type account({.total = 1});
  EXPECT_EQ(account.acquire_until(1, test_clock::time_point::min()), ok);
  EXPECT_EQ(account.acquire_until(1, test_clock::time_point::min()), timed_out);
  EXPECT_EQ(account.acquire_for(1, -1s), timed_out);
  EXPECT_EQ(account.stats().timed_out, 2U);
  account.release();
}

TYPED_TEST(credits_of, a_wait_ends_at_its_deadline_and_leaves_nothing_behind) {
  typename TypeParam::type account({.total = 1});
  ASSERT_EQ(account.try_acquire(), ok);
  EXPECT_EQ(account.acquire_for(1, 1ms), timed_out);
  EXPECT_EQ(account.stats().waiting, 0U);
  EXPECT_EQ(account.stats().waits, 1U);
  EXPECT_GT(account.stats().wait_time, 0ns);
  account.release();
  EXPECT_EQ(account.try_acquire(), ok);
  account.release();
}

TYPED_TEST(credits_of, who_waits_gets_what_comes_back) {
  typename TypeParam::type account({.total = 1});
  ASSERT_EQ(account.try_acquire(), ok);
  {
    const std::jthread waiter = this->waiting(account, 1, ok);
    account.release();
  }
  EXPECT_EQ(account.free_hint(), 0);
  account.release();
}

TYPED_TEST(credits_of, a_stop_request_ends_the_wait) {
  typename TypeParam::type account({.total = 1});
  ASSERT_EQ(account.try_acquire(), ok);
  std::stop_source stop;
  {
    const std::jthread waiter = this->waiting(account, 1, cancelled, stop.get_token());
    stop.request_stop();
  }
  EXPECT_EQ(account.stats().cancelled, 1U);
  account.release();
  EXPECT_EQ(account.acquire(1, stop.get_token()), cancelled) << "stop comes before credits";
  EXPECT_EQ(account.free_hint(), 1);
}

TYPED_TEST(credits_of, close_wakes_everybody_and_credits_still_come_back) {
  typename TypeParam::type account({.total = 2});
  ASSERT_EQ(account.try_acquire(2), ok);
  {
    const std::jthread one = this->waiting(account, 1, closed);
    const std::jthread two = this->waiting(account, 2, closed);
    account.close();
    account.close();
  }
  EXPECT_TRUE(account.closed());
  account.release(2);
  EXPECT_EQ(account.free_hint(), 2);
  EXPECT_EQ(account.try_acquire(), closed);
  EXPECT_EQ(account.acquire(3), closed) << "closed comes before too_heavy";
}

TYPED_TEST(credits_of, the_total_goes_up_and_wakes) {
  typename TypeParam::type account({.total = 1});
  ASSERT_EQ(account.try_acquire(), ok);
  {
    const std::jthread waiter = this->waiting(account, 1, ok);
    EXPECT_EQ(account.set_total(2), 1U);
  }
  EXPECT_EQ(account.total(), 2U);
  EXPECT_EQ(account.free_hint(), 0);
  account.release(2);
}

TYPED_TEST(credits_of, the_total_goes_down_without_waiting) {
  typename TypeParam::type account({.total = 5});
  ASSERT_EQ(account.try_acquire(4), ok);
  EXPECT_EQ(account.set_total(2), 5U);
  EXPECT_EQ(account.free_hint(), -2);
  EXPECT_EQ(account.stats().in_use, 4U);
  EXPECT_EQ(account.try_acquire(1), full);
  EXPECT_EQ(account.try_acquire(0), full) << "nothing is free, not even nothing";
  account.release(2);
  EXPECT_EQ(account.try_acquire(1), full);
  account.release(2);
  EXPECT_EQ(account.try_acquire(2), ok);
  EXPECT_EQ(account.set_total(0), 2U);
  EXPECT_EQ(account.try_acquire(1), too_heavy);
  account.release(2);
}

TYPED_TEST(credits_of, who_waits_for_more_than_there_are_any_more_is_told) {
  typename TypeParam::type account({.total = 3});
  ASSERT_EQ(account.try_acquire(3), ok);
  const std::jthread waiter = this->waiting(account, 3, too_heavy);
  account.set_total(2);
  account.release(3);
}

TYPED_TEST(credits_of, forgotten_credits_are_gone) {
  typename TypeParam::type account({.total = 3});
  ASSERT_EQ(account.try_acquire(2), ok);
  account.forget(2);
  EXPECT_EQ(account.total(), 1U);
  EXPECT_EQ(account.free_hint(), 1);
  EXPECT_EQ(account.stats().in_use, 0U);
}

TYPED_TEST(credits_of, forgetting_more_than_there_are_leaves_none) {
  typename TypeParam::type account({.total = 5});
  ASSERT_EQ(account.try_acquire(5), ok);
  EXPECT_EQ(account.set_total(1), 5U);
  account.forget(3);
  EXPECT_EQ(account.total(), 0U);
  EXPECT_EQ(account.free_hint(), -2) << "two are still in use";
  EXPECT_EQ(account.stats().in_use, 2U);
  account.forget(1);
  EXPECT_EQ(account.free_hint(), -1);
  EXPECT_EQ(account.acquire(1), too_heavy);
  EXPECT_EQ(account.set_total(3), 0U);
  EXPECT_EQ(account.try_acquire(2), ok);
  account.release(3);
}

/// tokio#8021: forgetting, or lowering the total, opened a closed semaphore again.
TYPED_TEST(credits_of, shrinking_never_opens_a_closed_account_tokio_8021) {
  typename TypeParam::type account({.total = 4});
  ASSERT_EQ(account.try_acquire(2), ok);
  account.close();
  account.forget(1);
  EXPECT_EQ(account.try_acquire(), closed);
  account.set_total(0);
  account.set_total(9);
  account.release(1);
  EXPECT_TRUE(account.closed());
  EXPECT_EQ(account.try_acquire(), closed);
}

TYPED_TEST(credits_of, no_more_than_so_many_may_wait) {
  typename TypeParam::type account({.total = 1, .max_waiters = 2});
  ASSERT_EQ(account.try_acquire(), ok);
  std::stop_source stop;
  {
    const std::jthread one = this->waiting(account, 1, cancelled, stop.get_token());
    const std::jthread two = this->waiting(account, 1, cancelled, stop.get_token());
    EXPECT_EQ(account.acquire_until(1, in_good_time()), full) << "at once";
    EXPECT_EQ(account.stats().refused, 1U);
    stop.request_stop();
  }
  account.release();
  EXPECT_EQ(account.acquire(), ok);
  account.release();
}

TYPED_TEST(credits_of, some_of_what_is_free) {
  typename TypeParam::type account({.total = 3});
  EXPECT_EQ(account.try_acquire_some(2), 2U);
  EXPECT_EQ(account.try_acquire_some(0), 0U);
  EXPECT_EQ(account.try_acquire_some(7), 1U);
  EXPECT_EQ(account.try_acquire_some(7), 0U);
  EXPECT_EQ(account.set_total(1), 3U);
  EXPECT_EQ(account.try_acquire_some(7), 0U) << "overdrawn";
  account.release(3);
}

TYPED_TEST(credits_of, the_peak_since_the_last_look) {
  typename TypeParam::type account({.total = 9});
  ASSERT_EQ(account.try_acquire(5), ok);
  account.release(3);
  EXPECT_EQ(account.take_peak(), 5U);
  EXPECT_EQ(account.take_peak(), 2U);
  ASSERT_EQ(account.try_acquire(1), ok);
  EXPECT_EQ(account.take_peak(), 3U);
  account.release(3);
}

TYPED_TEST(credits_of, what_is_larger_than_a_word_holds_is_refused) {
  using account = typename TypeParam::type;
  EXPECT_EQ(account::check({.total = account::max_total}), std::error_code{});
  EXPECT_EQ(account::check({.total = account::max_total + 1}), std::errc::invalid_argument);
  EXPECT_THROW(account({.total = account::max_total + 1}), std::invalid_argument);
  account largest({.total = account::max_total});
  EXPECT_EQ(largest.try_acquire(account::max_total), ok);
  EXPECT_EQ(largest.try_acquire(1), full);
  EXPECT_EQ(largest.set_total(0), account::max_total);
  EXPECT_EQ(largest.free_hint(), -static_cast<std::int64_t>(account::max_total));
  largest.release(account::max_total);
  EXPECT_EQ(largest.free_hint(), 0);
}

TYPED_TEST(credits_of, some_tells_why_there_are_none) {
  typename TypeParam::type account({.total = 2});
  std::size_t taken = 9;
  EXPECT_EQ(account.try_acquire_some(0, taken), ok);
  EXPECT_EQ(taken, 0U);
  EXPECT_EQ(account.try_acquire_some(3, taken), ok);
  EXPECT_EQ(taken, 2U);
  EXPECT_EQ(account.try_acquire_some(3, taken), full);
  EXPECT_EQ(taken, 0U);
  account.release(2);
  account.close();
  EXPECT_EQ(account.try_acquire_some(3, taken), closed);
}

TYPED_TEST(credits_of, a_wait_ends_when_what_it_was_for_is_gone) {
  typename TypeParam::type account({.total = 1});
  ASSERT_EQ(account.try_acquire(), ok);
  std::atomic<bool> is_gone{false};
  const auto gone = [&]() noexcept { return is_gone.load(); };
  {
    const std::jthread waiter([&] { EXPECT_EQ(account.acquire_unless(gone, 1, in_good_time()), closed); });
    ASSERT_TRUE(eventually([&] { return account.stats().waiting == 1; }));
    is_gone = true;
    account.look_again();
  }
  account.release();
  EXPECT_EQ(account.acquire_unless(gone, 1, in_good_time()), closed) << "it comes before credits";
  EXPECT_EQ(account.acquire(), ok) << "the account is open";
  account.release();
}

/// Changes of the total are one after the other: what is free never shows two of them at once.
TYPED_TEST(credits_of, many_change_the_total) {
  typename TypeParam::type account({.total = 2});
  std::atomic<bool> done{false};
  std::atomic<bool> wrong{false};
  std::jthread taker([&] {
    while (!done) {
      if (account.try_acquire(4) == ok) wrong = true;
      const acquire_status status = account.try_acquire(1);
      if (status == full || status == too_heavy) wrong = true;
      if (status == ok) account.release(1);
    }
  });
  {
    std::vector<std::jthread> team;
    for (unsigned me = 0; me < 3; ++me) {
      team.emplace_back([&, me] {
        for (unsigned i = 0; i < 2000 * stress_factor(); ++i) account.set_total(1 + (i + me) % 3);
      });
    }
  }
  done = true;
  taker.join();
  EXPECT_FALSE(wrong);
  EXPECT_EQ(account.free_hint(), static_cast<std::int64_t>(account.total()));
}

/// Many threads, more than cores: never more in use than there are, and all come back.
TYPED_TEST(credits_of, never_more_than_there_are) {
  constexpr std::size_t total = 3;
  constexpr unsigned threads = 4;
  typename TypeParam::type account({.total = total});
  std::atomic<std::size_t> inside{0};
  std::atomic<bool> too_many{false};
  {
    std::vector<std::jthread> team;
    for (unsigned me = 0; me < threads; ++me) {
      team.emplace_back([&, me] {
        for (unsigned i = 0; i < 500 * stress_factor(); ++i) {
          const std::size_t count = 1 + (i + me) % total;
          if (i % 3 == 0 && account.try_acquire(count) != ok) continue;
          if (i % 3 != 0 && account.acquire_until(count, in_good_time()) != ok) too_many = true;
          if (inside.fetch_add(count) + count > total) too_many = true;
          inside.fetch_sub(count);
          account.release(count);
        }
      });
    }
  }
  EXPECT_FALSE(too_many);
  EXPECT_EQ(account.free_hint(), static_cast<std::int64_t>(total));
  EXPECT_EQ(account.stats().waiting, 0U);
}

using fair = credits<credit_options{.order = waiter_order::fifo, .wait = wait_kind::park, .seats = 4}>;

class fair_credits : public watched {};

TEST_F(fair_credits, a_large_request_is_not_passed_by_small_ones) {
  fair account({.total = 2});
  ASSERT_EQ(account.try_acquire(2), ok);
  std::atomic<bool> served{false};
  std::jthread large([&] {
    EXPECT_EQ(account.acquire_until(2, in_good_time()), ok);
    served = true;
  });
  ASSERT_TRUE(eventually([&] { return account.stats().waiting == 1; }));
  account.release(1);
  // it sits down soon, if it does not yet; from then on nobody passes
  ASSERT_TRUE(eventually([&] {
    const acquire_status status = account.try_acquire(1);
    if (status == ok) account.release(1);
    return status == full;
  }));
  EXPECT_EQ(account.try_acquire_some(1), 0U);
  EXPECT_FALSE(served);
  EXPECT_EQ(account.free_hint(), 1);
  account.release(1);
  large.join();
  EXPECT_TRUE(served);
  account.release(2);
}

TEST_F(fair_credits, who_gives_up_lets_the_next_one_go) {
  fair account({.total = 2});
  ASSERT_EQ(account.try_acquire(1), ok);
  std::stop_source stop;
  std::jthread large([&] { EXPECT_EQ(account.acquire(2, stop.get_token()), cancelled); });
  ASSERT_TRUE(eventually([&] { return account.try_acquire(0) == full; })) << "it sits";
  std::jthread small([&] { EXPECT_EQ(account.acquire_until(1, in_good_time()), ok); });
  ASSERT_TRUE(eventually([&] { return account.stats().waiting == 2; }));
  stop.request_stop();
  small.join();
  account.release(2);
  EXPECT_EQ(account.try_acquire(2), ok);
  account.release(2);
}

TEST_F(fair_credits, are_given_in_the_order_of_arrival) {
  fair account({.total = 1});
  ASSERT_EQ(account.try_acquire(), ok);
  std::vector<unsigned> served;  // by whoever has the credit
  std::vector<std::jthread> team;
  for (unsigned i = 0; i < 4; ++i) {
    team.emplace_back([&, i] {
      EXPECT_EQ(account.acquire_until(1, in_good_time()), ok);
      served.push_back(i);
      account.release();
    });
    ASSERT_TRUE(eventually([&] { return account.stats().waiting == i + 1; }));
    std::this_thread::yield();
  }
  account.release();
  team.clear();
  std::vector<unsigned> sorted = served;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (std::vector<unsigned>{0, 1, 2, 3}));
}

TEST_F(fair_credits, as_many_wait_as_there_are_seats) {
  EXPECT_EQ(fair::check({.total = 1, .max_waiters = 4}), std::error_code{});
  EXPECT_EQ(fair::check({.total = 1, .max_waiters = 5}), std::errc::invalid_argument);
  EXPECT_THROW(fair({.total = 1, .max_waiters = 5}), std::invalid_argument);
}

class credits_among_others : public watched {};

TEST_F(credits_among_others, can_be_waited_for_with_other_things) {
  credits<> account({.total = 2});
  ASSERT_EQ(account.try_acquire(1), ok);
  credits<> other({.total = 1});
  ASSERT_EQ(other.try_acquire(1), ok);
  EXPECT_EQ(wait_any(test_clock::time_point::min(), other.acquire_source(), account.acquire_source(2)), none_ready);
  std::jthread giver([&] { account.release(); });
  EXPECT_EQ(wait_any(in_good_time(), other.acquire_source(), account.acquire_source(2)), 1U);
  other.close();
  EXPECT_TRUE(other.acquire_source().ready()) << "the answer is `closed`";
  giver.join();
  other.release();
}

TEST_F(credits_among_others, without_counters) {
  credits<credit_options{.stats = stats_kind::off, .check_returns = false}> account({.total = 1});
  EXPECT_EQ(account.try_acquire(), ok);
  EXPECT_EQ(account.try_acquire(), full);
  EXPECT_EQ(account.stats().refused, 0U);
  EXPECT_EQ(account.stats().in_use, 1U);
}

using one_by_one = credits<credit_options{.weights = weight_kind::unit, .wait = wait_kind::park}>;

/// A credit wakes one waiter; who leaves without hands the wake on.
TEST_F(credits_among_others, one_by_one) {
  one_by_one account({.total = 2});
  ASSERT_EQ(account.try_acquire(), ok);
  ASSERT_EQ(account.try_acquire(), ok);
  std::atomic<unsigned> served{0};
  std::stop_source stop;
  std::vector<std::jthread> team;
  for (unsigned i = 0; i < 3; ++i) {
    team.emplace_back([&] {
      if (account.acquire_until(1, in_good_time(), stop.get_token()) == ok) ++served;
    });
  }
  ASSERT_TRUE(eventually([&] { return account.stats().waiting == 3; }));
  account.release(2);
  ASSERT_TRUE(eventually([&] { return served == 2; }));
  stop.request_stop();
  team.clear();
  EXPECT_EQ(served, 2U);
  account.release(2);
}

using checked = credits<credit_options{.check_returns = true}>;

TEST(credits_misuse, more_given_back_than_taken) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  checked account({.total = 4});
  ASSERT_EQ(account.try_acquire(2), ok);
  EXPECT_DEATH(account.release(3), "credits: more were given back than were taken");
  EXPECT_DEATH(account.forget(3), "credits: more were forgotten than were taken");
  EXPECT_DEATH(account.set_total(checked::max_total + 1), "credits: a total above max_total");
  account.release(2);
  EXPECT_DEATH(static_cast<void>(one_by_one({.total = 1}).acquire(2)), "credits: none or several at once of credits");
  EXPECT_DEATH(static_cast<void>(one_by_one({.total = 1}).acquire(0)), "credits: none or several at once of credits");
  EXPECT_DEATH(static_cast<void>(one_by_one({.total = 2}).acquire_source(2)), "credits: none or several at once");
}

TEST(acquire_status, names) {
  EXPECT_EQ(to_string(ok), "ok");
  EXPECT_EQ(to_string(full), "full");
  EXPECT_EQ(to_string(too_heavy), "too_heavy");
  EXPECT_EQ(to_string(closed), "closed");
  EXPECT_EQ(to_string(timed_out), "timed_out");
  EXPECT_EQ(to_string(cancelled), "cancelled");
  EXPECT_EQ(to_string(contended), "contended");
  EXPECT_EQ(to_string(static_cast<acquire_status>(99)), "invalid acquire_status");
}

}  // namespace
}  // namespace tidegate::test
