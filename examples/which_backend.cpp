// What carries the bytes here, and why: io_uring, or plain system calls where it is refused; and one that does without
// what a kernel gets wrong.
#include <fcntl.h>

#include <cstdio>
#include <tidegate/io/sink_types.hpp>
#include <tidegate/io/stream_sink.hpp>
#include <tidegate/io/unique_fd.hpp>
#include <tidegate/io/uring_features.hpp>

static void show(const char* what, const tidegate::backend_report& report) {
  std::printf("%s: %s\n", what, report.reason.c_str());
}

int main() {
  show("this system", tidegate::probe_uring());
  tidegate::sink_config config;
  config.without = {tidegate::uring_feature::defer_taskrun, tidegate::uring_feature::multishot_poll};
  tidegate::stream_sink out(tidegate::unique_fd{::open("/dev/null", O_WRONLY | O_CLOEXEC)}, config);
  show("a sink on /dev/null", out.backend());
  const auto answer = out.write(std::span<const std::byte>{});
  return accepted(answer) && !out.close(tidegate::deadline::already_over()).error ? 0 : 1;
}
