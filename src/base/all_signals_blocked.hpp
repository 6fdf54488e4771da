// all_signals_blocked.hpp: while this lives the calling thread has every signal blocked: a thread that it makes
// inherits that, and no handler of the program runs on it.
#pragma once

#include <csignal>

namespace tidegate::detail {

class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;
  ~all_signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace tidegate::detail
