// What real threads record of the byte rings: records come out whole, in the order of their claims, and every answer is
// true.
#include "tidegate/ring/byte_ring.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/byte_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/preempted_sync.hpp"
#include "tests/linearizability/record_runs.hpp"
#include "tests/linearizability/recorded_runs.hpp"
#include "tests/linearizability/search.hpp"
#include "tests/linearizability/wrong_record_ring.hpp"
#include "tidegate/ring/mpsc_byte_ring.hpp"

namespace tidegate::test {
namespace {

template <producer_count Producers, class Sync>
struct recorded_byte_kind {
  using ring = basic_byte_ring<Producers, byte_options{}, Sync>;
  static constexpr bool many = Producers == producer_count::many;
};

/// What a test wants to have seen, so that it has tested something.
struct seen_answers {
  std::size_t full = 0, empty = 0, closed = 0, abandoned = 0;
};

template <class Kind>
class recorded_records : public watched {
 protected:
  static void record(std::size_t producers, bool third_closes, seen_answers& seen) {
    for (std::size_t round = 0; 10 * round < stress_factor(); ++round) {
      for (const std::size_t words : {5U, 8U, 9U, 13U}) {
        using ring = typename Kind::ring;
        record_runs<ring, Kind::many> runs(40, producers, third_closes,
                                           [words] { return std::make_unique<ring>(8 * words); });
        runs.record(producers == 1 ? 7 : 4, 1000 * round + 10 * words);
        const std::string why = runs.check({.capacity = words, .claims_are_seen = Kind::many});
        ASSERT_TRUE(why.empty()) << words << " words\n" << why;
        seen.full += runs.count(operation_kind::push, answer::refused);
        seen.empty += runs.count(operation_kind::pop, answer::refused);
        seen.closed += runs.count(operation_kind::push, answer::closed);
        seen.abandoned += runs.count(operation_kind::abandon, answer::ok);
      }
    }
  }

