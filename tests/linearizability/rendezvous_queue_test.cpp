// What real threads record of rendezvous: success means received, by a call that was there at the time; a time-out
// means not.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/meeting_account.hpp"
#include "tests/linearizability/preempted_sync.hpp"
#include "tests/linearizability/stamps.hpp"
#include "tidegate/queue/rendezvous.hpp"

namespace tidegate::test {
namespace {

/// One thread's calls of a place: tries, waits of a few microseconds, and waits without a limit.
template <class Place>
class meeting_calls {
 public:
  meeting_calls(Place& place, std::size_t thread) : place_(place), random_(thread), number_(1'000'000 * thread) {}

  push_status push() {
    ++number_;
    std::uint64_t value = number_;
    const std::uint64_t offered = value;
    const auto until = some_time();
    const std::uint64_t invoked = stamp_before();
    const push_status status = form_ == 0   ? place_.try_push(std::move(value))
                               : form_ == 1 ? place_.push_until(std::move(value), until)
                                            : place_.push(std::move(value));
    note({true, status, offered, invoked, stamp_after(), test_clock::now() < until, value == offered});
    return status;
  }
  push_status pop() {
    std::uint64_t value = 0;
    const auto until = some_time();
    const std::uint64_t invoked = stamp_before();
    const pop_status status = form_ == 0   ? place_.try_pop(value)
                              : form_ == 1 ? place_.pop_until(value, until)
                                           : place_.pop(value);
    const std::uint64_t returned = stamp_after();
    const bool is_early = test_clock::now() < until;
    const push_status said = status == pop_status::ok       ? push_status::ok
                             : status == pop_status::closed ? push_status::closed
                             : status == pop_status::empty  ? push_status::full
                                                            : push_status::timed_out;
    note({false, said, value, invoked, returned, is_early});
    return said;
  }
  [[nodiscard]] const std::vector<timed_meeting>& calls() const noexcept { return calls_; }

