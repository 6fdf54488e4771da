// tidegate: producer thread, spsc_queue or byte_queue, sink.
#include "bench/sink/drain_to_sink.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr const char* drained_by = ", drained by sink_driver";

template <std::size_t Bytes, class Queue>
void run(const job& todo, entry_kind entry) {
  const auto open = [&](Queue& queue) { return open_sink(todo, queue); };
  send_through_queue<Bytes, Queue>(todo, entry, open, [](Queue& queue, const std::unique_ptr<sink>& out) {
    const std::string problem = drain_to_sink(queue, *out, [](const sink&) {}, {});
    if (!problem.empty()) throw wrong_result(problem);
  });
}

std::uint64_t through_elements(const job& todo, entry_kind entry) {
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() { run<Bytes, record_queue<Bytes>>(todo, entry); });
  return 0;
}

std::uint64_t through_bytes(const job& todo) {
  with_record_bytes(todo.record_bytes,
                    [&]<std::size_t Bytes>() { run<Bytes, record_bytes_queue>(todo, entry_kind::push); });
  return 0;
}

const std::vector<transport> everywhere{transport::tcp, transport::unix_socket, transport::file};

const enlisted_sender single({.who = {.name = "tidegate spsc_queue + sink",
                                      .plays = role::ours,
                                      .note = std::string("one push a record") + drained_by},
                              .goes_to = everywhere,
                              .send = [](const job& todo) { return through_elements(todo, entry_kind::push); }});
const enlisted_sender in_place({.who = {.name = "tidegate spsc_queue claims + sink",
                                        .plays = role::ours,
                                        .note = std::string("up to 64 records in place a claim") + drained_by},
                                .goes_to = everywhere,
                                .paces = false,
                                .send = [](const job& todo) { return through_elements(todo, entry_kind::claims); }});
const enlisted_sender as_bytes_in_ring({.who = {.name = "tidegate byte_queue + sink",
                                                .plays = role::ours,
                                                .note = std::string("one push a record") + drained_by},
                                        .goes_to = everywhere,
                                        .send = through_bytes});

}  // namespace
}  // namespace tidegate::bench::sink_bench
