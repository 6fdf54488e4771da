// Nothing is lost without a reason: under every policy, while threads offer and push, one is asked to stop, and
// somebody closes, what the callers were told and what the queue has counted agree reason by reason, and balance.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/overflow/support.hpp"
#include "tidegate/base/status.hpp"
#include "tidegate/flow/conservation.hpp"
#include "tidegate/queue/queue_stats.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t offers_each = 4'000;

using other_queue = shared_queue<item, side_count::many_to_many, by_policy(overflow_kind::reject), native_sync>;

/// Each element that came out, by whatever way, once.
class sightings {
 public:
  void see(const item& seen) noexcept { seen_[seen.producer * offers_each + seen.number].fetch_add(1); }
  [[nodiscard]] std::uint64_t once() const noexcept { return number_of(1); }
  [[nodiscard]] bool twice() const noexcept { return number_of(0) + once() != seen_.size(); }

 private:
  [[nodiscard]] std::uint64_t number_of(std::uint8_t times) const noexcept {
    std::uint64_t number = 0;
    for (const auto& each : seen_) number += each.load() == times ? 1 : 0;
    return number;
  }
  std::vector<std::atomic<std::uint8_t>> seen_ = std::vector<std::atomic<std::uint8_t>>(3 * std::size_t{offers_each});
};

template <class Stage, overflow_kind Policy>
class busy_queue {
 public:
  using queue_type = typename Stage::template type<Policy>;
  static constexpr bool spills_over = Policy == overflow_kind::spill;

  /// Producers of which the first is asked to stop, consumers, and a close when `offers_until_close` were made.
  void run(std::uint32_t offers_until_close) {
    std::vector<conservation> tallies(Stage::producers);
    std::vector<std::uint64_t> popped(Stage::consumers);
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t i = 0; i < Stage::consumers; ++i) threads.emplace_back([&, i] { popped[i] = pop_all(); });
      for (std::uint32_t i = 0; i < Stage::producers; ++i) threads.emplace_back([&, i] { push_all(i, tallies[i]); });
      threads.emplace_back([&, offers_until_close] {
        while (offers_.load() < offers_until_close / 2) std::this_thread::yield();
        stop_.request_stop();
        while (offers_.load() < offers_until_close) std::this_thread::yield();
        queue_.close();
      });
    }
    for (const conservation& each : tallies) told_ += each;
    for (const std::uint64_t each : popped) popped_ += each;
  }

  void check() {
    conservation counted = account_of(queue_.stats());
    EXPECT_TRUE(counted.balances()) << counted.balance_of_offers() << ' ' << counted.balance_of_accepted();
    EXPECT_EQ(counted.offered, told_.offered);
    EXPECT_EQ(counted.cancelled, told_.cancelled);
    EXPECT_EQ(counted.completed, popped_);
    EXPECT_EQ(counted.evicted, victims_.load());
    EXPECT_GT(counted.cancelled, 0U) << "the first producer was asked to stop";
    EXPECT_FALSE(out_.twice());
    if constexpr (Policy == overflow_kind::redirect) {
      const conservation there = account_of(other_.stats());
      EXPECT_TRUE(there.balances());
      EXPECT_EQ(there.offered, counted.redirected);
      EXPECT_EQ(told_.accepted, counted.accepted + there.accepted);
      EXPECT_EQ(told_.rejected, counted.rejected + there.rejected);
      EXPECT_EQ(told_.closed, counted.closed + there.closed);
    } else {
      EXPECT_EQ(counted.accepted, told_.accepted);
      EXPECT_EQ(counted.rejected, told_.rejected);
      EXPECT_EQ(counted.dropped + counted.sampled_out, told_.dropped);
      EXPECT_EQ(counted.timed_out, told_.timed_out);
      EXPECT_EQ(counted.closed, told_.closed);
      EXPECT_EQ(out_.once(), counted.completed + counted.evicted);
    }
  }

 private:
  std::uint64_t pop_all() {
    std::uint64_t popped = 0;
    for (item out; pop(out) == pop_status::ok; ++popped) {
      out_.see(out);
      if (popped % 64 == 0) std::this_thread::yield();  // so that it is full at times
    }
    return popped;
  }
  pop_status pop(item& out) {
    if constexpr (spills_over) return queue_.pop_spilled(out, hook_);
    return queue_.pop(out);
  }

  /// Mostly offers; every seventh is a push with a limit, or one that can be stopped.
  void push_all(std::uint32_t who, conservation& tally) {
    for (std::uint32_t i = 0; i < offers_each; ++i) {
      item value{.producer = who, .number = i};
      tally.count(push_one(who, i, std::move(value)));
      offers_.fetch_add(1);
    }
  }
  push_status push_one(std::uint32_t who, std::uint32_t i, item&& value) {
    while (who == 0 && i == offers_each - 1 && !stop_.stop_requested()) std::this_thread::yield();
    const bool pushes = !spills_over;  // a plain push would overtake what was spilled
    if (who == 0 && (i % 7 == 3 || i == offers_each - 1)) {
      return queue_.push_until(std::move(value), native_sync::now() + 1h, stop_.get_token());
    }
    if (pushes && i % 7 == 5) return queue_.push_for(std::move(value), 10us);
    return offer(std::move(value));
  }
  push_status offer(item&& value) {
    if constexpr (Policy == overflow_kind::redirect) {
      return queue_.offer(std::move(value), other_);
    } else if constexpr (spills_over) {
      return queue_.offer(std::move(value), hook_);
    } else if constexpr (Policy == overflow_kind::drop_oldest) {
      return queue_.offer(std::move(value), [this](item&& victim) noexcept {
        victims_.fetch_add(1);
        out_.see(victim);
      });
    } else {
      return queue_.offer(std::move(value));
    }
  }

  queue_type queue_{{.capacity = 8, .offer_for = 50us, .sample = {.every = 4, .above = 0.5}}};
  other_queue other_{{.capacity = 100}};
  locked_spill hook_;
  sightings out_;
  std::stop_source stop_;
  std::atomic<std::uint32_t> offers_{0};
  std::atomic<std::uint64_t> victims_{0};
  conservation told_;
  std::uint64_t popped_ = 0;
};

