// limited_queue: what is queued and what is worked on share one budget.
#include "tidegate/queue/limited_queue.hpp"

#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

namespace tidegate::test {
namespace {

using job = std::unique_ptr<int>;
using until_done = limited_queue<mpsc_queue<admitted<job>>>;
using until_popped = limited_queue<spsc_queue<admitted<job>>, release_on::pop>;

[[nodiscard]] job of(int number) { return std::make_unique<int>(number); }

class limited : public watched {
 protected:
  capacity_limiter budget{3};
};

TEST_F(limited, the_budget_is_over_queued_and_running_work) {
  until_done queue({.capacity = 8, .name = "jobs"}, budget);
  EXPECT_EQ(queue.try_push(of(1)), push_status::ok);
  EXPECT_EQ(queue.try_push(of(2), 2), push_status::ok);
  job refused = of(3);
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::full);
  EXPECT_EQ(*refused, 3);
  EXPECT_EQ(queue.try_push(std::move(refused), 4), push_status::too_heavy);
  admitted<job> work;
  ASSERT_EQ(queue.try_pop(work), pop_status::ok);
  EXPECT_EQ(*work.value, 1);
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::full) << "the first is still worked on";
  work = {};
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::ok);
  EXPECT_EQ(queue.depth_hint(), 2U);
  EXPECT_EQ(queue.name(), "jobs");
}

TEST_F(limited, the_budget_is_over_queued_work_only) {
  until_popped queue({.capacity = 8}, budget);
  EXPECT_EQ(queue.try_push(of(1), 3), push_status::ok);
  EXPECT_EQ(queue.try_push(of(2)), push_status::full);
  job work;
  ASSERT_EQ(queue.pop(work), pop_status::ok);
  EXPECT_EQ(*work, 1);
  EXPECT_EQ(budget.free_hint(), 3);
  EXPECT_EQ(queue.try_pop(work), pop_status::empty);
}

TEST_F(limited, a_full_queue_holds_no_permit_of_what_it_refused) {
  until_done queue({.capacity = 1}, budget);
  EXPECT_EQ(queue.try_push(of(1)), push_status::ok);
  job refused = of(2);
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::full);
  EXPECT_EQ(queue.push_until(std::move(refused), 1, test_clock::now() + 1ms), push_status::timed_out);
  EXPECT_EQ(*refused, 2);
  EXPECT_EQ(budget.free_hint(), 2);
  queue.close();
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::closed);
  EXPECT_EQ(queue.push(std::move(refused)), push_status::closed);
  EXPECT_EQ(*refused, 2);
  EXPECT_EQ(budget.free_hint(), 2);
}

TEST_F(limited, waits_for_the_budget) {
  until_done queue({.capacity = 8}, budget);
  std::stop_source stop;
  EXPECT_EQ(queue.push(of(1), 3), push_status::ok);
  EXPECT_EQ(queue.push_until(of(2), 1, test_clock::now() + 1ms), push_status::timed_out);
  std::jthread producer([&] { EXPECT_EQ(queue.push_until(of(2), 2, in_good_time()), push_status::ok); });
  ASSERT_TRUE(eventually([&] { return budget.stats().waiting == 1; }));
  {
    admitted<job> work;
    EXPECT_EQ(queue.pop_until(work, in_good_time()), pop_status::ok);
  }
  producer.join();
  stop.request_stop();
  EXPECT_EQ(queue.push(of(3), 1, stop.get_token()), push_status::cancelled);
  admitted<job> work;
  EXPECT_EQ(queue.pop(work, stop.get_token()), pop_status::cancelled);
  budget.close();
  EXPECT_EQ(queue.try_push(of(3)), push_status::closed);
}

/// close() is for who waits for a permit, too: the budget need not come back.
TEST_F(limited, close_wakes_who_waits_for_the_budget) {
  until_done queue({.capacity = 8}, budget);
  const capacity_limiter::permit_type elsewhere = budget.acquire(3);
  std::jthread producer([&] { EXPECT_EQ(queue.push_until(of(1), 1, in_good_time()), push_status::closed); });
  ASSERT_TRUE(eventually([&] { return budget.stats().waiting == 1; }));
  queue.close();
  producer.join();
  EXPECT_FALSE(budget.closed());
}

/// What a budget is of has ended when the budget has it back: memory, for one.
class occupant {
 public:
  occupant() = default;
  occupant(capacity_limiter& limit, bool& early) noexcept : limit_(&limit), early_(&early) {}
  occupant(occupant&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)), early_(other.early_) {}
  occupant& operator=(occupant&& other) noexcept {
    leave();
    limit_ = std::exchange(other.limit_, nullptr);
    early_ = other.early_;
    return *this;
  }
  ~occupant() { leave(); }

 private:
  void leave() noexcept {
    if (limit_ != nullptr && limit_->free_hint() != 0) *early_ = true;
    limit_ = nullptr;
  }
  capacity_limiter* limit_ = nullptr;
  bool* early_ = nullptr;
};

TEST_F(limited, a_permit_comes_back_behind_its_element) {
  bool early = false;
  {
    limited_queue<mpsc_queue<admitted<occupant>>> queue({.capacity = 8}, budget);
    EXPECT_EQ(queue.try_push({budget, early}, 3), push_status::ok);
    {
      admitted<occupant> ends;
      EXPECT_EQ(queue.try_pop(ends), pop_status::ok);
    }
    EXPECT_FALSE(early) << "at its end";
    EXPECT_EQ(queue.try_push({budget, early}, 3), push_status::ok);
    admitted<occupant> replaced;
    EXPECT_EQ(queue.try_pop(replaced), pop_status::ok);
    replaced = {};
    EXPECT_FALSE(early) << "replaced";
    EXPECT_EQ(queue.try_push({budget, early}, 3), push_status::ok);
  }
  EXPECT_FALSE(early) << "left in the queue";
  EXPECT_EQ(budget.free_hint(), 3);
}

TEST_F(limited, two_queues_share_one_budget_and_give_it_back_at_their_end) {
  {
    until_done one({.capacity = 8}, budget);
    until_done two({.capacity = 8}, budget);
    EXPECT_EQ(one.try_push(of(1), 2), push_status::ok);
    EXPECT_EQ(two.try_push(of(1), 2), push_status::full);
    EXPECT_EQ(two.try_push(of(1), 1), push_status::ok);
    EXPECT_FALSE(one.wait_drained(test_clock::now()));
  }
  EXPECT_EQ(budget.free_hint(), 3);
}

}  // namespace
}  // namespace tidegate::test
