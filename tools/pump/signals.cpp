#include "pump/signals.hpp"

#include <pthread.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {

void ignore_write_signals() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

unique_fd catch_interrupts() {
  sigset_t interrupts;
  sigemptyset(&interrupts);
  sigaddset(&interrupts, SIGINT);
  sigaddset(&interrupts, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &interrupts, nullptr);
  unique_fd readable(::signalfd(-1, &interrupts, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!readable) refuse(concat("cannot make a signal descriptor: ", std::generic_category().message(errno)));
  return readable;
}

bool take_interrupt(const unique_fd& from) noexcept {
  signalfd_siginfo taken{};
  return ::read(from.get(), &taken, sizeof taken) == static_cast<ssize_t>(sizeof taken);
}

}  // namespace tidegate::pump
