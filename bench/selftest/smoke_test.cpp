// The correctness test that guards every timing must itself catch queues that lose, double, reorder or tear.
#include "bench/spsc/smoke.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <mutex>

namespace tidegate::bench {
namespace {

enum class fault { none, doubles, reorders, tears, invents };

/// A correct queue under a mutex that goes wrong at its 1000th element, in one way.
template <class Message, fault Fault>
class faulty_queue {
 public:
  bool try_push(const Message& value) {
    const std::lock_guard lock(mutex_);
    if (items_.size() >= 64) return false;
    items_.push_back(value);
    if (++pushed_ != 1000) return true;
    if (Fault == fault::doubles) items_.push_back(value);
    if (Fault == fault::invents) items_.back() = message_traits<Message>::make(7);
    if constexpr (std::is_same_v<Message, line_message>) {
      if (Fault == fault::tears) items_.back().words[5] = 0;
    }
    return true;
  }
  bool try_pop(Message& out) {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return false;
    const bool swap = Fault == fault::reorders && pushed_ >= 1000 && items_.size() >= 2;
    if (swap) std::swap(items_[0], items_[1]);
    out = items_.front();
    items_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::deque<Message> items_;
  std::uint64_t pushed_ = 0;
};

template <class Message, fault Fault>
std::string problem_with() {
  return smoke_test<faulty_queue<Message, Fault>, Message, 64>();
}

TEST(Smoke, PassesACorrectQueue) {
  EXPECT_EQ((problem_with<word_message, fault::none>()), "");
  EXPECT_EQ((problem_with<line_message, fault::none>()), "");
}

TEST(Smoke, CatchesADoubledElement) { EXPECT_NE((problem_with<word_message, fault::doubles>()), ""); }

TEST(Smoke, CatchesAWrongElement) { EXPECT_NE((problem_with<word_message, fault::invents>()), ""); }

TEST(Smoke, CatchesChangedOrder) { EXPECT_NE((problem_with<word_message, fault::reorders>()), ""); }

TEST(Smoke, CatchesATornElement) { EXPECT_NE((problem_with<line_message, fault::tears>()), ""); }

TEST(Smoke, CountsWhatArrived) {
  order_checker<word_message> checker;
  checker.take(1);
  checker.take(2);
  EXPECT_EQ(checker.problem_after(2), "");
  EXPECT_EQ(checker.problem_after(3), "only 2 of 3 elements arrived");
  checker.take(4);
  EXPECT_EQ(checker.problem_after(3), "element 3 reads as 4");
}

}  // namespace
}  // namespace tidegate::bench
