// Two producers and two consumers on one ring, each with a handle; refusals are answers, and a close ends it.
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "tidegate/ring/exchange_handles.hpp"
#include "tidegate/ring/exchange_options.hpp"
#include "tidegate/ring/exchange_ring.hpp"
#include "tidegate/ring/mpmc_ring.hpp"
#include "tidegate/ring/mpsc_ring.hpp"
#include "tidegate/ring/spmc_ring.hpp"

namespace {

constexpr int producers = 2;
constexpr int consumers = 2;
constexpr int orders_each = 1000;

struct order_line {
  int producer;
  int number;
};

/// Any element travels: here one that can only be moved.
using element = std::unique_ptr<order_line>;

void produce(tidegate::mpmc_ring<element>& ring, int self) {
  auto handle = ring.make_producer();
  for (int number = 0; number < orders_each; ++number) {
    element line = std::make_unique<order_line>(order_line{self, number});
    while (handle.try_push(std::move(line)) == tidegate::push_status::full) std::this_thread::yield();
  }
}

int consume(tidegate::mpmc_ring<element>& ring) {
  auto handle = ring.make_consumer();
  int taken = 0;
  for (element line;;) {
    const tidegate::pop_status status = handle.try_pop(line);
    if (status == tidegate::pop_status::closed) return taken;
    if (status == tidegate::pop_status::ok) ++taken;
    if (status == tidegate::pop_status::empty) std::this_thread::yield();
  }
}

/// Newest values matter: a full ring gives its oldest element for the new one.
bool keeps_the_newest() {
  tidegate::spmc_ring<int> ring(2);
  int evicted = 0;
  for (int value = 1; value <= 5; ++value) {
    if (ring.push_evict(int{value}) == tidegate::push_status::evicted) ++evicted;
  }
  int oldest = 0;
  return evicted == 3 && ring.try_pop(oldest) == tidegate::pop_status::ok && oldest == 4;
}

/// One consumer may look at an element in place for as long as it likes.
bool holds_in_place() {
  tidegate::mpsc_ring<element> ring(8);
  if (ring.try_push(std::make_unique<order_line>(order_line{0, 7})) != tidegate::push_status::ok) return false;
  auto handle = ring.make_consumer();
  return handle.try_hold() == tidegate::pop_status::ok && (*handle.held())->number == 7;
}

}  // namespace

int main() {
  tidegate::mpmc_ring<element> ring(64);
  std::vector<std::thread> threads;
  std::vector<int> taken(consumers);
  for (int i = 0; i < consumers; ++i)
    threads.emplace_back([&, i] { taken[static_cast<std::size_t>(i)] = consume(ring); });
  {
    std::vector<std::jthread> pushing;
    for (int i = 0; i < producers; ++i) pushing.emplace_back([&, i] { produce(ring, i); });
  }
  ring.close();
  for (std::thread& thread : threads) thread.join();

  int sum = 0;
  for (const int each : taken) sum += each;
  std::printf("%d of %d orders arrived\n", sum, producers * orders_each);
  return sum == producers * orders_each && keeps_the_newest() && holds_in_place() ? 0 : 1;
}
