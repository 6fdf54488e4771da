// tidegate: producer thread, spsc_queue, log_sink with group commit; read back by log_reader.
#include "bench/sink/drain_to_sink.hpp"
#include "tidegate/io/log_reader.hpp"
#include "tidegate/io/log_sink.hpp"

namespace tidegate::bench::sink_bench {
namespace {

/// wake_fd lets one sleep wait for the queue and for the disk.
template <class Queue>
log_config config_for(const job& todo, Queue& queue) {
  log_config config;
  config.directory = todo.address;
  config.sync = sync_policy::each_batch();
  config.corked = true;
  config.wake_fd = wake_fd_of(queue);
  return config;
}

template <log_engine Engine>
std::uint64_t send_to_log(const job& todo, entry_kind entry) {
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    using queue_type = record_queue<Bytes>;
    send_through_queue<Bytes, queue_type>(todo, entry, [&](queue_type& queue) {
      log_config config = config_for(todo, queue);
      config.engine = Engine;
      log_sink out(config);
      const std::string problem = drain<Bytes>(queue, out, [](const log_sink&) {}, {});
      if (!problem.empty()) throw wrong_result(problem);
    });
  });
  return 0;
}

std::string problem_of_log(const job& todo) {
  log_reader reader({.directory = todo.address, .name = "log"});
  record_checker checker(todo.record_bytes, check_depth::whole);
  read_status status = reader.next();
  for (; status == read_status::ok; status = reader.next()) checker.take(reader.payload());
  if (status != read_status::end) return "the log cannot be read back: " + std::string(to_string(status));
  return checker.problem_after(todo.records);
}

template <log_engine Engine>
sender log_of(const std::string& engine, entry_kind entry) {
  const std::string how = entry == entry_kind::claims ? "spsc_queue claims" : "spsc_queue";
  return {.who = {.name = "tidegate " + how + " + log_sink, " + engine,
                  .plays = role::ours,
                  .note = "sync_policy::each_batch(), checksummed records"},
          .goes_to = {transport::durable},
          .paces = false,
          .send = [entry](const job& todo) { return send_to_log<Engine>(todo, entry); },
          .verify = problem_of_log};
}

const enlisted_sender automatic(log_of<log_engine::automatic>("automatic", entry_kind::push));
const enlisted_sender automatic_claims(log_of<log_engine::automatic>("automatic", entry_kind::claims));
const enlisted_sender buffered(log_of<log_engine::buffered>("buffered", entry_kind::push));
const enlisted_sender direct(log_of<log_engine::direct>("direct", entry_kind::push));

}  // namespace
}  // namespace tidegate::bench::sink_bench
