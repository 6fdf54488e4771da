// One queue to three peers, of which one reads nothing: it is shut out after 20 ms, and the others get every record.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>

#include "tidegate/io/fan_out.hpp"
#include "tidegate/io/fan_out_types.hpp"
#include "tidegate/io/running_driver.hpp"
#include "tidegate/queue/mpsc_queue.hpp"

int main() {
  using std::chrono::milliseconds;
  tidegate::mpsc_queue<std::string> quotes({.capacity = 64});
  unsigned evicted = 0;
  tidegate::running_driver<tidegate::fan_out<tidegate::mpsc_queue<std::string>>> fan(
      quotes, {.on_left = [&](const tidegate::peer_report& one) {
        evicted += one.why == tidegate::peer_end::evicted;
        std::printf("peer %u %s: %u written, %u lost\n", unsigned(one.id), to_string(one.why).data(),
                    unsigned(one.sink.position.records.written), unsigned(one.sink.position.records.lost));
      }});
  tidegate::unique_fd peers[3];
  for (auto& peer : peers) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
    peer.reset(ends[1]);
    fan.driver().join(tidegate::unique_fd(ends[0]),
                      {.when_behind = tidegate::behind_policy::evict, .stall_after = milliseconds(20)});
  }
  const auto read_all = [](int fd) {
    for (char text[4096]; ::read(fd, text, sizeof text) > 0;) {
    }
  };
  std::jthread first(read_all, peers[0].get()), second(read_all, peers[1].get());  // and nobody reads peers[2]
  for (int i = 0; i < 200'000; ++i) static_cast<void>(quotes.push("quote number " + std::to_string(i) + "\n"));
  quotes.close();
  return fan.join().stats.records == 200'000 && evicted == 1 ? 0 : 1;
}
