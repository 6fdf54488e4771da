// A peer that reads slowly slows us down, and that is all: memory stays bounded, and whatever it did not get comes
// back.
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string_view>
#include <thread>
#include <tidegate/io/sink_types.hpp>
#include <tidegate/io/stream_sink.hpp>
#include <tidegate/io/unique_fd.hpp>

using namespace std::chrono_literals;

static tidegate::deadline in(std::chrono::nanoseconds span) {
  return tidegate::deadline::after(std::chrono::steady_clock::now(), span);
}

static void read_a_little(int fd) {
  char buffer[4096];
  for (int i = 0; i < 50 && ::read(fd, buffer, sizeof buffer) > 0; ++i) std::this_thread::sleep_for(1ms);
}

int main() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  const tidegate::unique_fd peer(ends[1]);
  std::thread reader(read_a_little, peer.get());

  tidegate::stream_sink out(tidegate::unique_fd{ends[0]},
                            {.capacity_bytes = 1 << 20, .high_bytes = 256 << 10, .low_bytes = 64 << 10});
  constexpr std::string_view line = "one record of telemetry, as long as it needs to be\n";
  while (true) {
    const auto answer = out.write(std::as_bytes(std::span(line)));
    if (answer == tidegate::sink_status::ok) continue;                    // go on
    if (!accepted(answer)) break;                                         // the sink has failed: error() says why
    if (out.drain(in(100ms)) == tidegate::wait_status::timed_out) break;  // the peer makes us wait: too long for us
  }

  std::size_t handed_back = 0;
  const auto report = out.close(in(10ms), [&](const tidegate::undelivered_record&) { ++handed_back; });
  reader.join();
  const auto& records = report.position.records;
  std::printf("%s: accepted %llu = written %llu + handed back %zu\n", out.backend().reason.c_str(),
              static_cast<unsigned long long>(records.accepted), static_cast<unsigned long long>(records.written),
              handed_back);
  return records.accepted == records.written + handed_back && handed_back > 0 ? 0 : 1;
}
