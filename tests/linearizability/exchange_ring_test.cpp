// What real threads record of mpmc_ring, mpsc_ring and spmc_ring: long runs keep the rules, short ones have an order.
// All answers are judged jointly, but for the plain-store side of a ring with one thread there.
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "gtest/gtest.h"
#include "tests/contract/exchange/exchange_kinds.hpp"
#include "tests/contract/support.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/exchange_runs.hpp"
#include "tests/linearizability/preempted_sync.hpp"
#include "tests/linearizability/recorded_runs.hpp"

namespace tidegate::test {
namespace {

struct preempted_mpmc : exchange_kind<"preempted_mpmc", mpmc, exchange_options{}, preempted_sync> {};
struct preempted_mpmc_helped : exchange_kind<"preempted_mpmc_helped", mpmc, helped, preempted_sync> {};
struct preempted_mpmc_lock_free : exchange_kind<"preempted_mpmc_lock_free", mpmc, lock_free, preempted_sync> {};
struct preempted_mpsc_evicting : exchange_kind<"preempted_mpsc_evicting", mpsc, evicting_helped, preempted_sync> {};
struct preempted_mpsc : exchange_kind<"preempted_mpsc", mpsc, helped, preempted_sync> {};
struct preempted_spmc : exchange_kind<"preempted_spmc", spmc, helped, preempted_sync> {};

template <class Kind>
class recorded_exchange : public watched {
 protected:
  /// Two failures of a plain-store side and the other one need no common order, and its thread may be late at a close.
  static constexpr bool plain = (!Kind::many_producers || (!Kind::many_consumers && !Kind::options.evicts)) &&
                                Kind::options.failures == failure_order::independent;
  static constexpr bool may_be_late = !Kind::many_producers && Kind::options.failures == failure_order::independent;

  [[nodiscard]] static promise promised(std::size_t capacity, bool third_closes) {
    return {.capacity = capacity,
            .failures = plain ? failure_judgement::each_failure_alone : failure_judgement::joint,
            .late_calls = may_be_late && third_closes ? std::size_t{1} : 0};
  }

  static void run_long(call_form form) {
    for (const std::size_t capacity : {1U, 2U, 3U, 17U}) {
      auto queue = Kind::template make<std::uint64_t>(capacity);
      const auto recording = long_crew_run<Kind>(queue, form, crew_of<Kind>(3), 500 * stress_factor());
      ASSERT_TRUE(keeps_the_rules(recording, promised(capacity, false))) << "capacity " << capacity;
    }
  }

  /// Returns the share of runs in which calls overlapped.
  [[nodiscard]] static double run_short(std::size_t threads, std::size_t calls, bool third_closes) {
    constexpr std::size_t runs_each = 60;
    std::size_t overlapping = 0;
    std::size_t all = 0;
    for (std::size_t round = 0; round < stress_factor(); ++round) {
      for (const std::size_t capacity : {1U, 2U, 3U}) {
        short_crew_runs<Kind> runs(runs_each, capacity, crew_of<Kind>(threads), third_closes);
        runs.record(calls, round * 1000 + capacity * 100);
        overlapping += runs.check(promised(capacity, third_closes));
        all += runs_each;
        if (testing::Test::HasFailure()) {
          ADD_FAILURE() << "capacity " << capacity;
          return 0;
        }
      }
    }
    return static_cast<double>(overlapping) / static_cast<double>(all);
  }
};

template <class Kind>
class preempted_exchange : public recorded_exchange<Kind> {};

using rings = testing::Types<mpmc_default, mpmc_helped, mpmc_lock_free, mpmc_handled, mpsc_default, mpsc_joint,
                             spmc_default, spmc_joint>;
using preempted_rings = testing::Types<preempted_mpmc, preempted_mpmc_helped, preempted_mpmc_lock_free,
                                       preempted_mpsc_evicting, preempted_mpsc, preempted_spmc>;
TYPED_TEST_SUITE(recorded_exchange, rings, kind_names);
TYPED_TEST_SUITE(preempted_exchange, preempted_rings, kind_names);

TYPED_TEST(recorded_exchange, keeps_the_rules_one_by_one) { this->run_long(call_form::single); }
TYPED_TEST(recorded_exchange, keeps_the_rules_in_bulk) { this->run_long(call_form::bulk); }
TYPED_TEST(recorded_exchange, keeps_the_rules_while_it_evicts) {
  if constexpr (TypeParam::evicts) this->run_long(call_form::evicting);
}
TYPED_TEST(recorded_exchange, is_linearizable) {
  const double overlapping = (this->run_short(2, 5, false) + this->run_short(3, 4, false)) / 2;
  std::printf("calls overlapped in %.0f %% of the runs\n", 100 * overlapping);
}
TYPED_TEST(recorded_exchange, is_linearizable_when_another_thread_closes) {
  const double overlapping = (this->run_short(2, 5, true) + this->run_short(3, 4, true)) / 2;
  std::printf("calls overlapped in %.0f %% of the runs\n", 100 * overlapping);
}

TYPED_TEST(preempted_exchange, keeps_the_rules_one_by_one) { this->run_long(call_form::single); }
TYPED_TEST(preempted_exchange, keeps_the_rules_while_it_evicts) {
  if constexpr (TypeParam::evicts) this->run_long(call_form::evicting);
}
TYPED_TEST(preempted_exchange, is_linearizable) {
  EXPECT_GT(this->run_short(2, 5, false), 0.2) << "the calls hardly overlapped: little was tested";
  EXPECT_GT(this->run_short(3, 4, false), 0.2) << "the calls hardly overlapped: little was tested";
}
TYPED_TEST(preempted_exchange, is_linearizable_when_another_thread_closes) {
  EXPECT_GT(this->run_short(2, 5, true), 0.2) << "the calls hardly overlapped: little was tested";
  EXPECT_GT(this->run_short(3, 4, true), 0.2) << "the calls hardly overlapped: little was tested";
}

}  // namespace
}  // namespace tidegate::test
