#include "pump/signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
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

int write_unless_interrupted(int fd, std::string_view text, const unique_fd& interrupts) noexcept {
  while (!text.empty()) {
    pollfd polled[] = {{fd, POLLOUT, 0}, {interrupts.get(), POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) return errno;
    if (polled[0].revents == 0 && polled[1].revents != 0) return EINTR;
    if (polled[0].revents == 0) continue;
    const ssize_t written = ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));  // a pipe has room
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR && errno != EAGAIN) return errno;
  }
  return 0;
}

}  // namespace tidegate::pump
