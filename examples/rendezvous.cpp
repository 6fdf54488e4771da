// A hand-off without a buffer: when push() says ok, a worker has the job. Nothing waits in between.
#include "tidegate/queue/rendezvous.hpp"

#include <atomic>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

int main() {
  using namespace tidegate;
  rendezvous<std::unique_ptr<int>> desk;
  auto job = std::make_unique<int>(1);
  const push_status nobody = desk.try_push(std::move(job));  // `full`: no worker waits, and the job is still ours

  std::atomic<int> sum{0};
  std::vector<std::jthread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      for (std::unique_ptr<int> mine; desk.pop(mine) == pop_status::ok;) sum += *mine;
    });
  }
  for (int i = 1; i <= 1000; ++i) {
    if (desk.push(std::make_unique<int>(i)) != push_status::ok) return 1;  // waits until a worker has taken it
  }
  desk.close();  // what was pushed has been received: there is nothing to drain
  workers.clear();
  std::printf("sum of jobs: %d\n", sum.load());
  return nobody == push_status::full && job != nullptr && sum == 500'500 ? 0 : 1;
}
