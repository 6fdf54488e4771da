// A driver inside a loop of one's own, into a file: turns of bounded length, and the account at the end.
#include <stdlib.h>

#include <string>

#include "tidegate/io/drainable_sink.hpp"
#include "tidegate/io/drive_types.hpp"
#include "tidegate/io/file_sink.hpp"
#include "tidegate/io/record_encoder.hpp"
#include "tidegate/io/sink_driver.hpp"
#include "tidegate/queue/spsc_queue.hpp"

template <tidegate::drainable_sink Sink>
bool write_log(tidegate::spsc_queue<std::string>& lines, Sink& out) {
  tidegate::sink_driver drive(lines, out);  // strings are records as they are
  for (unsigned turn = 0;; ++turn) {
    if (turn < 100) static_cast<void>(lines.push("turn " + std::to_string(turn) + "\n"));
    if (turn == 100) lines.close();
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
    const tidegate::drive_status status = drive.run_once(soon);  // takes, writes, sleeps when there is nothing to do
    if (status > tidegate::drive_status::idle) {
      const tidegate::drive_report report = drive.finish(status);
      return report.why == tidegate::drive_status::drained && report.sink.position.records.written == 100;
    }
  }
}

int main() {
  char path[] = "/tmp/driver_in_a_loop.XXXXXX";
  tidegate::unique_fd file(::mkstemp(path));
  ::unlink(path);
  tidegate::spsc_queue<std::string> lines({.capacity = 16});
  tidegate::file_sink out(std::move(file), {.wake_fd = tidegate::wake_fd_of(lines)});
  return write_log(lines, out) ? 0 : 1;
}
