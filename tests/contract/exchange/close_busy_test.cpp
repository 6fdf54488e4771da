// close() while threads push, pop and evict: accepted is delivered, whoever closes; and with one producer, what another
// thread's close() leaves behind is at most one element.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/elements.hpp"
#include "tests/contract/exchange/crew.hpp"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/support.hpp"

namespace tidegate::test {
namespace {

enum class closer : unsigned { producer, consumer, third, two_of_them };

/// What the threads of one round did.
struct account {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> evicted{0};
  std::atomic<std::uint64_t> popped{0};
};

template <class Kind>
class closing_busy : public watched {
 protected:
  static constexpr std::uint64_t enough = 100;  // elements before the close

  void SetUp() override { counted::live = 0; }

  /// Pushes until it is told that the ring is closed.
  template <class Calls, class Queue>
  static void produce(Calls& calls, Queue& queue, account& count, bool closes) {
    for (unsigned id = 0;; ++id) {
      if (closes && count.popped >= enough) queue.close();
      counted value(id);
      push_status answer{};
      if constexpr (Kind::evicts) {
        answer = id % 4 == 0 ? calls.push_evict(std::move(value)) : calls.try_push(std::move(value));
      } else {
        answer = calls.try_push(std::move(value));
      }
      if (accepted(answer)) ++count.accepted;
      if (answer == push_status::evicted) ++count.evicted;
      if (!accepted(answer)) {
        EXPECT_EQ(value.id(), id) << "a refused element lost its value";
      }
      if (answer == push_status::closed) break;
      if (answer == push_status::full) std::this_thread::yield();
    }
    EXPECT_EQ(calls.try_push(counted(1)), push_status::closed) << "closed for ever";
  }

  /// Pops until it is told that this was all.
  template <class Calls, class Queue>
  static void consume(Calls& calls, Queue& queue, account& count, bool closes) {
    for (pop_status answer{}; answer != pop_status::closed;) {
      answer = calls.try_consume([](counted&& value) noexcept { EXPECT_NE(value.id(), not_an_id); });
      if (answer == pop_status::ok) ++count.popped;
      if (answer == pop_status::empty) std::this_thread::yield();
      if (closes && count.popped >= enough) queue.close();
    }
    EXPECT_EQ(calls.try_consume([](counted&&) noexcept { ADD_FAILURE() << "called"; }), pop_status::closed);
    EXPECT_TRUE(queue.closed());
  }

  template <class Queue>
  static void run(Queue& queue, account& count, closer who) {
    std::vector<std::jthread> threads;
    for (unsigned number = 0; number < producers_of<Kind>; ++number) {
      const bool closes = number == 0 && (who == closer::producer || who == closer::two_of_them);
      threads.emplace_back([&, closes] {
        decltype(auto) calls = Kind::producer_of(queue);
        produce(calls, queue, count, closes);
      });
    }
    for (unsigned number = 0; number < consumers_of<Kind>; ++number) {
      const bool closes = number == 0 && (who == closer::consumer || who == closer::two_of_them);
      threads.emplace_back([&, closes] {
        decltype(auto) calls = Kind::consumer_of(queue);
        consume(calls, queue, count, closes);
      });
    }
    if (who != closer::third) return;
    EXPECT_TRUE(eventually([&] { return count.popped >= enough; }));
    queue.close();
  }
};
TYPED_TEST_SUITE(closing_busy, exchange_kinds, kind_names);

TYPED_TEST(closing_busy, delivers_what_was_accepted_and_nothing_else) {
  constexpr bool may_be_late = !TypeParam::many_producers && TypeParam::options.failures == failure_order::independent;
  for (const std::size_t bound : sizes{1, 2, 3, 17}) {
    for (unsigned who = 0; who < 4; ++who) {
      {
        auto queue = TypeParam::template make<counted>(bound);
        account count;
        this->run(queue, count, closer{who});
        const std::uint64_t left = count.accepted - count.evicted - count.popped;
        const std::uint64_t late = may_be_late && closer{who} != closer::producer ? 1 : 0;
        EXPECT_LE(left, late) << "closed by " << who << ", capacity " << bound;
        EXPECT_EQ(queue.depth_hint(), left);
        EXPECT_EQ(counted::live, static_cast<long>(left));
      }
      ASSERT_EQ(counted::live, 0) << "leaked or destroyed twice";
    }
  }
}

TYPED_TEST(closing_busy, leaves_what_nobody_pops_to_the_destructor) {
  for (const std::size_t bound : sizes{1, 2, 5, 9}) {
    for (std::size_t phase = 0; phase < bound; ++phase) {
      for (std::size_t depth = 0; depth <= bound; ++depth) {
        {
          auto queue = TypeParam::template make<counted>(bound);
          counted out(0);
          for (std::size_t i = 0; i < phase; ++i) {
            ASSERT_EQ(queue.try_emplace(1U), push_status::ok);
            ASSERT_EQ(queue.try_pop(out), pop_status::ok);
          }
          for (std::size_t i = 0; i < depth; ++i) ASSERT_EQ(queue.try_emplace(1U), push_status::ok);
          queue.close();
          EXPECT_EQ(queue.depth_hint(), depth);
          EXPECT_EQ(queue.try_emplace(1U), push_status::closed);
        }
        ASSERT_EQ(counted::live, 0) << "capacity " << bound << ", phase " << phase << ", depth " << depth;
      }
    }
  }
}

}  // namespace
}  // namespace tidegate::test
