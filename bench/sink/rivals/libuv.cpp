// libuv: uv_write on a stream, uv_fs_write on a file; 1 or 64 records a request.
//
// In the throughput runs the loop makes the records itself whenever a request is free, so that no queue and no wake-up
// stand between: its best case. In the latency runs a producer thread hands each record over with uv_async_send.
#include <uv.h>

#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/sink/job.hpp"
#include "bench/sink/record.hpp"
#include "bench/sink/stalled.hpp"

namespace tidegate::bench::sink_bench {
namespace {

constexpr std::size_t batch_max = 64;
constexpr std::size_t in_flight_bytes = std::size_t{256} << 10;  // offered to the loop at once, as our sink's batch
constexpr std::size_t file_requests = 4;                         // as many as the thread pool has threads

void expect_no_error(int status, const char* what) {
  if (status < 0) throw wrong_result(std::string("libuv: ") + what + ": " + uv_strerror(status));
}

class event_loop {
 public:
  event_loop() { expect_no_error(uv_loop_init(&loop_), "loop"); }
  ~event_loop() { uv_loop_close(&loop_); }
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  [[nodiscard]] uv_loop_t* get() noexcept { return &loop_; }
  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }

 private:
  uv_loop_t loop_;
};

/// One request with the records that it carries.
template <std::size_t Bytes, std::size_t Batch, class Request>
struct request_of {
  Request request;
  void* owner = nullptr;
  std::array<sized_record<Bytes>, Batch> records;
  std::array<uv_buf_t, Batch> parts;

  /// Makes `count` records.
  void fill(record_source<Bytes>& source, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      records[i] = source.next();
      parts[i] = uv_buf_init(reinterpret_cast<char*>(records[i].bytes.data()), Bytes);
    }
  }
};

union stream_handle {
  uv_stream_t stream;
  uv_tcp_t tcp;
  uv_pipe_t pipe;
};

void open_stream(uv_loop_t* loop, stream_handle& handle, const job& todo) {
  unique_fd fd = open_target(todo);
  if (todo.via == transport::tcp) {
    uv_tcp_init(loop, &handle.tcp);
    expect_no_error(uv_tcp_open(&handle.tcp, fd.release()), "tcp");
  } else {
    uv_pipe_init(loop, &handle.pipe, 0);
    expect_no_error(uv_pipe_open(&handle.pipe, fd.release()), "pipe");
  }
}

template <std::size_t Bytes, std::size_t Batch>
class stream_writer {
  using request_type = request_of<Bytes, Batch, uv_write_t>;

 public:
  explicit stream_writer(const job& todo) : left_(todo.records), requests_(in_flight_bytes / Bytes / Batch) {
    open_stream(loop_.get(), handle_, todo);
    for (request_type& one : requests_) {
      one.owner = this;
      free_.push_back(&one);
    }
  }

  void run() {
    fill();
    loop_.run();
    expect_no_error(problem_, "write");
  }

 private:
  void fill() {
    while (left_ != 0 && !free_.empty()) {
      request_type& one = *free_.back();
      free_.pop_back();
      const std::size_t count = std::min<std::uint64_t>(left_, Batch);
      one.fill(source_, count);
      left_ -= count;
      one.request.data = &one;
      problem_ = uv_write(&one.request, &handle_.stream, one.parts.data(), static_cast<unsigned>(count), on_written);
      if (problem_ != 0) left_ = 0;
    }
    const bool ended = left_ == 0 && (free_.size() == requests_.size() || problem_ != 0);
    if (ended && !std::exchange(closes_, true)) uv_close(reinterpret_cast<uv_handle_t*>(&handle_), nullptr);
  }

  static void on_written(uv_write_t* request, int status) {
    auto& one = *static_cast<request_type*>(request->data);
    auto& self = *static_cast<stream_writer*>(one.owner);
    self.free_.push_back(&one);
    if (status != 0 && self.problem_ == 0) self.problem_ = status;
    if (self.problem_ != 0) self.left_ = 0;
    self.fill();
  }

  event_loop loop_;
  stream_handle handle_;
  record_source<Bytes> source_;
  std::uint64_t left_;
  std::vector<request_type> requests_;
  std::vector<request_type*> free_;
  int problem_ = 0;
  bool closes_ = false;
};

template <std::size_t Bytes, std::size_t Batch>
class file_writer {
  using request_type = request_of<Bytes, Batch, uv_fs_t>;

 public:
  explicit file_writer(const job& todo) : fd_(open_target(todo)), left_(todo.records), requests_(file_requests) {}

  void run() {
    for (request_type& one : requests_) {
      one.owner = this;
      submit(one);
    }
    loop_.run();
    expect_no_error(problem_, "write");
  }

 private:
  void submit(request_type& one) {
    const std::size_t count = std::min<std::uint64_t>(left_, Batch);
    if (count == 0 || problem_ != 0) return;
    one.fill(source_, count);
    left_ -= count;
    one.request.data = &one;
    const std::int64_t offset = offset_;
    offset_ += static_cast<std::int64_t>(count * Bytes);
    problem_ = uv_fs_write(loop_.get(), &one.request, fd_.get(), one.parts.data(), static_cast<unsigned>(count), offset,
                           on_written);
  }

  static void on_written(uv_fs_t* request) {
    auto& one = *static_cast<request_type*>(request->data);
    auto& self = *static_cast<file_writer*>(one.owner);
    if (request->result < 0) self.problem_ = static_cast<int>(request->result);
    uv_fs_req_cleanup(request);
    self.submit(one);
  }

