// Queues that do block, or lie, while a thread is stopped: were that not seen, the other tests would show nothing.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/frozen_bystander.hpp"
#include "tests/freeze/frozen_consumer.hpp"
#include "tests/freeze/frozen_producer.hpp"
#include "tests/freeze/frozen_rival.hpp"
#include "tests/freeze/locked_queue.hpp"
#include "tests/freeze/operations.hpp"
#include "tests/freeze/ticket_ring.hpp"

namespace tidegate::test {
namespace {

template <class Queue>
struct control {
  using element = std::uint64_t;
  using queue = Queue;
  [[nodiscard]] static std::unique_ptr<queue> make(std::size_t capacity) { return std::make_unique<queue>(capacity); }
};
using spinning = control<locked_queue<when_locked::spin>>;
using refusing = control<locked_queue<when_locked::refuse>>;
using ticketed = control<ticket_ring>;

class negative_control : public freeze_test {
 protected:
  /// Half full. A stop before the first instruction blocks nobody; one somewhere on the way does; and in the end, when
  /// the thread has gone on, all is right.
  template <class Frozen>
  static census expect_block(const char* name) {
    Frozen played(queue_state{.name = "half full", .capacity = 14, .popped = 3, .depth = 7});
    const census found = freeze_everywhere(played, soon_enough);
    EXPECT_GT(found.blocked(), 0U) << found;
    EXPECT_LT(found.blocked(), found.points) << found;
    EXPECT_TRUE(found.broken.empty()) << found;
    print("control", name, found);
    return found;
  }
};

TEST_F(negative_control, producer_stopped_with_a_lock) {
  EXPECT_EQ((expect_block<frozen_producer<spinning, try_push>>("spin lock, try_push").denied), 0U);
}

TEST_F(negative_control, consumer_stopped_with_a_lock) {
  EXPECT_EQ((expect_block<frozen_consumer<spinning, try_pop>>("spin lock, try_pop").denied), 0U);
}

TEST_F(negative_control, bystander_stopped_with_a_lock) {
  EXPECT_EQ((expect_block<frozen_bystander<spinning, observe_depth>>("spin lock, depth_hint").denied), 0U);
}

TEST_F(negative_control, consumer_told_empty_because_of_a_lock) {
  EXPECT_EQ((expect_block<frozen_producer<refusing, try_push>>("tried lock, try_push").spinning), 0U);
}

TEST_F(negative_control, producer_told_full_because_of_a_lock) {
  EXPECT_EQ((expect_block<frozen_consumer<refusing, try_pop>>("tried lock, try_pop").spinning), 0U);
}

TEST_F(negative_control, consumer_told_empty_before_an_unpublished_cell) {
  EXPECT_EQ((expect_block<frozen_rival<ticketed, try_push>>("ticket ring, try_push").spinning), 0U);
}

TEST_F(negative_control, producer_told_full_before_a_cell_not_given_back) {
  EXPECT_EQ((expect_block<frozen_rival<ticketed, try_pop>>("ticket ring, try_pop").spinning), 0U);
}

}  // namespace
}  // namespace tidegate::test
