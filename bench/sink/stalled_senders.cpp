// Who is measured with a stalled peer: tidegate here, libuv in its own file, Node and Python by their scripts.
#include <atomic>
#include <cstdio>
#include <thread>

#include "bench/sink/drain_to_sink.hpp"
#include "bench/sink/rivals/scripts.hpp"
#include "bench/sink/stalled.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr std::size_t record_bytes = stall_job().record_bytes;
using queue_type = record_queue<record_bytes>;

/// The producer is held up by the full queue, for at most one report at a time; it catches up afterwards.
void produce_when_due(queue_type& queue, const stall_job& todo, const std::atomic<std::uint64_t>& in_sink_bytes) {
  const stall_clock clock(todo);
  record_source<record_bytes> source;
  sized_record<record_bytes> next = source.next();
  std::uint64_t accepted = 0;
  while (!clock.ended()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    while (accepted < clock.due()) {
      if (queue.push_for(std::move(next), std::chrono::milliseconds(10)) != push_status::ok) break;
      ++accepted;
      next = source.next();
    }
    // A statistic of the consumer's: orders nothing.
    stall_clock::tell(accepted, queue.depth_hint() * record_bytes + in_sink_bytes.load(order::relaxed));
  }
}

void send_by_tidegate(const stall_job& todo) {
  queue_type queue({.capacity = queue_bytes / record_bytes});
  std::atomic<std::uint64_t> in_sink_bytes{0};
  std::thread consumer([&] {
    const auto out = open_sink({.via = transport::tcp, .address = todo.address, .record_bytes = record_bytes}, queue);
    const auto note = [&](const sink& seen) {
      in_sink_bytes.store(seen.position().bytes.in_flight(), order::relaxed);  // a statistic: orders nothing
    };
    const std::string problem = drain_to_sink(queue, *out, note, std::chrono::milliseconds(10));
    if (!problem.empty()) std::fprintf(stderr, "tidegate: %s\n", problem.c_str());
  });
  produce_when_due(queue, todo, in_sink_bytes);
  queue.close();
  consumer.join();
}

const enlisted_staller ours({.name = "tidegate spsc_queue + sink",
                             .note = "the full queue holds the producer up",
                             .in_child = send_by_tidegate});

struct enlisted_scripts {
  enlisted_scripts() {
    add("Node, return of write() ignored", node_command("heedless"));
    add("Node, waits for 'drain'", node_command("cork"));
    add("asyncio, never drains", python_command("heedless"));
    add("asyncio, drains", python_command("batch"));
  }
  static void add(const std::string& name, const std::vector<std::string>& command) {
    if (!command.empty()) stall_contenders().push_back({.name = name, .command = command});
  }
};
const enlisted_scripts scripts;

}  // namespace
}  // namespace tidegate::bench::sink_bench
