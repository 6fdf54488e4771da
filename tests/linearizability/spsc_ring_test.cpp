// What real threads record of spsc_ring, in both layouts: long runs keep the rules, short ones have an order.
#include "tidegate/ring/spsc_ring.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "gtest/gtest.h"
#include "tests/contract/kinds.hpp"
#include "tests/contract/support.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/preempted_sync.hpp"
#include "tests/linearizability/recorded_runs.hpp"
#include "tests/linearizability/recorded_traffic.hpp"

namespace tidegate::test {
namespace {

struct indexed_ring : ring_indexed {};
struct packed_ring : ring_packed {};
struct joint_indexed_ring : ring_indexed_joint {};
struct joint_packed_ring : ring_packed_joint {};
struct preempted_indexed_ring : spsc_ring_kind<"preempted_indexed", indexed, preempted_sync> {};
struct preempted_packed_ring : spsc_ring_kind<"preempted_packed", packed, preempted_sync> {};
struct preempted_joint_indexed_ring : spsc_ring_kind<"preempted_joint_indexed", joint_indexed, preempted_sync> {};
struct preempted_joint_packed_ring : spsc_ring_kind<"preempted_joint_packed", joint_packed, preempted_sync> {};

template <class Kind>
class recorded_ring : public watched {
 protected:
  static constexpr std::size_t runs_each = 300;

  using ring = typename Kind::template type<std::uint64_t>;

  [[nodiscard]] static promise promised(std::size_t capacity, std::size_t late_calls = 0) {
    return {.capacity = capacity, .failures = failures_of(Kind{}), .late_calls = late_calls};
  }

  static void run_long(call_form form) {
    for (const std::size_t capacity : {1U, 2U, 3U, 7U, 64U}) {
      ring queue(capacity);
      const auto recording = long_run(queue, form, 3'000 * stress_factor());
      ASSERT_TRUE(keeps_the_rules(recording, promised(capacity))) << "capacity " << capacity;
    }
  }

  /// Returns the share of runs in which calls overlapped.
  [[nodiscard]] static double run_short(bool third_closes) {
    std::size_t overlapping = 0;
    std::size_t all = 0;
    for (std::size_t round = 0; round < stress_factor(); ++round) {
      for (const std::size_t capacity : {1U, 2U, 3U}) {
        short_runs<ring> runs(runs_each, third_closes, [&] { return std::make_unique<ring>(capacity); });
        runs.record(5, round * 1000 + capacity * 10);
        overlapping += runs.check(promised(capacity, third_closes ? 1 : 0));
        all += runs_each;
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << "capacity " << capacity;
          return 0;
        }
      }
    }
    return static_cast<double>(overlapping) / static_cast<double>(all);
  }

 private:
  template <literal Name, ring_options Options, class Sync>
  [[nodiscard]] static failure_judgement failures_of(const spsc_ring_kind<Name, Options, Sync>& /*kind*/) {
    return Options.failures == failure_order::joint ? failure_judgement::joint : failure_judgement::each_failure_alone;
  }
};

template <class Kind>
class preempted_ring : public recorded_ring<Kind> {};

using rings = testing::Types<indexed_ring, packed_ring, joint_indexed_ring, joint_packed_ring>;
using preempted_rings = testing::Types<preempted_indexed_ring, preempted_packed_ring, preempted_joint_indexed_ring,
                                       preempted_joint_packed_ring>;
TYPED_TEST_SUITE(recorded_ring, rings, kind_names);
TYPED_TEST_SUITE(preempted_ring, preempted_rings, kind_names);

TYPED_TEST(recorded_ring, keeps_the_rules_one_by_one) { this->run_long(call_form::single); }
TYPED_TEST(recorded_ring, keeps_the_rules_in_bulk) { this->run_long(call_form::bulk); }
TYPED_TEST(recorded_ring, keeps_the_rules_in_place) { this->run_long(call_form::in_place); }
TYPED_TEST(recorded_ring, is_linearizable) {
  std::printf("calls overlapped in %.0f %% of the runs\n", 100 * this->run_short(false));
}
TYPED_TEST(recorded_ring, is_linearizable_when_a_third_thread_closes) {
  std::printf("calls overlapped in %.0f %% of the runs\n", 100 * this->run_short(true));
}

TYPED_TEST(preempted_ring, keeps_the_rules_one_by_one) { this->run_long(call_form::single); }
TYPED_TEST(preempted_ring, keeps_the_rules_in_place) { this->run_long(call_form::in_place); }
TYPED_TEST(preempted_ring, is_linearizable) {
  EXPECT_GT(this->run_short(false), 0.2) << "the calls hardly overlapped: little was tested";
}
TYPED_TEST(preempted_ring, is_linearizable_when_a_third_thread_closes) {
  EXPECT_GT(this->run_short(true), 0.2) << "the calls hardly overlapped: little was tested";
}

}  // namespace
}  // namespace tidegate::test
