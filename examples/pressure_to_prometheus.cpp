// What a queue shows of itself to Prometheus, and a line for people when it comes under pressure.
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <tidegate/observe/metrics.hpp>
#include <tidegate/observe/pressure_log.hpp>
#include <tidegate/observe/pressure_sampler.hpp>
#include <tidegate/observe/registry.hpp>
#include <tidegate/queue/spsc_queue.hpp>
#include <vector>

int main() {
  tidegate::registry things;
  tidegate::spsc_queue<int> orders({.capacity = 100, .name = "orders"});
  const tidegate::watching watched = things.add(orders);

  int lines = 0;
  tidegate::pressure_log log({.high = 0.9, .low = 0.7}, [&lines](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    ++lines;
  });
  tidegate::pressure_sampler sampler(things);
  sampler.on_sample([&log](std::span<const tidegate::pressure> all) { log.look(all); });

  sampler.sample();  // start() does so every 100 ms, on a thread of its own
  for (int order = 0; order < 95; ++order) static_cast<void>(orders.try_push(order));
  sampler.sample();

  // whenever Prometheus asks
  const std::vector<tidegate::pressure> all = sampler.read();
  const auto values = tidegate::collect_metrics({.watched = all, .inventory_bytes = things.inventory().total_bytes});
  const std::string text = tidegate::to_prometheus(values, "shop_");
  std::printf("%s", text.c_str());
  return lines == 1 && text.find("shop_queue_depth_items{queue=\"orders\"} 95\n") != std::string::npos ? 0 : 1;
}
