// Position arithmetic, all of it, with positions of 8 bits.
#include "tidegate/base/position.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace tidegate {
namespace {

using narrow = std::uint8_t;

static_assert(advanced<narrow>(255, 1) == 0);
static_assert(advanced<narrow>(250, 256 + 10) == 4);
static_assert(distance<narrow>(250, 4) == 10);
static_assert(distance<narrow>(4, 250) == 246, "behind reads as far ahead, in the width of the type");
static_assert(advanced(std::numeric_limits<std::uint64_t>::max(), 1) == 0);
static_assert(distance(std::numeric_limits<std::uint64_t>::max(), std::uint64_t{4}) == 5);
static_assert(countable_capacity<narrow>(0) == 127);
static_assert(countable_capacity<narrow>(14) == 120);
static_assert(countable_capacity<std::uint64_t>(0) == std::numeric_limits<std::uint64_t>::max() / 2);

TEST(position, advances_by_exactly_what_it_is_distant) {
  for (unsigned from = 0; from < 256; ++from) {
    for (std::size_t count = 0; count < 256; ++count) {
      const narrow to = advanced(static_cast<narrow>(from), count);
      ASSERT_EQ(distance(static_cast<narrow>(from), to), count);
    }
  }
}

// A position up to `capacity` ahead and a stale one up to `capacity + slack` behind are never taken for each other.
TEST(position, up_to_the_countable_capacity_is_not_ambiguous) {
  for (std::size_t slack = 0; slack < 100; ++slack) {
    const std::size_t capacity = countable_capacity<narrow>(slack);
    ASSERT_GE(capacity, 1U);
    for (std::size_t behind = 1; behind <= capacity + slack; ++behind) {
      ASSERT_GT(distance(static_cast<narrow>(behind), narrow{0}), capacity) << "slack " << slack;
    }
  }
}

}  // namespace
}  // namespace tidegate
