// What ticketed_ring says of itself in its first line: a thread stopped in mid-push or mid-pop stops the others. Here
// that is expected; a ring that did not would be a better one, or would be stopped in the wrong place.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/frozen_bystander.hpp"
#include "tests/freeze/frozen_rival.hpp"
#include "tests/freeze/operations.hpp"
#include "tidegate/ring/ticketed_ring.hpp"

namespace tidegate::test {
namespace {

struct ring_ticketed {
  using element = std::uint64_t;
  using queue = ticketed_ring<element>;
  [[nodiscard]] static std::unique_ptr<queue> make(std::size_t capacity) { return std::make_unique<queue>(capacity); }
};

class ticketed_freeze : public freeze_test {
 protected:
  /// Half full.
  template <class Frozen>
  static census freeze(const char* operation) {
    Frozen played(queue_state{.name = "half full", .capacity = 14, .popped = 3, .depth = 7});
    const census found = freeze_everywhere(played, soon_enough);
    print("ring_ticketed", operation, found);
    EXPECT_TRUE(found.broken.empty()) << "in the end, when the thread has gone on, all is right: " << found;
    EXPECT_EQ(found.spinning, 0U) << "no call waits: " << found;
    return found;
  }

  /// Between the claim and the publish others are told what is not so; before and after they are not.
  static void expect_some_denied(const census& found) {
    EXPECT_GT(found.denied, 0U) << found;
    EXPECT_LT(found.denied, found.points) << found;
  }
};

TEST_F(ticketed_freeze, try_push_denies_others_their_elements) {
  expect_some_denied(freeze<frozen_rival<ring_ticketed, try_push>>("try_push"));
}

TEST_F(ticketed_freeze, try_pop_denies_others_their_room) {
  expect_some_denied(freeze<frozen_rival<ring_ticketed, try_pop>>("try_pop"));
}

TEST_F(ticketed_freeze, try_consume_denies_others_their_room) {
  expect_some_denied(freeze<frozen_rival<ring_ticketed, try_consume>>("try_consume"));
}

TEST_F(ticketed_freeze, close_denies_nothing) {
  EXPECT_EQ((freeze<frozen_bystander<ring_ticketed, close_queue>>("close").denied), 0U);
}

TEST_F(ticketed_freeze, depth_hint_denies_nothing) {
  EXPECT_EQ((freeze<frozen_bystander<ring_ticketed, observe_depth>>("depth_hint").denied), 0U);
}

}  // namespace
}  // namespace tidegate::test
