// Many small records to a file in few system calls: a run is one copy, a full batch is one write.
#include <fcntl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <tidegate/io/file_sink.hpp>
#include <tidegate/io/sink.hpp>

struct tick {
  std::uint64_t time_ns;
  std::uint32_t instrument;
  float price;
};

/// Works with every sink: file or stream.
static bool write_ticks(tidegate::sink& out, std::span<const tick> ticks) {
  std::array<std::uint32_t, 256> lengths;
  lengths.fill(sizeof(tick));
  const std::span run(lengths.data(), ticks.size());
  tidegate::sink_status answer = out.write_run(std::as_bytes(ticks), run);
  while (answer == tidegate::sink_status::full) {
    if (out.wait_progress(tidegate::deadline::never()) != tidegate::wait_status::ok) return false;
    answer = out.write_run(std::as_bytes(ticks), run);
  }
  if (answer == tidegate::sink_status::pause)
    return out.drain(tidegate::deadline::never()) == tidegate::wait_status::ok;
  return answer == tidegate::sink_status::ok;
}

int main() {
  tidegate::unique_fd file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) return 0;  // not every file system has unnamed files
  tidegate::file_sink out(std::move(file), {.corked = true});
  std::array<tick, 256> ticks{};
  for (std::uint64_t i = 0; i < 1000; ++i) {
    for (tick& one : ticks) one.time_ns = i;
    if (!write_ticks(out, ticks)) return 1;
  }
  const auto report = out.close(tidegate::deadline::never());
  std::printf("%llu records in %llu writes (%s)\n", static_cast<unsigned long long>(report.position.records.written),
              static_cast<unsigned long long>(out.stats().batches), out.backend().reason.c_str());
  return !report.error && report.position.records.written == 256'000 ? 0 : 1;
}
