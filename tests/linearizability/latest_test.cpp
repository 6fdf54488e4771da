// What real threads record of latest: all answers are those of one bounded FIFO of capacity 1 whose pushes evict.
#include "tidegate/ring/latest.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <random>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/contract/support.hpp"
#include "tests/linearizability/bounded_fifo.hpp"
#include "tests/linearizability/explain.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/linearizability/preempted_sync.hpp"
#include "tests/linearizability/rendezvous.hpp"
#include "tests/linearizability/search.hpp"
#include "tests/linearizability/stamps.hpp"

namespace tidegate::test {
namespace {

/// One place, and what each of its three threads did with it.
template <class Sync>
struct latest_run {
  latest<std::uint64_t, latest_options{}, Sync> place;
  std::vector<timed_operation> did[3];
};

template <class Sync>
class recorded_latest : public watched {
 protected:
  static constexpr std::size_t calls = 6;

  /// Many short runs side by side; in every second one a third thread closes at some time.
  static void record(std::list<latest_run<Sync>>& runs, std::uint64_t seed) {
    rendezvous together(3);
    const auto play = [&](unsigned thread, auto&& call) {
      std::mt19937_64 random(seed + thread);
      std::size_t step = 0;
      for (latest_run<Sync>& one : runs) {
        one.place.rebind_producer();
        one.place.rebind_consumer();
        together.meet(++step);
        for (std::size_t i = 0; i < calls; ++i) call(one, i, random());
      }
    };
    const std::jthread producer([&] { play(0, [](auto& run, std::size_t i, std::uint64_t) { push(run, i + 1); }); });
    const std::jthread consumer(
        [&] { play(1, [](auto& run, std::size_t, std::uint64_t random) { pop(run, random % 2 == 0); }); });
    const std::jthread closer([&] {
      play(2, [&](auto& run, std::size_t i, std::uint64_t random) {
        for (std::uint64_t spin = random % 100; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
        if (i == 3 && random % 2 == 0) close(run);
      });
    });
  }

  /// Searches an order for each; returns in how many a value was replaced and in how many it was closed.
  static void judge(const std::list<latest_run<Sync>>& runs, std::size_t& evicted, std::size_t& closed) {
    linearizer<> search;
    constexpr promise promised{.capacity = 1};
    for (const latest_run<Sync>& one : runs) {
      std::vector<timed_operation> recording;
      for (const auto& thread : one.did) recording.insert(recording.end(), thread.begin(), thread.end());
      const std::vector<operation> history = order_by_time(recording);
      const linearization found = search.check(history, promised);
      ASSERT_TRUE(found) << explain(history, promised, found);
      evicted += one.place.evicted_hint() != 0 ? 1 : 0;
      closed += one.place.closed() ? 1 : 0;
    }
  }

 private:
  using run_type = latest_run<Sync>;

  static void push(run_type& run, std::uint64_t value) {
    std::uint64_t victim = 0;
    const std::uint64_t invoked = stamp_before();
    const push_status status =
        run.place.push_evict(std::uint64_t{value}, [&](std::uint64_t&& old) noexcept { victim = old; });
    run.did[0].push_back({operation::push_evict(0, value, status, victim), invoked, stamp_after()});
  }
  static void pop(run_type& run, bool holds) {
    std::uint64_t out = 0;
    const std::uint64_t invoked = stamp_before();
    const pop_status status = holds ? run.place.try_hold() : run.place.try_pop(out);
    const std::uint64_t returned = stamp_after();
    if (holds && status == pop_status::ok) out = *run.place.held();
    run.did[1].push_back({operation::pop(1, status, out), invoked, returned});
  }
  static void close(run_type& run) {
    const std::uint64_t invoked = stamp_before();
    run.place.close();
    run.did[2].push_back({operation::close(2), invoked, stamp_after()});
  }
};

using latest_syncs = testing::Types<native_sync, preempted_sync>;
TYPED_TEST_SUITE(recorded_latest, latest_syncs);

TYPED_TEST(recorded_latest, is_linearizable) {
  std::size_t evicted = 0;
  std::size_t closed = 0;
  for (std::size_t round = 0; round < 4 * stress_factor(); ++round) {
    std::list<latest_run<TypeParam>> runs(100);
    this->record(runs, 100 * round);
    this->judge(runs, evicted, closed);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(evicted, 0U) << "nothing was ever replaced: little was tested";
  EXPECT_GT(closed, 0U) << "nothing was ever closed: little was tested";
}

}  // namespace
}  // namespace tidegate::test
