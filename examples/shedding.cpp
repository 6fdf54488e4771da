// Three ways not to do work that is useless by now: CoDel, adaptive LIFO, and deadlines with a margin for the work.
#include <chrono>
#include <cstdio>

#include "tidegate/flow/adaptive_lifo.hpp"
#include "tidegate/flow/admission_level.hpp"
#include "tidegate/flow/codel.hpp"
#include "tidegate/flow/expiry.hpp"
#include "tidegate/flow/packet_codel.hpp"
#include "tidegate/flow/service_time_estimate.hpp"
#include "tidegate/flow/stamped.hpp"
#include "tidegate/queue/mpmc_queue.hpp"

using namespace std::chrono_literals;
using tidegate::deadline;
using tidegate::native_sync;

int main() {
  tidegate::mpmc_queue<tidegate::stamped<int>> requests({.capacity = 64});
  for (int i = 0; i < 6; ++i) static_cast<void>(requests.try_push({i, native_sync::now()}));

  tidegate::codel<> shedder({.target = 5ms, .interval = 100ms});  // one for all consumers
  tidegate::stamped<int> request;
  bool good = shedder.pop_fresh(requests, request) == tidegate::pop_status::ok && request.value == 0;

  tidegate::packet_codel<> law;  // for senders that slow down when something is dropped: one for each consumer
  good = good && !law.drops(tidegate::sojourn(request, native_sync::now()), requests.depth_hint());

  tidegate::adaptive_lifo<tidegate::stamped<int>> newest_first({.capacity = 4});  // of one consumer
  int lost = 0;
  const auto count_lost = [&lost](tidegate::stamped<int>&&, tidegate::lifo_loss) noexcept { ++lost; };
  good = good && newest_first.pop(requests, request, count_lost) == tidegate::pop_status::ok;

  tidegate::mpmc_queue<tidegate::expiring<int>> jobs({.capacity = 64});
  tidegate::expiry<> in_time({.service = {.first_guess = 2ms}, .servers = 4});  // learns from record()
  const auto now = native_sync::now();
  good = good &&
         in_time.push_live(jobs, tidegate::expiring<int>{1, deadline::after(now, 1h)}) == tidegate::push_status::ok;
  good = good && in_time.push_live(jobs, tidegate::expiring<int>{2, deadline::after(now, 1ms)}) ==
                     tidegate::push_status::expired;  // 1 ms is not enough for 2 ms of work

  tidegate::admission_level<128> level;  // by priority: 0 is the most important
  good = good && level.admit(127);
  level.observe(127, 3ms);
  std::printf("served %d, refused at the door %llu, margin %lld ns\n", request.value,
              static_cast<unsigned long long>(in_time.refused_count()),
              static_cast<long long>(in_time.margin().count()));
  return good ? 0 : 1;
}
