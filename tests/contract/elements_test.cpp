// Any nothrow-movable element travels: whole, in order, at a legal address, and it stays with the caller when refused.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "kinds_under_test.hpp"
#include "tests/contract/elements.hpp"
#include "tests/contract/kinds.hpp"

namespace tidegate::test {
namespace {

template <class Cargo>
class elements : public testing::Test {
 protected:
  using value = typename Cargo::value;

  [[nodiscard]] static value make(unsigned id) { return make_element<value>(id); }
  static void expect_id(const value& element, unsigned id) { EXPECT_EQ(id_of(element), id & id_mask<value>); }
};
TYPED_TEST_SUITE(elements, under_test::cargoes, kind_names);

constexpr std::size_t bound = 5;

TYPED_TEST(elements, arrive_whole_and_in_order_lap_after_lap) {
  auto queue = TypeParam::make(bound);
  auto out = this->make(0);
  unsigned pushed = 0;
  unsigned popped = 0;
  for (int lap = 0; lap < 200; ++lap) {
    while (pushed - popped < bound) ASSERT_EQ(queue.try_push(this->make(pushed++)), push_status::ok);
    for (int i = 0; i < 3; ++i) {
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      this->expect_id(out, popped++);
    }
  }
}

TYPED_TEST(elements, are_shown_in_place_at_a_legal_address) {
  using element_type = typename TypeParam::value;
  auto queue = TypeParam::make(bound);
  for (unsigned id = 0; id < 3 * bound; ++id) {
    ASSERT_EQ(queue.try_emplace(this->make(id)), push_status::ok);
    const auto look = [&](element_type&& element) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&element) % alignof(element_type), 0U);
      this->expect_id(element, id);
    };
    ASSERT_EQ(queue.try_consume(look), pop_status::ok);
  }
}

TYPED_TEST(elements, stay_with_the_caller_when_full) {
  auto queue = TypeParam::make(bound);
  for (unsigned id = 0; id < bound; ++id) ASSERT_EQ(queue.try_push(this->make(id)), push_status::ok);
  auto refused = this->make(77);
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::full);
  EXPECT_EQ(queue.try_emplace(std::move(refused)), push_status::full);
  EXPECT_EQ(queue.try_push_n(&refused, 1), 0U);
  this->expect_id(refused, 77);
}

TYPED_TEST(elements, stay_with_the_caller_when_closed) {
  auto queue = TypeParam::make(bound);
  queue.close();
  auto refused = this->make(77);
  EXPECT_EQ(queue.try_push(std::move(refused)), push_status::closed);
  EXPECT_EQ(queue.try_emplace(std::move(refused)), push_status::closed);
  EXPECT_EQ(queue.try_push_n(&refused, 1), 0U);
  this->expect_id(refused, 77);
}

TYPED_TEST(elements, move_in_bulk_only_as_far_as_there_is_room) {
  using element_type = typename TypeParam::value;
  for (std::size_t phase = 0; phase < 2 * bound; ++phase) {
    auto queue = TypeParam::make(bound);
    auto out = this->make(0);
    for (std::size_t i = 0; i < phase; ++i) {
      ASSERT_EQ(queue.try_push(this->make(1)), push_status::ok);
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    }
    ASSERT_EQ(queue.try_push(this->make(10)), push_status::ok);
    std::vector<element_type> batch;
    for (unsigned id = 11; id < 19; ++id) batch.push_back(this->make(id));
    ASSERT_EQ(queue.try_push_n(batch.data(), batch.size()), bound - 1);
    for (unsigned id = 11 + bound - 1; id < 19; ++id) this->expect_id(batch[id - 11], id);
    std::vector<element_type> received;
    for (unsigned i = 0; i < 8; ++i) received.push_back(this->make(90 + i));
    ASSERT_EQ(queue.try_pop_n(received.data(), 2), 2U);
    ASSERT_EQ(queue.try_pop_n(received.data() + 2, 6), bound - 2);
    for (unsigned i = 0; i < bound; ++i) this->expect_id(received[i], 10 + i);
    for (unsigned i = bound; i < 8; ++i) this->expect_id(received[i], 90 + i);
  }
}

template <class Element, class Queue>
void claim_and_peek(Queue& queue, unsigned id) {
  auto claim = queue.try_claim(2);
  ASSERT_EQ(claim.count(), 2U);
  claim.emplace(make_element<Element>(id));
  claim.emplace(make_element<Element>(id + 1));
  claim.publish(2);
  auto peek = queue.try_peek(2);
  ASSERT_EQ(peek.count(), 2U);
  unsigned seen = id;
  for (auto span : peek.spans()) {
    for (const Element& element : span) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&element) % alignof(Element), 0U);
      EXPECT_EQ(id_of(element), seen++ & id_mask<Element>);
    }
  }
  EXPECT_EQ(seen, id + 2);
  peek.release(2);
}

TYPED_TEST(elements, are_claimed_and_shown_at_legal_addresses) {
  if constexpr (TypeParam::zero_copy) {
    auto queue = TypeParam::make(bound);
    for (unsigned id = 0; id < 4 * bound; id += 2) {
      ASSERT_NO_FATAL_FAILURE(claim_and_peek<typename TypeParam::value>(queue, id));
    }
  }
}

struct nothing {};
static_assert(std::is_empty_v<nothing>);

template <class Kind>
class elements_without_bytes : public testing::Test {};
TYPED_TEST_SUITE(elements_without_bytes, under_test::kinds_of_anything, kind_names);

TYPED_TEST(elements_without_bytes, are_counted_all_the_same) {
  auto queue = TypeParam::template make<nothing>(3);
  nothing out;
  for (int lap = 0; lap < 100; ++lap) {
    for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.try_push(nothing{}), push_status::ok);
    ASSERT_EQ(queue.try_push(nothing{}), push_status::full);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    ASSERT_EQ(queue.try_pop(out), pop_status::empty);
  }
}

}  // namespace
}  // namespace tidegate::test
