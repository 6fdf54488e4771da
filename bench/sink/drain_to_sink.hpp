// drain_to_sink.hpp: how tidegate empties a queue into a sink: by sink_driver.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bench/sink/job.hpp"
#include "bench/sink/through_queue.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/sink_driver.hpp"
#include "tidegate/io/stream_sink.hpp"

namespace tidegate::bench::sink_bench {

/// A sink with the library's default limits, that the queue can wake.
template <class Queue>
[[nodiscard]] std::unique_ptr<sink> open_sink(const job& todo, Queue& queue) {
  sink_config config;
  config.corked = true;
  config.wake_fd = wake_fd_of(queue);
  if (todo.via == transport::file) return std::make_unique<file_sink>(open_target(todo), config, 0);
  return std::make_unique<stream_sink>(open_target(todo), config);
}

/// Empty when it wrote all that it accepted.
[[nodiscard]] inline std::string problem_of(const close_report& report) {
  return report.error ? "the sink: " + report.error.message() : "";
}

/// Empties the queue into the sink until it is closed, and closes the sink. Empty when every record is written.
/// `look(sink)` is called between turns.
template <class Queue, class Sink, class Look>
[[nodiscard]] std::string drain_to_sink(Queue& queue, Sink& out, Look&& look, std::chrono::nanoseconds every) {
  sink_driver<Queue, Sink> driver(queue, out);
  driver.take_over();
  drive_status status = drive_status::ok;
  while (status <= drive_status::idle) {
    const auto now = std::chrono::steady_clock::now();
    status = driver.run_once(every.count() == 0 ? deadline::never() : deadline::after(now, every));
    look(out);
  }
  const drive_report report = driver.finish(status);
  if (report.why != drive_status::drained) return "the driver: " + std::string(to_string(report.why));
  return problem_of(report.sink);
}

}  // namespace tidegate::bench::sink_bench
