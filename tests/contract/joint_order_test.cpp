// failure_order::joint: all answers of both threads have one common order, which store buffering would break.
#include <cstdio>

#include "gtest/gtest.h"
#include "tests/contract/joint_order.hpp"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class joint_order : public watched {};
using joint_kinds = testing::Types<ring_indexed_joint, ring_packed_joint, queue_joint>;
TYPED_TEST_SUITE(joint_order, joint_kinds, kind_names);

TYPED_TEST(joint_order, of_two_failures_exists) { EXPECT_EQ(contradictions<TypeParam>(600 * stress_factor()), 0); }

// Not a promise but the reason for the option: how often this machine shows it without.
TEST(joint_order_option, is_not_the_default) {
  const unsigned rounds = 10 * stress_factor();
  const int found = contradictions<ring_indexed>(rounds) + contradictions<ring_packed>(rounds);
  std::printf("two failures without a common order: %d of %u\n", found, 2 * rounds * unsigned{trials_each});
}

}  // namespace
}  // namespace tidegate::test
