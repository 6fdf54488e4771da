// The waiting layer without a queue: sleep until a condition over your own lock-free data holds.
#include <atomic>
#include <cstdio>
#include <stop_token>
#include <thread>

#include "tidegate/wait/event_count.hpp"
#include "tidegate/wait/wait_point.hpp"
#include "tidegate/wait/wait_strategy.hpp"

int main() {
  std::atomic<int> stage{0};
  tidegate::event_count<> changed;                                // the bare mechanism
  tidegate::wait_point<tidegate::wait_kind::spin_park> finished;  // with a strategy: spin, yield, sleep

  std::jthread worker([&] {
    stage.store(1, std::memory_order_release);
    changed.notify();  // after the change; no system call when nobody sleeps
    stage.store(2, std::memory_order_release);
    finished.notify(tidegate::everyone);
  });

  const auto reached = [&](int wanted) {
    return [&, wanted]() noexcept { return stage.load(std::memory_order_acquire) >= wanted; };
  };
  const bool first = changed.wait_until(reached(1), tidegate::deadline::never());
  const bool second = finished.wait(reached(2), tidegate::deadline::never(), std::stop_token{}, {});
  std::printf("stage %d\n", stage.load(std::memory_order_acquire));
  return first && second ? 0 : 1;
}
