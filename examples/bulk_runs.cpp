// Samples travel in bulk from two producers to one consumer: one exchange moves as many as fit a cache line.
#include <array>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "tidegate/ring/block_handles.hpp"
#include "tidegate/ring/block_options.hpp"
#include "tidegate/ring/block_ring.hpp"

namespace {

constexpr int producers = 2;
constexpr std::size_t batch = 32;
constexpr int batches = 200;

/// Plain: its bytes are its value.
struct sample {
  std::uint32_t source;
  float value;
};
using ring = tidegate::block_ring<sample, tidegate::block_options{.longest_run = 8}>;

void measure(ring& to, std::uint32_t source) {
  auto handle = to.make_producer();
  std::array<sample, batch> some;
  some.fill({source, 1.0F});
  for (int i = 0; i < batches; ++i) {
    for (std::size_t sent = 0; sent < batch;) {  // fewer than asked: the ring is full
      sent += handle.try_push_n(some.data() + sent, batch - sent);
      if (sent < batch) std::this_thread::yield();
    }
  }
}

float collect(ring& from) {
  auto handle = from.make_consumer();
  float sum = 0;
  std::array<sample, batch> some;
  for (;;) {
    const std::size_t count = handle.try_pop_n(some.data(), batch);
    for (std::size_t i = 0; i < count; ++i) sum += some[i].value;
    if (count != 0) continue;
    sample last;
    const tidegate::pop_status status = handle.try_pop(last);  // says why there was none
    if (status == tidegate::pop_status::closed) return sum;
    if (status == tidegate::pop_status::ok) sum += last.value;
    if (status == tidegate::pop_status::empty) std::this_thread::yield();
  }
}

}  // namespace

int main() {
  ring samples(1000);
  float sum = 0;
  std::thread collector([&] { sum = collect(samples); });
  {
    std::vector<std::jthread> measuring;
    for (std::uint32_t i = 0; i < producers; ++i) measuring.emplace_back([&, i] { measure(samples, i); });
  }
  samples.close();
  collector.join();
  std::printf("%.0f of %zu samples arrived\n", static_cast<double>(sum), producers * batches * batch);
  return sum == static_cast<float>(producers * batches * batch) ? 0 : 1;
}
