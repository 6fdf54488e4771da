// A producer of a lane_queue, its consumer, or whoever closes it, stopped at any instruction of a call, leaves all
// others their full rights, in every lane.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/numbered.hpp"
#include "tests/freeze/scenario.hpp"
#include "tidegate/queue/lane_queue.hpp"

namespace tidegate::test {
namespace {

enum class frozen_lane_call : std::uint8_t { push, pop, close };

/// Two lanes of three places, with one element each: 10 and 20.
class frozen_lanes final : public scenario {
 public:
  explicit frozen_lanes(frozen_lane_call call) : call_(call) {}

  void prepare() override {
    queue_.emplace(lane_queue_config<2>{.lanes = {{{.capacity = 3}, {.capacity = 3}}},
                                        .all = {.rows = {.producers = 2, .consumers = 1}}});
    for (const std::size_t lane : {0U, 1U}) static_cast<void>(queue_->try_push(lane, 10 * (lane + 1)));
    accepted_ = {1, 1};
    delivered_ = {};
  }

  void operate() override {
    auto& queue = *queue_;
    switch (call_) {
      case frozen_lane_call::push: return between_marks([&]() noexcept { pushed_ = queue.try_push(0, 11); });
      case frozen_lane_call::pop: return between_marks([&]() noexcept { popped_ = queue.try_pop(got_); });
      case frozen_lane_call::close: return between_marks([&]() noexcept { queue.close(); });
    }
  }

  std::string work() override {
    switch (call_) {
      case frozen_lane_call::push: return pop_and_push();
      case frozen_lane_call::pop: return fill();
      case frozen_lane_call::close: return work_to_the_end();
    }
    return "no such call";
  }

  std::string conclude() override {
    if (call_ == frozen_lane_call::push) {
      if (pushed_ != push_status::ok) return text("there was room, and the push answered ", to_string(pushed_));
      ++accepted_[0];
    }
    if (call_ == frozen_lane_call::pop) {
      if (popped_ != pop_status::ok) return text("two were inside, and the pop answered ", to_string(popped_));
      ++delivered_[got_ / 10 - 1];
    }
    while (pop() == pop_status::ok) {
    }
    const auto last = pop();
    const auto end = call_ == frozen_lane_call::close ? pop_status::closed : pop_status::empty;
    if (last != end) return text("at last a pop answered ", to_string(last));
    return accepted_ == delivered_ ? "" : text(delivered_[0], " and ", delivered_[1], " came out");
  }

 private:
  pop_status pop() {
    std::size_t out = 0;
    const pop_status status = queue_->try_pop(out);
    if (status == pop_status::ok) ++delivered_[out / 10 - 1];
    return status;
  }
  push_status push(std::size_t lane) {
    const push_status status = queue_->try_push(lane, 10 * (lane + 1));
    if (status == push_status::ok) ++accepted_[lane];
    return status;
  }

  /// Beside a producer that is stopped in lane 0: both lanes go on.
  std::string pop_and_push() {
    for (int i = 0; i < 2; ++i) {
      if (pop() != pop_status::ok) return text("the consumer misses what was inside, number ", i);
    }
    static_cast<void>(pop());  // the stopped one's, perhaps
    for (std::size_t i = 0; i < calls_while_stopped; ++i) {
      const std::size_t lane = i % 2;
      if (const push_status status = push(lane); status != push_status::ok) {
        return text("lane ", lane, " has room, and a push answered ", to_string(status));
      }
      if (const pop_status status = pop(); status != pop_status::ok) return text("a pop answered ", to_string(status));
    }
    return {};
  }
  /// Beside a consumer that is stopped: each lane takes what it has room for.
  std::string fill() {
    for (const std::size_t lane : {0U, 1U}) {
      std::size_t taken = 0;
      while (taken < 9 && push(lane) == push_status::ok) ++taken;
      if (taken != 2 && !(lane == 0 && taken == 3)) return text("lane ", lane, " took ", taken);
    }
    return {};
  }
  /// Beside somebody who closes and is stopped: the end has come for all, or for nobody.
  std::string work_to_the_end() {
    const bool closed = push(0) == push_status::closed;
    if (closed && push(1) != push_status::closed) return "closed in lane 0, and not in lane 1";
    int taken = 0;
    pop_status status = pop_status::ok;
    while ((status = pop()) == pop_status::ok) ++taken;
    if (taken != (closed ? 2 : 3)) return text(taken, " came out");
    if (closed && status != pop_status::closed) return text("the end, and a pop answered ", to_string(status));
    return {};
  }

  frozen_lane_call call_;
  std::optional<lane_queue<std::size_t, 2>> queue_;
  push_status pushed_{};
  pop_status popped_{};
  std::size_t got_ = 0;
  std::array<std::size_t, 2> accepted_{};
  std::array<std::size_t, 2> delivered_{};
};

class lanes_freeze : public freeze_test {
 protected:
  static void expect_no_block(const char* name, frozen_lane_call call, std::size_t least_points) {
    frozen_lanes played(call);
    const census found = freeze_everywhere(played, long_enough);
    ASSERT_EQ(found.blocked(), 0U) << found;
    ASSERT_TRUE(found.broken.empty()) << found;
    EXPECT_GE(found.points, least_points);
    print("lanes", name, found);
  }
};

TEST_F(lanes_freeze, try_push) { expect_no_block("try_push", frozen_lane_call::push, 20); }
TEST_F(lanes_freeze, try_pop) { expect_no_block("try_pop", frozen_lane_call::pop, 20); }
TEST_F(lanes_freeze, close) { expect_no_block("close", frozen_lane_call::close, 10); }

}  // namespace
}  // namespace tidegate::test
