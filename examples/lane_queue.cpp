// Interactive work beside a batch: neither waits behind the other for long.
#include "tidegate/queue/lane_queue.hpp"

#include <cstdio>
#include <thread>

#include "tidegate/queue/lane_options.hpp"
#include "tidegate/queue/lane_pops.hpp"

int main() {
  enum lane : std::size_t { interactive, batch };
  tidegate::lane_queue<int, 2> jobs({.lanes = {{{.capacity = 512, .weight = 4}, {.capacity = 512}}}});

  std::jthread background([&] {
    for (int i = 0; i < 1'000; ++i) {
      if (jobs.push(batch, 1) != tidegate::push_status::ok) return;
    }
  });
  for (int i = 0; i < 10; ++i) {
    if (jobs.try_push(interactive, 100) != tidegate::push_status::ok) return 1;  // a full batch lane is no matter
  }
  int sum = 0;
  for (int i = 0, job = 0; i < 1'010; ++i) {
    std::size_t from = 0;
    if (jobs.pop(job, from) != tidegate::pop_status::ok) return 1;
    sum += job;
  }
  for (const tidegate::lane_stats& lane : jobs.stats_of_lanes()) std::printf("%.1f %%\n", 100 * lane.share);
  return sum == 2'000 ? 0 : 1;
}
