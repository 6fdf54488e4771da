#include "io/sink_target.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tidegate/io/sink_types.hpp"

namespace tidegate::detail {

namespace {

target_kind kind_of(const struct stat& status, int fd) noexcept {
  if (S_ISSOCK(status.st_mode)) return target_kind::socket;
  if (S_ISFIFO(status.st_mode)) return target_kind::pipe;
  if (S_ISCHR(status.st_mode)) return ::isatty(fd) == 1 ? target_kind::terminal : target_kind::device;
  return target_kind::file;
}

/// Input that nobody read turns close(2) of a TCP socket into a reset, which can destroy output still on its way.
void discard_input(int fd) noexcept {
  char unread[4096];
  for (int i = 0; i < 64 && ::recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0; ++i) {
  }
}

}  // namespace

sink_target sink_target::inspect(unique_fd fd, std::error_code& error) noexcept {
  struct stat status = {};
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fstat(fd.get(), &status) != 0) {
    error = {errno, std::system_category()};
    return {};
  }
  if ((flags & O_ACCMODE) == O_RDONLY) error = sink_errc::not_writable;
  if (S_ISDIR(status.st_mode)) error = {EISDIR, std::system_category()};
  if (error) return {};
  const target_kind kind = kind_of(status, fd.get());
  return {std::move(fd), kind, (flags & O_APPEND) != 0};
}

void sink_target::close(bool orderly, std::uint64_t end) noexcept {
  if (kind == target_kind::socket) {
    (void)::shutdown(fd.get(), orderly ? SHUT_WR : SHUT_RDWR);
    if (orderly) discard_input(fd.get());
  }
  if (moves_position) (void)::lseek(fd.get(), static_cast<off_t>(end), SEEK_SET);
  fd.reset();
}

long send_some(int fd, std::span<const std::byte> bytes) noexcept {
  return repeat_interrupted([&] { return ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
}

bool is_readable(int fd) noexcept {
  if (fd < 0) return false;
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

std::chrono::nanoseconds time_left(deadline until, deadline::time_point now) noexcept {
  constexpr std::chrono::nanoseconds longest = std::chrono::hours{1};
  if (until.reached(now)) return std::chrono::nanoseconds::zero();
  if (until.is_never()) return longest;
  return std::min<std::chrono::nanoseconds>(longest, until.when() - now);
}

}  // namespace tidegate::detail
