// A source that stops reading with two batches on their way and goes on with one: no polling, no flapping.
#include <chrono>
#include <cstdio>
#include <thread>

#include "tidegate/flow/credits.hpp"
#include "tidegate/flow/source_pause.hpp"
#include "tidegate/flow/watermark.hpp"
#include "tidegate/queue/spsc_queue.hpp"

int main() {
  constexpr int batch = 100;
  tidegate::credits<tidegate::credit_options{.watermarks = true}> on_their_way({.total = 3 * batch});
  tidegate::source_pause reading;
  const auto& mark = on_their_way.on_watermark(tidegate::watermarks::for_batches_of(batch), reading.follow());
  tidegate::spsc_queue<int> records({.capacity = 3 * batch});

  std::jthread sink([&] {
    for (int record = 0; records.pop(record) == tidegate::pop_status::ok;) on_their_way.release();  // it is done with
  });
  for (int i = 0; i < 10'000; ++i) {
    if (!reading.wait_until_resumed(std::chrono::steady_clock::now() + std::chrono::seconds(60))) return 1;
    if (on_their_way.acquire() != tidegate::acquire_status::ok || !accepted(records.push(int{i}))) return 1;
  }
  records.close();
  sink.join();
  std::printf("paused %g times, %g edges\n", static_cast<double>(reading.pauses()),
              static_cast<double>(mark.crossings()));
  return on_their_way.in_use_hint() == 0 && mark.crossings() % 2 == 0 ? 0 : 1;
}
