// signal_guard.hpp: keeps the signal that a failing write raises (SIGPIPE, SIGXFSZ) from the process.
//
// The signal is blocked in this thread for the guard's life. After a write that did not take everything, take_back()
// takes the signal off the thread again, unless one was pending before: that one was not ours. A short count raises it
// too: a pipe whose reader leaves in the middle. The process's handlers are never touched.
// Source: the well-known block, write, sigtimedwait sequence; POSIX sends both signals to the writing thread.
#pragma once

#include <csignal>
#include <ctime>

namespace tidegate::detail {

class signal_guard {
 public:
  explicit signal_guard(int signal_number) noexcept : signal_(signal_number) {
    ::sigemptyset(&ours_);
    ::sigaddset(&ours_, signal_);
    ::pthread_sigmask(SIG_BLOCK, &ours_, &before_);
    if (!was_blocked()) return;
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, signal_) == 1;
  }
  signal_guard(const signal_guard&) = delete;
  signal_guard& operator=(const signal_guard&) = delete;

  ~signal_guard() {
    if (!was_blocked()) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  /// To be called when a write under this guard may have failed or been short.
  void take_back() noexcept {
    constexpr timespec at_once{};
    if (!was_pending_) (void)::sigtimedwait(&ours_, nullptr, &at_once);
  }

 private:
  [[nodiscard]] bool was_blocked() const noexcept { return ::sigismember(&before_, signal_) == 1; }

  int signal_;
  bool was_pending_ = false;
  sigset_t ours_;
  sigset_t before_;
};

}  // namespace tidegate::detail
