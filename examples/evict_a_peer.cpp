// A peer that takes nothing for a while is evicted; what it had not taken comes back, record by record, for another.
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <tidegate/io/sink.hpp>
#include <tidegate/io/sink_types.hpp>
#include <tidegate/io/stream_sink.hpp>
#include <tidegate/io/unique_fd.hpp>

using namespace std::chrono_literals;

int main() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  const tidegate::unique_fd peer(ends[1]);  // never reads

  tidegate::sink_config config{.capacity_bytes = 1 << 20, .high_bytes = 512 << 10, .low_bytes = 128 << 10};
  config.stall_after = 20ms;
  config.evict_stalled = true;
  config.socket.send_buffer_bytes = 64 << 10;  // what the kernel may hold besides
  tidegate::stream_sink out(tidegate::unique_fd{ends[0]}, config);

  while (true) {
    const auto answer = out.emplace(64, [](std::span<std::byte> place) {  // in place: no copy of our own
      return static_cast<std::size_t>(std::snprintf(reinterpret_cast<char*>(place.data()), place.size(), "a tick\n"));
    });
    if (answer == tidegate::sink_status::failed) break;
    if (answer == tidegate::sink_status::ok) continue;
    if (out.drain(tidegate::deadline::never()) == tidegate::wait_status::failed) break;  // evicted
  }

  std::size_t spared = 0;
  const auto report = out.close(tidegate::deadline::already_over(), [&](const auto&) { ++spared; });
  std::printf("%s: records %llu to %llu come back\n", to_string(report.lost.reason).data(),
              static_cast<unsigned long long>(report.lost.first_record),
              static_cast<unsigned long long>(report.lost.end_record));
  return report.error == tidegate::sink_errc::evicted && spared == report.position.records.lost ? 0 : 1;
}
