// Two feeds publish on one queue; every desk sees all ticks in the same order, and a full queue holds both feeds back.
#include <array>
#include <thread>
#include <tidegate/queue/broadcast_push_calls.hpp>
#include <tidegate/queue/broadcast_queue.hpp>
#include <tidegate/queue/broadcast_queue_publisher.hpp>
#include <vector>

constexpr tidegate::queue_options options{.broadcast = {.publishers = tidegate::publisher_count::many}};
using tick_queue = tidegate::broadcast_queue<int, options>;

int main() {
  tick_queue queue({.capacity = 8, .rows = {.producers = 2, .consumers = 2}});
  std::array<std::vector<int>, 2> seen;
  {
    std::vector<std::jthread> desks;
    for (auto& ticks : seen) {
      desks.emplace_back([&ticks, reader = queue.make_reader()]() mutable {
        for (int tick = 0; reader.pop(tick) == tidegate::pop_status::ok;) ticks.push_back(tick);
      });
    }
    std::vector<std::jthread> feeds;
    for (int feed = 0; feed < 2; ++feed) {
      feeds.emplace_back([feed, publisher = queue.make_publisher()]() mutable {
        for (int i = 0; i < 500; ++i) static_cast<void>(publisher.push(2 * i + feed));
      });
    }
    for (auto& each : feeds) each.join();
    queue.close();
  }
  return seen[0].size() == 1000 && seen[0] == seen[1] ? 0 : 1;
}
