// Waiting for records and for room: threads log lines of any length, one thread writes them out.
#include <cstdio>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tidegate/queue/byte_queue.hpp"
#include "tidegate/queue/byte_queue_options.hpp"

int main() {
  tidegate::mpsc_byte_queue<> lines({.capacity = 256, .name = "lines"});
  std::vector<std::thread> speakers;
  for (int i = 0; i < 3; ++i) {
    speakers.emplace_back([&lines, i] {
      const std::string text(static_cast<std::size_t>(10 + i), static_cast<char>('a' + i));
      for (int k = 0; k < 100; ++k) static_cast<void>(lines.push(std::as_bytes(std::span(text))));  // waits for room
    });
  }
  std::size_t records = 0;
  while (records < 300) {
    auto shown = lines.peek_until(16, std::chrono::steady_clock::time_point::max());
    for (std::span<const std::byte> line : shown) records += line.empty() ? 0 : 1;
    shown.release(shown.count());
  }
  for (std::thread& speaker : speakers) speaker.join();
  const auto stats = lines.stats();
  std::printf("%s: %zu records, %zu bytes\n", lines.name().c_str(), records, std::size_t{stats.room.record_bytes});
  return stats.room.record_bytes == 100 * (10 + 11 + 12) ? 0 : 1;
}