 private:
  /// Chooses the form of the next call, and its deadline.
  [[nodiscard]] test_clock::time_point some_time() {
    form_ = random_() % 3;
    return test_clock::now() + std::chrono::microseconds(random_() % 100);
  }
  void note(const timed_meeting& call) {
    if (call.status != push_status::full || calls_.size() < 10'000) calls_.push_back(call);
  }

  Place& place_;
  std::mt19937_64 random_;
  std::uint64_t number_;
  std::uint64_t form_ = 0;
  std::vector<timed_meeting> calls_;
};

/// Producers and consumers meet until `meetings` of them have; then somebody closes while the others go on.
template <class Place>
[[nodiscard]] meeting_recording meet(Place& place, std::size_t producers, std::size_t consumers, unsigned meetings) {
  std::vector<meeting_calls<Place>> sides;
  for (std::size_t i = 1; i <= producers + consumers; ++i) sides.emplace_back(place, i);
  meeting_recording recorded;
  std::atomic<unsigned> met = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < sides.size(); ++i) {
      threads.emplace_back([&, i] {
        for (push_status said = push_status::ok; said != push_status::closed;) {
          said = i < producers ? sides[i].push() : sides[i].pop();
          if (said == push_status::ok) ++met;
          if (said != push_status::ok) std::this_thread::yield();
        }
      });
    }
    EXPECT_TRUE(eventually([&] { return met.load() >= 2 * meetings; }));
    recorded.close_invoked = stamp_before();
    place.close();
    recorded.close_returned = stamp_after();
  }
  for (const auto& side : sides) recorded.calls.insert(recorded.calls.end(), side.calls().begin(), side.calls().end());
  return recorded;
}

template <class Sync>
class recorded_rendezvous : public watched {};
using rendezvous_syncs = testing::Types<native_sync, preempted_sync>;
TYPED_TEST_SUITE(recorded_rendezvous, rendezvous_syncs);

TYPED_TEST(recorded_rendezvous, hands_over_what_succeeds_and_nothing_else) {
  struct crew {
    std::size_t producers, consumers;
  };
  std::size_t timed_out = 0, refused = 0;
  for (unsigned round = 0; 10 * round < stress_factor(); ++round) {
    for (const crew size : {crew{1, 1}, crew{2, 2}, crew{3, 1}, crew{1, 3}}) {
      tidegate::rendezvous<std::uint64_t, rendezvous_options{.producers = 3, .consumers = 3}, TypeParam> place;
      const meeting_recording recording = meet(place, size.producers, size.consumers, 300);
      const auto found = judge(recording);
      ASSERT_TRUE(found.empty()) << to_text(recording, found);
      for (const timed_meeting& call : recording.calls) {
        timed_out += call.status == push_status::timed_out ? 1 : 0;
        refused += call.status == push_status::full ? 1 : 0;
      }
    }
  }
  EXPECT_GT(timed_out, 0U) << "nothing ever timed out: little was tested";
  EXPECT_GT(refused, 0U) << "nobody ever came in vain: little was tested";
}

constexpr auto ok = push_status::ok;
constexpr auto late = push_status::timed_out;

/// Two meetings, a time-out and a close, as they should be; a case changes one thing.
[[nodiscard]] meeting_recording right_meetings() {
  return {.calls = {{true, ok, 1, 1, 4},
                    {false, ok, 1, 2, 3},
                    {true, late, 2, 5, 6},
                    {false, ok, 3, 7, 10},
                    {true, ok, 3, 8, 9},
                    {false, late, 0, 11, 12},
                    {true, push_status::closed, 4, 15, 16}},
          .close_invoked = 13,
          .close_returned = 14};
}

struct meeting_case {
  const char* name;
  meeting_fault fault;
  void (*change)(meeting_recording&);
};
void PrintTo(const meeting_case& one, std::ostream* out) { *out << one.name; }

using changed = meeting_recording&;
const meeting_case wrong_meetings[] = {
    {"not_received", meeting_fault::not_received, [](changed r) { r.calls[1].status = late; }},
    {"received_twice", meeting_fault::received_twice, [](changed r) { r.calls[3].value = 1; }},
    {"never_pushed", meeting_fault::never_pushed, [](changed r) { r.calls[1].value = 9; }},
    {"timed_out_and_received", meeting_fault::refused_and_received, [](changed r) { r.calls[0].status = late; }},
    {"received_a_refused_one", meeting_fault::refused_and_received, [](changed r) { r.calls[3].value = 2; }},
    {"received_afterwards", meeting_fault::did_not_meet,
     [](changed r) {
       r.calls[1].invoked = 20;
       r.calls[1].returned = 21;
     }},
    {"received_before", meeting_fault::did_not_meet, [](changed r) { r.calls[3].returned = 7; }},
    {"not_kept", meeting_fault::not_kept, [](changed r) { r.calls[2].is_kept = false; }},
    {"timed_out_too_soon", meeting_fault::timed_out_too_soon, [](changed r) { r.calls[5].too_soon = true; }},
    {"closed_before_close", meeting_fault::closed_before_close,
     [](changed r) { r.calls[2].status = push_status::closed; }},
    {"met_when_closed", meeting_fault::met_when_closed, [](changed r) { r.calls[6].status = late; }}};

class wrong_meeting : public testing::TestWithParam<meeting_case> {};

TEST_P(wrong_meeting, is_found) {
  meeting_recording recording = right_meetings();
  GetParam().change(recording);
  const auto found = judge(recording);
  EXPECT_TRUE(has(found, GetParam().fault)) << to_text(recording, found);
}

INSTANTIATE_TEST_SUITE_P(each, wrong_meeting, testing::ValuesIn(wrong_meetings),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(right_meeting, is_not_accused) {
  const meeting_recording recording = right_meetings();
  const auto found = judge(recording);
  EXPECT_TRUE(found.empty()) << to_text(recording, found);
}

}  // namespace
}  // namespace tidegate::test
