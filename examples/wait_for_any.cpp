// One thread serves several queues: whichever has something next, in turn, until all are closed.
#include <cstdio>
#include <string>
#include <thread>

#include "tidegate/queue/mpsc_queue.hpp"
#include "tidegate/queue/spsc_queue.hpp"
#include "tidegate/wait/select.hpp"
#include "tidegate/wait/wait_any.hpp"
#include "tidegate/wait/wait_source.hpp"

int main() {
  tidegate::mpsc_queue<std::string> orders({.capacity = 64});
  tidegate::spsc_queue<int> ticks({.capacity = 1024});
  const std::jthread feed([&] {
    for (int i = 1; i <= 3; ++i) static_cast<void>(ticks.push(int{i}));
    static_cast<void>(orders.push("buy 100"));
    ticks.close();
    orders.close();
  });

  constexpr auto never = tidegate::deadline::time_point::max();
  int sum = 0;
  while (tidegate::select(never, tidegate::when_popped(orders, [](std::string&& order) { std::puts(order.c_str()); }),
                          tidegate::when_popped(ticks, [&](int&& tick) { sum += tick; }))) {
  }
  std::printf("sum %d\n", sum);
  const std::size_t closed = tidegate::wait_any(never, orders, ticks);  // the index only; closed is ready, too
  return sum == 6 && closed != tidegate::none_ready ? 0 : 1;
}
