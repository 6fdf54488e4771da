// Full traffic between threads: nothing lost, nothing doubled, in order, and no observation outside its bounds.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"
#include "tests/contract/traffic.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class traffic : public watched {};
TYPED_TEST_SUITE(traffic, storage_kinds, kind_names);

[[nodiscard]] std::uint32_t tickets() { return 100'000 * stress_factor(); }

TYPED_TEST(traffic, one_by_one_balances) {
  auto queue = TypeParam::template make<ticket>(50);
  run_traffic<TypeParam>(queue, traffic_form::single, tickets());
}

TYPED_TEST(traffic, through_the_smallest_queue_balances) {
  auto queue = TypeParam::template make<ticket>(1);
  run_traffic<TypeParam>(queue, traffic_form::single, tickets() / 20);
}

TYPED_TEST(traffic, in_bulk_balances) {
  auto queue = TypeParam::template make<ticket>(61);
  run_traffic<TypeParam>(queue, traffic_form::bulk, tickets());
}

TYPED_TEST(traffic, in_place_balances) {
  if constexpr (TypeParam::zero_copy) {
    auto queue = TypeParam::template make<ticket>(61);
    run_traffic<TypeParam>(queue, traffic_form::in_place, tickets());
  }
}

// A third thread looks on. Depth and credits are old news, but never impossible.
TYPED_TEST(traffic, is_never_seen_outside_its_bounds) {
  auto queue = TypeParam::template make<ticket>(5);
  std::atomic<bool> done = false;
  std::jthread observer([&] {
    while (!done) {
      for (int look = 0; look < 200; ++look) {
        const std::size_t depth = queue.depth_hint();
        const std::size_t credits = queue.credits_hint();
        if (depth <= queue.capacity() && credits <= queue.capacity()) continue;
        ADD_FAILURE() << "depth " << depth << ", credits " << credits;
        return;
      }
      std::this_thread::yield();
    }
  });
  run_traffic<TypeParam>(queue, traffic_form::single, tickets() / 2);
  done = true;
  EXPECT_EQ(queue.depth_hint(), 0U);
}

template <class Kind>
class crowd : public watched {};
TYPED_TEST_SUITE(crowd, waiting_kinds, kind_names);

TYPED_TEST(crowd, of_two_that_wait_for_each_other_balances) {
  auto queue = TypeParam::template make<ticket>(7);
  run_traffic<TypeParam>(queue, traffic_form::blocking, tickets() / 10);
}

// Many more threads than cores, most of them waiting: nobody starves, nobody sleeps through.
TYPED_TEST(crowd, of_queues_all_finish) {
  std::list<typename TypeParam::template type<ticket>> queues;
  std::vector<std::jthread> runs;
  for (int i = 0; i < 6; ++i) {
    auto& queue = queues.emplace_back(queue_config{.capacity = static_cast<std::size_t>(1 + i)});
    runs.emplace_back([&queue] { run_traffic<TypeParam>(queue, traffic_form::blocking, tickets() / 50); });
  }
}

}  // namespace
}  // namespace tidegate::test
