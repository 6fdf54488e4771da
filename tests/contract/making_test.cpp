// Construction: which capacities are refused and how, and what a new queue tells.
#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class making : public testing::Test {};
TYPED_TEST_SUITE(making, under_test::surface_kinds, kind_names);

TYPED_TEST(making, refuses_a_capacity_that_cannot_be) {
  using queue_type = typename TypeParam::template type<std::uint32_t>;
  for (const std::size_t wrong : sizes{0, queue_type::max_capacity + 1, SIZE_MAX}) {
    try {
      auto queue = TypeParam::template make<std::uint32_t>(wrong);
      ADD_FAILURE() << "took capacity " << wrong;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(std::to_string(wrong)), std::string::npos) << error.what();
    }
  }
}

TYPED_TEST(making, refuses_more_than_there_is_address_space_for) {
  using queue_type = typename TypeParam::template type<std::uint32_t>;
  if constexpr (queue_type::max_capacity > SIZE_MAX / sizeof(std::uint32_t)) {
    EXPECT_THROW(static_cast<void>(TypeParam::template make<std::uint32_t>(queue_type::max_capacity)), std::bad_alloc);
  }
}

TYPED_TEST(making, tells_its_capacity) {
  for (const std::size_t bound : sizes{1, 2, 3, 14, 64, 100}) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    EXPECT_EQ(queue.capacity(), bound);
    EXPECT_EQ(queue.depth_hint(), 0U);
    EXPECT_EQ(queue.credits_hint(), bound);
    EXPECT_GE(queue.max_bytes(), sizeof(queue) + bound * sizeof(std::uint32_t));
  }
}

}  // namespace
}  // namespace tidegate::test
