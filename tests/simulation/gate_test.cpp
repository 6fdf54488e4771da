// Why admission is one reservation that travels with the work. 50 permits, 15 ms of work, 10,000 requests a second; the
// consumer stands still for 200 ms. Who looks for a free permit at the door, and takes it when the work begins, lets in
// whatever comes between the look and the act.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <queue>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/simulation/arrivals.hpp"
#include "tests/simulation/policies.hpp"
#include "tests/simulation/virtual_clock.hpp"
#include "tidegate/ring/spsc_ring.hpp"

namespace tidegate::test {
namespace {

using namespace std::chrono_literals;
using waiting_room = spsc_ring<request, ring_options{}, virtual_sync>;

/// A permit for as long as the work is inside.
template <class Limiter>
struct reserving {
  static bool enters(Limiter& permits) { return permits.try_acquire(); }
  static bool begins(Limiter&) { return true; }
};

/// The mistake: a look at the door, and the permit later.
template <class Limiter>
struct checking_first {
  static bool enters(const Limiter& permits) { return permits.left_hint() > 0; }
  static bool begins(Limiter& permits) { return permits.try_acquire(); }
};

struct result {
  std::size_t most_inside = 0;
  std::size_t admitted = 0;
  std::vector<nanoseconds> latencies;
  [[nodiscard]] double percentile_ms(double share) {
    std::sort(latencies.begin(), latencies.end());
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(latencies.size())));
    return static_cast<double>(latencies[rank - 1].count()) / 1e6;
  }
};

template <template <class> class Gate, class Limiter>
result pass_through() {
  constexpr nanoseconds stall_begins = 5s, stall_ends = 5200ms, work = 15ms;
  constexpr load_phase phases[] = {{8s, 10'000}};
  const std::vector<nanoseconds> load = arrivals(phases, 5);
  using end_of_work = std::pair<nanoseconds, nanoseconds>;  // when it ends, when it came; -1 ns: the stall ends
  std::priority_queue<end_of_work, std::vector<end_of_work>, std::greater<>> ends;
  ends.emplace(stall_ends, -1ns);
  const deadline::time_point began = virtual_sync::now();
  Limiter permits(50);
  waiting_room room(1 << 17);  // as large as none
  std::size_t running = 0;
  result of;
  for (std::size_t next = 0; next < load.size() || !ends.empty();) {
    const bool is_end = !ends.empty() && (next == load.size() || ends.top().first <= load[next]);
    const auto [now, came] = is_end ? ends.top() : end_of_work(load[next], -1ns);
    virtual_sync::instant = began + now;
    if (is_end) {
      ends.pop();
      if (came >= 0ns) {
        --running;
        permits.release();
        of.latencies.push_back(now - came);
      }
    } else {
      ++next;
      if (Gate<Limiter>::enters(permits)) {
        ++of.admitted;
        EXPECT_EQ(room.try_push(request{.since = began + now}), push_status::ok);
      }
    }
    const bool stalled = now >= stall_begins && now < stall_ends;
    while (!stalled && room.depth_hint() > 0 && Gate<Limiter>::begins(permits)) {
      request taken;
      EXPECT_EQ(room.try_pop(taken), pop_status::ok);
      ++running;
      ends.emplace(now + work, taken.since - began);
    }
    of.most_inside = std::max(of.most_inside, room.depth_hint() + running);
  }
  EXPECT_EQ(of.admitted, of.latencies.size());
  return of;
}

template <class Limiter>
class gate : public testing::Test {};
using limiters = testing::Types<plain_limiter, real_limiter>;
TYPED_TEST_SUITE(gate, limiters);

TYPED_TEST(gate, check_then_act_admits_far_more_than_its_permits) {
  result of = pass_through<checking_first, TypeParam>();
  EXPECT_NEAR(static_cast<double>(of.most_inside), 1964, 0.05 * 1964);
  EXPECT_NEAR(of.percentile_ms(0.99), 548.4, 0.05 * 548.4);
  EXPECT_NEAR(of.percentile_ms(1), 602.2, 0.05 * 602.2);
  std::printf("check, then act: %zu inside, p99 %.1f ms, at most %.1f ms\n", of.most_inside, of.percentile_ms(0.99),
              of.percentile_ms(1));
}

TYPED_TEST(gate, reserving_first_never_exceeds_its_permits) {
  result of = pass_through<reserving, TypeParam>();
  EXPECT_EQ(of.most_inside, 50U);
  EXPECT_NEAR(of.percentile_ms(0.99), 15.0, 0.05 * 15.0);
  EXPECT_NEAR(of.percentile_ms(1), 214.9, 0.05 * 214.9);
  EXPECT_NEAR(static_cast<double>(of.admitted), 25'760, 0.01 * 25'760) << "and as much work is done";
  std::printf("reserve first: %zu inside, p99 %.1f ms, at most %.1f ms\n", of.most_inside, of.percentile_ms(0.99),
              of.percentile_ms(1));
}

}  // namespace
}  // namespace tidegate::test
