// What a producer can do when the gate is shut: look, wait until a deadline, give up when asked to stop, or let the
// queue's own policy decide. Nothing disappears without being counted.
#include <chrono>
#include <cstdio>

#include "tidegate/queue/queue_options.hpp"
#include "tidegate/queue/queue_stats.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/queue/waiting_calls.hpp"
#include "tidegate/wait/wait_strategy.hpp"

using namespace std::chrono_literals;

int main() {
  constexpr tidegate::queue_options options{.wait = tidegate::wait_kind::park,
                                            .overflow = tidegate::overflow_kind::drop_newest};
  tidegate::spsc_queue<int, options> ticks({.capacity = 2, .name = "ticks"});
  std::stop_source stop;
  stop.request_stop();

  const tidegate::push_status answers[] = {
      ticks.try_push(1),                // ok
      ticks.try_push(2),                // ok
      ticks.try_push(3),                // full: exactly two are inside
      ticks.push_for(3, 1ms),           // timed_out: nobody took one within a millisecond
      ticks.push(3, stop.get_token()),  // cancelled: asked to stop
      ticks.offer(3),                   // dropped, by the policy of this queue
  };
  for (const auto answer : answers) std::printf("%s ", tidegate::to_string(answer).data());

  const tidegate::queue_stats stats = ticks.stats();
  std::printf("\n%s: %zu of %zu inside, rejected %llu, dropped %llu, timed out %llu\n", ticks.name().c_str(),
              stats.depth, stats.capacity, static_cast<unsigned long long>(stats.rejected),
              static_cast<unsigned long long>(stats.dropped), static_cast<unsigned long long>(stats.timed_out));
  return stats.rejected == 1 && stats.dropped == 1 && stats.timed_out == 1 ? 0 : 1;
}
