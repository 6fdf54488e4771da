// An element that was constructed in a claim is destroyed exactly once: with the claim, or as any published one.
#include <cstddef>
#include <utility>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class lifetime_in_place : public testing::Test {
 protected:
  void SetUp() override { counted::live = counted::moves = 0; }
  void TearDown() override { EXPECT_EQ(counted::live, 0) << "leaked or destroyed twice"; }
};
TYPED_TEST_SUITE(lifetime_in_place, under_test::kinds_of_anything, kind_names);

TYPED_TEST(lifetime_in_place, in_a_claim_ends_when_it_is_abandoned) {
  auto queue = TypeParam::template make<counted>(3);
  for (unsigned lap = 0; lap < 5; ++lap) {
    {
      auto claim = queue.try_claim(3);
      claim.emplace(1U);
      claim.emplace(2U);
      EXPECT_EQ(counted::live, 2);
    }
    EXPECT_EQ(counted::live, 0) << "dropped";
    auto claim = queue.try_claim(3);
    claim.emplace(3U);
    claim.abandon();
    EXPECT_EQ(counted::live, 0) << "abandoned";
    EXPECT_EQ(queue.depth_hint(), 0U);
    ASSERT_EQ(queue.try_emplace(1U), push_status::ok);
    ASSERT_EQ(queue.try_consume([](counted&&) noexcept {}), pop_status::ok);
  }
}

TYPED_TEST(lifetime_in_place, in_a_claim_goes_on_only_for_what_is_published) {
  auto queue = TypeParam::template make<counted>(4);
  for (unsigned lap = 0; lap < 6; ++lap) {
    auto claim = queue.try_claim(4);
    for (unsigned id = 0; id < 4; ++id) claim.emplace(id);
    claim.publish(3);
    EXPECT_EQ(counted::live, 3);
    EXPECT_EQ(queue.depth_hint(), 3U);
    auto peek = queue.try_peek(4);
    ASSERT_EQ(peek.count(), 3U);
    peek.release(2);
    EXPECT_EQ(counted::live, 1);
    counted out(0);
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    EXPECT_EQ(out.id(), 2U);
  }
}

TYPED_TEST(lifetime_in_place, follows_a_claim_that_moves) {
  auto queue = TypeParam::template make<counted>(3);
  {
    auto first = queue.try_claim(3);
    first.emplace(1U);
    auto second = std::move(first);
    second.emplace(2U);
    EXPECT_EQ(counted::live, 2);
    second.publish(2);
  }
  EXPECT_EQ(counted::live, 2);
  EXPECT_EQ(queue.depth_hint(), 2U);
}

}  // namespace
}  // namespace tidegate::test
