// things.hpp: one thing of each kind, with a number of its own in every field.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tidegate/observe/pressure.hpp"

namespace tidegate::metrics_test {

inline pressure thing(watched_kind kind, std::string name) {
  using namespace std::chrono_literals;
  pressure of;
  of.name = std::move(name);
  of.kind = kind;
  of.policy = "block";
  of.max_bytes = 65536;
  of.capacity = 1000;
  of.depth = 250;
  of.peak = 300;
  of.weight = 2000;
  of.weight_limit = 4000;
  of.entered = 9007199254740991;  // the last one that is exact
  of.left = 1234;
  for (std::size_t i = 0; i < loss_kinds; ++i) of.losses[i] = i == 0 ? 1000 : 100 + i;
  of.arrival_rate = 2500.5;
  of.drain_rate = 2000;
  of.slope = -0.1;
  of.slope_error = 1e-9;
  of.drain_time = 125ms;
  of.oldest_age = 1500us;
  of.sojourn = {.count = 10, .p50 = 1ms, .p99 = 20ms, .p999 = 30ms, .longest = 31ms};
  of.full_events = 7;
  of.full_time = 2s;
  of.push_side = {.waiters = 3, .waits = 5, .waited = 250ms};
  of.pop_side = {.waiters = 4, .waits = 6, .waited = 350ms};
  of.sink = {.buffered_bytes = 11,
             .written_bytes = 12,
             .unsent_bytes = 13,
             .short_writes = 14,
             .drain_waits = 15,
             .stalls = 16,
             .stalled = true};
  return of;
}

inline std::vector<pressure> all_kinds() {
  return {thing(watched_kind::queue, "orders"), thing(watched_kind::byte_queue, "bytes"),
          thing(watched_kind::limiter, "requests"), thing(watched_kind::sink, "tcp:host:1"),
          thing(watched_kind::log, "log:/var/log")};
}

}  // namespace tidegate::metrics_test
