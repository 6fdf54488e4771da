// capacity_limiter and its permits: credits come back on every way out, and only once.
#include "tidegate/flow/capacity_limiter.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tidegate/flow/permit.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {
namespace {

using limiter = basic_capacity_limiter<credit_options{.check_returns = true}>;
using held = limiter::permit_type;

static_assert(!std::is_copy_constructible_v<permit> && !std::is_copy_assignable_v<permit>);
static_assert(std::is_nothrow_move_constructible_v<permit> && std::is_nothrow_move_assignable_v<permit>);
static_assert(queue_element<permit>, "a permit travels inside an element");

class capacity_limiter_test : public watched {
 protected:
  limiter limit{3};
};

TEST_F(capacity_limiter_test, a_permit_comes_back_at_its_end) {
  {
    const held one = limit.try_acquire(2);
    EXPECT_TRUE(one);
    EXPECT_EQ(one.status(), acquire_status::ok);
    EXPECT_EQ(one.weight(), 2U);
    const held refused = limit.try_acquire(2);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.status(), acquire_status::full);
    EXPECT_EQ(refused.weight(), 0U);
    EXPECT_EQ(limit.try_acquire(4).status(), acquire_status::too_heavy);
    EXPECT_EQ(limit.stats().in_use, 2U);
  }
  EXPECT_EQ(limit.free_hint(), 3);
}

TEST_F(capacity_limiter_test, a_permit_comes_back_when_work_throws) {
  EXPECT_THROW(
      {
        const held mine = limit.acquire();
        EXPECT_TRUE(mine);
        throw std::runtime_error("work");
      },
      std::runtime_error);
  EXPECT_EQ(limit.free_hint(), 3);
}

TEST_F(capacity_limiter_test, a_permit_comes_back_once_however_it_moved) {
  held one = limit.try_acquire();
  held two = std::move(one);
  EXPECT_FALSE(one) << "what is left of it is empty";
  EXPECT_TRUE(two);
  two = limit.try_acquire(2);
  EXPECT_EQ(limit.stats().in_use, 2U) << "what it held before came back";
  held& same = two;
  two = std::move(same);
  EXPECT_EQ(two.weight(), 2U);
  two.release();
  EXPECT_EQ(limit.free_hint(), 3);
}

TEST_F(capacity_limiter_test, split_and_merge) {
  held all = limit.try_acquire(3);
  held part = all.split(1);
  EXPECT_EQ(all.weight(), 2U);
  EXPECT_EQ(part.weight(), 1U);
  EXPECT_EQ(all.split(3).status(), acquire_status::too_heavy);
  part.release();
  EXPECT_EQ(limit.free_hint(), 1);
  all.merge(limit.try_acquire(1));
  EXPECT_EQ(all.weight(), 3U);
  held none;
  all.merge(std::move(none));
  EXPECT_EQ(all.weight(), 3U);
  held other;
  other.merge(std::move(all));
  EXPECT_EQ(other.weight(), 3U);
}

TEST_F(capacity_limiter_test, as_many_as_there_are_for_a_batch) {
  const held first = limit.try_acquire_some(2);
  const held rest = limit.try_acquire_some(9);
  EXPECT_EQ(first.weight(), 2U);
  EXPECT_EQ(rest.weight(), 1U);
  EXPECT_EQ(limit.try_acquire_some(1).status(), acquire_status::full);
}

TEST_F(capacity_limiter_test, waits_until_there_is_one) {
  held mine = limit.acquire(3);
  std::stop_source stop;
  std::jthread waiter([&] {
    const held got = limit.acquire_until(2, in_good_time());
    EXPECT_EQ(got.status(), acquire_status::ok);
  });
  EXPECT_TRUE(eventually([&] { return limit.stats().waiting == 1; }));
  EXPECT_EQ(limit.acquire_for(1, 1ms).status(), acquire_status::timed_out);
  stop.request_stop();
  EXPECT_EQ(limit.acquire(1, stop.get_token()).status(), acquire_status::cancelled);
  limit.release(std::move(mine));
  waiter.join();
  EXPECT_EQ(limit.free_hint(), 3);
}

TEST_F(capacity_limiter_test, permits_outlast_the_close) {
  const held mine = limit.acquire();
  limit.close();
  EXPECT_TRUE(limit.closed());
  EXPECT_TRUE(mine);
  EXPECT_EQ(limit.acquire().status(), acquire_status::closed);
}

TEST_F(capacity_limiter_test, the_total_changes_while_permits_are_out) {
  held two = limit.acquire(2);
  EXPECT_EQ(limit.set_total(1), 3U);
  EXPECT_EQ(limit.total(), 1U);
  EXPECT_EQ(limit.free_hint(), -1);
  EXPECT_FALSE(limit.try_acquire());
  two.release();
  EXPECT_TRUE(limit.try_acquire());
  held lost = limit.acquire();
  lost.forget();
  EXPECT_EQ(limit.total(), 0U);
  EXPECT_EQ(limit.try_acquire().status(), acquire_status::too_heavy);
  EXPECT_EQ(limit.take_peak(), 2U);
}

TEST_F(capacity_limiter_test, a_permit_that_takes_over_itself_keeps_what_it_has) {
  held mine = limit.acquire(2);
  held& same = mine;
  mine.merge(std::move(same));
  EXPECT_TRUE(mine);
  EXPECT_EQ(mine.weight(), 2U);
  mine = held();
  EXPECT_EQ(limit.free_hint(), 3);
}

TEST_F(capacity_limiter_test, some_tells_why_there_are_none) {
  EXPECT_EQ(limit.try_acquire_some(9).weight(), 3U);
  const held all = limit.try_acquire_some(9);
  EXPECT_EQ(limit.try_acquire_some(9).status(), acquire_status::full);
  limit.close();
  EXPECT_EQ(limit.try_acquire_some(9).status(), acquire_status::closed);
}

/// One budget over what is queued and what is worked on.
TEST_F(capacity_limiter_test, a_permit_travels_through_a_queue) {
  struct job {
    int number = 0;
    held room;
  };
  spsc_queue<job> queue({.capacity = 8});
  for (int i = 0; i < 5; ++i) {
    held room = limit.try_acquire();
    const bool admitted = static_cast<bool>(room);
    if (!admitted) continue;
    ASSERT_EQ(queue.try_push({i, std::move(room)}), push_status::ok);
  }
  EXPECT_EQ(queue.depth_hint(), 3U);
  job work;
  ASSERT_EQ(queue.try_pop(work), pop_status::ok);
  EXPECT_FALSE(limit.try_acquire()) << "it is still worked on";
  work.room.release();
  EXPECT_TRUE(limit.try_acquire());
}

TEST(permit_misuse, is_caught) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  limiter one(2);
  limiter other(2);
  held mine = one.acquire();
  held another = other.acquire();
  EXPECT_DEATH(one.release(std::move(another)), "capacity_limiter: a permit of another one, or none");
  EXPECT_DEATH(mine.merge(std::move(another)), "permit: merged with one of another account");
  EXPECT_DEATH(
      {
        mine.release();
        mine.release();
      },
      "permit: given back twice, moved from, or never had");
  EXPECT_DEATH(
      {
        auto* const shortlived = new limiter(1);
        held late = shortlived->acquire();
        delete shortlived;
      },
      "capacity_limiter: destroyed with permits out");
}

}  // namespace
}  // namespace tidegate::test
