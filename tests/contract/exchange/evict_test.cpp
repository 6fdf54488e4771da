// push_evict(): a full ring exchanges its oldest element for a new one, in one step. Victims, what is delivered and
// what is left are what was pushed.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/crew.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class evicting_pushes : public watched {
 protected:
  void SetUp() override { counted::live = 0; }
  void TearDown() override { EXPECT_EQ(counted::live, 0) << "leaked or destroyed twice"; }
};
using evicting_kinds = testing::Types<mpmc_default, mpmc_helped, mpmc_in_entries, mpmc_handled, mpsc_evicting,
                                      mpsc_evicting_helped, spmc_default, spmc_joint>;
TYPED_TEST_SUITE(evicting_pushes, evicting_kinds, kind_names);

TYPED_TEST(evicting_pushes, take_the_oldest_and_only_when_full) {
  for (const std::size_t bound : sizes{1, 2, 3, 9}) {
    auto queue = TypeParam::template make<std::uint32_t>(bound);
    std::vector<std::uint32_t> victims;
    const auto keep = [&](std::uint32_t&& victim) noexcept { victims.push_back(victim); };
    for (std::uint32_t id = 0; id < 4 * bound; ++id) {
      const push_status expected = id < bound ? push_status::ok : push_status::evicted;
      ASSERT_EQ(queue.push_evict(std::uint32_t{id}, keep), expected);
      ASSERT_EQ(queue.depth_hint(), std::min<std::size_t>(id + 1, bound));
    }
    ASSERT_EQ(victims.size(), 3 * bound);
    for (std::uint32_t id = 0; id < victims.size(); ++id) ASSERT_EQ(victims[id], id);
    ASSERT_EQ(queue.try_push(std::uint32_t{0}), push_status::full);
    std::uint32_t out = 0;
    for (std::uint32_t id = 0; id < bound; ++id) {
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(out, 3 * bound + id);
    }
    ASSERT_EQ(queue.try_pop(out), pop_status::empty);
    EXPECT_EQ(queue.pushed_hint(), 4 * bound);
    EXPECT_EQ(queue.popped_hint(), bound) << "evictions are not pops";
  }
}

TYPED_TEST(evicting_pushes, mix_with_all_other_calls) {
  auto queue = TypeParam::template make<std::uint32_t>(3);
  std::uint32_t out = 0;
  for (std::uint32_t id = 0; id < 300; id += 5) {
    for (std::uint32_t i = 0; i < 3; ++i) ASSERT_EQ(queue.try_push(id + i), push_status::ok);
    for (std::uint32_t i = 3; i < 5; ++i) {
      const auto victim = [&](std::uint32_t&& oldest) noexcept { EXPECT_EQ(oldest, id + i - 3); };
      ASSERT_EQ(queue.push_evict(id + i, victim), push_status::evicted);
    }
    for (std::uint32_t i = 2; i < 5; ++i) {
      ASSERT_EQ(queue.try_pop(out), pop_status::ok);
      ASSERT_EQ(out, id + i);
    }
  }
}

TYPED_TEST(evicting_pushes, destroy_a_victim_that_nobody_wants) {
  auto queue = TypeParam::template make<counted>(2);
  for (unsigned id = 0; id < 9; ++id) {
    ASSERT_EQ(queue.push_evict(counted(id)), id < 2 ? push_status::ok : push_status::evicted);
    ASSERT_EQ(counted::live, id < 1 ? 1 : 2);
  }
}

TYPED_TEST(evicting_pushes, are_accepted_though_the_callback_throws) {
  auto queue = TypeParam::template make<counted>(1);
  ASSERT_EQ(queue.try_push(counted(0)), push_status::ok);
  const auto refuse = [](counted&&) { throw std::runtime_error("refused"); };
  for (unsigned id = 1; id < 5; ++id) {
    EXPECT_THROW(static_cast<void>(queue.push_evict(counted(id), refuse)), std::runtime_error);
    EXPECT_EQ(counted::live, 1) << "the victim is gone, the new one is inside";
  }
  counted out(0);
  ASSERT_EQ(queue.try_pop(out), pop_status::ok);
  EXPECT_EQ(out.id(), 4U);
}

TYPED_TEST(evicting_pushes, to_a_closed_ring_change_nothing) {
  auto queue = TypeParam::template make<counted>(2);
  ASSERT_EQ(queue.push_evict(counted(1)), push_status::ok);
  ASSERT_EQ(queue.push_evict(counted(2)), push_status::ok);
  queue.close();
  counted refused(3);
  const auto unexpected = [](counted&&) noexcept { ADD_FAILURE() << "evicted from a closed ring"; };
  EXPECT_EQ(queue.push_evict(std::move(refused), unexpected), push_status::closed);
  EXPECT_EQ(refused.id(), 3U);
  counted out(0);
  for (unsigned id = 1; id < 3; ++id) {
    ASSERT_EQ(queue.try_pop(out), pop_status::ok);
    EXPECT_EQ(out.id(), id);
  }
  EXPECT_EQ(queue.try_pop(out), pop_status::closed);
}

TYPED_TEST(evicting_pushes, account_for_every_element_in_full_traffic) {
  const unsigned each = 600 * stress_factor();
  for (const std::size_t bound : sizes{1, 2, 5}) {
    const unsigned all = producers_of<TypeParam> * each;
    auto queue = TypeParam::template make<counted>(bound);
    sightings sent(all);
    sightings gone(all);
    std::atomic<std::uint64_t> evicted{0};
    const auto produce = [&](auto& calls, unsigned producer) {
      for (unsigned number = producer * each; number < (producer + 1) * each; ++number) {
        if (number % 3 == 0) {
          insist([&] { return calls.try_push(counted(number)); });
        } else {
          const auto keep = [&](counted&& victim) noexcept { gone.add(victim.id()); };
          const push_status answer = calls.push_evict(counted(number), keep);
          EXPECT_TRUE(answer == push_status::ok || answer == push_status::evicted);
          if (answer == push_status::evicted) ++evicted;
        }
        sent.add(number);
      }
    };
    run_crew<TypeParam>(queue, produce, [&](auto& calls) {
      return calls.try_consume([&](counted&& value) noexcept { gone.add(value.id()); });
    });
    gone.expect_same(sent);
    EXPECT_EQ(queue.pushed_hint(), all);
    EXPECT_EQ(queue.popped_hint() + evicted, all);
  }
}

}  // namespace
}  // namespace tidegate::test
