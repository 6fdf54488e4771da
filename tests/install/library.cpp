// A user of the static library: three records through a pipe, and a log that is not there.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <span>
#include <string_view>
#include <tidegate/base/deadline.hpp>
#include <tidegate/base/sync.hpp>
#include <tidegate/io/log_recovery.hpp>
#include <tidegate/io/stream_sink.hpp>
#include <tidegate/io/unique_fd.hpp>

int main() {
  using namespace std::chrono_literals;
  if (tidegate::examine_log({".", "nowhere", ""}).error != tidegate::log_errc::no_log) return 3;
  int ends[2];
  if (pipe(ends) != 0) return 2;
  const tidegate::unique_fd reading(ends[0]);
  tidegate::stream_sink sink{tidegate::unique_fd(ends[1])};
  for (const std::string_view record : {"ebb ", "and ", "flow"}) {
    if (sink.write(std::as_bytes(std::span(record))) != tidegate::sink_status::ok) return 1;
  }
  const auto soon = tidegate::deadline::after(tidegate::native_sync::now(), 30s);
  if (sink.flush(soon) != tidegate::wait_status::ok || sink.close(soon).error) return 1;
  char text[32] = {};
  const auto count = read(reading.get(), text, sizeof text);
  std::printf("%s\n", text);
  return count == 12 && std::string_view(text) == "ebb and flow" ? 0 : 1;
}
