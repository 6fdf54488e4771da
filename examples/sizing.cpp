// How large a queue must be, and when somebody who was refused should come back, from Little's law.
#include "tidegate/flow/sizing.hpp"

#include <chrono>
#include <cstdio>

#include "tidegate/flow/retry_after.hpp"
#include "tidegate/ring/spsc_ring.hpp"

using namespace std::chrono_literals;
namespace sizing = tidegate::sizing;

int main() {
  constexpr double drain_per_second = 2000;  // four servers of 2 ms
  constexpr std::size_t capacity = *sizing::capacity_for(100ms, drain_per_second, 2ms);
  static_assert(capacity == 196);                             // one more, and the last one is too late
  static_assert(*sizing::burst_for_pause(400, 200ms) == 80);  // what arrives while a consumer pauses
  static_assert(*sizing::in_flight_for(2000, 25ms) == 50);    // the permits that this rate needs
  static_assert(*sizing::permits_for_memory(1 << 30, 16 << 10, 0.5) == 32768);

  tidegate::spsc_ring<int> ring(capacity);
  while (ring.try_push(1) == tidegate::push_status::ok) continue;
  constexpr tidegate::retry_after come_back({.least = 10ms, .most = 60s});
  const auto wait = come_back(ring.depth_hint(), drain_per_second, capacity / 2);
  std::printf("capacity %zu; when it is full, come back after %lld ms\n", capacity, static_cast<long long>(wait / 1ms));
  return wait == 49ms ? 0 : 1;
}
