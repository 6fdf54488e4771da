// try_hold(): a consumer keeps an element in its slot. It is no longer inside, and nobody waits for the consumer.
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/crew.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class holding : public watched {
 protected:
  template <class T>
  using ring = typename Kind::template type<T>;
  void SetUp() override { counted::live = 0; }
  void TearDown() override { EXPECT_EQ(counted::live, 0) << "leaked or destroyed twice"; }
};
using kinds_that_hold = testing::Types<mpmc_default, mpmc_helped, mpmc_lock_free, mpmc_packed, mpsc_default,
                                       mpsc_evicting, spmc_default, spmc_joint>;
TYPED_TEST_SUITE(holding, kinds_that_hold, kind_names);

TYPED_TEST(holding, takes_an_element_out_and_keeps_it) {
  typename TestFixture::template ring<counted> queue(2);
  auto consumer = queue.make_consumer();
  EXPECT_EQ(consumer.held(), nullptr);
  EXPECT_EQ(consumer.try_hold(), pop_status::empty);
  EXPECT_EQ(consumer.held(), nullptr);
  for (unsigned id = 0; id < 20; ++id) {
    ASSERT_EQ(queue.try_push(counted(id)), push_status::ok);
    ASSERT_EQ(consumer.try_hold(), pop_status::ok);
    ASSERT_NE(consumer.held(), nullptr);
    EXPECT_EQ(consumer.held()->id(), id);
    EXPECT_EQ(counted::live, 1);
    EXPECT_EQ(queue.depth_hint(), 0U) << "what is held is no longer inside";
    if (id % 3 == 0) consumer.release();
    if (id % 3 == 0) {
      EXPECT_EQ(consumer.held(), nullptr);
    }
  }
  consumer.release();
  consumer.release();
  EXPECT_EQ(counted::live, 0) << "released once";
}

TYPED_TEST(holding, leaves_the_ring_its_whole_capacity) {
  typename TestFixture::template ring<counted> queue(2);
  auto consumer = queue.make_consumer();
  ASSERT_EQ(queue.try_push(counted(1)), push_status::ok);
  ASSERT_EQ(consumer.try_hold(), pop_status::ok);
  for (unsigned id = 2; id < 4; ++id) ASSERT_EQ(queue.try_push(counted(id)), push_status::ok);
  EXPECT_EQ(queue.try_push(counted(9)), push_status::full);
  EXPECT_EQ(consumer.held()->id(), 1U) << "nobody writes to what is held";
}

TYPED_TEST(holding, ends_with_the_next_pop_in_any_form) {
  typename TestFixture::template ring<counted> queue(4);
  auto consumer = queue.make_consumer();
  counted out(0);
  for (int form = 0; form < 4; ++form) {
    for (unsigned id = 1; id < 3; ++id) ASSERT_EQ(queue.try_push(counted(id)), push_status::ok);
    ASSERT_EQ(consumer.try_hold(), pop_status::ok);
    switch (form) {
      case 0: EXPECT_EQ(consumer.try_pop(out), pop_status::ok); break;
      case 1:
        EXPECT_EQ(consumer.try_consume([](counted&& value) noexcept { EXPECT_EQ(value.id(), 2U); }), pop_status::ok);
        break;
      case 2: EXPECT_EQ(consumer.try_pop_n(&out, 1), 1U); break;
      default:
        EXPECT_EQ(consumer.try_hold(), pop_status::ok);
        EXPECT_EQ(consumer.held()->id(), 2U);
        EXPECT_EQ(consumer.try_hold(), pop_status::empty);
    }
    EXPECT_EQ(consumer.held(), nullptr);
    EXPECT_EQ(counted::live, 1) << "only `out`";
  }
}

TYPED_TEST(holding, goes_on_after_close_and_ends_with_the_handle) {
  typename TestFixture::template ring<counted> queue(2);
  ASSERT_EQ(queue.try_push(counted(1)), push_status::ok);
  ASSERT_EQ(queue.try_push(counted(2)), push_status::ok);
  queue.close();
  {
    auto consumer = queue.make_consumer();
    ASSERT_EQ(consumer.try_hold(), pop_status::ok);
    auto moved = std::move(consumer);
    ASSERT_NE(moved.held(), nullptr);
    EXPECT_EQ(moved.held()->id(), 1U) << "what is held goes with the handle";
    ASSERT_EQ(moved.try_hold(), pop_status::ok);
    EXPECT_EQ(counted::live, 1);
  }
  EXPECT_EQ(counted::live, 0) << "destroyed with the handle";
  auto next = queue.make_consumer();
  EXPECT_EQ(next.held(), nullptr) << "the row comes empty";
  EXPECT_EQ(next.try_hold(), pop_status::closed);
}

TYPED_TEST(holding, shows_each_element_to_one_consumer) {
  const unsigned each = 500;
  typename TestFixture::template ring<counted> queue(3);
  sightings sent(3 * each);
  sightings received(3 * each);
  std::atomic<unsigned> busy{producers_of<TypeParam>};
  {
    std::vector<std::jthread> threads;
    for (unsigned producer = 0; producer < producers_of<TypeParam>; ++producer) {
      threads.emplace_back([&, producer] {
        for (unsigned number = producer * each; number < (producer + 1) * each; ++number) {
          insist([&] { return queue.try_push(counted(number)); });
          sent.add(number);
        }
        if (--busy == 0) queue.close();
      });
    }
    for (unsigned number = 0; number < consumers_of<TypeParam>; ++number) {
      threads.emplace_back([&] {
        auto consumer = queue.make_consumer();
        for (pop_status answer{}; (answer = consumer.try_hold()) != pop_status::closed;) {
          if (answer == pop_status::ok) {
            const unsigned seen = consumer.held()->id();
            std::this_thread::yield();
            EXPECT_EQ(consumer.held()->id(), seen);
            received.add(seen);
          }
        }
      });
    }
  }
  received.expect_same(sent);
}

}  // namespace
}  // namespace tidegate::test
