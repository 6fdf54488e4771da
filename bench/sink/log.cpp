// tidegate: producer thread, spsc_queue, log_sink with group commit; read back by log_reader.
#include "bench/sink/drain_to_sink.hpp"
#include "tidegate/io/log_reader.hpp"
#include "tidegate/io/log_sink.hpp"

namespace tidegate::bench::sink_bench {
namespace {

/// How a log is set up: the engine, and how much may wait for its sync.
struct log_setup {
  log_engine engine = log_engine::automatic;
  bool is_roomy = false;  ///< 16 MiB in flight instead of the default 4
};

/// wake_fd lets one sleep wait for the queue and for the disk.
template <class Queue>
log_config config_for(const job& todo, const log_setup& setup, Queue& queue) {
  log_config config;
  config.directory = todo.address;
  config.engine = setup.engine;
  config.sync = sync_policy::each_batch();
  config.corked = true;
  config.wake_fd = wake_fd_of(queue);
  if (setup.is_roomy) {
    config.capacity_bytes *= 4;
    config.high_bytes = config.capacity_bytes / 2;
    config.low_bytes = config.capacity_bytes / 4;
    config.batch_bytes *= 4;
  }
  return config;
}

std::uint64_t send_to_log(const job& todo, const log_setup& setup, entry_kind entry) {
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    using queue_type = record_queue<Bytes>;
    const auto open = [&](queue_type& queue) { return std::make_unique<log_sink>(config_for(todo, setup, queue)); };
    send_through_queue<Bytes, queue_type>(
        todo, entry, open, [](queue_type& queue, const std::unique_ptr<log_sink>& out) {
          const std::string problem = drain_to_sink(queue, *out, [](const log_sink&) {}, {});
          if (!problem.empty()) throw wrong_result(problem);
        });
  });
  return 0;
}

std::string problem_of_log(const job& todo) {
  log_reader reader({.directory = todo.address, .name = log_config().name, .failover_directory = {}});
  record_checker checker(todo.record_bytes, check_depth::whole);
  read_status status = reader.next();
  for (; status == read_status::ok; status = reader.next()) checker.take(reader.payload());
  if (status != read_status::end) return "the log cannot be read back: " + std::string(to_string(status));
  return checker.problem_after(todo.records);
}

sender log_of(const std::string& how, const log_setup& setup, entry_kind entry) {
  const std::string through = entry == entry_kind::claims ? "spsc_queue claims" : "spsc_queue";
  return {.who = {.name = "tidegate " + through + " + log_sink, " + how,
                  .plays = role::ours,
                  .note = "sync_policy::each_batch(), checksummed records"},
          .goes_to = {transport::durable},
          .paces = false,
          .send = [setup, entry](const job& todo) { return send_to_log(todo, setup, entry); },
          .verify = problem_of_log};
}

const enlisted_sender automatic(log_of("automatic", {}, entry_kind::push));
const enlisted_sender automatic_claims(log_of("automatic", {}, entry_kind::claims));
const enlisted_sender roomy(log_of("16 MiB in flight", {log_engine::automatic, true}, entry_kind::claims));
const enlisted_sender buffered(log_of("buffered", {log_engine::buffered}, entry_kind::push));
const enlisted_sender direct(log_of("direct", {log_engine::direct}, entry_kind::push));

}  // namespace
}  // namespace tidegate::bench::sink_bench
