// One thread, several peers, one wait: it sleeps until the queue has something, a peer has room, or it is time.
#include <fcntl.h>

#include <span>
#include <thread>
#include <tidegate/io/doorbell.hpp>
#include <tidegate/io/sink_group.hpp>
#include <tidegate/io/stream_sink.hpp>
#include <tidegate/io/unique_fd.hpp>
#include <tidegate/queue/spsc_queue.hpp>

static tidegate::unique_fd peer() { return tidegate::unique_fd{::open("/dev/null", O_WRONLY | O_CLOEXEC)}; }

int main() {
  tidegate::sink_group group;
  tidegate::stream_sink first(peer(), {.group = &group, .corked = true});
  tidegate::stream_sink second(peer(), {.group = &group, .corked = true});
  tidegate::spsc_queue<int> queue({.capacity = 256});
  tidegate::doorbell arrivals(group, queue.pop_source());
  const std::jthread producer([&] {
    for (int i = 0; i < 10'000; ++i) static_cast<void>(queue.push(int{i}));  // no system call while the loop is awake
    queue.close();
  });
  const auto have_room = [&] { return first.writable() && second.writable(); };  // the slower peer sets the pace
  for (auto status = tidegate::pop_status::empty; status != tidegate::pop_status::closed;) {
    int value = 0;
    while (have_room() && (status = queue.try_pop(value)) == tidegate::pop_status::ok) {
      static_cast<void>(first.write(std::as_bytes(std::span(&value, 1))));
      static_cast<void>(second.write(std::as_bytes(std::span(&value, 1))));
    }
    static_cast<void>(group.pump());
    if (status == tidegate::pop_status::closed) break;
    // what is in the queue is no reason to wake up while a peer has no room for it
    if (!have_room() || arrivals.arm()) static_cast<void>(group.wait(tidegate::deadline::never()));
  }
  const bool delivered =
      !first.close(tidegate::deadline::never()).error && !second.close(tidegate::deadline::never()).error;
  return delivered && first.position().records.written == 10'000 && second.position().records.written == 10'000 ? 0 : 1;
}
