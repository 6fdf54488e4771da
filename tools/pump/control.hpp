// control.hpp: tells the reader and the sink thread to stop, in two steps: stop reading and drain, then give up.
//
// Every wait of the two threads ends when the next step is taken: waits on queues by `token()`, waits on descriptors
// by the wake descriptors.
// Threads: any may take a step; the reader and the sink thread look.
#pragma once

#include <chrono>
#include <mutex>
#include <stop_token>

#include "tidegate/base/deadline.hpp"
#include "tidegate/io/unique_fd.hpp"

namespace tidegate::pump {

class control {
 public:
  /// Throws failure when the kernel has no descriptor left.
  control();

  /// First step: no more reading; what was read may still be delivered until `drain_until`.
  void stop(deadline drain_until) noexcept;

  /// Second step: nothing more is delivered, what is left is counted.
  void give_up() noexcept;

  [[nodiscard]] bool stopping() const noexcept { return stop_.stop_requested(); }
  [[nodiscard]] bool giving_up() const noexcept { return give_up_.stop_requested(); }

  /// Until when to wait now: for ever, then the drain's end, then not at all.
  [[nodiscard]] deadline until() const noexcept {
    return giving_up() ? deadline::already_over() : stopping() ? drain_until_ : deadline::never();
  }

  /// True when nothing more may be delivered.
  [[nodiscard]] bool over() const noexcept;

  /// Fires at the next step.
  [[nodiscard]] std::stop_token token() const noexcept { return stopping() ? give_up_.get_token() : stop_.get_token(); }

  /// Readable from the first step on.
  [[nodiscard]] int reader_wake_fd() const noexcept { return reader_wake_.get(); }

  /// Readable after each step, until the sink thread absorbs it.
  [[nodiscard]] int sink_wake_fd() const noexcept { return sink_wake_.get(); }
  void absorb_sink_wake() const noexcept;

  /// Sleeps until `when` or the next step: for the sink thread.
  void sink_sleep(deadline::time_point when) const noexcept;

 private:
  void wake() const noexcept;

  std::mutex mutex_;                          // one step at a time
  deadline drain_until_ = deadline::never();  // written once, before stop_ is requested, and read after it
  std::stop_source stop_;
  std::stop_source give_up_;
  unique_fd reader_wake_;
  unique_fd sink_wake_;
};

}  // namespace tidegate::pump
