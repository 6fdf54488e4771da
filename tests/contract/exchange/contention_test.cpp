// Producers in each other's way: what is refused keeps its value, and what was constructed for nothing is destroyed.
#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/contended.hpp"
#include "tests/contract/exchange/crew.hpp"

namespace tidegate::test {
namespace {

TYPED_TEST_SUITE(contention, contended_kinds, kind_names);

TYPED_TEST(contention, leaves_the_value_of_what_is_refused) {
  for (const std::size_t bound : sizes{1, 2}) {
    auto queue = TypeParam::template make<move_only>(bound);
    sightings sent(this->all);
    sightings received(this->all);
    const auto produce = [&](auto& calls, unsigned producer) {
      for (unsigned number = producer * this->numbers; number < (producer + 1) * this->numbers; ++number) {
        move_only value(number);
        insist([&] {
          const push_status answer = calls.try_push(std::move(value));
          EXPECT_EQ(value.id(), answer == push_status::ok ? not_an_id : number);
          return answer;
        });
        sent.add(number);
      }
    };
    run_crew<TypeParam>(queue, produce, [&](auto& calls) {
      move_only out(0);
      const pop_status answer = calls.try_pop(out);
      if (answer == pop_status::ok) received.add(out.id());
      return answer;
    });
    received.expect_same(sent);
  }
}

TYPED_TEST(contention, destroys_what_was_constructed_for_nothing) {
  for (const std::size_t bound : sizes{1, 2}) {
    {
      auto queue = TypeParam::template make<counted>(bound);
      std::atomic<unsigned> received{0};
      const auto produce = [&](auto& calls, unsigned) {
        for (unsigned number = 0; number < this->numbers; ++number) insist([&] { return calls.try_emplace(number); });
      };
      run_crew<TypeParam>(queue, produce, [&](auto& calls) {
        const pop_status answer =
            calls.try_consume([&](counted&& value) noexcept { EXPECT_NE(value.id(), not_an_id); });
        if (answer == pop_status::ok) ++received;
        return answer;
      });
      EXPECT_EQ(received, this->all);
    }
    EXPECT_EQ(counted::live, 0) << "leaked or destroyed twice";
  }
}

TYPED_TEST(contention, survives_constructors_that_throw) {
  auto queue = TypeParam::template make<throwing_copy>(2);
  std::atomic<unsigned> received{0};
  const auto produce = [&](auto& calls, unsigned) {
    for (unsigned number = 0; number < this->numbers; ++number) {
      try {
        if (calls.try_emplace(throwing_copy::poison) == push_status::ok) ADD_FAILURE() << "did not throw";
      } catch (const std::runtime_error&) {
      }
      insist([&] { return calls.try_emplace(number); });
    }
  };
  run_crew<TypeParam>(queue, produce, [&](auto& calls) {
    throwing_copy out(0);
    const pop_status answer = calls.try_pop(out);
    if (answer == pop_status::ok) ++received;
    EXPECT_LT(out.id(), this->numbers);
    return answer;
  });
  EXPECT_EQ(received, this->all);
}

}  // namespace
}  // namespace tidegate::test
