// running_driver: a driver with a thread of its own, which ends by itself or when it is asked to, and is joined.
//
//   running_driver drive(queue, out, {.on_undelivered = keep});
//   ... push; queue.close();
//   const drive_report report = drive.join();
//
// The thread is the queue's consumer and the sink's owner until join() has returned; then whoever joined is. The sink
// must be at rest when it begins.
// Threads: stats() and request_stop() any; join() and the destructor the one that made it.
#pragma once

#include <stop_token>
#include <thread>
#include <utility>

#include "tidegate/io/drive_types.hpp"
#include "tidegate/io/sink_driver.hpp"

namespace tidegate {

template <class Driver>
class running_driver {
 public:
  using report_type = decltype(std::declval<Driver&>().run(std::stop_token()));

  /// Makes a sink_driver, and starts. Throws std::system_error when there is no thread to be had.
  template <class Made = Driver>
  running_driver(typename Made::queue_type& queue, typename Made::sink_type& out,
                 typename Made::config_type config = {}, typename Made::encoder_type encoder = {})
      : driver_(queue, out, std::move(config), std::move(encoder)), thread_(starting()) {}

  /// The same with a fan_out.
  explicit running_driver(typename Driver::queue_type& queue, typename Driver::config_type config = {},
                          typename Driver::encoder_type encoder = {})
      : driver_(queue, std::move(config), std::move(encoder)), thread_(starting()) {}

  running_driver(const running_driver&) = delete;
  running_driver& operator=(const running_driver&) = delete;

  /// Requests a stop, and joins.
  ~running_driver() {
    request_stop();
    static_cast<void>(join());
  }

  /// The driver stops taking from the queue; the sink has drive_config::close_for to write what was taken.
  void request_stop() noexcept { static_cast<void>(thread_.request_stop()); }

  /// Waits until the queue is closed and drained, the sink has failed, or a stop was requested, and the sink is closed.
  const report_type& join() {
    if (!thread_.joinable()) return report_;
    thread_.join();
    driver_.take_over();
    return report_;
  }

  [[nodiscard]] auto stats() const noexcept { return driver_.stats(); }
  [[nodiscard]] Driver& driver() noexcept { return driver_; }

 private:
  [[nodiscard]] std::jthread starting() {
    return std::jthread([this](const std::stop_token& stop) {
      driver_.take_over();
      report_ = driver_.run(stop);
    });
  }

  Driver driver_;
  report_type report_;
  std::jthread thread_;  // last: it ends first
};

template <class Queue, drainable_sink Sink>
running_driver(Queue&, Sink&) -> running_driver<sink_driver<Queue, Sink>>;
template <class Queue, drainable_sink Sink>
running_driver(Queue&, Sink&, drive_config) -> running_driver<sink_driver<Queue, Sink>>;
template <class Queue, drainable_sink Sink, class Encoder>
running_driver(Queue&, Sink&, drive_config, Encoder) -> running_driver<sink_driver<Queue, Sink, Encoder>>;

}  // namespace tidegate
