// spdlog: async_logger with one worker thread that blocks the producer when its queue is full, basic_file_sink.
//
// The pattern is "%v" without an end of line, so that the file holds the records and nothing else.
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <memory>

#include "bench/sink/job.hpp"
#include "bench/sink/record.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr std::size_t queue_records = 8192;  // spdlog's default

std::uint64_t send(const job& todo) {
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    const auto out = std::make_shared<spdlog::sinks::basic_file_sink_mt>(todo.address);
    const auto time = spdlog::pattern_time_type::local;
    out->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", time, ""));
    const auto worker = std::make_shared<spdlog::details::thread_pool>(queue_records, 1U);
    const auto policy = spdlog::async_overflow_policy::block;
    const auto log = std::make_shared<spdlog::async_logger>("bench", out, worker, policy);
    record_source<Bytes> source(todo.pause);
    for (std::uint64_t i = 0; i < todo.records; ++i) {
      const auto& bytes = source.next().bytes;
      log->log(spdlog::level::info, spdlog::string_view_t(reinterpret_cast<const char*>(bytes.data()), Bytes));
    }
    log->flush();
  });  // the worker ends when its queue is empty, and the file is closed
  return 0;
}

/// Not in one expression, of which GCC 12 says that it uses what it has not initialised.
sender blocking() {
  sender one;
  one.who.name = "spdlog async";
  one.who.package = "libspdlog-dev";
  one.who.note = "one worker, queue of 8192, overflow block, pattern %v";
  one.goes_to = {transport::file};
  one.send = send;
  return one;
}
const enlisted_sender enlisted(blocking());

}  // namespace
}  // namespace tidegate::bench::sink_bench
