// The answers of rings with several threads on both sides have one common order; with one thread on a side,
// failure_order::joint gives one. Store buffering would break it.
#include "tests/contract/joint_order.hpp"
#include "gtest/gtest.h"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class joint_order : public watched {};
using joint_kinds =
    testing::Types<mpmc_default, mpmc_lock_free, mpmc_in_entries, mpmc_helped, mpsc_joint, mpsc_evicting, spmc_joint>;
TYPED_TEST_SUITE(joint_order, joint_kinds, kind_names);

TYPED_TEST(joint_order, of_two_failures_exists) { EXPECT_EQ(contradictions<TypeParam>(100 * stress_factor()), 0); }

}  // namespace
}  // namespace tidegate::test
