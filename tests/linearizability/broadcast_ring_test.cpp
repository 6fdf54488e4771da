// What real threads record of the broadcast rings: all readers see one order, nothing is torn, every loss is counted.
#include "tidegate/ring/broadcast_ring.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/broadcast_account.hpp"
#include "tests/linearizability/broadcast_runs.hpp"
#include "tests/linearizability/preempted_sync.hpp"

namespace tidegate::test {
namespace {

template <broadcast_mode Mode, publisher_count Publishers, class Sync>
struct recorded_broadcast_kind {
  static constexpr broadcast_mode mode = Mode;
  static constexpr std::size_t publishers = Publishers == publisher_count::one ? 1 : 3;
  using run = broadcast_run<broadcast_options{.mode = Mode, .publishers = Publishers}, Sync>;
};

constexpr reader_options stays{};
constexpr reader_options may_be_lapped{.slow = slow_reader::lap};
constexpr reader_options may_be_evicted{.slow = slow_reader::evict};

/// How many answers of that kind there are.
[[nodiscard]] std::size_t count_of(const broadcast_recording& recording, pop_status status) {
  std::size_t count = 0;
  for (const read_record& reader : recording.readers)
    count += static_cast<std::size_t>(std::ranges::count(reader.reads, status, &timed_read::status));
  return count;
}
[[nodiscard]] std::size_t count_of(const broadcast_recording& recording, push_status status) {
  return static_cast<std::size_t>(std::ranges::count(recording.pushes, status, &timed_push::status));
}

template <class Kind>
class recorded_broadcast : public watched {
 protected:
  std::size_t ok = 0, lapped = 0, empty = 0, full = 0, visits = 0;

  void run(const std::vector<reader_options>& stay, std::size_t visitors) {
    for (unsigned round = 0; 10 * round < stress_factor(); ++round) {
      for (const std::size_t capacity : {1U, 2U, 5U, 16U}) {
        typename Kind::run run({.capacity = capacity,
                                .publishers = Kind::publishers,
                                .each = 240 / Kind::publishers,
                                .stay = stay,
                                .visitors = visitors});
        const broadcast_recording recording = run.record(100 * round);
        const auto found = judge(recording, {.capacity = capacity, .mode = Kind::mode});
        ASSERT_TRUE(found.empty()) << "capacity " << capacity << "\n" << to_text(recording, found);
        ok += count_of(recording, pop_status::ok);
        lapped += count_of(recording, pop_status::lapped);
        empty += count_of(recording, pop_status::empty);
        full += count_of(recording, push_status::full);
        visits += recording.readers.size() - stay.size();
      }
    }
    EXPECT_GT(ok, 0U) << "nothing was ever read: nothing was tested";
  }
};

template <class Kind>
class recorded_lap : public recorded_broadcast<Kind> {};
template <class Kind>
class recorded_gate : public recorded_broadcast<Kind> {};

constexpr auto single = publisher_count::one;
constexpr auto several = publisher_count::many;
constexpr auto lap = broadcast_mode::lap;
constexpr auto gate = broadcast_mode::gate;
using lap_kinds = testing::Types<
    recorded_broadcast_kind<lap, single, native_sync>, recorded_broadcast_kind<lap, single, preempted_sync>,
    recorded_broadcast_kind<lap, several, native_sync>, recorded_broadcast_kind<lap, several, preempted_sync>>;
using gate_kinds = testing::Types<
    recorded_broadcast_kind<gate, single, native_sync>, recorded_broadcast_kind<gate, single, preempted_sync>,
    recorded_broadcast_kind<gate, several, native_sync>, recorded_broadcast_kind<gate, several, preempted_sync>>;
TYPED_TEST_SUITE(recorded_lap, lap_kinds);
TYPED_TEST_SUITE(recorded_gate, gate_kinds);

TYPED_TEST(recorded_lap, counts_every_loss_and_tears_nothing) {
  this->run({stays, stays}, 0);
  EXPECT_GT(this->lapped, 0U) << "nothing was ever lost: little was tested";
}
TYPED_TEST(recorded_lap, is_joined_and_left_while_it_runs) {
  this->run({stays}, 2);
  EXPECT_GT(this->visits, 0U) << "nobody ever joined: little was tested";
}

TYPED_TEST(recorded_gate, loses_nothing) {
  this->run({stays, stays}, 0);
  EXPECT_GT(this->full, 0U) << "it was never full: little was tested";
  EXPECT_EQ(this->lapped, 0U);
}
TYPED_TEST(recorded_gate, is_joined_and_left_while_it_runs) {
  this->run({stays}, 2);
  EXPECT_GT(this->visits, 0U) << "nobody ever joined: little was tested";
}
TYPED_TEST(recorded_gate, counts_what_slow_readers_lose) {
  this->run({stays, may_be_lapped, may_be_lapped, may_be_evicted}, 0);
  EXPECT_GT(this->lapped, 0U) << "nothing was ever lost: little was tested";
}

/// A recording made by hand: two readers of one publisher, a ring of two places; time is counted by steps.
class made_recording {
 public:
  explicit made_recording(std::size_t capacity = 2) : capacity_(capacity) { made_.readers.resize(2); }

