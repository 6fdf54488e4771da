// Tells a load balancer when to stay away, once each way, and those who are refused when to come back.
#include "tidegate/observe/readiness.hpp"

#include <chrono>
#include <cstdio>
#include <span>
#include <string>

#include "tidegate/flow/retry_after.hpp"
#include "tidegate/observe/pressure_sampler.hpp"
#include "tidegate/observe/registry.hpp"
#include "tidegate/queue/mpmc_queue.hpp"

using namespace std::chrono_literals;
using tidegate::readiness_state;

int main() {
  tidegate::mpmc_queue<int> orders({.capacity = 1000, .name = "orders"});
  tidegate::registry all;
  const auto seen = all.add(orders);
  tidegate::pressure_sampler sampler(all, {.period = 100ms, .window = 10s});

  tidegate::readiness ready({.degraded = {.saturation = {0.7, 0.5}},
                             .not_ready = {.saturation = {0.95, 0.7}, .age = {5s, 2s}, .drain_time = {30s, 10s}},
                             .dwell_in = 1s,
                             .dwell_out = 2s,
                             .jitter = 0});
  sampler.on_sample([&](std::span<const tidegate::pressure> now) { ready.update(now, now.front().at); });

  auto now = tidegate::deadline::time_point(1h);  // simulated: 20 samples with too much, 40 with the queue drained
  int out = 0;
  readiness_state before = ready.state();
  for (int i = 0; i < 60; ++i, now += 100ms) {
    if (i < 20) {
      while (orders.try_push(int(i)) == tidegate::push_status::ok) continue;
      for (int n = 0; n < 20; ++n) static_cast<void>(orders.try_pop(out));
    } else {
      while (orders.try_pop(out) == tidegate::pop_status::ok) continue;
    }
    sampler.sample(now);
    if (ready.state() == before) continue;
    before = ready.state();
    std::printf("%4.1f s: %s (%s), come back in %lld s\n", i * 0.1, std::string(to_string(before)).c_str(),
                std::string(to_string(ready.reason())).c_str(),
                static_cast<long long>(tidegate::retry_after_s(ready.retry_after())));
  }
  return ready.transitions() == 2 ? 0 : 1;  // not ready, and ready again
}
