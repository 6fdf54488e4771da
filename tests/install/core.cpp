// A user of the headers.
#include <cstdio>
#include <thread>
#include <tidegate/tidegate.hpp>

int main() {
  tidegate::spsc_queue<int> queue({.capacity = 4});
  std::jthread producer([&] {
    for (int i = 1; i <= 100; ++i) static_cast<void>(queue.push(int{i}));
    queue.close();
  });
  int sum = 0;
  for (int value = 0; queue.pop(value) == tidegate::pop_status::ok;) sum += value;
  std::printf("sum %d, tidegate %d.%d\n", sum, TIDEGATE_VERSION_MAJOR, TIDEGATE_VERSION_MINOR);
  return sum == 5050 ? 0 : 1;
}
