// The checks against queues that are wrong on purpose: each mistake is found, by its name.
#include "tests/linearizability/wrong_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/accusation.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/recorded_runs.hpp"
#include "tests/linearizability/recorded_traffic.hpp"
#include "tests/linearizability/recorder.hpp"
#include "tests/linearizability/rules.hpp"
#include "tests/linearizability/search.hpp"

namespace tidegate::test {
namespace {

struct expectation {
  defect mistake;
  rule broken;
  const char* name;
};

void PrintTo(const expectation& one, std::ostream* out) { *out << one.name; }

const expectation mistakes[] = {{defect::swaps_two_pops, rule::fifo_inversion, "swaps_two_pops"},
                                {defect::loses_one, rule::lost, "loses_one"},
                                {defect::delivers_twice, rule::popped_twice, "delivers_twice"},
                                {defect::invents_one, rule::never_pushed, "invents_one"},
                                {defect::says_empty, rule::false_empty, "says_empty"},
                                {defect::says_full, rule::false_full, "says_full"},
                                {defect::takes_one_too_many, rule::capacity_exceeded, "takes_one_too_many"},
                                {defect::closes_early, rule::left_when_closed, "closes_early"},
                                {defect::forgets_to_close, rule::open_when_closed, "forgets_to_close"},
                                {defect::opens_again, rule::accepted_when_closed, "opens_again"}};

class mistake : public testing::TestWithParam<expectation> {
 private:
  watchdog watchdog_;
};
class mistake_between_threads : public mistake {};

/// One thread fills and empties the queue, closes it half full, tries to push on and pops the rest.
[[nodiscard]] std::vector<timed_operation> walk(wrong_queue& queue, std::size_t laps) {
  std::vector<recorder> records;
  records.emplace_back(0, 100, 100);
  recorder& record = records.front();
  std::uint64_t next = 1;
  const auto push = [&] {
    const std::uint64_t value = next++;
    return record.push(value, [&] { return queue.try_push(value); });
  };
  const auto pop = [&] { return record.pop([&](std::uint64_t& out) { return queue.try_pop(out); }); };
  for (std::size_t lap = 0; lap < laps; ++lap) {
    for (int i = 0; i < 3; ++i) static_cast<void>(push());
    for (int i = 0; i < 3; ++i) static_cast<void>(pop());
  }
  static_cast<void>(push());
  record.close([&] { queue.close(); });
  for (int i = 0; i < 2; ++i) static_cast<void>(push());
  for (int i = 0; i < 4; ++i) static_cast<void>(pop());
  return all_of(records);
}

TEST_P(mistake, is_found_in_a_short_run_by_rules_and_search) {
  wrong_queue queue(2, GetParam().mistake, 2);
  const std::vector<timed_operation> recording = walk(queue, 2);
  const promise promised{.capacity = 2};
  const accusations found = judge(recording, promised, ending::drained);
  EXPECT_TRUE(has(found, GetParam().broken)) << to_text(recording, found);
  const std::vector<operation> history = order_by_time(recording);
  EXPECT_EQ(linearize(history, promised).found, verdict::not_linearizable) << to_text(history);
}

// Some mistakes need a chance: something inside at the close, two elements at a pop. A run may give none.
TEST_P(mistake_between_threads, is_found_by_the_rules) {
  bool found = false;
  for (int run = 0; run < 100 && !found; ++run) {
    wrong_queue queue(7, GetParam().mistake, 50);
    const std::vector<timed_operation> recording = long_run(queue, call_form::single, 4'000);
    found = has(judge(recording, {.capacity = 7}, ending::drained), GetParam().broken);
  }
  EXPECT_TRUE(found);
}

const auto name_of = [](const auto& one) { return std::string(one.param.name); };
INSTANTIATE_TEST_SUITE_P(each, mistake, testing::ValuesIn(mistakes), name_of);
INSTANTIATE_TEST_SUITE_P(each, mistake_between_threads,  // all but the last: there is no push after the close
                         testing::ValuesIn(std::begin(mistakes), std::end(mistakes) - 1), name_of);

TEST(no_mistake, is_found_in_a_correct_queue) {
  wrong_queue queue(2, defect::none);
  const std::vector<timed_operation> recording = walk(queue, 2);
  EXPECT_TRUE(keeps_the_rules(recording, {.capacity = 2}));
  EXPECT_TRUE(linearize(order_by_time(recording), {.capacity = 2}));
  wrong_queue other(7, defect::none);
  EXPECT_TRUE(keeps_the_rules(long_run(other, call_form::single, 4'000), {.capacity = 7}));
}

// A producer is stopped between claim and publication. Another one pushes, and then finds the queue empty.
TEST(mistake_of_a_sequence_ring, is_found) {
  vyukov_ring<4> ring;
  std::vector<recorder> records;
  for (std::size_t thread = 0; thread < 2; ++thread) records.emplace_back(thread, 4, 4);
  const auto nothing = [] {};
  const auto pop = [&](std::uint64_t& out) { return ring.try_pop(out); };
  pop_status meanwhile = pop_status::ok;
  const auto intrude = [&] {
    EXPECT_EQ(records[1].push(2, [&] { return ring.try_push(2, nothing); }), push_status::ok);
    meanwhile = records[1].pop(pop);
  };
  EXPECT_EQ(records[0].push(1, [&] { return ring.try_push(1, intrude); }), push_status::ok);
  EXPECT_EQ(meanwhile, pop_status::empty);
  EXPECT_EQ(records[0].pop(pop), pop_status::ok);
  EXPECT_EQ(records[0].pop(pop), pop_status::ok);
  const std::vector<timed_operation> recording = all_of(records);
  for (const auto failures : {failure_judgement::joint, failure_judgement::each_failure_alone}) {
    const promise promised{.capacity = 4, .failures = failures};
    EXPECT_TRUE(has(judge(recording, promised), rule::false_empty));
    EXPECT_EQ(linearize(order_by_time(recording), promised).found, verdict::not_linearizable);
  }
}

}  // namespace
}  // namespace tidegate::test
