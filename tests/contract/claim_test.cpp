// Working in place: claims grant free slots, peeks show elements, and both leave untouched what they do not take.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"
#include "tidegate/ring/claim.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class in_place : public testing::Test {};
TYPED_TEST_SUITE(in_place, zero_copy_kinds, kind_names);

template <class Guard>
void write_ids(Guard& claim, std::uint32_t first) {
  for (auto span : claim.spans()) {
    for (auto& slot : span) slot = first++;
  }
}

/// The slots of a guard one after another.
template <class Guard>
[[nodiscard]] std::uint32_t* slot_of(const Guard& guard, std::size_t i) {
  const auto [first, second] = guard.spans();
  return i < first.size() ? first.data() + i : second.data() + (i - first.size());
}

template <class Queue>
void expect_pops(Queue& queue, std::uint32_t first, std::size_t count) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, first + i);
  }
  EXPECT_EQ(queue.try_pop(out), pop_status::empty);
}

TYPED_TEST(in_place, claimed_elements_appear_only_when_published) {
  auto queue = TypeParam::template make<std::uint32_t>(5);
  for (int lap = 0; lap < 20; ++lap) {
    auto claim = queue.try_claim(3);
    ASSERT_EQ(claim.count(), 3U);
    EXPECT_TRUE(claim);
    write_ids(claim, 10);
    std::uint32_t out = 0;
    EXPECT_EQ(queue.try_pop(out), pop_status::empty);
    EXPECT_EQ(queue.depth_hint(), 0U);
    claim.publish(2);
    EXPECT_EQ(claim.count(), 0U) << "publish ends the claim";
    EXPECT_EQ(queue.depth_hint(), 2U);
    expect_pops(queue, 10, 2);
  }
}

TYPED_TEST(in_place, slots_not_published_are_granted_again) {
  auto queue = TypeParam::template make<std::uint32_t>(6);
  auto first = queue.try_claim(4);
  std::uint32_t* const third_slot = slot_of(first, 2);
  write_ids(first, 1);
  first.publish(2);
  auto second = queue.try_claim(4);
  ASSERT_EQ(second.count(), 4U);
  EXPECT_EQ(slot_of(second, 0), third_slot);
  second.abandon();
  EXPECT_EQ(second.count(), 0U) << "abandon ends the claim";
  { auto dropped = queue.try_claim(4); }
  auto third = queue.try_claim(9);
  ASSERT_EQ(third.count(), 4U) << "nothing was lost by abandoning";
  EXPECT_EQ(slot_of(third, 0), third_slot);
}

TYPED_TEST(in_place, shown_elements_have_indices) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t out = 0;
  for (std::uint32_t lap = 0; lap < 20; ++lap) {
    for (std::uint32_t i = 0; i < 3; ++i) ASSERT_EQ(queue.try_push(10 * lap + i), push_status::ok);
    auto peek = queue.try_peek(3);
    ASSERT_GE(peek.count(), 1U);
    for (std::size_t i = 0; i < peek.count(); ++i) {
      EXPECT_EQ(&peek[i], slot_of(peek, i));
      EXPECT_EQ(peek[i], 10 * lap + i);
    }
    peek[0] = 7;
    peek.release(1);
    for (std::uint32_t i = 1; i < 3; ++i) ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    EXPECT_EQ(out, 10 * lap + 2);
  }
}

TYPED_TEST(in_place, publishing_nothing_changes_nothing) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  for (int i = 0; i < 10; ++i) {
    auto claim = queue.try_claim(3);
    ASSERT_EQ(claim.count(), 3U);
    claim.publish(0);
    EXPECT_EQ(queue.depth_hint(), 0U);
  }
  expect_pops(queue, 0, 0);
}

TYPED_TEST(in_place, nothing_is_granted_when_full_or_closed_or_for_nothing) {
  auto queue = TypeParam::template make<std::uint32_t>(2);
  EXPECT_FALSE(queue.try_claim(0));
  EXPECT_FALSE(queue.try_peek(0));
  EXPECT_FALSE(queue.try_peek(1)) << "empty";
  for (std::uint32_t id = 0; id < 2; ++id) ASSERT_EQ(queue.try_push(id), push_status::ok);
  auto full = queue.try_claim(1);
  EXPECT_FALSE(full);
  EXPECT_EQ(full.spans()[0].size() + full.spans()[1].size(), 0U);
  queue.try_peek(1).release(1);
  EXPECT_TRUE(queue.try_claim(1));
  queue.close();
  EXPECT_FALSE(queue.try_claim(1));
}

