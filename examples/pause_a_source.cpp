// A source that stops reading with two batches on their way and goes on with one: no polling, no flapping.
#include <cstdio>
#include <thread>

#include "tidegate/flow/credits.hpp"
#include "tidegate/flow/source_pause.hpp"
#include "tidegate/flow/watermark.hpp"

int main() {
  constexpr int batch = 100;
  tidegate::credits<tidegate::credit_options{.watermarks = true}> on_their_way({.total = 3 * batch});
  tidegate::source_pause reading;
  const auto& mark = on_their_way.on_watermark(tidegate::watermarks::for_batches_of(batch), reading.follow());

  std::jthread sink([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (on_their_way.in_use_hint() > 0) on_their_way.release();  // one record is done with
    }
  });
  for (int i = 0; i < 1'000; ++i) {
    if (!reading.wait_until_resumed(std::chrono::steady_clock::now() + std::chrono::seconds(60))) return 1;
    for (int record = 0; record < batch / 10; ++record) {
      if (on_their_way.acquire() != tidegate::acquire_status::ok) return 1;
    }
  }
  std::printf("paused %g times, %g edges\n", static_cast<double>(reading.pauses()),
              static_cast<double>(mark.crossings()));
  return 0;
}
