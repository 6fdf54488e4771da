// How long elements stay in a queue, exactly: each is stamped as it goes in, and a histogram has what became of it.
#include <chrono>
#include <cstdio>
#include <string>

#include "tidegate/flow/stamped.hpp"
#include "tidegate/observe/histogram.hpp"
#include "tidegate/observe/histogram_shape.hpp"
#include "tidegate/observe/histogram_snapshot.hpp"
#include "tidegate/observe/sojourn_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"

using namespace std::chrono_literals;

int main() {
  using queue = tidegate::spsc_queue<tidegate::stamped<int>>;
  tidegate::sojourn_queue<queue, tidegate::own_histogram> orders({.capacity = 64}, {.highest = 10s, .digits = 3});
  int out = 0;
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(orders.push(int(i)));
    if (i % 50 == 49) {
      while (orders.try_pop(out) == tidegate::pop_status::ok) continue;
    }
  }
  const tidegate::histogram_snapshot stayed = orders.sojourns().snapshot();
  std::printf("p50 %lld ns, p99 %lld ns, longest %lld ns\n", static_cast<long long>(stayed.percentile(50).count()),
              static_cast<long long>(stayed.percentile(99).count()), static_cast<long long>(stayed.max().count()));

  // Any number of threads record into one; snapshots add up, and tell what came between two of them.
  tidegate::histogram answers({.digits = 3});
  answers.record(250us);
  const auto before = answers.snapshot();
  answers.record(2ms, 3);
  tidegate::histogram_snapshot lately = answers.snapshot();
  lately.subtract(before);
  std::printf("%s\n%s", lately.to_json().c_str(), lately.to_hgrm(1, 1us).c_str());

  const tidegate::histogram_shape& shape = lately.shape();
  const auto cell = shape.cell_of(2'000'000);
  std::printf("2 ms lies in a cell of %llu ns; all cells take %zu bytes\n",
              static_cast<unsigned long long>(shape.width_of(cell)), answers.max_bytes());
  return stayed.count() == 1000 && lately.count() == 3 ? 0 : 1;
}
