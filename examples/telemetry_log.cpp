// A telemetry log that survives kills and power cuts: group commit every 10 ms, and an exact account of what is safe.
#include <stdlib.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>

#include "tidegate/io/log_sink.hpp"
#include "tidegate/io/log_types.hpp"

struct sample {
  std::uint64_t number;
  double temperature;
};

bool record(tidegate::log_sink& log, const sample& one) {
  const auto bytes = std::as_bytes(std::span(&one, 1));
  tidegate::sink_status answer = log.write(bytes);
  while (answer == tidegate::sink_status::full) {  // the disk is slower than we are, or full: wait for it
    if (log.wait_progress(tidegate::deadline::never()) != tidegate::wait_status::ok) return false;
    answer = log.write(bytes);
  }
  return tidegate::accepted(answer);
}

int main() {
  char folder[] = "/tmp/tidegate-example-XXXXXX";
  if (::mkdtemp(folder) == nullptr) return 1;
  tidegate::log_config config{.directory = folder, .name = "telemetry"};
  config.sync = tidegate::sync_policy::interval(std::chrono::milliseconds{10});
  config.corked = true;  // full batches leave by themselves, the rest with a wait

  tidegate::log_sink log(config);  // recovers what is there, goes on behind it
  for (std::uint64_t number = 0; number < 100'000 && record(log, {number, 21.5});) ++number;
  const bool safe = log.sync(tidegate::deadline::never()) == tidegate::wait_status::ok;
  std::printf("durable up to record %zu, %s\n", std::size_t{log.durable_seq()}, log.backend().reason.c_str());
  const auto report = log.close(tidegate::deadline::never());
  return std::filesystem::remove_all(folder) > 0 && safe && !report.error ? 0 : 1;
}
