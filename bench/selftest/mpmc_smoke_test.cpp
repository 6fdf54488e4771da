// What must never be published as a measurement of many threads: queues that lose, double, reorder or tear.
#include <gtest/gtest.h>

#include "bench/mpmc/looped.hpp"
#include "bench/mpmc/smoke.hpp"
#include "bench/selftest/faulty_queue.hpp"

namespace tidegate::bench::mpmc {
namespace {

/// Two producers of three elements each: 1 2 3 and 4 5 6.
std::string judged(const delivery_logs& logs, bool in_order = true) { return judge_deliveries(logs, 2, 3, in_order); }

TEST(Deliveries, EveryElementOnceAndEachProducersInOrder) {
  EXPECT_EQ(judged({{1, 4, 2}, {3, 5, 6}}), "");
  EXPECT_EQ(judged({{4, 5, 1, 2, 6, 3}, {}}), "");
  EXPECT_EQ(judged({{3, 6}, {1, 2, 4, 5}}), "");  // order between consumers cannot be seen
}

TEST(Deliveries, LostDoubledInventedAndTornElements) {
  EXPECT_EQ(judged({{1, 4, 2}, {3, 5}}), "only 5 of 6 elements arrived");
  EXPECT_EQ(judged({{1, 4, 2}, {3, 2, 6}}), "element 2 arrived twice");
  EXPECT_EQ(judged({{1, 4, 2}, {3, 7, 6}}), "an element reads as 7, which nobody sent");
  EXPECT_EQ(judged({{1, 4, 2}, {3, 0, 6}}), "an element is torn");
}

TEST(Deliveries, AProducersOrderUnlessItIsNotPromised) {
  EXPECT_EQ(judged({{1, 5, 4, 2}, {3, 6}}), "element 4 came after 5");
  EXPECT_EQ(judged({{1, 5, 4, 2}, {3, 6}}, false), "");
}

constexpr std::uint64_t short_patience_ns = 200'000'000;

template <fault Fault, template <class> class Calls = by_tries, class Message = word_message>
std::string problem_with() {
  return smoke_team<looped<faulty_queue<Message, Fault>, Message>, Message, Calls>(short_patience_ns);
}

TEST(TeamSmoke, PassesACorrectQueue) {
  EXPECT_EQ((problem_with<fault::none>()), "");
  EXPECT_EQ((problem_with<fault::none, by_bulk_tries>()), "");
  EXPECT_EQ((problem_with<fault::none, by_tries, line_message>()), "");
  EXPECT_EQ((smoke_test<looped<faulty_queue<half_message, fault::none>, half_message>, half_message>()), "");
}

TEST(TeamSmoke, CatchesALostElement) {
  EXPECT_EQ(problem_with<fault::loses>(), "only 19999 of 20000 elements arrived");
}

TEST(TeamSmoke, CatchesADoubledElement) { EXPECT_NE(problem_with<fault::doubles>(), ""); }

TEST(TeamSmoke, CatchesAWrongElement) { EXPECT_NE(problem_with<fault::invents>(), ""); }

TEST(TeamSmoke, CatchesChangedOrder) { EXPECT_NE(problem_with<fault::reorders>(), ""); }

TEST(TeamSmoke, CatchesATornElement) {
  EXPECT_EQ((problem_with<fault::tears, by_tries, line_message>()), "an element is torn");
}

TEST(TeamSmoke, CatchesFaultsOfBulkCalls) {
  EXPECT_NE((problem_with<fault::loses, by_bulk_tries>()), "");
  EXPECT_NE((problem_with<fault::doubles, by_bulk_tries>()), "");
  EXPECT_NE((problem_with<fault::reorders, by_bulk_tries>()), "");
}

}  // namespace
}  // namespace tidegate::bench::mpmc
