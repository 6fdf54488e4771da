// pair_run.hpp: two pinned threads with different work, or one.
#pragma once

#include <thread>
#include <utility>

#include "bench/harness/pin.hpp"
#include "bench/harness/team_run.hpp"

namespace tidegate::bench {

/// Runs both on their CPUs. Each gets the gate, waits at it when prepared, and returns the span of its own work.
template <class First, class Second>
time_span run_pair(cpu_pair cpus, First&& first, Second&& second) {
  return run_team({cpus.first, cpus.second}, 2,
                  [&](unsigned thread, start_gate& gate) { return thread == 0 ? first(gate) : second(gate); });
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
