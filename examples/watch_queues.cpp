// Watches two queues and a limiter from outside: how full they are, how fast they fill, how old their oldest element
// is. The queues do nothing for it.
#include <chrono>
#include <cstdio>
#include <span>
#include <thread>

#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/observe/pressure.hpp"
#include "tidegate/observe/pressure_sampler.hpp"
#include "tidegate/observe/registry.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

using namespace std::chrono_literals;
using tidegate::overflow_kind;
using tidegate::pressure;
using tidegate::queue_options;

namespace {

double seconds(std::chrono::nanoseconds span) { return std::chrono::duration<double>(span).count(); }

void print(const pressure& one) {
  std::printf("%-8s %5.1f %% full, %6.0f/s in, %6.0f/s out, %+7.1f/s +- %.1f", one.name.c_str(), 100 * one.saturation(),
              one.arrival_rate, one.drain_rate, one.slope, one.slope_error);
  if (one.time_to_full != pressure::never) std::printf(", full in %.1f s", seconds(one.time_to_full));
  std::printf(", oldest %.3f s, p99 %.3f s\n", seconds(one.oldest_age), seconds(one.sojourn.p99));
}

}  // namespace

int main() {
  tidegate::mpsc_queue<int, queue_options{.overflow = overflow_kind::reject}> orders(
      {.capacity = 1000, .name = "orders"});
  tidegate::spsc_queue<double> ticks({.capacity = 4096, .name = "ticks"});
  tidegate::capacity_limiter workers({.total = 8, .name = "workers"});

  auto& all = tidegate::registry::process();
  const tidegate::watching seen[] = {all.add(orders), all.add(ticks), all.add(workers)};  // until they end
  std::printf("%s\n", all.inventory().to_text().c_str());

  tidegate::pressure_sampler sampler(all, {.period = 10ms, .window = 1s, .half_life = 200ms});
  sampler.start();  // a thread that looks; or call sampler.sample() yourself

  const auto begin = std::chrono::steady_clock::now();
  int out = 0;
  for (int i = 0; i < 300; ++i) {  // three in, two out, every millisecond
    for (int n = 0; n < 3; ++n) static_cast<void>(orders.try_push(int(i)));
    for (int n = 0; n < 2; ++n) static_cast<void>(orders.try_pop(out));
    std::this_thread::sleep_until(begin + i * 1ms);
  }
  sampler.stop();
  const auto told = sampler.read();
  for (const pressure& one : told) print(one);

  const pressure& first = told.front();
  const bool good = first.name == "orders" && first.entered == first.left + first.depth && first.slope > 0;
  return good ? 0 : 1;
}
