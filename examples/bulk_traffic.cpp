// Runs of samples from several pinned producers to several consumers: one claim moves a whole run.
//
// A thread that is stopped in the middle of a call stops the others: give each a core of its own, or take another ring.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <tidegate/ring/ticketed_ring.hpp>
#include <vector>

using sample = std::uint64_t;
using sample_ring = tidegate::ticketed_ring<sample, tidegate::ticketed_options{.cells = tidegate::cell_spacing::dense}>;

static void produce(sample_ring& ring, sample count) {
  std::array<sample, 32> run{};
  for (sample next = 1; next <= count;) {
    std::size_t filled = 0;
    while (filled < run.size() && next <= count) run[filled++] = next++;
    for (std::size_t sent = 0; sent < filled;) {
      const std::size_t accepted = ring.try_push_n(run.data() + sent, filled - sent);
      if (accepted == 0) std::this_thread::yield();  // full: somebody else's turn
      sent += accepted;
    }
  }
}

static sample consume(sample_ring& ring) {
  std::array<sample, 32> run{};
  sample sum = 0;
  while (!ring.ended()) {
    const std::size_t taken = ring.try_pop_n(run.data(), run.size());
    for (std::size_t i = 0; i < taken; ++i) sum += run[i];
    if (taken == 0) std::this_thread::yield();
  }
  return sum;
}

int main() {
  constexpr sample each = 200'000;
  sample_ring ring(1000);  // any capacity, exactly
  std::atomic<sample> sum = 0;
  std::vector<std::jthread> consumers;
  for (int i = 0; i < 2; ++i) {
    consumers.emplace_back([&] { sum += consume(ring); });
  }
  {
    std::jthread first([&] { produce(ring, each); });
    std::jthread second([&] { produce(ring, each); });
  }
  ring.close();  // what was accepted is still delivered
  for (std::jthread& consumer : consumers) consumer.join();
  std::printf("%llu samples through %zu cells, %zu bytes\n", static_cast<unsigned long long>(2 * each), ring.capacity(),
              ring.max_bytes());
  return sum == each * (each + 1) ? 0 : 1;
}