  made_recording& push(std::uint64_t value, push_status status = push_status::ok) {
    const std::uint64_t invoked = ++now_;
    made_.pushes.push_back({value, status, invoked, ++now_});
    return *this;
  }
  made_recording& read(std::size_t reader, pop_status status, std::uint64_t value = 0, std::uint64_t lost = 0) {
    const std::uint64_t invoked = ++now_;
    made_.readers[reader].reads.push_back({status, value, lost, invoked, ++now_});
    return *this;
  }
  made_recording& close() {
    made_.close_invoked = ++now_;
    made_.close_returned = ++now_;
    return *this;
  }
  made_recording& choose(std::size_t reader, slow_reader slow) {
    made_.readers[reader].asked.slow = slow;
    return *this;
  }
  made_recording& leave(std::size_t reader) {
    made_.readers[reader].left_returned = ++now_;
    return *this;
  }

  [[nodiscard]] std::vector<broadcast_accusation> judged(broadcast_mode mode) const {
    return judge(made_, {.capacity = capacity_, .mode = mode});
  }
  [[nodiscard]] std::string text(broadcast_mode mode) const { return to_text(made_, judged(mode)); }

 private:
  std::size_t capacity_;
  std::uint64_t now_ = 0;
  broadcast_recording made_;
};

struct made_case {
  const char* name;
  broadcast_mode mode;
  broadcast_fault fault;
  made_recording made;
};
void PrintTo(const made_case& one, std::ostream* out) { *out << one.name; }

constexpr auto ok = pop_status::ok;
constexpr auto lapped = pop_status::lapped;

/// Each as a correct ring would have answered, but for one thing.
const made_case wrong_recordings[] = {
    {"torn", lap, broadcast_fault::torn, made_recording().push(1).read(0, ok, 0)},
    {"read_before_push", lap, broadcast_fault::read_before_push, made_recording().read(0, ok, 1).push(1)},
    {"lost_silently", gate, broadcast_fault::misplaced, made_recording().push(1).push(2).read(0, ok, 2)},
    {"read_twice", gate, broadcast_fault::misplaced, made_recording().push(1).read(0, ok, 1).read(0, ok, 1)},
    {"counted_one_too_few", lap, broadcast_fault::misplaced,
     made_recording().push(1).push(2).push(3).push(4).push(5).read(0, lapped, 0, 2).read(0, ok, 4)},
    {"counted_one_too_many", lap, broadcast_fault::misplaced,
     made_recording().push(1).push(2).push(3).push(4).push(5).read(0, lapped, 0, 4).read(0, ok, 4)},
    {"false_empty", lap, broadcast_fault::false_empty, made_recording().push(1).read(0, pop_status::empty)},
    {"false_full", gate, broadcast_fault::false_full, made_recording().push(1).push(2, push_status::full)},
    {"full_of_nobody", gate, broadcast_fault::false_full,
     made_recording().leave(0).leave(1).push(1).push(2).push(3, push_status::full)},
    {"full_in_lap_mode", lap, broadcast_fault::false_full, made_recording().push(1).push(2).push(3, push_status::full)},
    {"overrun", gate, broadcast_fault::overrun, made_recording().push(1).push(2).push(3).read(0, ok, 1).read(1, ok, 1)},
    {"lost_too_early", lap, broadcast_fault::lost_too_early, made_recording().push(1).push(2).read(0, lapped, 0, 1)},
    {"lost_what_is_to_come", lap, broadcast_fault::lost_too_early,
     made_recording().push(1).push(2).push(3).read(0, lapped, 0, 4)},
    {"lost_nothing", lap, broadcast_fault::lost_nothing,
     made_recording().push(1).push(2).push(3).read(0, lapped, 0, 0)},
    {"lapped_against_its_will", gate, broadcast_fault::lost_against_its_will,
     made_recording().push(1).push(2).push(3).read(0, lapped, 0, 1)},
    {"evicted_against_its_will", gate, broadcast_fault::lost_against_its_will,
     made_recording().choose(0, slow_reader::lap).push(1).push(2).push(3).read(0, pop_status::evicted)},
    {"closed_before_close", lap, broadcast_fault::closed_before_close, made_recording().read(0, pop_status::closed)},
    {"push_closed_before_close", lap, broadcast_fault::closed_before_close,
     made_recording().push(1, push_status::closed)},
    {"accepted_when_closed", lap, broadcast_fault::accepted_when_closed, made_recording().close().push(1)},
    {"left_when_closed", gate, broadcast_fault::left_when_closed,
     made_recording().push(1).push(2).read(0, ok, 1).close().read(0, pop_status::closed)},
    {"closed_is_not_final", lap, broadcast_fault::not_final,
     made_recording().close().read(0, pop_status::closed).read(0, pop_status::empty)}};

class wrong_broadcast : public testing::TestWithParam<made_case> {};

TEST_P(wrong_broadcast, is_found) {
  const auto found = GetParam().made.judged(GetParam().mode);
  EXPECT_TRUE(has(found, GetParam().fault)) << GetParam().made.text(GetParam().mode);
}

INSTANTIATE_TEST_SUITE_P(each, wrong_broadcast, testing::ValuesIn(wrong_recordings),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(right_broadcast, is_not_accused) {
  const auto laps = made_recording()
                        .push(1)
                        .read(0, ok, 1)
                        .push(2)
                        .push(3)
                        .push(4)
                        .push(5)
                        .read(0, lapped, 0, 2)
                        .read(0, ok, 4)
                        .read(0, ok, 5)
                        .read(0, pop_status::empty)
                        .close()
                        .read(0, pop_status::closed)
                        .read(1, lapped, 0, 4)
                        .read(1, ok, 5)
                        .read(1, pop_status::closed)
                        .push(6, push_status::closed);
  EXPECT_TRUE(laps.judged(lap).empty()) << laps.text(lap);
  const auto gates = made_recording()
                         .push(1)
                         .push(2)
                         .push(3, push_status::full)
                         .read(0, ok, 1)
                         .push(3, push_status::full)
                         .read(1, ok, 1)
                         .push(3)
                         .read(0, ok, 2)
                         .read(0, ok, 3)
                         .close()
                         .read(0, pop_status::closed)
                         .read(1, ok, 2)
                         .leave(1);
  EXPECT_TRUE(gates.judged(gate).empty()) << gates.text(gate);
}

/// Two publishers push at the same time, so that the time of their pushes tells no order.
[[nodiscard]] broadcast_recording overlapping_pushes() {
  broadcast_recording made;
  made.pushes = {{1, push_status::ok, 1, 10}, {2, push_status::ok, 1, 10}};
  made.readers.resize(2);
  for (read_record& reader : made.readers) reader.reads = {{ok, 1, 0, 11, 12}, {ok, 2, 0, 13, 14}};
  return made;
}

TEST(wrong_broadcast_of_two_publishers, readers_that_disagree_are_found) {
  broadcast_recording made = overlapping_pushes();
  EXPECT_TRUE(judge(made, {.capacity = 2}).empty());
  std::swap(made.readers[1].reads[0].value, made.readers[1].reads[1].value);
  EXPECT_TRUE(has(judge(made, {.capacity = 2}), broadcast_fault::disagreement));
}

TEST(wrong_broadcast_of_two_publishers, an_order_against_time_is_found) {
  broadcast_recording made = overlapping_pushes();
  made.pushes = {{1, push_status::ok, 1, 4},
                 {2, push_status::ok, 5, 10},  // the others leave each of them two places
                 {3, push_status::ok, 1, 20},
                 {4, push_status::ok, 1, 20}};
  for (read_record& reader : made.readers)
    reader.reads = {{ok, 3, 0, 21, 22}, {ok, 1, 0, 23, 24}, {ok, 2, 0, 25, 26}, {ok, 4, 0, 27, 28}};
  EXPECT_TRUE(judge(made, {.capacity = 4}).empty());
  for (read_record& reader : made.readers) std::swap(reader.reads[1].value, reader.reads[2].value);
  EXPECT_TRUE(has(judge(made, {.capacity = 4}), broadcast_fault::order_inverted));
}

}  // namespace
}  // namespace tidegate::test
