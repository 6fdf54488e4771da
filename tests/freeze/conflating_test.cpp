// A producer or a consumer of conflating_queue, stopped at any instruction of a try call, leaves the other one its full
// rights; so does whoever closes.
#include "tidegate/queue/conflating_queue.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/freeze/freeze_test.hpp"
#include "tests/freeze/mark.hpp"
#include "tests/freeze/numbered.hpp"
#include "tests/freeze/scenario.hpp"

namespace tidegate::test {
namespace {

enum class frozen_key_call : std::uint8_t { push_new, push_same, pop, close };

/// Two of three keys are inside. Values are 100 * key and what was pushed meanwhile.
class frozen_conflating final : public scenario {
 public:
  explicit frozen_conflating(frozen_key_call call) : call_(call) {}

  void prepare() override {
    queue_.emplace(conflating_config{.capacity = 3});
    for (const unsigned key : {1U, 2U}) static_cast<void>(queue_->try_push(key, 100 * key));
    key_ = value_ = 0;
    popped_ = {};
    count_ = 0;
  }

  void operate() override {
    auto& queue = *queue_;
    switch (call_) {
      case frozen_key_call::push_new: return between_marks([&]() noexcept { pushed_ = queue.try_push(3, 300); });
      case frozen_key_call::push_same: return between_marks([&]() noexcept { pushed_ = queue.try_push(2, 250); });
      case frozen_key_call::pop: return between_marks([&]() noexcept { got_ = queue.try_pop(key_, value_); });
      case frozen_key_call::close: return between_marks([&]() noexcept { queue.close(); });
    }
  }

  /// The other side's calls, all of them with true answers.
  std::string work() override {
    if (call_ == frozen_key_call::pop || call_ == frozen_key_call::close) {
      for (unsigned i = 0; i < calls_while_stopped; ++i) {
        const push_status status = queue_->try_push(2, 201 + i);
        if (status == push_status::closed && call_ == frozen_key_call::close) break;
        if (status != push_status::evicted) return text("key 2 is inside, and a push answered ", to_string(status));
        newest_ = 201 + i;
      }
      if (call_ == frozen_key_call::pop) return {};
    }
    unsigned key = 0;
    unsigned value = 0;
    for (std::size_t i = 0; i < calls_while_stopped; ++i) {
      const pop_status status = queue_->try_pop(key, value);
      if (status == pop_status::ok && count_ < 3) popped_[count_++] = value;
      if (status != pop_status::ok && count_ < 2) return text(to_string(status), " with ", 2 - count_, " inside");
      if (count_ > 3) return "more came out than went in";
    }
    return {};
  }

  std::string conclude() override {
    const bool pops = call_ == frozen_key_call::pop;
    if (pops && (got_ != pop_status::ok || key_ != 1 || value_ != 100)) return text("took ", value_);
    if (pops) popped_[count_++] = value_;
    unsigned key = 0;
    for (unsigned value = 0; count_ < 4 && queue_->try_pop(key, value) == pop_status::ok;) popped_[count_++] = value;
    if (popped_[0] != 100) return text("first came ", popped_[0]);
    const std::size_t accepted_new = call_ == frozen_key_call::push_new && pushed_ == push_status::ok ? 1 : 0;
    const bool late = call_ == frozen_key_call::push_same && pushed_ == push_status::ok;  // 2 had left: it came again
    if (count_ != 2 + accepted_new + (late ? 1 : 0)) return text(count_, " came out");
    if (accepted_new == 1 && popped_[2] != 300) return text("last came ", popped_[2]);
    if (call_ == frozen_key_call::push_same && popped_[late ? 2 : 1] != 250) return "the newest value is lost";
    if (pops && popped_[1] != newest_) return text("key 2 came with ", popped_[1]);
    const queue_stats stats = queue_->stats();
    return stats.pushed == stats.popped + stats.evicted ? "" : "a value is unaccounted for";
  }

 private:
  frozen_key_call call_;
  std::optional<conflating_queue<unsigned, unsigned>> queue_;
  push_status pushed_{};
  pop_status got_{};
  unsigned key_ = 0;
  unsigned value_ = 0;
  unsigned newest_ = 200;
  std::array<unsigned, 4> popped_{};
  std::size_t count_ = 0;
};

class conflating_freeze : public freeze_test {
 protected:
  static void expect_no_block(const char* name, frozen_key_call call, std::size_t least_points) {
    frozen_conflating played(call);
    const census found = freeze_everywhere(played, long_enough);
    ASSERT_EQ(found.blocked(), 0U) << found;
    ASSERT_TRUE(found.broken.empty()) << found;
    EXPECT_GE(found.points, least_points);
    print("conflating", name, found);
  }
};

TEST_F(conflating_freeze, push_of_a_new_key) { expect_no_block("push_new", frozen_key_call::push_new, 12); }
TEST_F(conflating_freeze, push_of_the_same_key) { expect_no_block("push_same", frozen_key_call::push_same, 12); }
TEST_F(conflating_freeze, try_pop) { expect_no_block("try_pop", frozen_key_call::pop, 8); }
TEST_F(conflating_freeze, close) { expect_no_block("close", frozen_key_call::close, 6); }

}  // namespace
}  // namespace tidegate::test
