#include <cstdio>
#include <thread>
#include <tidegate/tidegate.hpp>

int main() {
  tidegate::spsc_queue<int> orders({.capacity = 64});

  std::jthread desk([&] {
    for (int id = 1; id <= 1000; ++id) {
      if (orders.push(int{id}) != tidegate::push_status::ok) return;  // waits while the gate is shut
    }
    orders.close();  // what is inside is still delivered
  });

  long long sum = 0;
  for (int id; orders.pop(id) == tidegate::pop_status::ok;) sum += id;
  std::printf("sum of order ids: %lld\n", sum);
  return sum == 500500 ? 0 : 1;
}
