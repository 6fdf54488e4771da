// Capacity is exact: for every capacity, at every slot where a fill can begin, and for every form of positions.
#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class capacity : public testing::Test {};
TYPED_TEST_SUITE(capacity, under_test::one_thread_kinds, kind_names);

/// Fills the queue to its bound and empties it, looking at every answer on the way. Elements count on from `next`.
template <class Queue>
void fill_and_drain(Queue& queue, std::uint32_t& next) {
  const std::size_t bound = queue.capacity();
  const std::uint32_t first = next;
  for (std::size_t depth = 0; depth < bound; ++depth) {
    ASSERT_EQ(queue.depth_hint(), depth);
    ASSERT_EQ(queue.credits_hint(), bound - depth);
    ASSERT_EQ(queue.try_push(next++), push_status::ok) << "at depth " << depth;
  }
  for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.try_push(std::uint32_t{0}), push_status::full);
  ASSERT_EQ(queue.depth_hint(), bound);
  ASSERT_EQ(queue.credits_hint(), 0U);
  std::uint32_t out = 0;
  for (std::uint32_t expected = first; expected != next; ++expected) {
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    ASSERT_EQ(out, expected);
  }
  for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.try_pop(out), pop_status::empty);
  ASSERT_EQ(out, next - 1) << "a failed pop wrote to its argument";
}

/// Moves the place where the next fill begins.
template <class Queue>
void push_and_pop(Queue& queue, std::uint32_t& next) {
  std::uint32_t out = 0;
  ASSERT_EQ(queue.try_push(std::uint32_t{next}), push_status::ok);
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  ASSERT_EQ(out, next++);
}

TYPED_TEST(capacity, is_exact_at_every_phase_of_every_small_ring) {
  using queue_type = typename TypeParam::template type<std::uint32_t>;
  constexpr std::size_t spare_slots = 16;  // of the last cache line of a packed ring
  std::uint32_t next = 1;
  for (std::size_t bound = 1; bound <= at_most_countable<queue_type>(under_test::largest_of_every); ++bound) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    ASSERT_EQ(queue.capacity(), bound);
    for (std::size_t phase = 0; phase < bound + spare_slots; ++phase) {
      ASSERT_NO_FATAL_FAILURE(fill_and_drain(queue, next)) << "capacity " << bound << ", phase " << phase;
      ASSERT_NO_FATAL_FAILURE(push_and_pop(queue, next));
    }
  }
}

TYPED_TEST(capacity, is_exact_while_positions_wrap_many_times) {
  using queue_type = typename TypeParam::template type<std::uint32_t>;
  for (const std::size_t bound : sizes{1, 2, 3, 7, 14, 15, 28, 63}) {
    auto queue = TypeParam::template make<std::uint32_t>(at_most_countable<queue_type>(bound));
    std::uint32_t next = 1;
    for (int lap = 0; lap < 600; ++lap) {
      ASSERT_NO_FATAL_FAILURE(fill_and_drain(queue, next)) << "capacity " << bound << ", lap " << lap;
      ASSERT_NO_FATAL_FAILURE(push_and_pop(queue, next));
    }
  }
}

TYPED_TEST(capacity, stays_exact_when_full_and_one_element_moves_at_a_time) {
  for (const std::size_t bound : sizes{1, 2, 5, 14, 29}) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < bound; ++i) ASSERT_EQ(queue.try_push(next++), push_status::ok);
    for (int step = 0; step < 1000; ++step) {
      std::uint32_t out = 0;
      ASSERT_EQ(queue.try_push(std::uint32_t{0}), push_status::full);
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(out, next - bound);
      ASSERT_EQ(queue.try_push(next++), push_status::ok);
    }
  }
}

/// The largest ring that positions of 8 bits can count.
TYPED_TEST(capacity, limit_of_narrow_positions_is_usable) {
  using queue_type = typename TypeParam::template type<std::uint32_t>;
  if constexpr (queue_type::max_capacity < 256) {
    static_assert(queue_type::max_capacity >= 64 && queue_type::max_capacity < 128);
    auto queue = TypeParam::template make<std::uint32_t>(queue_type::max_capacity);
    std::uint32_t next = 1;
    for (int lap = 0; lap < 300; ++lap) {
      ASSERT_NO_FATAL_FAILURE(fill_and_drain(queue, next)) << "lap " << lap;
      ASSERT_NO_FATAL_FAILURE(push_and_pop(queue, next));
    }
  }
}

}  // namespace
}  // namespace tidegate::test
