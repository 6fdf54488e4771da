// Readers sleep until the next order comes; the publisher waits for the slowest, but for one of them only so long.
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <tidegate/queue/broadcast_queue.hpp>
#include <tidegate/queue/broadcast_queue_reader.hpp>
#include <tidegate/ring/broadcast_options.hpp>
#include <tidegate/ring/broadcast_publisher.hpp>

using order_queue = tidegate::broadcast_queue<std::unique_ptr<int>>;

static void take_all(order_queue::reader orders, int& last) {
  const auto look = [&last](const std::unique_ptr<int>& order) { last = *order; };
  while (orders.consume_until(look, order_queue::time_point::max()) == tidegate::pop_status::ok) continue;
}

int main() {
  order_queue queue({.capacity = 8, .rows = {.consumers = 2}});
  int last = 0;
  std::thread desk(take_all, queue.make_reader(), std::ref(last));
  auto idle = queue.make_reader({.slow = tidegate::slow_reader::evict, .grace = std::chrono::milliseconds(5)});
  for (int order = 1; order <= 1000; ++order) {
    if (queue.push(std::make_unique<int>(order)) != tidegate::push_status::ok) return 1;
  }
  queue.close();
  desk.join();
  const auto status = idle.consume_until([](const auto&) {}, tidegate::deadline::already_over().when());
  return last == 1000 && status == tidegate::pop_status::evicted ? 0 : 1;
}
