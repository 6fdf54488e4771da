#include "pump/descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "pump/concat.hpp"
#include "pump/failure.hpp"

namespace tidegate::pump {

std::string message_of(int error) { return std::generic_category().message(error); }

struct stat status_of(int fd, const std::string& what) {
  struct stat found {};
  if (::fstat(fd, &found) != 0) refuse(concat(what, ": ", message_of(errno)));
  return found;
}

bool same_file(const struct stat& one, const struct stat& other) noexcept {
  return S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

unique_fd duplicate(int fd, const std::string& what) {
  if (const int flags = ::fcntl(fd, F_GETFL); flags >= 0 && (flags & O_PATH) != 0)
    refuse(concat(what, ": it is closed"));
  unique_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) refuse(concat(what, ": ", message_of(errno)));
  return copy;
}

void hold_standard_descriptors() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // the lowest free number is this one, as those below it are in use
    static_cast<void>(::open("/dev/null", O_PATH));  // NOLINT: held until the end of the process
  }
}

}  // namespace tidegate::pump
