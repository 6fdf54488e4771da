// team_run.hpp: threads that start together, and the time from the first start to the last end.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "bench/harness/clock.hpp"
#include "bench/harness/pin.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

/// A barrier for a fixed number of threads, for any number of times. Spins, then yields while the others are not there.
class start_gate {
 public:
  /// `crowded`: there are more parties than CPUs, so that who waits had better yield soon.
  explicit start_gate(unsigned parties, bool crowded = false) noexcept
      : parties_(parties), spins_before_yield_(crowded ? 100 : 20'000) {}

  void wait() noexcept {
    // [gate] release half, pairs with the acquire load below: what each thread did before the gate is visible after it.
    const unsigned arrived_before = arrived_.fetch_add(1, order::acq_rel);
    const unsigned goal = (arrived_before / parties_ + 1) * parties_;
    // [gate] acquire, pairs with the release half of every arrival.
    for (unsigned spins = 0; arrived_.load(order::acquire) < goal; ++spins) {
      spins < spins_before_yield_ ? native_sync::pause() : native_sync::yield();
    }
  }

 private:
  const unsigned parties_;
  const unsigned spins_before_yield_;
  std::atomic<unsigned> arrived_{0};
};

struct time_span {
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;

  [[nodiscard]] double ns() const noexcept { return static_cast<double>(end_ns - begin_ns); }
  [[nodiscard]] double seconds() const noexcept { return ns() * 1e-9; }
};

/// Runs `work` and says when.
template <class Work>
[[nodiscard]] time_span timed(Work&& work) {
  time_span span;
  span.begin_ns = now_ns();
  std::forward<Work>(work)();
  span.end_ns = now_ns();
  return span;
}

/// From the first begin to the last end; `spans` is not none.
[[nodiscard]] inline time_span hull_of(const std::vector<time_span>& spans) noexcept {
  time_span hull = spans.front();
  for (const time_span& span : spans) {
    hull.begin_ns = std::min(hull.begin_ns, span.begin_ns);
    hull.end_ns = std::max(hull.end_ns, span.end_ns);
  }
  return hull;
}

/// Runs `body(thread, gate)` in as many threads, placed by take_place(). Each waits at the gate when prepared, and
/// returns the span of its own work.
template <class Body>
time_span run_team(const std::vector<int>& cpus, unsigned threads, Body&& body) {
  start_gate gate(threads, threads > cpus.size());
  std::vector<time_span> spans(threads);
  std::vector<std::thread> team;
  team.reserve(threads);
  for (unsigned thread = 0; thread < threads; ++thread) {
    team.emplace_back([&, thread] {
      take_place(cpus, thread, threads);
      spans[thread] = body(thread, gate);
    });
  }
  for (std::thread& one : team) one.join();
  return hull_of(spans);
}

}  // namespace tidegate::bench
