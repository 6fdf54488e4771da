// The regimes of a full, an idle and an empty queue on a queue that is known, and what they make of one that is wrong;
// and which cells a run is about, and how long.
#include <gtest/gtest.h>

#include "bench/harness/budget.hpp"
#include "bench/harness/choice.hpp"
#include "bench/harness/idle.hpp"
#include "bench/harness/memory_use.hpp"
#include "bench/harness/saturation.hpp"
#include "bench/harness/wait_policy.hpp"
#include "bench/peers/mutex_ring.hpp"
#include "bench/selftest/faulty_queue.hpp"

namespace tidegate::bench {
namespace {

using ring = mutex_ring<word_message, 1024>;

work for_microseconds(std::uint64_t count) {
  const std::vector<int> cpus = allowed_cpus();
  return {{cpus.front(), cpus.back()}, count, cpus};
}

double extra(const measurement& of, std::string_view name) {
  for (const named_value& one : of.extras) {
    if (one.name == name) return one.value;
  }
  ADD_FAILURE() << "no figure " << name;
  return -1;
}

void expect_plausible(const measurement& found) {
  EXPECT_GT(found.value, 0);
  EXPECT_LE(found.value, 110);  // per cent of the pace, which nobody exceeds for long
  EXPECT_GE(extra(found, "blocked %"), 0);
  EXPECT_LE(extra(found, "blocked %"), 105);
  EXPECT_LE(extra(found, "least/most"), 1);
  EXPECT_GE(extra(found, "back after us"), 0);
}

TEST(Saturation, EndsWithEveryElementAndPlausibleFigures) {
  for (const unsigned producers : {1U, 4U}) {
    expect_plausible(measure_saturation<ring, by_trying<pauses_and_yield>>(for_microseconds(8000), producers));
    expect_plausible(measure_saturation<ring, by_blocking_calls>(for_microseconds(8000), producers));
  }
}

TEST(Saturation, CatchesAWrongElement) {
  using queue = faulty_queue<word_message, fault::invents, 50>;
  using calls = by_trying<pauses_and_yield>;
  EXPECT_THROW((measure_saturation<queue, calls>(for_microseconds(20'000), 1)), wrong_result);
}

/// A queue whose consumer burns its processor while it waits.
class spinning_ring : public ring {
 public:
  void pop(word_message& out) {
    while (!try_pop(out)) native_sync::pause();
  }
};

TEST(Idle, WhoSleepsTakesNothingAndWhoSpinsTakesWhatThereIs) {
  const double asleep = measure_idle<ring>(for_microseconds(20'000), 2).value;
  const double spinning = measure_idle<spinning_ring>(for_microseconds(20'000), 1).value;
  EXPECT_GE(asleep, least_idle_percent);
  EXPECT_GT(spinning, asleep);
}

TEST(Memory, OfAQueueThatIsOneObject) {
  const measurement found = measure_memory<ring, word_message, 1024>({});
  EXPECT_GE(found.value * 1024, sizeof(ring));
  EXPECT_LT(found.value * 1024, sizeof(ring) + 256);
  EXPECT_DOUBLE_EQ(extra(found, "holds"), 1024);
  EXPECT_DOUBLE_EQ(extra(found, "empty KiB"), extra(found, "full KiB"));
}

measurement nothing(const work&) { return {}; }

std::vector<cell> three_cells() {
  std::vector<cell> cells(3);
  cells[0].info.id = "a/1";
  cells[0].info.regime = "a";
  cells[0].info.headline = true;
  cells[1].info.id = "a/2";
  cells[1].info.regime = "a";
  cells[2].info.id = "b/1";
  cells[2].info.regime = "b";
  for (cell& one : cells) {
    one.entries = {{{.name = "x::queue"}, &nothing},
                   {{.name = "y::queue"}, &nothing},
                   {{.name = "limit: nothing", .plays = role::limit}, &nothing}};
  }
  return cells;
}

std::vector<std::string> ids(const std::vector<cell>& cells) {
  std::vector<std::string> found;
  for (const cell& one : cells) found.push_back(one.info.id);
  return found;
}

TEST(Choice, OfCells) {
  EXPECT_EQ(ids(chosen(three_cells(), {})), (std::vector<std::string>{"a/1", "a/2", "b/1"}));
  EXPECT_EQ(ids(chosen(three_cells(), {.regimes = {"a"}})), (std::vector<std::string>{"a/1", "a/2"}));
  EXPECT_EQ(ids(chosen(three_cells(), {.cells = {"b/1"}})), (std::vector<std::string>{"b/1"}));
  EXPECT_EQ(ids(chosen(three_cells(), {.headlines = true})), (std::vector<std::string>{"a/1"}));
}

TEST(Choice, OfEntrantsKeepsTheLimitsAndNoCellWithoutAQueue) {
  const std::vector<cell> x = chosen(three_cells(), {.queues = {"x::"}});
  ASSERT_EQ(x.size(), 3U);
  ASSERT_EQ(x[0].entries.size(), 2U);
  EXPECT_EQ(x[0].entries[1].who.name, "limit: nothing");
  const std::vector<cell> some = chosen(three_cells(), {.without = {"a/1: x::queue", "*: y::queue"}});
  EXPECT_EQ(ids(some), (std::vector<std::string>{"a/2", "b/1"}));
  EXPECT_EQ(some[0].entries.size(), 2U);
}

TEST(Budget, SamplesFillWhatIsLeft) {
  const std::vector<cell> cells = three_cells();
  const double overhead_s = 9 * (overhead_of_entrant_s + 5 * overhead_of_sample_s);
  EXPECT_NEAR(sample_length_s(cells, 0, 5, overhead_s + 9 * 5.6 * 0.1), 0.1, 1e-9);
  EXPECT_DOUBLE_EQ(sample_length_s(cells, 0, 5, 0), shortest_sample_s);
  EXPECT_DOUBLE_EQ(sample_length_s(cells, 0, 5, 1e6), longest_sample_s);
  cell_info watching;
  watching.cost = 2;
  watching.count_per_s = 1'000'000;
  EXPECT_DOUBLE_EQ(samples_of(watching, 5), 10);  // nothing to calibrate
}

}  // namespace
}  // namespace tidegate::bench