TYPED_TEST(in_place, a_dropped_peek_leaves_everything) {
  auto queue = TypeParam::template make<std::uint32_t>(4);
  for (std::uint32_t id = 7; id < 11; ++id) ASSERT_EQ(queue.try_push(id), push_status::ok);
  for (int i = 0; i < 3; ++i) {
    auto peek = queue.try_peek(9);
    ASSERT_EQ(peek.count(), 4U);
    EXPECT_EQ(*slot_of(peek, 0), 7U);
  }
  queue.try_peek(2).release(0);
  EXPECT_EQ(queue.depth_hint(), 4U);
  EXPECT_EQ(queue.try_push(0U), push_status::full);
  expect_pops(queue, 7, 4);
}

TYPED_TEST(in_place, a_peek_may_change_what_it_shows_and_release_a_part) {
  auto queue = TypeParam::template make<std::uint32_t>(4);
  for (int lap = 0; lap < 20; ++lap) {
    for (std::uint32_t id = 0; id < 4; ++id) ASSERT_EQ(queue.try_push(id), push_status::ok);
    auto peek = queue.try_peek(4);
    ASSERT_EQ(peek.count(), 4U);
    for (std::size_t i = 0; i < 4; ++i) *slot_of(peek, i) += 100;
    peek.release(1);
    EXPECT_EQ(peek.count(), 0U) << "release ends the peek";
    EXPECT_EQ(queue.depth_hint(), 3U);
    ASSERT_EQ(queue.try_push(104U), push_status::ok) << "a credit came back";
    ASSERT_EQ(queue.try_push(105U), push_status::full);
    expect_pops(queue, 101, 4);
  }
}

TYPED_TEST(in_place, claims_cover_every_credit_at_every_phase) {
  for (const std::size_t bound : sizes{1, 2, 13, 14, 15, 30, 64}) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    std::uint32_t next = 1;
    for (std::size_t phase = 0; phase < 2 * bound; ++phase) {
      const std::uint32_t first = next;
      while (auto claim = queue.try_claim(bound)) {
        write_ids(claim, next);
        next += static_cast<std::uint32_t>(claim.count());
        claim.publish(claim.count());
      }
      ASSERT_EQ(next - first, bound);
      std::uint32_t expected = first;
      while (auto peek = queue.try_peek(bound)) {
        for (std::size_t i = 0; i < peek.count(); ++i) ASSERT_EQ(*slot_of(peek, i), expected++);
        peek.release(peek.count());
      }
      ASSERT_EQ(expected, next);
      std::uint32_t out = 0;
      ASSERT_EQ(queue.try_push(std::uint32_t{next}), push_status::ok);
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(out, next++);
    }
  }
}

TYPED_TEST(in_place, guards_move) {
  auto queue = TypeParam::template make<std::uint32_t>(2);
  auto claim = queue.try_claim(2);
  write_ids(claim, 5);
  auto moved = std::move(claim);
  ASSERT_EQ(moved.count(), 2U);
  moved.publish(2);
  auto peek = queue.try_peek(2);
  auto shown = std::move(peek);
  ASSERT_EQ(shown.count(), 2U);
  EXPECT_EQ(*slot_of(shown, 1), 6U);
  shown.release(2);
  EXPECT_EQ(queue.depth_hint(), 0U);
}

TEST(in_place_indexed, spans_hold_all_that_was_asked_for) {
  auto queue = ring_indexed::make<std::uint32_t>(10);
  for (std::uint32_t phase = 0; phase < 25; ++phase) {
    auto claim = queue.try_claim(99);
    ASSERT_EQ(claim.count(), 10U);
    EXPECT_EQ(claim.spans()[0].size(), 10 - phase % 10) << "cut at the end of the array only";
    write_ids(claim, 0);
    claim.publish(10);
    auto peek = queue.try_peek(99);
    ASSERT_EQ(peek.count(), 10U);
    EXPECT_EQ(peek.spans()[0].size(), 10 - phase % 10);
    peek.release(10);
    ASSERT_EQ(queue.try_push(0U), push_status::ok);
    queue.try_peek(1).release(1);
  }
}

}  // namespace
}  // namespace tidegate::test
