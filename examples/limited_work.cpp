// At most four jobs at a time, queued ones included: the permit is taken at the door and travels with the work.
#include <cstdio>
#include <thread>

#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/flow/permit.hpp"
#include "tidegate/queue/spsc_queue.hpp"

struct job {
  int number = 0;
  tidegate::permit room;  // given back when the job is gone, on every way out
};

int main() {
  tidegate::capacity_limiter limit(4);
  tidegate::spsc_queue<job> queue({.capacity = 64});
  int done = 0, refused = 0;
  std::jthread worker([&] {
    for (job next; queue.pop(next) == tidegate::pop_status::ok; next = {}) ++done;
  });
  for (int i = 0; i < 10'000; ++i) {
    if (tidegate::permit room = limit.try_acquire()) {  // reserved, not looked at
      if (!accepted(queue.push({i, std::move(room)}))) return 1;
    } else {
      ++refused;
    }
  }
  queue.close();
  worker.join();
  std::printf("%d done, %d refused, never more than %zu at a time\n", done, refused, limit.take_peak());
  return done + refused == 10'000 && limit.stats().in_use == 0 ? 0 : 1;
}