  event_loop loop_;
  unique_fd fd_;
  record_source<Bytes> source_;
  std::uint64_t left_;
  std::int64_t offset_ = 0;
  std::vector<request_type> requests_;
  int problem_ = 0;
};

/// A producer thread, and a loop that is woken for each record.
template <std::size_t Bytes>
class woken_writer {
  struct letter {
    uv_write_t request;
    sized_record<Bytes> record;
  };

 public:
  explicit woken_writer(const job& todo) : todo_(todo) {
    open_stream(loop_.get(), handle_, todo);
    expect_no_error(uv_async_init(loop_.get(), &bell_, on_bell), "async");
    bell_.data = this;
  }

  void run() {
    std::thread producer([this] {
      record_source<Bytes> source(todo_.pause);
      for (std::uint64_t i = 0; i < todo_.records; ++i) put(source.next());
    });
    loop_.run();
    producer.join();
  }

 private:
  void put(const sized_record<Bytes>& record) {
    {
      const std::lock_guard hold(lock_);
      inbox_.push_back(std::make_unique<letter>());
      inbox_.back()->record = record;
    }
    uv_async_send(&bell_);
  }

  static void on_bell(uv_async_t* bell) {
    auto& self = *static_cast<woken_writer*>(bell->data);
    std::deque<std::unique_ptr<letter>> taken;
    {
      const std::lock_guard hold(self.lock_);
      taken.swap(self.inbox_);
    }
    for (std::unique_ptr<letter>& one : taken) {
      letter* const sent = one.release();
      sent->request.data = &self;
      const uv_buf_t part = uv_buf_init(reinterpret_cast<char*>(sent->record.bytes.data()), Bytes);
      uv_write(&sent->request, &self.handle_.stream, &part, 1, on_written);
    }
  }

  static void on_written(uv_write_t* request, int) {
    auto& self = *static_cast<woken_writer*>(request->data);
    const std::unique_ptr<letter> done(reinterpret_cast<letter*>(request));
    if (++self.written_ != self.todo_.records) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&self.handle_), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&self.bell_), nullptr);
  }

  const job& todo_;
  event_loop loop_;
  stream_handle handle_;
  uv_async_t bell_;
  std::mutex lock_;
  std::deque<std::unique_ptr<letter>> inbox_;
  std::uint64_t written_ = 0;
};

template <std::size_t Batch>
std::uint64_t send(const job& todo) {
  with_record_bytes(todo.record_bytes, [&]<std::size_t Bytes>() {
    if (todo.via == transport::file) {
      std::make_unique<file_writer<Bytes, Batch>>(todo)->run();
    } else if (todo.pause.count() != 0) {
      std::make_unique<woken_writer<Bytes>>(todo)->run();
    } else {
      std::make_unique<stream_writer<Bytes, Batch>>(todo)->run();
    }
  });
  return 0;
}

/// One request a record, made when the record is due, and no look at the size of the write queue.
class heedless_writer {
  static constexpr std::size_t record_bytes = stall_job().record_bytes;
  struct letter {
    uv_write_t request;
    sized_record<record_bytes> record;
  };

 public:
  explicit heedless_writer(const stall_job& todo) : clock_(todo) {
    open_stream(loop_.get(), handle_, {.via = transport::tcp, .address = todo.address});
    uv_timer_init(loop_.get(), &timer_);
    timer_.data = this;
  }

  void run() {
    uv_timer_start(
        &timer_, [](uv_timer_t* timer) { static_cast<heedless_writer*>(timer->data)->turn(); }, 10, 10);
    loop_.run();
  }

 private:
  void turn() {
    const bool ends = clock_.ended();
    while (!ends && accepted_ < clock_.due()) {
      auto* const one = new letter;
      one->record = source_.next();
      one->request.data = this;
      const uv_buf_t part = uv_buf_init(reinterpret_cast<char*>(one->record.bytes.data()), record_bytes);
      uv_write(&one->request, &handle_.stream, &part, 1, on_written);
      ++accepted_;
    }
    stall_clock::tell(accepted_, uv_stream_get_write_queue_size(&handle_.stream));
    if (!ends) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
    ends_ = true;
    close_when_written();
  }
  void close_when_written() {
    if (ends_ && written_ == accepted_) uv_close(reinterpret_cast<uv_handle_t*>(&handle_), nullptr);
  }
  static void on_written(uv_write_t* request, int) {
    auto& self = *static_cast<heedless_writer*>(request->data);
    delete reinterpret_cast<letter*>(request);
    ++self.written_;
    self.close_when_written();
  }

  stall_clock clock_;
  event_loop loop_;
  stream_handle handle_;
  uv_timer_t timer_;
  record_source<record_bytes> source_;
  std::uint64_t accepted_ = 0;
  std::uint64_t written_ = 0;
  bool ends_ = false;
};

const enlisted_staller heedless({.name = "libuv, write queue not looked at",
                                 .note = "one uv_write a record",
                                 .in_child = [](const stall_job& todo) { heedless_writer(todo).run(); }});

const std::vector<transport> everywhere{transport::tcp, transport::unix_socket, transport::file};
constexpr const char* how =
    "the loop makes the records itself, no queue; 256 KiB in flight (file: 4 requests); latency: uv_async_send from a "
    "producer thread";

const enlisted_sender single({.who = {.name = "libuv, 1 a write", .package = "libuv1-dev", .note = how},
                              .goes_to = everywhere,
                              .send = send<1>});
const enlisted_sender batched({.who = {.name = "libuv, 64 a write", .package = "libuv1-dev", .note = how},
                               .goes_to = everywhere,
                               .paces = false,
                               .send = send<batch_max>});

}  // namespace
}  // namespace tidegate::bench::sink_bench
