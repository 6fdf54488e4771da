// Telemetry of several threads to one TCP peer: a slow peer is felt by the producers through the queue's own policy.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdio>
#include <thread>
#include <vector>

#include "tidegate/io/running_driver.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/queue/mpsc_queue.hpp"

struct sample {
  unsigned sensor, value;
};

int main() {
  tidegate::unique_fd listener(::socket(AF_INET, SOCK_STREAM, 0)), peer(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  auto* const place = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  const bool listens = ::bind(listener.get(), place, length) == 0 && ::listen(listener.get(), 1) == 0;
  ::getsockname(listener.get(), place, &length);
  if (!listens || ::connect(peer.get(), place, length) != 0) return 1;
  tidegate::mpsc_queue<sample> samples({.capacity = 256});  // full: push() waits, try_push() answers `full`
  tidegate::stream_sink out(std::move(peer), {.wake_fd = tidegate::wake_fd_of(samples)});
  const auto as_line = tidegate::encode_into<64>([](const sample& one, std::span<std::byte> room) noexcept {
    auto* const text = reinterpret_cast<char*>(room.data());
    return static_cast<std::size_t>(std::snprintf(text, room.size(), "%u %u\n", one.sensor, one.value));
  });
  tidegate::running_driver drive(samples, out, tidegate::drive_config{}, as_line);
  std::vector<std::jthread> sensors;
  const auto measure = [&](unsigned id) {
    for (unsigned i = 0; i < 1000; ++i) (void)samples.push({id, i});
  };
  for (unsigned id = 0; id < 3; ++id) sensors.emplace_back(measure, id);
  sensors.clear();
  samples.close();  // what is inside is still sent
  return drive.join().sink.position.records.written == 3000 ? 0 : 1;
}
