// drain_to_sink.hpp: how tidegate empties a queue into a sink: by sink_driver where the library has it, else by hand.
//
// The only place of this benchmark that knows which. Both answer an empty string when every record is written.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/sink/job.hpp"
#include "bench/sink/through_queue.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/stream_sink.hpp"

#if __has_include("tidegate/io/sink_driver.hpp")
#include "tidegate/io/sink_driver.hpp"
#define TIDEGATE_BENCH_HAS_SINK_DRIVER 1
#else
#define TIDEGATE_BENCH_HAS_SINK_DRIVER 0
#endif

namespace tidegate::bench::sink_bench {

inline constexpr bool has_sink_driver = TIDEGATE_BENCH_HAS_SINK_DRIVER != 0;

/// A sink with the library's default limits, that the queue can wake where there is a driver.
template <class Queue>
[[nodiscard]] std::unique_ptr<sink> open_sink(const job& todo, [[maybe_unused]] Queue& queue) {
  sink_config config;
  config.corked = true;
#if TIDEGATE_BENCH_HAS_SINK_DRIVER
  config.wake_fd = wake_fd_of(queue);
#endif
  if (todo.via == transport::file) return std::make_unique<file_sink>(open_target(todo), config, 0);
  return std::make_unique<stream_sink>(open_target(todo), config);
}

/// Empty when it wrote all that it accepted.
[[nodiscard]] inline std::string problem_of(const close_report& report) {
  return report.error ? "the sink: " + report.error.message() : "";
}

#if TIDEGATE_BENCH_HAS_SINK_DRIVER

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

#else

/// Moves what is there and what the sink has credit for; answers how many records.
template <std::size_t Bytes>
std::size_t move_some(record_queue<Bytes>& queue, sink& out) {
  static const std::vector<std::uint32_t> lengths(queue_bytes / Bytes, std::uint32_t{Bytes});
  const sink_credits room = out.credits();
  auto shown = queue.try_peek(std::min({lengths.size(), room.records, room.bytes / Bytes}));
  std::size_t moved = 0;
  for (const auto& records : shown.spans()) {
    if (records.empty()) continue;
    if (!accepted(out.write_run(std::as_bytes(records), std::span(lengths).first(records.size())))) break;
    moved += records.size();
  }
  shown.release(moved);
  return moved;
}
template <std::size_t Bytes>
std::size_t move_some(record_bytes_queue& queue, sink& out) {
  const sink_credits room = out.credits();
  return queue.try_consume_n(std::min({std::size_t{4096}, room.records, room.bytes / Bytes}),
                             [&](std::span<std::byte> record) noexcept { static_cast<void>(out.write(record)); });
}

/// False once the queue is closed and empty.
template <std::size_t Bytes>
bool move_next(record_queue<Bytes>& queue, sink& out, deadline::time_point until) {
  sized_record<Bytes> record;
  const pop_status status = queue.pop_until(record, until);
  if (status == pop_status::ok) static_cast<void>(out.write(record.bytes));
  return status != pop_status::closed;
}
template <std::size_t Bytes>
bool move_next(record_bytes_queue& queue, sink& out, deadline::time_point until) {
  const auto write = [&](std::span<std::byte> record) noexcept { static_cast<void>(out.write(record)); };
  return queue.consume_until(write, until) != pop_status::closed;
}

template <std::size_t Bytes, class Queue, class Look>
[[nodiscard]] std::string drain_by_hand(Queue& queue, sink& out, Look&& look, std::chrono::nanoseconds every) {
  const auto patience = every.count() == 0 ? std::chrono::nanoseconds(std::chrono::hours(1)) : every;
  for (bool more = true; more && !out.error(); look(out)) {
    const std::size_t moved = move_some<Bytes>(queue, out);
    if (out.pump() != 0 || moved != 0) continue;
    const auto now = std::chrono::steady_clock::now();
    if (out.position().bytes.in_flight() != 0) {
      static_cast<void>(out.wait_progress(deadline::after(now, std::chrono::microseconds(100))));
    } else {
      more = move_next<Bytes>(queue, out, deadline::after(now, patience).when());
    }
  }
  return problem_of(out.close(deadline::after(std::chrono::steady_clock::now(), std::chrono::seconds(10))));
}

#endif

/// Empties the queue into the sink until it is closed, and closes the sink.
template <std::size_t Bytes, class Queue, class Sink, class Look>
[[nodiscard]] std::string drain(Queue& queue, Sink& out, Look&& look, std::chrono::nanoseconds every) {
#if TIDEGATE_BENCH_HAS_SINK_DRIVER
  return drain_to_sink(queue, out, look, every);
#else
  return drain_by_hand<Bytes>(queue, out, look, every);
#endif
}

}  // namespace tidegate::bench::sink_bench
