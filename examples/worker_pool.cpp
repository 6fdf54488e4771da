// A pool of workers behind one bounded queue: a full queue slows the producers down, a deadline bounds how long, and
// close() lets the workers finish what was accepted.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

#include "tidegate/queue/mpmc_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/shared_calls.hpp"
#include "tidegate/queue/shared_queue.hpp"
#include "tidegate/queue/spmc_queue.hpp"

using namespace std::chrono_literals;

namespace {

using task = std::function<void()>;

/// Several threads report to one: mpsc.
bool gathers() {
  tidegate::mpsc_queue<int> results({.capacity = 4});
  {
    std::vector<std::jthread> reporters;
    for (int i = 1; i <= 3; ++i) {
      reporters.emplace_back([&results, i] { static_cast<void>(results.push(int{i})); });
    }
  }
  results.close();
  int sum = 0;
  for (int value = 0; results.pop(value) == tidegate::pop_status::ok;) sum += value;
  return sum == 6;
}

/// One thread hands out to several: spmc. A consumer that nobody serves gives up by its deadline.
bool hands_out() {
  tidegate::spmc_queue<int> parts({.capacity = 4});
  int part = 0;
  return parts.pop_for(part, 1ms) == tidegate::pop_status::timed_out && parts.push(7) == tidegate::push_status::ok &&
         parts.try_pop(part) == tidegate::pop_status::ok && part == 7;
}

}  // namespace

int main() {
  tidegate::mpmc_queue<task> tasks({.capacity = 16, .rows = {.producers = 4, .consumers = 4}, .name = "tasks"});
  std::atomic<int> done{0};
  std::vector<std::jthread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&tasks] {
      auto consumer = tasks.make_consumer();
      for (task next; consumer.pop(next) == tidegate::pop_status::ok;) next();
    });
  }

  constexpr int wanted = 1000;
  for (int i = 0; i < wanted; ++i) {
    if (tasks.push_for([&done] { done.fetch_add(1); }, 10s) != tidegate::push_status::ok) return 1;
  }
  const bool drained = tasks.wait_drained(std::chrono::steady_clock::now() + 10s);
  tasks.close();
  workers.clear();

  const tidegate::queue_stats stats = tasks.stats();
  std::printf("%s: %d tasks done; waits: %llu for room, %llu for work\n", tasks.name().c_str(), done.load(),
              static_cast<unsigned long long>(stats.push_waits), static_cast<unsigned long long>(stats.pop_waits));
  return drained && done == wanted && gathers() && hands_out() ? 0 : 1;
}
