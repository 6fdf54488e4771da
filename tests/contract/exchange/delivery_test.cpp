// Consumers in each other's way: every element is delivered to one, in every form of call, and observers see no more
// than there is.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/contended.hpp"
#include "tests/contract/exchange/crew.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class delivery : public contention<Kind> {};
TYPED_TEST_SUITE(delivery, contended_kinds, kind_names);

TYPED_TEST(delivery, counts_as_consumed_what_a_callback_throws_at) {
  {
    auto queue = TypeParam::template make<counted>(3);
    sightings sent(this->all);
    sightings received(this->all);
    const auto produce = [&](auto& calls, unsigned producer) {
      for (unsigned number = producer * this->numbers; number < (producer + 1) * this->numbers; ++number) {
        insist([&] { return calls.try_push(counted(number)); });
        sent.add(number);
      }
    };
    run_crew<TypeParam>(queue, produce, [&](auto& calls) {
      try {
        return calls.try_consume([&](counted&& value) {
          received.add(value.id());
          if (value.id() % 5 == 0) throw std::runtime_error("refused");
        });
      } catch (const std::runtime_error&) {
        return pop_status::ok;
      }
    });
    received.expect_same(sent);
  }
  EXPECT_EQ(counted::live, 0) << "leaked or destroyed twice";
}

TYPED_TEST(delivery, passes_elements_in_bulk_as_far_as_there_is_room) {
  auto queue = TypeParam::template make<counted>(3);
  sightings sent(this->all);
  sightings received(this->all);
  const auto produce = [&](auto& calls, unsigned producer) {
    for (unsigned number = producer * this->numbers; number < (producer + 1) * this->numbers;) {
      counted batch[] = {counted(number), counted(number + 1), counted(number + 2)};
      const auto most = std::min<std::size_t>(3, (producer + 1) * this->numbers - number);
      const std::size_t pushed = calls.try_push_n(batch, most);
      for (unsigned i = 0; i < most; ++i) EXPECT_EQ(batch[i].id(), i < pushed ? not_an_id : number + i);
      for (unsigned i = 0; i < pushed; ++i) sent.add(number++);
      if (pushed == 0) std::this_thread::yield();
    }
  };
  run_crew<TypeParam>(queue, produce, [&](auto& calls) {
    counted batch[] = {counted(0), counted(0)};
    const std::size_t popped = calls.try_pop_n(batch, 2);
    for (std::size_t i = 0; i < popped; ++i) received.add(batch[i].id());
    if (popped != 0) return pop_status::ok;
    const pop_status answer = calls.try_pop(batch[0]);
    if (answer == pop_status::ok) received.add(batch[0].id());
    return answer;
  });
  received.expect_same(sent);
  EXPECT_EQ(queue.depth_hint(), 0U);
}

/// Elements of two bytes lie in the entries of a wait-free ring: each is right though nothing else tells them apart.
TYPED_TEST(delivery, passes_small_elements_in_entries) {
  auto queue = TypeParam::template make<std::uint16_t>(2);
  sightings sent(this->all);
  sightings received(this->all);
  const auto produce = [&](auto& calls, unsigned producer) {
    for (unsigned number = producer * this->numbers; number < (producer + 1) * this->numbers; ++number) {
      insist([&] { return calls.try_push(static_cast<std::uint16_t>(number)); });
      sent.add(number);
    }
  };
  run_crew<TypeParam>(queue, produce, [&](auto& calls) {
    std::uint16_t out = 0;
    const pop_status answer = calls.try_pop(out);
    if (answer == pop_status::ok) received.add(out);
    return answer;
  });
  received.expect_same(sent);
}

// Observers.

TYPED_TEST(delivery, is_counted) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::atomic<bool> done = false;
  std::jthread observer([&] {
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    for (bool last = false; !last;) {
      last = done;
      EXPECT_GE(queue.pushed_hint(), std::exchange(pushed, queue.pushed_hint())) << "counts backwards";
      EXPECT_GE(queue.popped_hint(), std::exchange(popped, queue.popped_hint())) << "counts backwards";
      EXPECT_LE(queue.depth_hint(), 3U);
      EXPECT_LE(queue.credits_hint(), 3U);
      std::this_thread::yield();
    }
  });
  const auto produce = [&](auto& calls, unsigned) {
    for (unsigned number = 0; number < this->numbers; ++number) insist([&] { return calls.try_push(number); });
  };
  run_crew<TypeParam>(queue, produce, [](auto& calls) { return calls.try_consume([](std::uint32_t&&) noexcept {}); });
  done = true;
  EXPECT_EQ(queue.pushed_hint(), this->all);
  EXPECT_EQ(queue.popped_hint(), this->all);
  EXPECT_EQ(queue.depth_hint(), 0U);
}

}  // namespace
}  // namespace tidegate::test