template <class Stage>
class conservation_of : public testing::Test {
 protected:
  /// Closed in the middle, and after the last offer.
  template <overflow_kind Policy>
  static void balances() {
    for (const std::uint32_t until : {Stage::producers * offers_each / 2, Stage::producers * offers_each}) {
      busy_queue<Stage, Policy> queue;
      queue.run(until);
      queue.check();
    }
  }
};
using all_stages = testing::Types<one_to_one, many_to_many, many_to_one, one_to_many, on_blocks, on_tickets>;
TYPED_TEST_SUITE(conservation_of, all_stages);

TYPED_TEST(conservation_of, a_queue_that_blocks) { this->template balances<overflow_kind::block>(); }
TYPED_TEST(conservation_of, a_queue_that_rejects) { this->template balances<overflow_kind::reject>(); }
TYPED_TEST(conservation_of, a_queue_that_drops_the_newest) { this->template balances<overflow_kind::drop_newest>(); }
TYPED_TEST(conservation_of, a_queue_that_samples) { this->template balances<overflow_kind::sample>(); }
TYPED_TEST(conservation_of, a_queue_that_redirects) { this->template balances<overflow_kind::redirect>(); }

template <class Stage>
class conservation_by_eviction_of : public conservation_of<Stage> {};
using evicting_stages = testing::Types<many_to_many, many_to_one, one_to_many>;
TYPED_TEST_SUITE(conservation_by_eviction_of, evicting_stages);
TYPED_TEST(conservation_by_eviction_of, a_queue_that_drops_the_oldest) {
  this->template balances<overflow_kind::drop_oldest>();
}

template <class Stage>
class conservation_by_spilling_of : public conservation_of<Stage> {};
using spilling_stages = testing::Types<one_to_one, many_to_one, on_blocks>;
TYPED_TEST_SUITE(conservation_by_spilling_of, spilling_stages);
TYPED_TEST(conservation_by_spilling_of, a_queue_that_spills) { this->template balances<overflow_kind::spill>(); }

/// Order through queue and hook.
TYPED_TEST(conservation_by_spilling_of, each_producer_is_in_order_through_what_was_spilled) {
  typename TypeParam::template type<overflow_kind::spill> queue({.capacity = 4});
  locked_spill hook;
  std::array<std::uint32_t, 3> next{};
  std::uint64_t wrong = 0;
  {
    const std::jthread consumer([&] {
      for (item out; queue.pop_spilled(out, hook) == pop_status::ok;)
        wrong += out.number != next[out.producer]++ ? 1 : 0;
    });
    {
      std::vector<std::jthread> producers;
      for (std::uint32_t who = 0; who < TypeParam::producers; ++who) {
        producers.emplace_back([&, who] {
          for (std::uint32_t i = 0; i < offers_each; ++i) {
            EXPECT_TRUE(accepted(queue.offer(item{.producer = who, .number = i}, hook)));
          }
        });
      }
    }
    queue.close();
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(queue.stats().pushed + queue.stats().spilled, std::uint64_t{TypeParam::producers} * offers_each);
}

/// The weights of a sample stand for all that was offered.
TYPED_TEST(conservation_of, weights_of_a_sample_add_up_to_what_was_offered) {
  typename TypeParam::template type<overflow_kind::sample> queue({.capacity = 8, .sample = {.every = 4, .above = 0.5}});
  const auto mark = [](item& kept, std::uint64_t weight) noexcept { kept.weight = weight; };
  std::atomic<std::uint64_t> sum{0};
  std::atomic<bool> last{false};
  const auto pop_some = [&] {
    for (item out; queue.try_pop(out) == pop_status::ok;) sum += out.weight;
  };
  {
    std::vector<std::jthread> consumers;
    for (std::uint32_t i = 0; i < TypeParam::consumers; ++i) {
      consumers.emplace_back([&] {
        while (!last.load()) pop_some();
      });
    }
    {
      std::vector<std::jthread> producers;
      for (std::uint32_t who = 0; who < TypeParam::producers; ++who) {
        producers.emplace_back([&] {
          for (std::uint32_t i = 0; i < offers_each; ++i) static_cast<void>(queue.offer(item{}, mark));
        });
      }
    }
    last = true;
  }
  queue.rebind_producer();
  queue.rebind_consumer();
  pop_some();
  EXPECT_EQ(queue.offer(item{}, mark), push_status::ok);
  pop_some();
  EXPECT_EQ(sum.load(), std::uint64_t{TypeParam::producers} * offers_each + 1);
}

}  // namespace
}  // namespace tidegate::test
