// Full traffic between threads: nothing lost, nothing doubled, in order, and no observation outside its bounds.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"
#include "tests/contract/traffic.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class traffic : public watched {};
TYPED_TEST_SUITE(traffic, under_test::storage_kinds, kind_names);

[[nodiscard]] std::uint32_t tickets() { return under_test::tickets_each * stress_factor(); }

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

}  // namespace
}  // namespace tidegate::test