  static void run_long(std::size_t producers) {
    for (const std::size_t records : {2U, 3U, 17U}) {
      typename Kind::ring ring(16 * records);
      const auto recording = long_record_run<Kind::many>(ring, producers, 300 * stress_factor());
      const promise promised{.capacity = records, .failures = failure_judgement::each_failure_alone};
      ASSERT_TRUE(keeps_the_rules(recording, promised)) << records << " records";
    }
  }
};

using recorded_byte_kinds = testing::Types<
    recorded_byte_kind<producer_count::one, native_sync>, recorded_byte_kind<producer_count::one, preempted_sync>,
    recorded_byte_kind<producer_count::many, native_sync>, recorded_byte_kind<producer_count::many, preempted_sync>>;
TYPED_TEST_SUITE(recorded_records, recorded_byte_kinds);

TYPED_TEST(recorded_records, of_one_producer_are_linearizable) {
  seen_answers seen;
  this->record(1, false, seen);
  EXPECT_GT(seen.full, 0U) << "nothing was ever full: little was tested";
  EXPECT_GT(seen.empty, 0U) << "nothing was ever empty: little was tested";
}

TYPED_TEST(recorded_records, keep_the_rules_in_a_long_run) { this->run_long(1); }

template <class Kind>
class recorded_shared_records : public recorded_records<Kind> {};
using recorded_shared_kinds = testing::Types<recorded_byte_kind<producer_count::many, native_sync>,
                                             recorded_byte_kind<producer_count::many, preempted_sync>>;
TYPED_TEST_SUITE(recorded_shared_records, recorded_shared_kinds);

TYPED_TEST(recorded_shared_records, of_several_producers_are_linearizable) {
  seen_answers seen;
  this->record(2, false, seen);
  this->record(3, false, seen);
  EXPECT_GT(seen.full, 0U) << "nothing was ever full: little was tested";
  EXPECT_GT(seen.empty, 0U) << "nothing was ever empty: little was tested";
  EXPECT_GT(seen.abandoned, 0U) << "nothing was ever abandoned: little was tested";
}

// With one producer such a close promises less.
TYPED_TEST(recorded_shared_records, are_linearizable_when_another_thread_closes) {
  seen_answers seen;
  this->record(1, true, seen);
  this->record(2, true, seen);
  EXPECT_GT(seen.closed, 0U) << "nobody was ever told: little was tested";
}

TYPED_TEST(recorded_shared_records, of_several_producers_keep_the_rules_in_a_long_run) { this->run_long(3); }

// The padding in front of an open claim is taken by the next record; then there is no room, and `full` is right.
TEST(records_one_by_one, may_take_the_padding_of_an_open_claim) {
  using enum push_status;
  std::vector<operation> history = {operation::push(0, 10'404, ok),
                                    operation::push(0, 20'404, ok),  // claims of four words, of nine
                                    operation::pop(1, pop_status::ok, 10'404),
                                    operation::push(0, 30'303, ok),  // begins at the start: one is padding
                                    operation::pop(1, pop_status::ok, 20'404),
                                    operation::pop(1, pop_status::cancelled),
                                    operation::push(0, 40'606, ok),
                                    operation::push(0, 50'202, full)};
  const auto publish = [&](std::size_t behind, std::uint64_t value) {
    operation published = operation::push(0, value, ok);
    published.kind = operation_kind::publish;
    history.insert(history.begin() + static_cast<std::ptrdiff_t>(behind), published);
  };
  publish(2, 20'404);
  publish(1, 10'404);
  for (std::size_t i = 0; i < history.size(); ++i) history[i].predecessors = mask_of(i) - 1;
  const byte_promise promised{.capacity = 9, .claims_are_seen = true};
  const linearization found = linearizer<byte_fifo>().check(history, promised);
  EXPECT_TRUE(found) << explain<byte_fifo>(history, promised, found);
  history.back() = operation::push(0, 50'202, ok);
  history.back().predecessors = mask_of(history.size() - 1) - 1;
  EXPECT_FALSE(linearizer<byte_fifo>().check(history, promised));
}

struct wrong_ring_name {
  ring_defect mistake;
  const char* name;
};
void PrintTo(const wrong_ring_name& one, std::ostream* out) { *out << one.name; }

const wrong_ring_name ring_mistakes[] = {{ring_defect::swaps_two, "swaps_two"},
                                         {ring_defect::loses_one, "loses_one"},
                                         {ring_defect::tears_one, "tears_one"},
                                         {ring_defect::cuts_one_short, "cuts_one_short"},
                                         {ring_defect::says_empty, "says_empty"},
                                         {ring_defect::says_full, "says_full"},
                                         {ring_defect::forgets_the_padding, "forgets_the_padding"},
                                         {ring_defect::passes_a_claim, "passes_a_claim"},
                                         {ring_defect::delivers_what_was_abandoned, "delivers_what_was_abandoned"},
                                         {ring_defect::keeps_what_was_abandoned, "keeps_what_was_abandoned"},
                                         {ring_defect::closes_early, "closes_early"},
                                         {ring_defect::opens_again, "opens_again"}};

/// Why the runs of a ring with that mistake are none of a byte ring; empty: they are.
[[nodiscard]] std::string accusation_of(ring_defect mistake, std::size_t round) {
  constexpr std::size_t words = 9;
  record_runs<wrong_record_ring, true> runs(40, 2, round % 2 == 1,
                                            [&] { return std::make_unique<wrong_record_ring>(words, mistake, 3); });
  runs.record(5, 100 * round);
  return runs.check({.capacity = words, .claims_are_seen = true});
}

class record_mistake : public testing::TestWithParam<wrong_ring_name> {
 private:
  watchdog watchdog_;
};

// Most mistakes need a chance, and a run may give none.
TEST_P(record_mistake, is_found) {
  bool found = false;
  for (std::size_t round = 0; round < 100 && !found; ++round) found = !accusation_of(GetParam().mistake, round).empty();
  EXPECT_TRUE(found);
}

INSTANTIATE_TEST_SUITE_P(each, record_mistake, testing::ValuesIn(ring_mistakes),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(no_record_mistake, is_found_in_a_correct_ring) {
  for (std::size_t round = 0; round < 10; ++round) {
    const std::string why = accusation_of(ring_defect::none, round);
    EXPECT_TRUE(why.empty()) << why;
  }
}

}  // namespace
}  // namespace tidegate::test
