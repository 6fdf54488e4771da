// pair_run.hpp: two pinned threads that start together, and the time from the first start to the last end.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>

#include "bench/harness/clock.hpp"
#include "bench/harness/pin.hpp"
#include "tidegate/base/sync.hpp"

namespace tidegate::bench {

/// A barrier for a fixed number of threads, for any number of times. Spins, then yields while the others are not there.
class start_gate {
 public:
  explicit start_gate(unsigned parties) noexcept : parties_(parties) {}

  void wait() noexcept {
    constexpr unsigned spins_before_yield = 20'000;
    // [gate] release half, pairs with the acquire load below: what each thread did before the gate is visible after it.
    const unsigned arrived_before = arrived_.fetch_add(1, order::acq_rel);
    const unsigned goal = (arrived_before / parties_ + 1) * parties_;
    // [gate] acquire, pairs with the release half of every arrival.
    for (unsigned spins = 0; arrived_.load(order::acquire) < goal; ++spins) {
      spins < spins_before_yield ? native_sync::pause() : native_sync::yield();
    }
  }

 private:
  const unsigned parties_;
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

/// Runs both on their CPUs. Each gets the gate, waits at it when prepared, and returns the span of its own work.
template <class First, class Second>
time_span run_pair(cpu_pair cpus, First&& first, Second&& second) {
  start_gate gate(2);
  time_span first_span;
  time_span second_span;
  std::thread first_thread([&] {
    pin_self(cpus.first);
    first_span = first(gate);
  });
  std::thread second_thread([&] {
    pin_self(cpus.second);
    second_span = second(gate);
  });
  first_thread.join();
  second_thread.join();
  return {std::min(first_span.begin_ns, second_span.begin_ns), std::max(first_span.end_ns, second_span.end_ns)};
}

/// Runs `work` on one CPU in a thread of its own.
template <class Work>
time_span run_alone(int cpu, Work&& work) {
  time_span span;
  std::thread thread([&] {
    pin_self(cpu);
    span = work();
  });
  thread.join();
  return span;
}

}  // namespace tidegate::bench
