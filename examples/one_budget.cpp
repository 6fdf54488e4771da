// One budget over two queues and the work in hand: bytes, not elements, and never more than 1,000 of them.
#include <cstdio>
#include <string>
#include <thread>

#include "tidegate/flow/capacity_limiter.hpp"
#include "tidegate/queue/limited_queue.hpp"
#include "tidegate/queue/mpsc_queue.hpp"

int main() {
  using message = tidegate::admitted<std::string>;
  using inbox = tidegate::limited_queue<tidegate::mpsc_queue<message>>;
  tidegate::capacity_limiter bytes(1'000);
  inbox orders({.capacity = 100}, bytes), news({.capacity = 100}, bytes);

  const auto read_all = [](inbox& from) {
    message work;
    while (from.pop(work) == tidegate::pop_status::ok) work = {};  // done with it: its bytes are free again
  };
  std::jthread trader([&] { read_all(orders); });
  std::jthread reader([&] { read_all(news); });
  for (int i = 0; i < 5'000; ++i) {
    inbox& to = i % 2 == 0 ? orders : news;
    if (!accepted(to.push(std::string(300, 'x'), 300))) return 1;  // waits for bytes, and for a place
  }
  orders.close();
  news.close();
  trader.join();
  reader.join();
  std::printf("at most %zu bytes at a time\n", bytes.take_peak());
  return bytes.stats().in_use == 0 ? 0 : 1;
}
