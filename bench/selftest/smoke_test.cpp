// The correctness test that guards every timing must itself catch queues that lose, double, reorder or tear.
#include "bench/spsc/smoke.hpp"

#include <gtest/gtest.h>

#include "bench/selftest/faulty_queue.hpp"

namespace tidegate::bench {
namespace {

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
