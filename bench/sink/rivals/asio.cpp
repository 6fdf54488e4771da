// Boost.Asio: async_write with 1 or 64 records, the next one from the completion handler.
//
// In the throughput runs the loop makes the records itself: its best case. In the latency runs a producer thread posts
// each record. This Asio has no files on Linux.
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <memory>
#include <span>
#include <thread>

#include "bench/sink/job.hpp"
#include "bench/sink/record.hpp"

namespace tidegate::bench::sink_bench {
namespace {

namespace asio = boost::asio;
using socket_type = asio::generic::stream_protocol::socket;

constexpr std::size_t batch_max = 64;

asio::generic::stream_protocol protocol_of(transport via) {
  return {via == transport::tcp ? AF_INET : AF_UNIX, via == transport::tcp ? IPPROTO_TCP : 0};
}

void expect_no_error(const boost::system::error_code& problem) {
  if (problem) throw wrong_result("Boost.Asio: " + problem.message());
}

template <std::size_t Bytes>
class writer {
 public:
  writer(const job& todo, std::size_t batch)
      : socket_(loop_, protocol_of(todo.via), open_target(todo).release()), left_(todo.records), batch_(batch) {}

  void run() {
    write_next();
    loop_.run();
  }

 private:
  void write_next() {
    const std::size_t count = std::min<std::uint64_t>(left_, batch_);
    if (count == 0) return socket_.close();
    left_ -= count;
    for (std::size_t i = 0; i < count; ++i) {
      records_[i] = source_.next();
      parts_[i] = asio::const_buffer(records_[i].bytes.data(), Bytes);
    }
    asio::async_write(socket_, std::span(parts_).first(count),
                      [this](const boost::system::error_code& problem, std::size_t) {
                        expect_no_error(problem);
                        write_next();
                      });
  }

  asio::io_context loop_{1};
  socket_type socket_;
  record_source<Bytes> source_;
  std::uint64_t left_;
  std::size_t batch_;
  std::array<sized_record<Bytes>, batch_max> records_;
  std::array<asio::const_buffer, batch_max> parts_;
};

/// A producer thread, and a loop that it posts each record to.
template <std::size_t Bytes>
class posted_writer {
 public:
  explicit posted_writer(const job& todo)
      : todo_(todo), socket_(loop_, protocol_of(todo.via), open_target(todo).release()) {}

  void run() {
    std::thread producer([this] {
      record_source<Bytes> source(todo_.pause);
      for (std::uint64_t i = 0; i < todo_.records; ++i) {
        asio::post(loop_, [this, record = source.next()] { put(record); });
      }
    });
    loop_.run();
    producer.join();
  }

 private:
  void put(const sized_record<Bytes>& record) {
    outbox_.push_back(record);
    if (outbox_.size() == 1) write_first();
  }
  void write_first() {
    asio::async_write(socket_, asio::const_buffer(outbox_.front().bytes.data(), Bytes),
                      [this](const boost::system::error_code& problem, std::size_t) {
                        expect_no_error(problem);
                        outbox_.pop_front();
                        if (++written_ == todo_.records) return finish();
                        if (!outbox_.empty()) write_first();
                      });
  }
  void finish() {
    socket_.close();
    stays_.reset();
  }

  const job& todo_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> stays_{loop_.get_executor()};
  socket_type socket_;
  std::deque<sized_record<Bytes>> outbox_;
  std::uint64_t written_ = 0;
};

std::uint64_t send(const job& todo, std::size_t batch) {
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    if (todo.pause.count() != 0) {
      std::make_unique<posted_writer<Bytes>>(todo)->run();
    } else {
      std::make_unique<writer<Bytes>>(todo, batch)->run();
    }
  });
  return 0;
}

const std::vector<transport> sockets{transport::tcp, transport::unix_socket};
constexpr const char* how = "the loop makes the records itself, no queue; latency: post() from a producer thread";

const enlisted_sender single({.who = {.name = "Boost.Asio, 1 a write", .package = "libboost-dev", .note = how},
                              .goes_to = sockets,
                              .send = [](const job& todo) { return send(todo, 1); }});
const enlisted_sender batched({.who = {.name = "Boost.Asio, 64 a write", .package = "libboost-dev", .note = how},
                               .goes_to = sockets,
                               .paces = false,
                               .send = [](const job& todo) { return send(todo, batch_max); }});

}  // namespace
}  // namespace tidegate::bench::sink_bench
