// One queue to a peer and to a log: both get every record, each by its own credits.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "tidegate/io/either_sink.hpp"
#include "tidegate/io/fan_out.hpp"
#include "tidegate/io/log_sink.hpp"
#include "tidegate/io/running_driver.hpp"
#include "tidegate/io/stream_sink.hpp"
#include "tidegate/queue/mpsc_queue.hpp"

int main() {
  using quotes = tidegate::mpsc_queue<std::string>;
  using peer = tidegate::either_sink<tidegate::stream_sink, tidegate::log_sink>;
  char directory[] = "/tmp/quotes-XXXXXX";
  int ends[2];
  if (::mkdtemp(directory) == nullptr || ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;

  quotes queue({.capacity = 64});
  unsigned complete = 0;
  tidegate::running_driver<tidegate::fan_out<quotes, peer>> fan(
      queue, {.on_left = [&](const auto& one) { complete += one.sink.position.records.written == 10'000; }});
  fan.driver().join(std::make_unique<peer>(std::make_unique<tidegate::stream_sink>(tidegate::unique_fd(ends[0]))));
  tidegate::log_config config;
  config.directory = directory;
  fan.driver().join(std::make_unique<peer>(std::make_unique<tidegate::log_sink>(config)));
  while (fan.stats().joined != 2) std::this_thread::yield();  // they get what comes from here on
  std::jthread reader([from = tidegate::unique_fd(ends[1])] {
    for (char text[4096]; ::read(from.get(), text, sizeof text) > 0;) {
    }
  });
  for (int i = 0; i < 10'000; ++i) static_cast<void>(queue.push("quote number " + std::to_string(i)));
  queue.close();
  fan.join();
  std::printf("%u of 2 have got all\n", complete);
  std::filesystem::remove_all(directory);
  return complete == 2 ? 0 : 1;
}
