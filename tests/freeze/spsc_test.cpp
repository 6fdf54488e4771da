// A thread stopped at any instruction of any operation of spsc_ring, and of spsc_queue while nobody waits, leaves the
// other side its full rights.
#include <cstddef>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/frozen_bystander.hpp"
#include "tests/freeze/frozen_consumer.hpp"
#include "tests/freeze/frozen_producer.hpp"
#include "tests/freeze/operations.hpp"

namespace tidegate::test {
namespace {

template <class Kind>
class spsc_freeze : public freeze_test {
 protected:
  /// In every state; each has at least `least_points` points, or something else was stepped through.
  template <template <class, class> class Frozen, class Operation>
  static void expect_no_block(const char* operation, std::size_t least_points) {
    census all;
    for (const queue_state& state : states_of(Kind::line)) {
      SCOPED_TRACE(state.name);
      Frozen<Kind, Operation> played(state);
      const census found = freeze_everywhere(played, long_enough);
      ASSERT_EQ(found.blocked(), 0U) << found;
      ASSERT_TRUE(found.broken.empty()) << found;
      EXPECT_GE(found.points, least_points);
      all += found;
    }
    print(Kind::name, operation, all);
  }
};

using ring_kinds = testing::Types<ring_packed, ring_indexed, ring_move_only>;
TYPED_TEST_SUITE(spsc_freeze, ring_kinds, kind_names);

TYPED_TEST(spsc_freeze, try_push) { this->template expect_no_block<frozen_producer, try_push>("try_push", 8); }

TYPED_TEST(spsc_freeze, try_emplace) { this->template expect_no_block<frozen_producer, try_emplace>("try_emplace", 8); }

TYPED_TEST(spsc_freeze, try_push_n) { this->template expect_no_block<frozen_producer, try_push_n>("try_push_n", 8); }

TYPED_TEST(spsc_freeze, claim_and_publish) {
  this->template expect_no_block<frozen_producer, claim_and_publish>("claim_and_publish", 8);
}

TYPED_TEST(spsc_freeze, try_pop) { this->template expect_no_block<frozen_consumer, try_pop>("try_pop", 8); }

TYPED_TEST(spsc_freeze, try_consume) { this->template expect_no_block<frozen_consumer, try_consume>("try_consume", 8); }

TYPED_TEST(spsc_freeze, try_pop_n) { this->template expect_no_block<frozen_consumer, try_pop_n>("try_pop_n", 8); }

TYPED_TEST(spsc_freeze, peek_and_release) {
  this->template expect_no_block<frozen_consumer, peek_and_release>("peek_and_release", 8);
}

TYPED_TEST(spsc_freeze, close) { this->template expect_no_block<frozen_bystander, close_queue>("close", 2); }

TYPED_TEST(spsc_freeze, depth_hint) {
  this->template expect_no_block<frozen_bystander, observe_depth>("depth_hint", 4);
}

// What the queue adds to the ring's calls is a look whether somebody sleeps. Nobody does.
using spsc_queue_freeze = spsc_freeze<queue_default>;

TEST_F(spsc_queue_freeze, try_push) { expect_no_block<frozen_producer, try_push>("try_push", 8); }

TEST_F(spsc_queue_freeze, try_pop) { expect_no_block<frozen_consumer, try_pop>("try_pop", 8); }

TEST_F(spsc_queue_freeze, close) { expect_no_block<frozen_bystander, close_queue>("close", 4); }

}  // namespace
}  // namespace tidegate::test
